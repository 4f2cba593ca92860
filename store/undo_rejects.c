#include <stdlib.h>
#include <string.h>

#include "store/undo.h"

static enum err remove_reject(struct undo *u, uint32_t id, bool open)
{
    enum err e = txn_delete(u->t, TABLE_REJECT, key_reject(id));
    u->t->counters.rejects_open -= !e && open;
    u->done->rejects_removed += !e;
    return e;
}

/* The first flux after that of the reject, in order, that carried the dossier; 0 when there is none. */
static enum err answered_by(struct undo *u, uint32_t flux, const uint8_t blind[KEY_BLIND], uint32_t *by)
{
    uint64_t serial;
    struct later later = {0};
    *by = 0;
    enum err e = index_lookup_numdemrsa(u->t, blind, &serial);
    if (e)
        return e == ERR_NOTFOUND ? ERR_OK : e;
    e = later_make(&u->orders, flux, &later);
    if (!e)
        e = apply_next(u->t, &later, serial, by);
    free(later.at);
    return e;
}

static enum err blind_of(struct undo *u, uint32_t id, uint8_t blind[KEY_BLIND])
{
    struct reject *r = calloc(1, sizeof *r);
    enum err e = r ? reject_get(u->t, id, r) : ERR_NOMEM;
    if (!e) {
        e = corrupt_if(index_numdemrsa(u->t, span_of(r->numdemrsa, strlen(r->numdemrsa)), blind), ERR_NOTFOUND);
        reject_free(r);
    }
    free(r);
    return e;
}

static enum err reopen(struct undo *u, uint32_t id, uint32_t flux, struct buf *scratch)
{
    uint8_t blind[KEY_BLIND];
    uint32_t by = 0;
    enum err e = blind_of(u, id, blind);
    if (!e)
        e = answered_by(u, flux, blind, &by);
    if (!e)
        e = reject_mark(u->t, id, by, scratch);
    if (e || by)
        return e;
    u->t->counters.rejects_open++;
    u->done->rejects_reopened++;
    return reject_put_open(u->t, blind, id, flux);
}

static enum err one_reject(struct undo *u, struct span key, struct span value, struct buf *scratch)
{
    struct reject_entry r;
    uint32_t id = key_tail32(key);
    enum err e = reject_entry_read(u->t, key, value, &r);
    if (e)
        return e;
    if (r.flux == u->flux.id)
        return remove_reject(u, id, r.state == REJECT_OPEN);
    return r.state == REJECT_RESOLVED && r.resolved_by == u->flux.id ? reopen(u, id, r.flux, scratch) : ERR_OK;
}

static enum err each_reject(struct undo *u)
{
    struct kv_scan *scan;
    struct buf scratch;
    enum err e = kv_scan_open(u->t->kv, TABLE_REJECT, (struct span){0}, (struct span){0}, &scan);
    if (e)
        return e;
    struct span key, value;
    buf_init(&scratch, 4 * RECORD_MAX);
    while (!(e = kv_scan_next(scan, &key, &value)))
        if ((e = one_reject(u, key, value, &scratch)))
            break;
    buf_free(&scratch);
    kv_scan_close(scan);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

static enum err forget_open(struct undo *u, struct span key, struct span value)
{
    if (key.len != KEY_BLIND + 4 || value.len != 4)
        return ERR_CORRUPT;
    if (be32(value.data) != u->flux.id)
        return ERR_OK;
    struct key copy = {.len = (uint8_t)key.len};
    memcpy(copy.data, key.data, key.len);
    return txn_delete(u->t, TABLE_REJECT_BY_NUMDEMRSA, copy);
}

static enum err each_open(struct undo *u)
{
    struct kv_scan *scan;
    enum err e = kv_scan_open(u->t->kv, TABLE_REJECT_BY_NUMDEMRSA, (struct span){0}, (struct span){0}, &scan);
    if (e)
        return e;
    struct span key, value;
    while (!(e = kv_scan_next(scan, &key, &value)))
        if ((e = forget_open(u, key, value)))
            break;
    kv_scan_close(scan);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

enum err undo_rejects(struct undo *u)
{
    enum err e = each_open(u);
    return e ? e : each_reject(u);
}
