#include "flux/record/right.h"

#include <stdlib.h>
#include <string.h>

#include "flux/base/grow.h"
#include "flux/record/commune.h"
#include "flux/record/facts.h"

enum { PERSONS_FIRST = 16 };

struct reading {
    struct right *right;
    struct span natprest, roleper;
    struct right_home home;
};

void right_free(struct right *r)
{
    free(r->persons);
    *r = (struct right){0};
}

static enum err add_person(struct right *r)
{
    struct right_person *persons = grow(r->persons, r->count, &r->cap, sizeof(*persons), PERSONS_FIRST);
    if (!persons)
        return ERR_NOMEM;
    r->persons = persons;
    r->persons[r->count++] = (struct right_person){0};
    return ERR_OK;
}

static char state_of(struct span text) { return text.len == 1 && text.data[0] >= '0' && text.data[0] <= '6' ? (char)text.data[0] : 0; }

static struct right_day day_of(const struct value *v) { return (struct right_day){true, v->number}; }

static void take_later(struct right_day *d, const struct value *v)
{
    if (!d->told || v->number > d->days)
        *d = day_of(v);
}

static bool is_first_rank(struct span text)
{
    return text.len > 0 && text.data[text.len - 1] == '1' && (text.len == 1 || (text.len == 2 && text.data[0] == '0'));
}

static void take_home(struct right_home *h, node_id leaf, const struct value *v)
{
    if (leaf > VRSB_AdresseDetailleeFrance && leaf < VRSB_END_AdresseDetailleeFrance)
        h->lines_inside[leaf - VRSB_AdresseDetailleeFrance - 1] = v->text;
    else if (leaf > VRSB_AdresseHorsFrance && leaf < VRSB_END_AdresseHorsFrance)
        h->lines_outside[leaf - VRSB_AdresseHorsFrance - 1] = v->text;
    else if (leaf == VRSB_TroncCommunAdresse_RGADR)
        h->first_rank = is_first_rank(v->text);
    else if (leaf == VRSB_TroncCommunAdresse_DTEMM)
        h->dtemm = day_of(v);
}

static void take_person(struct reading *g, struct right_person *p, node_id leaf, const struct value *v)
{
    switch (leaf) {
    case VRSB_Identification_NOM:
        p->nom = v->text;
        break;
    case VRSB_Identification_PRENOM:
        p->prenom = v->text;
        break;
    case VRSB_Identification_DTNAI:
        p->dtnai = day_of(v);
        break;
    case VRSB_DossierCAF_DFRATDOS:
        p->dfratdos = day_of(v);
        break;
    case VRSB_Prestations_NATPREST:
        g->natprest = v->text;
        break;
    case VRSB_Prestations_ROLEPERS:
        g->roleper = v->text;
        break;
    case VRSB_MontantCalculDroitRSAPersonne_TOPPERSDRODEVORSA:
        p->duties_told = true;
        p->duties = v->number != 0;
        break;
    case VRSB_MontantCalculDroitRSAPersonne_TOPPERSENTDRODEVORSA:
        p->entrant_told = true;
        p->entrant = v->number != 0;
        break;
    default:
        break;
    }
}

static void take_situation(struct right *r, node_id leaf, const struct value *v)
{
    switch (leaf) {
    case VRSB_EtatDossierRSA_ETATDOSRSA:
        r->state = state_of(v->text);
        break;
    case VRSB_Refus_DTREFURSA:
        r->refused = day_of(v);
        break;
    case VRSB_SuspensionDroit_DDSUSDRORSA:
    case VRSB_SuspensionVersement_DDSUSVERSRSA:
        take_later(&r->suspended, v);
        break;
    case VRSB_FinDroit_MOTICLORSA:
        r->closing.motive = v->text;
        break;
    case VRSB_FinDroit_DTCLORSA:
        r->closing.day = day_of(v);
        break;
    case VRSB_FinDroitMoisAnterieur_MOTICLORSA:
        r->closing_before.motive = v->text;
        break;
    case VRSB_FinDroitMoisAnterieur_DTCLORSA:
        r->closing_before.day = day_of(v);
        break;
    default:
        break;
    }
}

static void take_leaf(struct reading *g, node_id leaf, const struct value *v)
{
    struct right *r = g->right;
    if (leaf == VRSB_DemandeRSA_NUMDEMRSA)
        r->numdemrsa = v->text;
    else if (leaf == VRSB_Partenaire_IDEPARTE)
        r->ideparte = v->text;
    else if (leaf == VRSB_OrganismeCedant_DDARRMUT)
        r->arrival = day_of(v);
    else if (leaf == VRSB_OrganismePrenant_DDDEPAMUT)
        r->departure = day_of(v);
    else if (leaf > VRSB_Adresse && leaf < VRSB_END_Adresse)
        take_home(&g->home, leaf, v);
    else if (leaf > VRSB_PrestationRSA)
        take_situation(r, leaf, v);
    else if (r->count && leaf > VRSB_Personne && leaf < VRSB_END_Personne)
        take_person(g, &r->persons[r->count - 1], leaf, v);
}

static enum err enter(struct reading *g, node_id block)
{
    struct right *r = g->right;
    switch (block) {
    case VRSB_Personne:
        return add_person(r);
    case VRSB_Prestations:
        g->natprest = g->roleper = (struct span){0};
        break;
    case VRSB_Adresse:
        g->home = (struct right_home){.there = true};
        break;
    case VRSB_AdresseDetailleeFrance:
        g->home.inside = true;
        break;
    case VRSB_AdresseHorsFrance:
        g->home.outside = true;
        break;
    case VRSB_FinDroit:
        r->closing.there = true;
        break;
    case VRSB_FinDroitMoisAnterieur:
        r->closing_before.there = true;
        break;
    default:
        break;
    }
    return ERR_OK;
}

static bool is_newer_home(const struct right_home *a, const struct right_home *b)
{
    if (a->first_rank != b->first_rank)
        return a->first_rank;
    return a->dtemm.told && (!b->dtemm.told || a->dtemm.days > b->dtemm.days);
}

static void leave(struct reading *g, node_id block)
{
    struct right *r = g->right;
    if (block == VRSB_Prestations && r->count && span_is(g->natprest, "RSA") && g->roleper.len) {
        r->persons[r->count - 1].role = g->roleper;
    } else if (block == VRSB_Adresse) {
        r->homes++;
        r->first_ranks += g->home.first_rank;
        if (!r->home.there || is_newer_home(&g->home, &r->home))
            r->home = g->home;
    }
}

enum err right_read(struct right *r, struct span record)
{
    struct record_walk w;
    struct reading g = {.right = r};
    *r = (struct right){.persons = r->persons, .cap = r->cap};
    record_walk_init(&w, schema_vrsb0801.household, record.data, record.len);
    for (;;) {
        enum record_event event = record_next(&w);
        if (event == RECORD_END)
            return ERR_OK;
        if (event == RECORD_BAD)
            return ERR_FRAME;
        if (event == RECORD_LEAF)
            take_leaf(&g, w.node, &w.value);
        else if (event == RECORD_LEAVE)
            leave(&g, w.node);
        else if (enter(&g, w.node))
            return ERR_NOMEM;
    }
}

struct right_end right_end(const struct right *r, char state, int64_t estimate)
{
    const struct right_closing *own = state == '6' && r->closing_before.there ? &r->closing_before : &r->closing,
                               *other = own == &r->closing ? &r->closing_before : &r->closing;
    if (state_is_closed(state)) {
        struct span motive = own->motive.len ? own->motive : other->motive;
        if (own->day.told)
            return (struct right_end){END_STATED, own->day.days, motive};
        if (other->day.told)
            return (struct right_end){END_OTHER, other->day.days, motive};
        if (r->departure.told)
            return (struct right_end){END_MUTATION, r->departure.days, motive};
        return (struct right_end){END_ESTIMATED, estimate, motive};
    }
    if (state == '1')
        return r->refused.told ? (struct right_end){.source = END_REFUSED, .days = r->refused.days}
                               : (struct right_end){.source = END_ESTIMATED, .days = estimate};
    return r->departure.told ? (struct right_end){.source = END_MUTATION, .days = r->departure.days} : (struct right_end){0};
}

bool role_is(const struct right_person *p, const char *role) { return span_is(p->role, role); }

unsigned right_demandeurs(const struct right *r)
{
    unsigned n = 0;
    for (size_t i = 0; i < r->count; i++)
        n += role_is(&r->persons[i], "DEM");
    return n;
}

struct span home_commune(const struct right_home *h)
{
    return h->lines_inside[VRSB_AdresseDetailleeFrance_NUMCOM - VRSB_AdresseDetailleeFrance - 1];
}

static bool same(struct span a, struct span b) { return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0); }

static bool lines_differ(const struct span *a, const struct span *b, size_t count, size_t optional)
{
    for (size_t i = 0; i < count; i++)
        if (!same(a[i], b[i]) && (i != optional || (a[i].len && b[i].len)))
            return true;
    return false;
}

bool home_moved(const struct right_home *a, const struct right_home *b)
{
    const size_t numcom = VRSB_AdresseDetailleeFrance_NUMCOM - VRSB_AdresseDetailleeFrance - 1;
    if ((!a->inside && !a->outside) || (!b->inside && !b->outside))
        return false;
    if (a->inside != b->inside)
        return true;
    return a->inside ? lines_differ(a->lines_inside, b->lines_inside, HOME_INSIDE_LEAVES, numcom)
                     : lines_differ(a->lines_outside, b->lines_outside, HOME_OUTSIDE_LEAVES, HOME_OUTSIDE_LEAVES);
}

enum place right_place(const struct right *r)
{
    struct span numcom = home_commune(&r->home);
    if (r->home.outside && !r->home.inside)
        return PLACE_OUTSIDE;
    if (commune_elsewhere(r->ideparte, numcom))
        return PLACE_OUTSIDE;
    return commune_inside(r->ideparte, numcom) ? PLACE_INSIDE : PLACE_UNKNOWN;
}
