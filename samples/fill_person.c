#include "samples/fill.h"

unsigned fill_count_Personne(const struct fill *f) { return f->h->person_count; }

static bool identity_top(const struct person *p, node_id n, struct cell *c)
{
    uint64_t word = person_word(p, WORD_IDENTITY, 0, 0);
    switch (n) {
    case VRSB_Identification_RGNAI:
        return p->twin && cell_number(c, 1 + p->slot % 2);
    case VRSB_Identification_TYPEDTNAI:
        if (p->typedtnai)
            return cell_text(c, p->typedtnai);
        return rng_permille(word, 970) && cell_text(c, rng_permille(rng_mix(word), 980)       ? "N"
                                                       : rng_permille(rng_mix(word + 1), 500) ? "J"
                                                                                              : "O");
    case VRSB_Identification_NIR:
        return p->nir[0] != '\0' && cell_text(c, p->nir);
    case VRSB_Identification_TOPVALIEC:
        return rng_permille(rng_mix(word + 2), 950) && cell_number(c, rng_permille(rng_mix(word + 3), 960));
    default:
        return cell_text(c, p->woman ? "2" : "1");
    }
}

bool fill_leaf_Identification(const struct fill *f, node_id n, struct cell *c)
{
    const struct person *p = fill_person(f);
    uint64_t word = person_word(p, WORD_FIRST_NAME, 1, 0);
    switch (n) {
    case VRSB_Identification_QUAL:
        return (fill_adult(f) || rng_permille(word, 500)) && cell_text(c, p->woman ? "MME" : "MR");
    case VRSB_Identification_NOM:
        return cell_bytes(c, p->nom.s, p->nom.len);
    case VRSB_Identification_NOMNAI:
        return cell_bytes(c, p->nomnai.s, p->nomnai.len);
    case VRSB_Identification_PRENOM:
        return cell_bytes(c, p->prenom.s, p->prenom.len);
    case VRSB_Identification_PRENOM2:
        return rng_permille(word, 400) && cell_text(c, name_pick(NAMES_MIDDLE, rng_mix(word + 1)));
    case VRSB_Identification_PRENOM3:
        return rng_permille(word, 150) && cell_text(c, name_pick(NAMES_MIDDLE, rng_mix(word + 2)));
    case VRSB_Identification_NOMCOMNAI:
        name_town(&c->own, rng_word(0, WORD_NAME, 2, nir_place(p->serial)));
        return cell_own(c);
    case VRSB_Identification_DTNAI:
        return cell_number(c, p->born);
    default:
        return identity_top(p, n, c);
    }
}

static int64_t attached(const struct fill *f)
{
    const struct person *p = fill_person(f);
    int64_t request = fill_request_day(f);
    if (p->role != ROLE_ENF)
        return request;
    if (p->slot >= 2 + LIFE_CHILDREN_MAX)
        return p->born;
    if (p->born > request)
        return p->born;
    return rng_permille(person_word(p, WORD_TIES, 0, 0), 500) ? request : request - (request - p->born) / 2;
}

bool fill_leaf_DossierCAF(const struct fill *f, node_id n, struct cell *c)
{
    const struct household *h = f->h;
    switch (n) {
    case VRSB_DossierCAF_TOPRESPDOS:
        return cell_number(c, fill_person(f)->role == ROLE_DEM);
    case VRSB_DossierCAF_DDRATDOS:
        return cell_number(c, attached(f));
    case VRSB_DossierCAF_DFRATDOS:
        return h->life.etat == 5 && cell_number(c, household_date(h, h->life.ended, 0));
    default:
        if (!fill_adult(f) || f->at[VRSB_Personne] > 0 || (h->origin.previous == LIFE_NONE && !fill_rare(f, RARE_PREVIOUS, 61)))
            return false;
        break;
    }
    uint32_t elsewhere = LIFE_ELSEWHERE + rng_below(household_word(h, WORD_DEMAND, 4, 0), LIFE_NUMBERS - LIFE_ELSEWHERE);
    char number[NUMDEMRSA_LEN + 1];
    household_number(f->options, h->origin.previous != LIFE_NONE ? h->origin.previous : elsewhere, number);
    text_add(&c->own, number);
    return cell_own(c);
}

unsigned fill_count_Prestations(const struct fill *f)
{
    (void)f;
    return 2;
}

bool fill_leaf_Prestations(const struct fill *f, node_id n, struct cell *c)
{
    static const char *const roles[] = {[ROLE_DEM] = "DEM", [ROLE_CJT] = "CJT", [ROLE_ENF] = "ENF", [ROLE_AUT] = "AUT"};
    const struct person *p = fill_person(f);
    bool family = f->at[VRSB_Prestations] == 0;
    switch (n) {
    case VRSB_Prestations_NATPREST:
        return cell_text(c, family ? "PFA" : "RSA");
    case VRSB_Prestations_ROLEPERS:
        if (family && p->role == ROLE_DEM && f->h->adults == 1 && fill_rare(f, RARE_RDO, 47))
            return cell_text(c, "RDO");
        return cell_text(c, roles[family ? p->role_pfa : p->role]);
    default:
        return cell_number(c, family ? p->role == ROLE_ENF : f->h->life.etat != 5);
    }
}

unsigned fill_count_Rattachement(const struct fill *f) { return fill_adult(f) ? 0 : f->h->adults; }

static const char *kinship(const struct fill *f)
{
    static const char *const children[] = {"LEG", "LEG", "NAT", "NAT", "NAT", "NAT", "REC", "ADP"};
    static const char *const others[] = {"ASC", "ASC", "ONC", "COL"};
    uint64_t word = person_word(fill_person(f), WORD_TIES, 1, 0);
    return fill_person(f)->role == ROLE_ENF ? children[rng_below(word, 8)] : others[rng_below(word, 4)];
}

bool fill_leaf_Rattachement(const struct fill *f, node_id n, struct cell *c)
{
    const struct person *parent = &f->h->persons[f->at[VRSB_Rattachement]];
    switch (n) {
    case VRSB_Rattachement_NOMNAI:
        return cell_bytes(c, parent->nomnai.s, parent->nomnai.len);
    case VRSB_Rattachement_PRENOM:
        return cell_bytes(c, parent->prenom.s, parent->prenom.len);
    case VRSB_Rattachement_DTNAI:
        return cell_number(c, parent->born);
    case VRSB_Rattachement_NIR:
        return parent->nir[0] != '\0' && cell_text(c, parent->nir);
    default:
        return cell_text(c, kinship(f));
    }
}

unsigned fill_count_DossierPoleEmploi(const struct fill *f)
{
    return fill_adult(f) && rng_permille(person_word(fill_person(f), WORD_WORK, 0, 0), 700);
}

bool fill_leaf_DossierPoleEmploi(const struct fill *f, node_id n, struct cell *c)
{
    (void)n;
    uint64_t word = person_word(fill_person(f), WORD_WORK, 1, 0);
    char letter[] = {(char)('A' + rng_below(rng_mix(word), 26)), '\0'};
    text_add_number(&c->own, rng_below(word, 10000000), 7);
    text_add(&c->own, letter);
    return cell_own(c);
}

/* Months of pregnancy, in months of the series; false when there is none to tell. */
struct pregnancy {
    int begun;
    bool ended, born;
    unsigned birth;
};

static bool by_birth(const struct household *h, struct pregnancy *g)
{
    const struct life *l = &h->life;
    if (l->births == 0 || (int)l->birth[l->births - 1] < l->declaration)
        return false;
    *g = (struct pregnancy){.begun = (int)l->birth[l->births - 1] - 9, .ended = true, .born = true, .birth = l->birth[l->births - 1]};
    return true;
}

/* Those that end otherwise: told from the fourth month on, over declarations of nine months in a row. */
static bool by_chance(const struct household *h, const struct person *p, struct pregnancy *g)
{
    enum { SPAN = 9, BEFORE = 27 * SPAN };
    int shift = (int)rng_below(person_word(p, WORD_PREGNANCY, 0, 0), SPAN);
    int span = (h->life.declaration + BEFORE + shift) / SPAN;
    *g = (struct pregnancy){.begun = span * SPAN - BEFORE - shift};
    g->ended = h->life.declaration - g->begun >= 6;
    return h->life.births == 0 && h->life.declaration - g->begun >= 3 &&
           rng_permille(person_word(p, WORD_PREGNANCY, 1, (unsigned)span), 130);
}

static bool pregnant(const struct fill *f, struct pregnancy *g)
{
    const struct household *h = f->h;
    const struct person *p = fill_person(f);
    int year = (h->series.first_month + h->life.declaration) / 12;
    if (!fill_adult(f) || !p->woman || year - p->born_year >= 45 || (f->at[VRSB_Personne] == 1 && h->persons[0].woman))
        return false;
    return by_birth(h, g) || by_chance(h, p, g);
}

unsigned fill_count_Grossesse(const struct fill *f)
{
    struct pregnancy g;
    return pregnant(f, &g);
}

static bool pregnancy_end(const struct fill *f, const struct pregnancy *g, bool date, struct cell *c)
{
    static const char *const ends[] = {"I", "F", "R", "M"};
    uint64_t word = person_word(fill_person(f), WORD_PREGNANCY, 2, 0);
    if (!g->ended)
        return false;
    if (!date)
        return cell_text(c, g->born ? "N" : ends[rng_below(word, 4)]);
    if (g->born)
        return cell_number(c, household_date(f->h, (int)g->birth, household_day(f->h, g->birth)));
    return cell_number(c, household_date(f->h, g->begun + 5, day_of(word)));
}

bool fill_leaf_Grossesse(const struct fill *f, node_id n, struct cell *c)
{
    struct pregnancy g;
    uint64_t word = person_word(fill_person(f), WORD_PREGNANCY, 3, 0);
    if (!pregnant(f, &g))
        return false;
    switch (n) {
    case VRSB_Grossesse_DDGRO:
        return cell_number(c, household_date(f->h, g.begun, day_of(word)));
    case VRSB_Grossesse_DFGRO:
        return pregnancy_end(f, &g, true, c);
    case VRSB_Grossesse_DTDECLGRO:
        return cell_number(c, household_date(f->h, g.begun + 3, day_of(word)));
    default:
        return pregnancy_end(f, &g, false, c);
    }
}
