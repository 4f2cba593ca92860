#include "store/counters.h"

#include <string.h>

enum { COUNTERS_SIZE = 8 * 8 + 2 * 4 };

void counters_first(struct counters *c)
{
    *c = (struct counters){.next_dossier = 1, .next_person = 1, .next_outbox = 1, .next_flux = 1, .next_reject = 1};
}

enum err counters_load(struct store_txn *t)
{
    struct span value;
    enum err e = txn_must(t, TABLE_META, key_meta(META_COUNTERS), &value);
    struct key key = key_meta(META_COUNTERS);
    if (!e)
        e = txn_untag(t, TABLE_META, key_span(&key), value, &value);
    if (e)
        return e;
    struct counters *c = &t->counters;
    *c = (struct counters){0};
    uint64_t *const wide[] = {&c->next_dossier, &c->next_person, &c->next_outbox,  &c->dossiers,
                              &c->persons,      &c->versions,    &c->flux_applied, &c->rejects_open};
    struct wire w;
    wire_init(&w, value.data, value.len);
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++)
        *wide[i] = wire_u64(&w);
    c->next_flux = wire_u32(&w);
    c->next_reject = wire_u32(&w);
    t->counters_at_start = *c;
    return wire_done(&w) ? ERR_CORRUPT : ERR_OK;
}

static bool same(const struct counters *a, const struct counters *b)
{
    return a->next_dossier == b->next_dossier && a->next_person == b->next_person && a->next_outbox == b->next_outbox &&
           a->dossiers == b->dossiers && a->persons == b->persons && a->versions == b->versions && a->flux_applied == b->flux_applied &&
           a->rejects_open == b->rejects_open && a->next_flux == b->next_flux && a->next_reject == b->next_reject;
}

enum err counters_save(struct store_txn *t)
{
    const struct counters *c = &t->counters;
    if (same(c, &t->counters_at_start))
        return ERR_OK;
    struct buf b;
    buf_init(&b, COUNTERS_SIZE + KEY_BLIND);
    const uint64_t wide[] = {c->next_dossier, c->next_person, c->next_outbox,  c->dossiers,
                             c->persons,      c->versions,    c->flux_applied, c->rejects_open};
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++)
        buf_u64(&b, wide[i]);
    buf_u32(&b, c->next_flux);
    buf_u32(&b, c->next_reject);
    enum err e = txn_put_tagged(t, TABLE_META, key_meta(META_COUNTERS), &b);
    buf_free(&b);
    return e;
}
