#include <stdlib.h>
#include <string.h>

#include "flux/base/wipe.h"
#include "store/apply.h"
#include "store/identity.h"

struct tie {
    struct store_apply *a;
    struct order real;
    struct later later; /* under the real order; a->later is that of the run */
    struct buf record, seen;
};

/* Our place among the others is where the digest says, or at the end of those that share the rest. */
static void take_order(struct store_apply *a, const struct order *order) { *orders_find(&a->orders, a->flux) = *order; }

static enum err move_one(struct tie *tie, uint64_t serial, uint32_t next, bool *older)
{
    struct store_apply *a = tie->a;
    struct history *h = &a->history;
    struct image_source ours;
    struct image current;
    uint32_t run_next;
    enum err e = apply_next(a->t, &a->later, serial, &run_next);
    if (!e)
        e = identity_touch(a->t, serial);
    if (!e)
        e = history_load(h, serial);
    if (!e)
        e = history_at(h, a->flux, &ours);
    if (e)
        return e;
    buf_reset(&tie->record);
    buf_put(&tie->record, ours.record.data, ours.record.len);
    buf_reset(&tie->seen);
    buf_put(&tie->seen, ours.seen.data, ours.seen.len);
    ours.flux = a->flux;
    ours.seen = buf_span(&tie->seen);
    ours.record = buf_span(&tie->record);
    e = tie->record.err ? tie->record.err : tie->seen.err;
    if (!e)
        e = history_withdraw(h, a->flux, run_next);
    take_order(a, &tie->real);
    if (!e)
        e = history_place(h, &ours, next);
    if (!e)
        e = persons_settle(&a->persons, h);
    take_order(a, &a->order);
    if (!e)
        e = image_read(h->current, &current);
    *older = !e && !run_next && memcmp(current.digest, ours.digest, IMAGE_DIGEST) != 0;
    return e;
}

static enum err move_chunk(struct tie *tie, size_t chunk, struct flux_entry *f)
{
    enum err e = ERR_OK;
    const uint8_t *bits = tie->a->set.chunks[chunk];
    for (unsigned bit = 0; bits && !e && bit < SET_CHUNK_BITS; bit++) {
        if (!(bits[bit / 8] >> (bit % 8) & 1))
            continue;
        uint64_t serial = (uint64_t)chunk * SET_CHUNK_BITS + bit;
        uint32_t next, run_next;
        bool older = false;
        e = apply_next(tie->a->t, &tie->later, serial, &next);
        if (!e)
            e = apply_next(tie->a->t, &tie->a->later, serial, &run_next);
        if (!e && next != run_next)
            e = move_one(tie, serial, next, &older);
        if (older && f->updated) {
            f->updated--;
            f->superseded++;
        }
    }
    return e;
}

enum err tie_settle(struct store_apply *a, const uint8_t digest[32], struct flux_entry *f)
{
    struct tie tie = {.a = a, .real = a->order};
    memcpy(tie.real.bytes + ORDER_DIGEST, digest, 32);
    buf_init(&tie.record, RECORD_MAX);
    buf_init(&tie.seen, IMAGE_MAX);
    take_order(a, &tie.real);
    enum err e = later_make(&a->orders, a->flux, &tie.later);
    take_order(a, &a->order);
    for (size_t i = 0; !e && tie.later.count != a->later.count && i < a->set.count; i++)
        e = move_chunk(&tie, i, f);
    take_order(a, &tie.real);
    if (!e && tie.later.count != a->later.count)
        e = tie_rejects(a);
    free(tie.later.at);
    buf_free(&tie.record);
    buf_free(&tie.seen);
    return e;
}
