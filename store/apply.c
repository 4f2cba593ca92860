#include "store/apply.h"

#include <stdlib.h>
#include <string.h>

#include "flux/base/wipe.h"
#include "store/identity.h"
#include "store/ledger.h"

static void free_all(struct store_apply *a)
{
    buf_free(&a->header);
    orders_free(&a->orders);
    free(a->later.at);
    history_free(&a->history);
    persons_free(&a->persons);
    serials_free(&a->serials);
    index_free(&a->index);
    flux_set_free(&a->set);
    flux_set_free(&a->volume.rejected);
    free(a->rejects.at);
    household_free(&a->household);
    buf_free(&a->filtered);
    buf_free(&a->seen);
    buf_free(&a->message);
    buf_free(&a->body);
    wipe(&a->scratch, sizeof a->scratch);
    free(a);
}

void apply_free(struct store_apply *a)
{
    if (a)
        free_all(a);
}

static int by_order(const void *a, const void *b)
{
    const struct flux_order *x = a, *y = b;
    return memcmp(x->order.bytes, y->order.bytes, ORDER_SIZE);
}

enum err later_make(const struct flux_orders *orders, uint32_t flux, struct later *out)
{
    *out = (struct later){0};
    struct flux_order *sorted = calloc(orders->count + 1, sizeof *sorted);
    out->at = calloc(orders->count + 1, sizeof *out->at);
    if (!sorted || !out->at) {
        free(sorted);
        return ERR_NOMEM;
    }
    size_t n = 0;
    for (size_t i = 0; i < orders->count; i++)
        if (order_before(orders, flux, orders->at[i].id))
            sorted[n++] = orders->at[i];
    qsort(sorted, n, sizeof *sorted, by_order);
    for (size_t i = 0; i < n; i++)
        out->at[i] = sorted[i].id;
    out->count = n;
    free(sorted);
    return ERR_OK;
}

enum err apply_next(struct store_txn *t, const struct later *later, uint64_t serial, uint32_t *next)
{
    *next = 0;
    for (size_t i = 0; i < later->count; i++) {
        bool has;
        enum err e = flux_set_has(t, later->at[i], serial, &has);
        if (e)
            return e;
        if (has) {
            *next = later->at[i];
            return ERR_OK;
        }
    }
    return ERR_OK;
}

/* Whatever the caller asks to keep, a NIR is kept only when it may be read. */
static void set_keep(struct store_apply *a, const struct keep *keep)
{
    a->keep = *keep;
    for (node_id n = 0; n < a->schema->count && !a->nir_readable; n++)
        if (a->schema->nodes[n].type != TYPE_BLOCK && node_is_nir(a->schema, n))
            a->keep.on[n / 8] = (uint8_t)(a->keep.on[n / 8] & ~(1u << (n % 8)));
    a->keep_no_cedant = a->keep;
    node_id cedant = VRSB_OrganismeCedant_MATRICULEORGCEDMUT;
    uint8_t *byte = &a->keep_no_cedant.on[cedant / 8];
    *byte = (uint8_t)(*byte & ~(1u << (cedant % 8)));
}

static enum err load(struct store_apply *a)
{
    uint8_t greatest[32];
    memset(greatest, 0xff, sizeof greatest);
    a->order = order_make(a->schema, buf_span(&a->header), greatest);
    volume_init(a);
    enum err e = a->header.err ? a->header.err : ledger_next_id(a->t, &a->flux);
    if (!e)
        e = orders_load(a->t, &a->orders);
    if (!e)
        e = orders_add(&a->orders, a->flux, &a->order);
    if (!e)
        e = later_make(&a->orders, a->flux, &a->later);
    return e ? e : rejects_load(a->t, &a->rejects);
}

enum err apply_begin(struct store_txn *t, const struct schema *schema, struct span header, const struct keep *keep, bool nir_readable,
                     struct store_apply **ret)
{
    *ret = NULL;
    if (!t->writable || schema != &schema_vrsb0801)
        return ERR_BUG;
    struct store_apply *a = calloc(1, sizeof *a);
    if (!a)
        return ERR_NOMEM;
    a->t = t;
    a->schema = schema;
    a->nir_readable = nir_readable;
    buf_init(&a->header, RECORD_MAX);
    buf_init(&a->filtered, RECORD_MAX);
    buf_init(&a->seen, IMAGE_MAX);
    buf_init(&a->message, 2 * RECORD_MAX);
    buf_init(&a->body, 2 * RECORD_MAX);
    buf_put(&a->header, header.data, header.len);
    set_keep(a, keep);
    history_init(&a->history, t, &a->orders);
    persons_init(&a->persons, t);
    index_init(&a->index, t);
    enum err e = load(a);
    if (e)
        free_all(a);
    else
        *ret = a;
    return e;
}

bool apply_drops_matricule(const struct store_apply *a) { return !a->nir_readable && !span_is(a->household.facts->fonorg, "CAF"); }

const struct keep *apply_keep(const struct store_apply *a)
{
    bool cedant_is_nir = !a->nir_readable && !span_is(a->household.facts->fonorgcedmut, "CAF");
    return cedant_is_nir ? &a->keep_no_cedant : &a->keep;
}

enum err apply_filter(struct store_apply *a, struct span record, struct span *out)
{
    const struct facts *f = a->household.facts;
    const struct keep *keep = apply_keep(a);
    bool drop = apply_drops_matricule(a);
    *out = record;
    if (facts_kept(f, keep) && !(drop && f->matricule.len))
        return ERR_OK;
    buf_reset(&a->filtered);
    enum err e = record_filter(a->schema->household, record.data, record.len, keep, drop, &a->filtered);
    *out = buf_span(&a->filtered);
    return e;
}

static enum err content_digest(struct store_apply *a, uint64_t serial, struct span record, uint8_t out[IMAGE_DIGEST])
{
    _Static_assert((int)IMAGE_DIGEST == (int)KEY_BLIND, "a content digest is a blind");
    /* What may be read of a NIR is part of the content: when the rule changes, every image is written anew. */
    const uint8_t rule = a->nir_readable;
    struct key place = key_dossier(serial);
    struct span parts[] = {key_span(&place), {&rule, 1}, record};
    return txn_blind(a->t, BLIND_CONTENT, parts, 3, out);
}

/* Persons, filtered record, index entries: what every image that is to be stored needs. */
static enum err prepare(struct store_apply *a, const struct msg_household *m, bool newest, struct image_source *s)
{
    struct history *h = &a->history;
    enum err e = household_identify(&a->household, a->t);
    if (!e)
        e = persons_match(&a->persons, h, &a->household, a->flux, newest, &a->serials);
    if (!e)
        e = household_seen(&a->household, &a->serials, &a->seen);
    s->seen = buf_span(&a->seen);
    if (!e)
        e = apply_filter(a, m->record, &s->record);
    return e ? e : index_household(&a->index, &a->household, h->serial);
}

static enum err create(struct store_apply *a, const struct msg_household *m, const uint8_t blind[KEY_BLIND], uint64_t *serial)
{
    *serial = a->t->counters.next_dossier++;
    struct image_source s = {.flux = a->flux, .line = m->line};
    history_begin(&a->history, *serial);
    enum err e = content_digest(a, *serial, m->record, s.digest);
    if (!e)
        e = prepare(a, m, true, &s);
    if (!e)
        e = history_create(&a->history, &s);
    return e ? e : index_add(&a->index, BLIND_NUMDEMRSA, blind, *serial);
}

static bool has_vague_birth(const struct facts *f)
{
    for (size_t i = 0; i < f->count; i++)
        if (span_is(f->persons[i].typedtnai, "J") || span_is(f->persons[i].typedtnai, "O"))
            return true;
    return false;
}

/* Whether a new current image may change who is one person otherwise than by the index entries that it shares with other dossiers. */
static bool may_move_identity(const struct store_apply *a, struct span seen)
{
    struct image current;
    if (image_read(a->history.current, &current))
        return true;
    bool same = current.seen.len == seen.len && memcmp(current.seen.data, seen.data, seen.len) == 0;
    return !same || persons_lack(&a->persons) || has_vague_birth(a->household.facts);
}

static enum err place(struct store_apply *a, const struct msg_household *m, struct image_source *s, uint32_t next)
{
    enum err e = history_hold(&a->history);
    if (!e)
        e = prepare(a, m, next == 0, s);
    bool append = !next && a->history.head.flux != a->flux;
    if (!e && (!append || may_move_identity(a, s->seen)))
        e = identity_touch(a->t, a->history.serial);
    if (e)
        return e;
    if (append)
        return history_append(&a->history, s);
    e = history_place(&a->history, s, next);
    return e ? e : persons_settle(&a->persons, &a->history);
}

static enum err merge(struct store_apply *a, const struct msg_household *m, uint64_t serial, enum outcome *outcome)
{
    struct image_source s = {.flux = a->flux, .line = m->line};
    struct history *h = &a->history;
    struct image current;
    uint32_t next = 0;
    enum err e = content_digest(a, serial, m->record, s.digest);
    if (!e)
        e = history_load(h, serial);
    if (!e)
        e = image_read(h->current, &current);
    if (!e)
        e = apply_next(a->t, &a->later, serial, &next);
    if (e)
        return e;
    bool same = memcmp(current.digest, s.digest, IMAGE_DIGEST) == 0;
    *outcome = same ? OUTCOME_UNCHANGED : next ? OUTCOME_SUPERSEDED : OUTCOME_UPDATED;
    /* The current image is then what this flux says too. */
    bool in_place = h->head.flux == a->flux || order_before(&a->orders, h->head.flux, a->flux);
    if (same && in_place)
        return ERR_OK;
    e = next ? volume_see_next(a, next) : volume_see(a, &current);
    return e ? e : place(a, m, &s, next);
}

enum err apply_household(struct store_apply *a, const struct msg_household *m, const struct facts *facts, enum outcome *outcome,
                         bool *duplicate, uint32_t *persons)
{
    uint8_t blind[KEY_BLIND];
    uint64_t serial = 0;
    a->household.facts = facts;
    a->volume.reversed = false;
    enum err e = index_numdemrsa(a->t, facts->numdemrsa, blind);
    if (e)
        return e == ERR_NOTFOUND ? ERR_BAD : e;
    *persons = (uint32_t)facts->count;
    *outcome = OUTCOME_CREATED;
    e = index_find(&a->index, blind, &serial);
    e = e == ERR_NOTFOUND ? create(a, m, blind, &serial) : e ? e : merge(a, m, serial, outcome);
    if (!e)
        e = flux_set_add(&a->set, serial, duplicate);
    return e || !a->rejects.count ? e : rejects_resolve(a, blind);
}

static enum err finish(struct store_apply *a, struct flux_entry *f)
{
    f->id = a->flux;
    f->status = FLUX_APPLIED;
    f->header = buf_span(&a->header);
    enum err e = index_flush(&a->index);
    if (!e)
        e = index_log_put(a->t, a->flux, &a->index.log);
    if (!e)
        e = tie_settle(a, f->member_sha256, f);
    if (!e)
        e = flux_set_put(a->t, a->flux, &a->set);
    if (!e)
        e = ledger_write(a->t, f);
    if (!e)
        e = identity_settle(a->t);
    a->t->counters.flux_applied += !e;
    return e;
}

enum err apply_end(struct store_apply *a, struct flux_entry *f)
{
    struct span header = f->header;
    enum err e = finish(a, f);
    f->header = header;
    free_all(a);
    return e;
}
