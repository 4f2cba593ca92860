#include "store/household.h"

#include <stdlib.h>

#include "flux/base/wipe.h"

enum { PERSONS_FIRST = 16 };

void household_free(struct household *h)
{
    if (h->ids)
        wipe(h->ids, h->ids_cap * sizeof *h->ids);
    free(h->ids);
    *h = (struct household){0};
}

static bool span_equal(struct span a, struct span b) { return a.len == b.len && (!a.len || memcmp(a.data, b.data, a.len) == 0); }

static enum err identify(const struct person_facts *p, struct identity *id, struct store_txn *t)
{
    struct normal nir;
    id->facts = p;
    normal_name(p->nomnai, &id->nomnai);
    normal_name(p->prenom, &id->prenom);
    if (span_equal(p->nom, p->nomnai))
        id->nom.len = 0;
    else
        normal_name(p->nom, &id->nom);
    id->has_nir = normal_nir(p->nir, &nir);
    struct span part = normal_span(&nir);
    enum err e = id->has_nir ? txn_blind(t, BLIND_NIR, &part, 1, id->nir) : ERR_OK;
    wipe(&nir, sizeof nir);
    return e;
}

static enum err make_room(struct household *h, size_t count)
{
    if (count <= h->ids_cap)
        return ERR_OK;
    const struct facts *facts = h->facts;
    household_free(h);
    h->facts = facts;
    size_t cap = PERSONS_FIRST;
    while (cap < count)
        cap *= 2;
    h->ids = malloc(cap * sizeof *h->ids);
    h->ids_cap = h->ids ? cap : 0;
    return h->ids ? ERR_OK : ERR_NOMEM;
}

enum err household_identify(struct household *h, struct store_txn *t)
{
    enum err e = make_room(h, h->facts->count);
    for (size_t i = 0; !e && i < h->facts->count; i++)
        e = identify(&h->facts->persons[i], &h->ids[i], t);
    return e;
}
