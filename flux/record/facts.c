#include "flux/record/facts.h"

#include <stdlib.h>

#include "flux/base/grow.h"

enum { PERSONS_FIRST = 16 };

void facts_free(struct facts *f)
{
    free(f->persons);
    *f = (struct facts){0};
}

static enum err add_person(struct facts *f)
{
    struct person_facts *persons = grow(f->persons, f->count, &f->cap, sizeof(*persons), PERSONS_FIRST);
    if (!persons)
        return ERR_NOMEM;
    f->persons = persons;
    f->persons[f->count++] = (struct person_facts){0};
    return ERR_OK;
}

static void take_identity(struct person_facts *p, node_id leaf, const struct value *v)
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

static void take_leaf(struct facts *f, node_id leaf, const struct value *v)
{
    switch (leaf) {
    case VRSB_DemandeRSA_NUMDEMRSA:
        f->numdemrsa = v->text;
        break;
    case VRSB_Organisme_FONORG:
        f->fonorg = v->text;
        break;
    case VRSB_Organisme_MATRICULE:
        f->matricule = v->text;
        break;
    case VRSB_EtatDossierRSA_ETATDOSRSA:
        f->etatdosrsa = v->text.len == 1 ? (char)v->text.data[0] : 0;
        break;
    case VRSB_Partenaire_IDEPARTE:
        f->idepartement = v->text;
        break;
    case VRSB_OrganismeCedant_FONORGCEDMUT:
        f->fonorgcedmut = v->text;
        break;
    case VRSB_OrganismeCedant_MATRICULEORGCEDMUT:
        f->matriculeorgcedmut = v->text;
        break;
    default:
        if (f->count && leaf == VRSB_DossierCAF_NUMDEMRSAPRECE)
            f->persons[f->count - 1].numdemrsaprece = v->text;
        else if (f->count && leaf > VRSB_Identification && leaf <= VRSB_LAST_Identification)
            take_identity(&f->persons[f->count - 1], leaf, v);
    }
}

enum err facts_read(struct facts *f, const struct schema *schema, struct span record)
{
    *f = (struct facts){.persons = f->persons, .cap = f->cap};
    struct record_walk w;
    record_walk_init(&w, schema->household, record.data, record.len);
    for (;;) {
        enum record_event event = record_next(&w);
        if (event == RECORD_END)
            return ERR_OK;
        if (event == RECORD_BAD)
            return ERR_FRAME;
        f->nodes.on[w.node / 8] |= (uint8_t)(1u << (w.node % 8));
        if (event == RECORD_LEAF)
            take_leaf(f, w.node, &w.value);
        else if (event == RECORD_ENTER && w.node == VRSB_Personne && add_person(f))
            return ERR_NOMEM;
    }
}

bool facts_kept(const struct facts *f, const struct keep *keep)
{
    unsigned dropped = 0;
    for (size_t i = 0; i < sizeof f->nodes.on; i++)
        dropped |= f->nodes.on[i] & ~(unsigned)keep->on[i];
    return dropped == 0;
}
