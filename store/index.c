#include "store/index.h"

#include <stdlib.h>
#include <string.h>

#include "flux/base/wipe.h"
#include "store/normal.h"

enum { INDEX_BYTES = 16 << 20, INDEX_FIRST = 1024, SLOTS_FIRST = 4096 };

void index_init(struct index *ix, struct store_txn *t) { *ix = (struct index){.t = t, .limit = INDEX_BYTES / KEY_INDEX}; }

void index_free(struct index *ix)
{
    free(ix->entries);
    free(ix->slots);
    index_log_free(&ix->log);
    serials_free(&ix->met);
    *ix = (struct index){0};
}

static enum err grow_entries(struct index *ix)
{
    size_t cap = ix->cap ? 2 * ix->cap : INDEX_FIRST;
    if (cap > ix->limit)
        cap = ix->limit;
    uint8_t(*entries)[KEY_INDEX] = realloc(ix->entries, cap * sizeof *entries);
    if (!entries)
        return ERR_NOMEM;
    ix->entries = entries;
    ix->cap = cap;
    return ERR_OK;
}

/* Blinds are uniform: their bytes are a hash already. */
static size_t *probe(const struct index *ix, const uint8_t blind[KEY_BLIND], size_t *slot)
{
    *slot = (size_t)be64(blind) & (ix->slot_count - 1);
    while (ix->slots[*slot] && memcmp(ix->entries[ix->slots[*slot] - 1] + 1, blind, KEY_BLIND) != 0)
        *slot = (*slot + 1) & (ix->slot_count - 1);
    return slot;
}

static enum err grow_slots(struct index *ix)
{
    uint32_t *old = ix->slots;
    size_t old_count = ix->slot_count, slot, count = old_count ? 2 * old_count : SLOTS_FIRST;
    uint32_t *slots = calloc(count, sizeof *slots);
    if (!slots)
        return ERR_NOMEM;
    ix->slots = slots;
    ix->slot_count = count;
    for (size_t i = 0; i < old_count; i++)
        if (old[i])
            ix->slots[*probe(ix, ix->entries[old[i] - 1] + 1, &slot)] = old[i];
    free(old);
    return ERR_OK;
}

static enum err remember(struct index *ix, size_t entry)
{
    size_t slot;
    if (2 * (ix->slots_used + 1) > ix->slot_count && grow_slots(ix))
        return ERR_NOMEM;
    ix->slots[*probe(ix, ix->entries[entry] + 1, &slot)] = (uint32_t)entry + 1;
    ix->slots_used++;
    return ERR_OK;
}

enum err index_lookup_numdemrsa(struct store_txn *t, const uint8_t blind[KEY_BLIND], uint64_t *serial)
{
    struct span value;
    enum err e = txn_get(t, TABLE_INDEX, key_index_prefix(BLIND_NUMDEMRSA, blind), &value);
    if (e)
        return e;
    *serial = key_tail64(value);
    return value.len == 8 ? ERR_OK : ERR_CORRUPT;
}

enum err index_find(struct index *ix, const uint8_t numdemrsa[KEY_BLIND], uint64_t *serial)
{
    size_t slot;
    if (ix->slot_count && ix->slots[*probe(ix, numdemrsa, &slot)]) {
        *serial = be64(ix->entries[ix->slots[slot] - 1] + KEY_INDEX_PREFIX);
        return ERR_OK;
    }
    return index_lookup_numdemrsa(ix->t, numdemrsa, serial);
}

enum err index_add(struct index *ix, enum blind_use use, const uint8_t blind[KEY_BLIND], uint64_t serial)
{
    enum err e = ix->count == ix->limit ? index_flush(ix) : ERR_OK;
    if (!e && ix->count == ix->cap)
        e = grow_entries(ix);
    if (e)
        return e;
    struct key key = key_index(use, blind, serial);
    memcpy(ix->entries[ix->count], key.data, KEY_INDEX);
    ix->count++;
    return use == BLIND_NUMDEMRSA ? remember(ix, ix->count - 1) : ERR_OK;
}

static enum err add_blind(struct index *ix, enum blind_use use, struct span part, uint64_t serial)
{
    uint8_t blind[KEY_BLIND];
    enum err e = txn_blind(ix->t, use, &part, 1, blind);
    return e ? e : index_add(ix, use, blind, serial);
}

enum err index_numdemrsa(struct store_txn *t, struct span numdemrsa, uint8_t out[KEY_BLIND])
{
    struct normal n;
    struct span part;
    enum err e = normal_numdemrsa(numdemrsa, &n) ? ERR_OK : ERR_NOTFOUND;
    part = normal_span(&n);
    if (!e)
        e = txn_blind(t, BLIND_NUMDEMRSA, &part, 1, out);
    wipe(&n, sizeof n);
    return e;
}

static int64_t at_precision(enum blind_use use, int64_t days)
{
    int year, month, day;
    if (use == BLIND_NAME_DAY)
        return days;
    date_from_days(days, &year, &month, &day);
    return use == BLIND_NAME_MONTH ? year * 12 + month - 1 : year;
}

enum err index_name(struct store_txn *t, enum blind_use use, struct span name, struct span prenom, int64_t days, uint8_t out[KEY_BLIND])
{
    uint8_t date[8];
    uint64_t v = (uint64_t)at_precision(use, days);
    for (unsigned i = 0; i < 8; i++)
        date[i] = (uint8_t)(v >> (56 - 8 * i));
    struct span parts[] = {name, prenom, {date, sizeof date}};
    return txn_blind(t, use, parts, 3, out);
}

static enum err add_matricule(struct index *ix, const struct household *h, struct normal *n, uint64_t serial)
{
    enum err e = h->has_matricule ? index_add(ix, BLIND_MATRICULE, h->matricule, serial) : ERR_OK;
    if (!e && !span_is(h->facts->fonorg, "CAF") && normal_nir(h->facts->matricule, n))
        e = add_blind(ix, BLIND_NIR, normal_span(n), serial);
    return e;
}

static enum blind_use precision_of(const struct person_facts *p)
{
    if (span_is(p->typedtnai, "J"))
        return BLIND_NAME_MONTH;
    return span_is(p->typedtnai, "O") ? BLIND_NAME_YEAR : BLIND_NAME_DAY;
}

static enum err add_name(struct index *ix, const struct identity *id, const struct normal *name, uint64_t serial)
{
    uint8_t blind[KEY_BLIND];
    enum blind_use use = precision_of(id->facts);
    if (!name->len)
        return ERR_OK;
    enum err e = index_name(ix->t, use, normal_span(name), normal_span(&id->prenom), id->facts->dtnai, blind);
    return e ? e : index_add(ix, use, blind, serial);
}

static enum err add_names(struct index *ix, const struct identity *id, uint64_t serial)
{
    if (!id->facts->has_dtnai)
        return ERR_OK;
    bool same = id->nomnai.len == id->nom.len && memcmp(id->nomnai.text, id->nom.text, id->nom.len) == 0;
    enum err e = add_name(ix, id, &id->nomnai, serial);
    return e || same ? e : add_name(ix, id, &id->nom, serial);
}

enum err index_household(struct index *ix, const struct household *h, uint64_t serial)
{
    struct normal n;
    enum err e = add_matricule(ix, h, &n, serial);
    if (!e && h->has_cedant)
        e = index_add(ix, BLIND_CEDANT, h->cedant, serial);
    for (size_t i = 0; !e && i < h->facts->count; i++) {
        const struct identity *id = &h->ids[i];
        if (id->has_nir)
            e = index_add(ix, BLIND_NIR, id->nir, serial);
        if (!e && id->has_prece)
            e = index_add(ix, BLIND_PRECE, id->prece, serial);
        if (!e)
            e = add_names(ix, id, serial);
    }
    wipe(&n, sizeof n);
    return e;
}
