#include <stdlib.h>
#include <string.h>

#include "flux/record/right.h"
#include "store/apply.h"
#include "store/ledger.h"

static char state_of(const struct schema *schema, struct span record)
{
    struct value v;
    bool there = record_find(schema->household, record.data, record.len, VRSB_EtatDossierRSA_ETATDOSRSA, &v);
    return there && v.text.len == 1 ? (char)v.text.data[0] : 0;
}

static int64_t day_of(const struct store_apply *a, node_id leaf)
{
    struct value v;
    return record_find(a->schema->header, a->header.data, a->header.len, leaf, &v) ? v.number : INT64_MIN;
}

void volume_init(struct store_apply *a)
{
    a->volume.monthly = order_typeflux(&a->order) == 'M';
    a->volume.reference = day_of(a, VRSB_IdentificationFlux_DTREF);
    a->volume.created = day_of(a, VRSB_IdentificationFlux_DTCREAFLUX);
}

/* ---- one household ---- */

/* Of the dossier at hand. */
static enum err state_of_current(struct store_apply *a, const struct image *current, char *state)
{
    struct history *h = &a->history;
    enum err e = history_key(h);
    if (!e)
        e = image_open(a->t, &h->key, h->serial, h->head.flux, current, &h->aad, &h->record);
    *state = e ? 0 : state_of(a->schema, buf_span(&h->record));
    return e;
}

/* Whether what a monthly flux says of a right could undo what a daily one said after the month it speaks of. */
static bool may_reverse(const struct store_apply *a, uint32_t before)
{
    const struct order *o = orders_find(&a->orders, before);
    if (!a->volume.monthly || !o || order_typeflux(o) != 'I' || a->volume.reference == INT64_MIN)
        return false;
    int64_t day = order_day(o);
    return day >= a->volume.reference && day <= a->volume.created;
}

enum err volume_see(struct store_apply *a, const struct image *current)
{
    char before, now = a->household.facts->etatdosrsa;
    bool closes = state_is_closed(now), opens = state_is_open(now) && may_reverse(a, a->history.head.flux);
    if (!closes && !opens)
        return ERR_OK;
    enum err e = state_of_current(a, current, &before);
    a->volume.closed += closes && state_is_open(before);
    a->volume.reversed = opens && state_is_closed(before);
    return e;
}

static enum err reference_of(struct store_apply *a, uint32_t flux, int64_t *day)
{
    struct value v;
    struct flux_entry *entry = calloc(1, sizeof *entry);
    enum err e = entry ? corrupt_if(ledger_get(a->t, flux, entry), ERR_NOTFOUND) : ERR_NOMEM;
    bool there = !e && record_find(a->schema->header, entry->header.data, entry->header.len, VRSB_IdentificationFlux_DTREF, &v);
    *day = there ? v.number : INT64_MAX;
    free(entry);
    return e;
}

enum err volume_see_next(struct store_apply *a, uint32_t next)
{
    const struct order *o = orders_find(&a->orders, next);
    int64_t reference, day = order_day(&a->order);
    bool closes = order_typeflux(&a->order) == 'I' && state_is_closed(a->household.facts->etatdosrsa);
    if (!closes || !o || order_typeflux(o) != 'M')
        return ERR_OK;
    enum err e = reference_of(a, next, &reference);
    if (e || day < reference || day > order_day(o))
        return e;
    struct image_source said;
    e = history_at(&a->history, next, &said);
    a->volume.reversed = !e && state_is_open(state_of(a->schema, said.record));
    return e;
}

bool apply_reversed(const struct store_apply *a) { return a->volume.reversed; }

enum err volume_see_reject(struct store_apply *a, const uint8_t blind[KEY_BLIND])
{
    uint64_t serial;
    bool was_there;
    enum err e = index_find(&a->index, blind, &serial);
    if (e)
        return e == ERR_NOTFOUND ? ERR_OK : e;
    return flux_set_add(&a->volume.rejected, serial, &was_there);
}

/* ---- the whole flux ---- */

struct comparison {
    struct store_apply *a;
    struct flux_volume *out;
};

static enum err count_carried(void *ctx, uint64_t serial)
{
    (void)serial;
    (*(uint64_t *)ctx)++;
    return ERR_OK;
}

static enum err see_absent(void *ctx, uint64_t serial)
{
    struct comparison *c = ctx;
    struct store_apply *a = c->a;
    struct image current;
    char state;
    if (flux_set_holds(&a->set, serial) || flux_set_holds(&a->volume.rejected, serial))
        return ERR_OK;
    enum err e = history_load(&a->history, serial);
    if (!e)
        e = image_read(a->history.current, &current);
    if (!e)
        e = state_of_current(a, &current, &state);
    c->out->missing += !e && state_is_open(state);
    return e;
}

static bool same_emitter(const struct store_apply *a, struct span header)
{
    struct value ours, theirs;
    node_id root = a->schema->header, leaf = VRSB_IdentificationFlux_APPLIEME;
    bool has = record_find(root, a->header.data, a->header.len, leaf, &ours);
    if (!has || !record_find(root, header.data, header.len, leaf, &theirs))
        return !has && !record_find(root, header.data, header.len, leaf, &theirs);
    return ours.text.len == theirs.text.len && memcmp(ours.text.data, theirs.text.data, ours.text.len) == 0;
}

/* Whether a flux of the ledger is of the same kind and emitter, and later in order than the best one so far. */
static enum err is_better(const struct store_apply *a, const struct flux_order *f, uint32_t best, struct flux_entry *entry, bool *better)
{
    *better =
        f->id != a->flux && order_typeflux(&f->order) == order_typeflux(&a->order) && (!best || order_before(&a->orders, best, f->id));
    enum err e = *better ? corrupt_if(ledger_get(a->t, f->id, entry), ERR_NOTFOUND) : ERR_OK;
    *better = *better && !e && same_emitter(a, entry->header);
    return e;
}

static int64_t month_of(int64_t days)
{
    int year, month, day;
    date_from_days(days, &year, &month, &day);
    return (int64_t)year * 12 + month;
}

static unsigned months_between(const struct store_apply *a, struct span header)
{
    struct value v;
    if (a->volume.reference == INT64_MIN || !record_find(a->schema->header, header.data, header.len, VRSB_IdentificationFlux_DTREF, &v))
        return 0;
    int64_t months = month_of(a->volume.reference) - month_of(v.number);
    return months > 0 ? (unsigned)months : 0;
}

static enum err find_comparable(struct store_apply *a, struct flux_entry *entry, struct flux_volume *out)
{
    enum err e = ERR_OK;
    for (size_t i = a->orders.count; !e && i-- > 0;) {
        bool better = false;
        e = is_better(a, &a->orders.at[i], out->compared, entry, &better);
        if (better) {
            out->compared = a->orders.at[i].id;
            out->months = months_between(a, entry->header);
        }
    }
    if (out->compared && order_before(&a->orders, a->flux, out->compared))
        *out = (struct flux_volume){0};
    return e;
}

enum err apply_volume(struct store_apply *a, struct flux_volume *out)
{
    struct comparison c = {a, out};
    *out = (struct flux_volume){0};
    struct flux_entry *entry = calloc(1, sizeof *entry);
    enum err e = entry ? find_comparable(a, entry, out) : ERR_NOMEM;
    free(entry);
    if (e || !out->compared)
        return e;
    out->closed = a->volume.closed;
    e = flux_set_each(a->t, out->compared, count_carried, &out->carried);
    return e || !a->volume.monthly ? e : flux_set_each(a->t, out->compared, see_absent, &c);
}
