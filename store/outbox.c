#include <stdlib.h>

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
