#include "store/index_log.h"

#include <stdlib.h>
#include <string.h>

enum { LOG_FIRST = 64, LOG_CHUNK = 64 };

void index_log_free(struct index_log *l)
{
    free(l->entries);
    *l = (struct index_log){0};
}

enum err index_log_add(struct index_log *l, const uint8_t entry[KEY_INDEX])
{
    if (l->count == l->cap) {
        size_t cap = l->cap ? 2 * l->cap : LOG_FIRST;
        uint8_t(*entries)[KEY_INDEX] = realloc(l->entries, cap * sizeof *entries);
        if (!entries)
            return ERR_NOMEM;
        l->entries = entries;
        l->cap = cap;
    }
    memcpy(l->entries[l->count++], entry, KEY_INDEX);
    return ERR_OK;
}

enum err index_log_put(struct store_txn *t, uint32_t flux, const struct index_log *l)
{
    enum err e = ERR_OK;
    struct buf b;
    buf_init(&b, LOG_CHUNK * KEY_INDEX + KEY_BLIND);
    for (size_t at = 0; !e && at < l->count; at += LOG_CHUNK) {
        size_t n = l->count - at < LOG_CHUNK ? l->count - at : LOG_CHUNK;
        buf_reset(&b);
        buf_put(&b, l->entries[at], n * KEY_INDEX);
        e = txn_put_tagged(t, TABLE_FLUX_INDEX, key_flux_chunk(flux, (uint32_t)(at / LOG_CHUNK)), &b);
    }
    buf_free(&b);
    return e;
}

enum err index_log_read(struct store_txn *t, struct span key, struct span value, struct index_log *l)
{
    enum err e = txn_untag(t, TABLE_FLUX_INDEX, key, value, &value);
    if (!e && (value.len == 0 || value.len % KEY_INDEX != 0))
        e = ERR_CORRUPT;
    for (size_t at = 0; !e && at < value.len; at += KEY_INDEX)
        e = index_log_add(l, value.data + at);
    return e;
}

static enum err take_chunk(struct store_txn *t, struct span key, struct span value, void *ctx)
{
    return index_log_read(t, key, value, ctx);
}

static enum err drop_chunk(struct store_txn *t, struct span key, struct span value, void *ctx)
{
    (void)value;
    return txn_delete(t, TABLE_FLUX_INDEX, key_flux_chunk(*(uint32_t *)ctx, key_tail32(key)));
}

static enum err each_chunk(struct store_txn *t, uint32_t flux,
                           enum err (*visit)(struct store_txn *t, struct span key, struct span value, void *ctx), void *ctx)
{
    struct key prefix = key_flux(flux);
    struct kv_scan *scan;
    enum err e = kv_scan_open(t->kv, TABLE_FLUX_INDEX, key_span(&prefix), (struct span){0}, &scan);
    if (e)
        return e;
    struct span key, value;
    while (!(e = kv_scan_next(scan, &key, &value)))
        if ((e = visit(t, key, value, ctx)))
            break;
    kv_scan_close(scan);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

enum err index_log_load(struct store_txn *t, uint32_t flux, struct index_log *l) { return each_chunk(t, flux, take_chunk, l); }

enum err index_log_forget(struct store_txn *t, uint32_t flux) { return each_chunk(t, flux, drop_chunk, &flux); }
