#include "store/household.h"

#include <stdlib.h>

#include "flux/base/wipe.h"
#include "flux/record/nir.h"
#include "store/index.h"

enum { PERSONS_FIRST = 16 };

void household_free(struct household *h)
{
    if (h->ids)
        wipe(h->ids, h->ids_cap * sizeof *h->ids);
    free(h->ids);
    *h = (struct household){0};
}

static bool span_equal(struct span a, struct span b) { return a.len == b.len && (!a.len || memcmp(a.data, b.data, a.len) == 0); }

static enum nir_kind kind_of(struct span text)
{
    struct nir nir;
    enum finding_code code = nir_judge((const char *)text.data, text.len, &nir);
    wipe(&nir, sizeof nir);
    return code == FINDING_NONE ? NIR_CERTIFIED : code == V_NIR_PROVISIONAL ? NIR_PROVISIONAL : NIR_NONE;
}

static enum err identify_prece(const struct person_facts *p, struct identity *id, struct store_txn *t)
{
    enum err e = p->numdemrsaprece.len ? index_numdemrsa(t, p->numdemrsaprece, id->prece) : ERR_NOTFOUND;
    id->has_prece = !e;
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

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
    id->nir_kind = id->has_nir ? kind_of(p->nir) : NIR_NONE;
    struct span part = normal_span(&nir);
    enum err e = id->has_nir ? txn_blind(t, BLIND_NIR, &part, 1, id->nir) : ERR_OK;
    wipe(&nir, sizeof nir);
    return e ? e : identify_prece(p, id, t);
}

static enum err number_blind(struct store_txn *t, struct span text, bool *has, uint8_t out[KEY_BLIND])
{
    struct normal n;
    *has = normal_matricule(text, &n);
    struct span part = normal_span(&n);
    enum err e = *has ? txn_blind(t, BLIND_MATRICULE, &part, 1, out) : ERR_OK;
    wipe(&n, sizeof n);
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
    if (!e)
        e = number_blind(t, h->facts->matricule, &h->has_matricule, h->matricule);
    return e ? e : number_blind(t, h->facts->matriculeorgcedmut, &h->has_cedant, h->cedant);
}

enum err household_seen(const struct household *h, const struct serials *persons, struct buf *out)
{
    buf_reset(out);
    buf_varint(out, persons->count);
    for (size_t i = 0; i < persons->count; i++) {
        const struct identity *id = &h->ids[i];
        seen_put_person(out, &(struct seen_person){.serial = persons->at[i],
                                                   .nir_kind = id->nir_kind,
                                                   .nir = id->nir_kind ? id->nir : NULL,
                                                   .prece = id->has_prece ? id->prece : NULL});
    }
    seen_put_links(out, &(struct seen_links){h->has_matricule ? h->matricule : NULL, h->has_cedant ? h->cedant : NULL});
    return out->err;
}
