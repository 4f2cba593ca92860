/* Rejects, when a flux turns out to stand before others that share its place. */
#include <stdlib.h>
#include <string.h>

#include "store/apply.h"

/* The first flux after that of the reject, in order, that carried the dossier; 0 when there is none. */
static enum err answered_by(struct store_apply *a, uint32_t flux, const uint8_t blind[KEY_BLIND], uint32_t *by)
{
    uint64_t serial;
    struct later later = {0};
    *by = 0;
    enum err e = index_lookup_numdemrsa(a->t, blind, &serial);
    if (e)
        return e == ERR_NOTFOUND ? ERR_OK : e;
    e = later_make(&a->orders, flux, &later);
    if (!e)
        e = apply_next(a->t, &later, serial, by);
    free(later.at);
    return e;
}

/* ERR_NOTFOUND for a reject without NUMDEMRSA, which nothing answers. */
static enum err blind_of(struct store_apply *a, uint32_t id, uint8_t blind[KEY_BLIND])
{
    struct reject *r = calloc(1, sizeof *r);
    enum err e = r ? reject_get(a->t, id, r) : ERR_NOMEM;
    if (!e) {
        e = r->numdemrsa[0] ? index_numdemrsa(a->t, span_of(r->numdemrsa, strlen(r->numdemrsa)), blind) : ERR_NOTFOUND;
        reject_free(r);
    }
    free(r);
    return e;
}

static enum err change(struct store_apply *a, uint32_t id, const struct reject_entry *r, const uint8_t blind[KEY_BLIND], uint32_t by)
{
    uint32_t flux = r->flux, resolved_by = r->resolved_by;
    enum err e = reject_mark(a->t, id, by, &a->body);
    if (e || (by && resolved_by))
        return e;
    if (!by) {
        a->t->counters.rejects_open++;
        return reject_put_open(a->t, blind, id, flux);
    }
    a->t->counters.rejects_open--;
    return corrupt_if(txn_delete(a->t, TABLE_REJECT_BY_NUMDEMRSA, key_reject_by(blind, id)), ERR_NOTFOUND);
}

static enum err judge_again(struct store_apply *a, uint32_t id, const struct reject_entry *r)
{
    uint8_t blind[KEY_BLIND];
    uint32_t by;
    bool ours = r->flux == a->flux, answered = r->resolved_by == a->flux && !order_before(&a->orders, r->flux, a->flux);
    if (!ours && !answered)
        return ERR_OK;
    enum err e = blind_of(a, id, blind);
    if (!e)
        e = answered_by(a, r->flux, blind, &by);
    if (!e && by != r->resolved_by)
        e = change(a, id, r, blind, by);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

enum err tie_rejects(struct store_apply *a)
{
    struct kv_scan *scan;
    struct span key, value;
    struct reject_entry r;
    enum err e = kv_scan_open(a->t->kv, TABLE_REJECT, (struct span){0}, (struct span){0}, &scan);
    if (e)
        return e;
    while (!(e = kv_scan_next(scan, &key, &value))) {
        e = reject_entry_read(a->t, key, value, &r);
        if (!e)
            e = judge_again(a, key_tail32(key), &r);
        if (e)
            break;
    }
    kv_scan_close(scan);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}
