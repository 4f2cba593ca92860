#include <string.h>

#include "store/txn.h"

enum err outbox_put(struct store_txn *t, struct span line)
{
    enum err e = txn_put(t, TABLE_OUTBOX, key_outbox(t->counters.next_outbox), line);
    if (!e)
        t->counters.next_outbox++;
    return e;
}

enum err outbox_each(struct store_txn *t, bool (*visit)(void *ctx, uint64_t seq, struct span line), void *ctx)
{
    struct kv_scan *scan;
    enum err e = kv_scan_open(t->kv, TABLE_OUTBOX, (struct span){0}, (struct span){0}, &scan);
    if (e)
        return e;
    struct span key, line;
    while (!(e = kv_scan_next(scan, &key, &line)) && visit(ctx, key_tail64(key), line))
        ;
    kv_scan_close(scan);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

static enum err first(struct store_txn *t, uint64_t *seq)
{
    struct kv_scan *scan;
    enum err e = kv_scan_open(t->kv, TABLE_OUTBOX, (struct span){0}, (struct span){0}, &scan);
    if (e)
        return e;
    struct span key, line;
    e = kv_scan_next(scan, &key, &line);
    *seq = e ? 0 : key_tail64(key);
    kv_scan_close(scan);
    return e;
}

enum err outbox_drained(struct store_txn *t, uint64_t seq)
{
    uint64_t at;
    enum err e;
    while (!(e = first(t, &at)) && at <= seq)
        if ((e = txn_delete(t, TABLE_OUTBOX, key_outbox(at))))
            return e;
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

enum { HEAD_MAC = 32, HEAD_SIZE = 8 + HEAD_MAC };

enum err store_put_journal_head(struct store_txn *t, uint64_t seq, const uint8_t mac[32])
{
    struct buf b;
    buf_init(&b, HEAD_SIZE + KEY_BLIND);
    buf_u64(&b, seq);
    buf_put(&b, mac, HEAD_MAC);
    enum err e = txn_put_tagged(t, TABLE_META, key_meta(META_JOURNAL), &b);
    buf_free(&b);
    return e;
}

enum err store_journal_head(struct store_txn *t, uint64_t *seq, uint8_t mac[32])
{
    struct span value;
    *seq = 0;
    memset(mac, 0, HEAD_MAC);
    enum err e = txn_get(t, TABLE_META, key_meta(META_JOURNAL), &value);
    if (e)
        return e == ERR_NOTFOUND ? ERR_OK : e;
    struct key key = key_meta(META_JOURNAL);
    if ((e = txn_untag(t, TABLE_META, key_span(&key), value, &value)))
        return e;
    if (value.len != HEAD_SIZE)
        return ERR_CORRUPT;
    struct wire w;
    wire_init(&w, value.data, value.len);
    *seq = wire_u64(&w);
    memcpy(mac, wire_take(&w, HEAD_MAC).data, HEAD_MAC);
    return ERR_OK;
}
