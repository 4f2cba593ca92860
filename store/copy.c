#include "store/copy.h"

#include <string.h>

#include "flux/base/wipe.h"
#include "store/apply.h"

enum { PART_BYTES = 32 << 20, PART_ENTRIES = 1 << 18, ENTRY_MAX = 1 << 30 };

struct copying {
    struct store_txn *from;
    struct store_txn to; /* only its sealer and its transaction are used */
    struct kv *kv;
    bool rewrap;
    const struct store_watch *watch;
    struct buf value;
    uint64_t done, total, part_bytes, part_entries;
    uint8_t last[KV_KEY_MAX]; /* the key before */
    size_t last_len;
};

enum err watch_step(const struct store_watch *w, uint64_t done, uint64_t total)
{
    return done % WATCH_STEP ? ERR_OK : watch_now(w, done, total);
}

enum err watch_now(const struct store_watch *w, uint64_t done, uint64_t total)
{
    if (!w)
        return ERR_OK;
    if (w->stop && *w->stop)
        return ERR_STOPPED;
    if (w->progress)
        w->progress(w->ctx, done, total);
    return ERR_OK;
}

enum err watch_total(struct store_txn *t, uint64_t *total)
{
    uint64_t entries[KV_TABLES_MAX] = {0};
    enum err e = kv_entries(t->kv, entries);
    *total = 0;
    for (size_t i = 0; i < TABLE_COUNT; i++)
        *total += entries[i];
    return e;
}

/* ---- keys that are wrapped anew ---- */

static enum err wrap_anew(struct copying *c, struct key place, size_t at)
{
    struct data_key key;
    struct span wrapped = {c->value.data + at, SEAL_WRAPPED};
    if (c->value.err || c->value.len < SEAL_WRAPPED || at > c->value.len - SEAL_WRAPPED)
        return c->value.err ? c->value.err : ERR_CORRUPT;
    enum err e = seal_unwrap(c->from->sealer, key_span(&place), wrapped, &key);
    if (!e)
        e = seal_wrap(c->to.sealer, key_span(&place), &key, c->value.data + at);
    wipe(&key, sizeof key);
    return e == ERR_KEY ? ERR_CORRUPT : e;
}

static enum err rewrap_reject(struct copying *c, struct span key, struct span value)
{
    struct reject_entry entry;
    uint32_t id = key_tail32(key);
    enum err e = reject_entry_read(c->from, key, value, &entry);
    if (e)
        return e;
    buf_reset(&c->value);
    buf_put(&c->value, value.data, value.len - KEY_BLIND);
    e = wrap_anew(c, place_reject_key(id), (size_t)(entry.wrapped.data - value.data));
    return e ? e : txn_tag(&c->to, TABLE_REJECT, key_reject(id), &c->value);
}

/* Every place where a wrapped key stands. */
static enum err convert(struct copying *c, unsigned table, struct span key, struct span *value)
{
    enum err e = ERR_OK;
    bool keys = table == TABLE_META && key.len == 1 && key.data[0] == META_KEYS;
    if (table != TABLE_DATA_KEY && table != TABLE_REJECT && !keys)
        return ERR_OK;
    buf_reset(&c->value);
    if (table == TABLE_REJECT) {
        e = rewrap_reject(c, key, *value);
    } else {
        buf_put(&c->value, value->data, value->len);
        e = keys ? wrap_anew(c, place_fingerprint(), BLIND_SIZE) : wrap_anew(c, place_data_key(key_tail64(key)), 0);
    }
    *value = buf_span(&c->value);
    return corrupt_if(e ? e : c->value.err, ERR_TOOBIG);
}

/* ---- entries ---- */

static enum err next_part(struct copying *c)
{
    enum err e = c->to.kv ? kv_commit(c->to.kv) : ERR_OK;
    c->to.kv = NULL;
    c->part_bytes = c->part_entries = 0;
    return e ? e : kv_write(c->kv, true, &c->to.kv);
}

/* A damaged tree may give entries twice or out of order. */
static enum err follows(struct copying *c, struct span key)
{
    size_t n = key.len < c->last_len ? key.len : c->last_len;
    int order = n ? memcmp(c->last, key.data, n) : 0;
    if (key.len > sizeof c->last || order > 0 || (order == 0 && c->last_len >= key.len))
        return ERR_CORRUPT;
    memcpy(c->last, key.data, key.len);
    c->last_len = key.len;
    return ERR_OK;
}

static enum err copy_entry(struct copying *c, unsigned table, struct span key, struct span value)
{
    bool there = false;
    enum err e = watch_step(c->watch, ++c->done, c->total);
    if (!e)
        e = follows(c, key);
    if (!e && c->rewrap)
        e = convert(c, table, key, &value);
    if (!e && (c->part_bytes > PART_BYTES || c->part_entries > PART_ENTRIES))
        e = next_part(c);
    if (!e)
        e = kv_add(c->to.kv, table, key, value, &there);
    c->part_bytes += key.len + value.len;
    c->part_entries++;
    return e ? e : there ? ERR_CORRUPT : ERR_OK;
}

/* Nothing but their number tells that entries are missing: what is made of the others alone is sound. */
static enum err copy_table(struct copying *c, unsigned table, uint64_t entries)
{
    struct kv_scan *scan;
    struct span key, value;
    uint64_t before = c->done;
    c->last_len = 0;
    enum err e = kv_scan_open(c->from->kv, table, (struct span){0}, (struct span){0}, &scan);
    if (e)
        return e;
    while (!(e = kv_scan_next(scan, &key, &value)))
        if ((e = copy_entry(c, table, key, value)))
            break;
    kv_scan_close(scan);
    return e != ERR_NOTFOUND ? e : c->done - before == entries ? ERR_OK : ERR_CORRUPT;
}

enum err copy_store(struct store_txn *from, struct store *to, bool rewrap, const struct store_watch *w)
{
    struct copying c = {
        .from = from, .to = {.store = to, .sealer = to->sealer, .writable = true}, .kv = to->kv, .rewrap = rewrap, .watch = w};
    uint64_t entries[KV_TABLES_MAX] = {0};
    buf_init(&c.value, ENTRY_MAX);
    enum err e = kv_entries(from->kv, entries);
    if (!e)
        e = watch_total(from, &c.total);
    if (!e)
        e = next_part(&c);
    for (unsigned table = 0; !e && table < TABLE_COUNT; table++)
        e = copy_table(&c, table, entries[table]);
    buf_free(&c.value);
    if (!e)
        return kv_commit(c.to.kv);
    kv_abort(c.to.kv);
    return e;
}
