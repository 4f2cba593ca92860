#include "store/household.h"

#include <stdlib.h>

#include "flux/base/wipe.h"

enum { PERSONS_FIRST = 16 };

static void free_ids(struct household *h)
{
    if (h->ids)
        wipe(h->ids, h->ids_cap * sizeof *h->ids);
    free(h->ids);
    h->ids = NULL;
    h->ids_cap = 0;
}

void household_free(struct household *h)
{
    free_ids(h);
    free(h->persons);
    *h = (struct household){0};
}

void household_reset(struct household *h)
{
    *h = (struct household){.persons = h->persons, .cap = h->cap, .ids = h->ids, .ids_cap = h->ids_cap};
}

static enum err add_person(struct household *h)
{
    if (h->count == h->cap) {
        size_t cap = h->cap ? 2 * h->cap : PERSONS_FIRST;
        struct household_person *persons = realloc(h->persons, cap * sizeof *persons);
        if (!persons)
            return ERR_NOMEM;
        h->persons = persons;
        h->cap = cap;
    }
    h->persons[h->count++] = (struct household_person){0};
    return ERR_OK;
}

static void take_identity(struct household_person *p, node_id leaf, const struct value *v)
{
    switch (leaf) {
    case VRSB_Identification_NOM:
        p->nom = v->text;
        break;
    case VRSB_Identification_NOMNAI:
        p->nomnai = v->text;
        break;
    case VRSB_Identification_PRENOM:
        p->prenom = v->text;
        break;
    case VRSB_Identification_DTNAI:
        p->dtnai = v->number;
        p->has_dtnai = true;
        break;
    case VRSB_Identification_RGNAI:
        p->rgnai = v->number;
        p->has_rgnai = true;
        break;
    case VRSB_Identification_TYPEDTNAI:
        p->typedtnai = v->text;
        break;
    case VRSB_Identification_NIR:
        p->nir = v->text;
        break;
    default:
        break;
    }
}

static void take_leaf(struct household *h, node_id leaf, const struct value *v)
{
    switch (leaf) {
    case VRSB_DemandeRSA_NUMDEMRSA:
        h->numdemrsa = v->text;
        break;
    case VRSB_Organisme_FONORG:
        h->fonorg = v->text;
        break;
    case VRSB_Organisme_MATRICULE:
        h->matricule = v->text;
        break;
    case VRSB_OrganismeCedant_FONORGCEDMUT:
        h->fonorgcedmut = v->text;
        break;
    case VRSB_OrganismeCedant_MATRICULEORGCEDMUT:
        h->matriculeorgcedmut = v->text;
        break;
    default:
        if (h->count && leaf > VRSB_Identification && leaf <= VRSB_LAST_Identification)
            take_identity(&h->persons[h->count - 1], leaf, v);
    }
}

enum err household_read(struct household *h, node_id root, struct span record, const struct keep *keep)
{
    household_reset(h);
    h->whole = true;
    struct record_walk w;
    record_walk_init(&w, root, record.data, record.len);
    w.checked = true;
    for (;;) {
        enum record_event event = record_next(&w);
        if (event == RECORD_END)
            return ERR_OK;
        if (event == RECORD_BAD)
            return ERR_FRAME;
        h->whole = h->whole && keep_has(keep, w.node);
        if (event == RECORD_LEAF)
            take_leaf(h, w.node, &w.value);
        else if (event == RECORD_ENTER && w.node == VRSB_Personne && add_person(h))
            return ERR_NOMEM;
    }
}

static bool span_equal(struct span a, struct span b) { return a.len == b.len && (!a.len || memcmp(a.data, b.data, a.len) == 0); }

static enum err identify(struct household_person *p, struct identity *id, struct store_txn *t)
{
    struct normal nir;
    p->id = id;
    normal_name(p->nomnai, &id->nomnai);
    normal_name(p->prenom, &id->prenom);
    if (span_equal(p->nom, p->nomnai))
        id->nom = id->nomnai;
    else
        normal_name(p->nom, &id->nom);
    id->has_nir = normal_nir(p->nir, &nir);
    struct span part = normal_span(&nir);
    enum err e = id->has_nir ? txn_blind(t, BLIND_NIR, &part, 1, id->nir) : ERR_OK;
    wipe(&nir, sizeof nir);
    return e;
}

enum err household_identify(struct household *h, struct store_txn *t)
{
    if (h->count > h->ids_cap) {
        free_ids(h);
        h->ids = malloc(h->cap * sizeof *h->ids);
        if (!h->ids)
            return ERR_NOMEM;
        h->ids_cap = h->cap;
    }
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < h->count; i++)
        e = identify(&h->persons[i], &h->ids[i], t);
    return e;
}
