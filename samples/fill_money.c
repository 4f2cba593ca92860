#include "samples/fill.h"

static const struct income *income(const struct fill *f) { return &f->h->incomes[f->at[VRSB_Personne]]; }

unsigned fill_count_Ressources(const struct fill *f) { return fill_adult(f) && income(f)->known; }

unsigned fill_count_RessourcesMensuelles(const struct fill *f) { return income(f)->nothing ? 0 : income(f)->months; }

unsigned fill_count_DetailRessourcesMensuelles(const struct fill *f) { return income(f)->natures; }

/* The quarter declared is the one before the month of declaration. */
static int quarter_month(const struct fill *f, unsigned n) { return f->h->life.declaration - QUARTER + (int)n; }

bool fill_leaf_GeneraliteRessourcesTrimestre(const struct fill *f, node_id n, struct cell *c)
{
    switch (n) {
    case VRSB_GeneraliteRessourcesTrimestre_TOPRESSNUL:
        return cell_number(c, income(f)->nothing);
    case VRSB_GeneraliteRessourcesTrimestre_DDRESS:
        return cell_number(c, household_date(f->h, quarter_month(f, 0), 1));
    default:
        return cell_number(c, household_date(f->h, quarter_month(f, QUARTER - 1), 0));
    }
}

/* A number for each occurrence of a resource: the month, then the nature. */
static uint64_t money_word(const struct fill *f, unsigned slot)
{
    unsigned at = f->at[VRSB_RessourcesMensuelles] * 16U + f->at[VRSB_DetailRessourcesMensuelles] + slot * 64U;
    return person_word(fill_person(f), WORD_NATURE, 1 + at, (unsigned)(f->h->life.declaration + 128));
}

bool fill_leaf_GeneraliteRessourcesMensuelles(const struct fill *f, node_id n, struct cell *c)
{
    unsigned month = f->at[VRSB_RessourcesMensuelles];
    if (n == VRSB_GeneraliteRessourcesMensuelles_MOISRESS)
        return cell_number(c, household_date(f->h, quarter_month(f, month), 1));
    uint64_t word = person_word(fill_person(f), WORD_WORK, 8 + month, (unsigned)(f->h->life.declaration + 128));
    return rng_permille(word, 800) && cell_number(c, rng_permille(rng_mix(word), 700) ? 0 : rng_below(rng_mix(word + 1), 152));
}

bool fill_leaf_DetailRessourcesMensuelles(const struct fill *f, node_id n, struct cell *c)
{
    static const char *const natures[NATURES_MAX][4] = {
        {"001", "010", "405", "201"}, {"010", "011", "026", "203"}, {"044", "041", "500", "212"}};
    unsigned nature = f->at[VRSB_DetailRessourcesMensuelles];
    switch (n) {
    case VRSB_DetailRessourcesMensuelles_NATRESS:
        return cell_text(c, natures[nature][rng_below(person_word(fill_person(f), WORD_NATURE, 900 + nature, 0), 4)]);
    case VRSB_DetailRessourcesMensuelles_MTNATRESSMEN:
        return cell_number(c, 100 * (int64_t)income(f)->amount[f->at[VRSB_RessourcesMensuelles]][nature]);
    default:
        return rng_permille(money_word(f, 1), 60) && cell_text(c, rng_permille(money_word(f, 2), 500) ? "A" : "N");
    }
}

static int64_t mean_of(const struct income *in)
{
    int64_t sum = 0;
    for (unsigned m = 0; m < in->months && !in->nothing; m++)
        for (unsigned n = 0; n < in->natures; n++)
            sum += in->amount[m][n];
    return sum * 100 / QUARTER;
}

unsigned fill_count_MontantCalculDroitRSAPersonne(const struct fill *f) { return fill_adult(f) && household_open(f->h); }

/* Entered into rights and duties since the last declaration. */
static bool entrant(const struct household *h)
{
    return (h->life.entered > 0 || h->origin.start > 0) && (int)h->life.entered >= h->life.declaration;
}

bool fill_subject(const struct household *h, unsigned adult)
{
    enum { THRESHOLD = 50000 };
    uint64_t word = person_word(&h->persons[adult], WORD_RIGHT, 0, 0);
    return mean_of(&h->incomes[adult]) < THRESHOLD && h->life.etat == 2 && !rng_permille(rng_mix(word + 2), 80);
}

bool fill_leaf_MontantCalculDroitRSAPersonne(const struct fill *f, node_id n, struct cell *c)
{
    bool subject = fill_subject(f->h, f->at[VRSB_Personne]);
    uint64_t word = person_word(fill_person(f), WORD_RIGHT, 0, 0);
    int64_t mean = mean_of(income(f));
    switch (n) {
    case VRSB_MontantCalculDroitRSAPersonne_TOPPERSDRODEVORSA:
        return cell_number(c, subject);
    case VRSB_MontantCalculDroitRSAPersonne_TOPPERSENTDRODEVORSA:
        return (entrant(f->h) || rng_permille(word, 300)) && cell_number(c, entrant(f->h) && subject);
    case VRSB_MontantCalculDroitRSAPersonne_MTPERSRESSMENRSA:
        return rng_permille(rng_mix(word), 800) && cell_number(c, mean);
    default:
        return rng_permille(rng_mix(word + 1), 60) && cell_number(c, mean / 4);
    }
}

static bool lone_parent_child(const struct fill *f)
{
    const struct person *p = fill_person(f);
    return p->role == ROLE_ENF && f->h->adults == 1 && rng_permille(person_word(p, WORD_ALIMONY, 0, 0), 350);
}

/* Who claims maintenance for a child, or owes none: told of the demandeur. */
static bool claims(const struct fill *f) { return f->at[VRSB_Personne] == 0 && fill_rare(f, RARE_ALIMONY, 43); }

unsigned fill_count_PensionAlimentaire(const struct fill *f) { return lone_parent_child(f) || claims(f); }

unsigned fill_count_Asf(const struct fill *f)
{
    if (!lone_parent_child(f))
        return 0;
    return rng_permille(person_word(fill_person(f), WORD_ALIMONY, 1, 0), 80) ? 2 : 1;
}

static int64_t past_day(const struct fill *f, unsigned slot, unsigned months)
{
    uint64_t word = person_word(fill_person(f), WORD_ALIMONY, slot, 1);
    return household_date(f->h, (int)f->h->origin.start - 1 - (int)(months + rng_below(word, 12)), day_of(rng_mix(word)));
}

bool fill_leaf_Asf(const struct fill *f, node_id n, struct cell *c)
{
    static const char *const states[] = {"HB", "NR", "OE", "PA", "TP", "RS"};
    unsigned at = f->at[VRSB_Asf];
    uint64_t word = person_word(fill_person(f), WORD_ALIMONY, 2, at);
    bool father = (f->h->persons[0].woman ? 0U : 1U) == at;
    switch (n) {
    case VRSB_Asf_SITASF:
        return cell_text(c, states[rng_below(word, 6)]);
    case VRSB_Asf_PARASSOASF:
        return cell_text(c, father ? "P" : "M");
    case VRSB_Asf_DDASF:
        return cell_number(c, past_day(f, 3, 24));
    default:
        return rng_permille(rng_mix(word), 300) && cell_number(c, past_day(f, 4, 1));
    }
}

unsigned fill_count_CreanceAlimentaire(const struct fill *f)
{
    return !claims(f) ? 0 : rng_permille(person_word(fill_person(f), WORD_ALIMONY, 5, 0), 200) ? 2 : 1;
}

bool fill_leaf_CreanceAlimentaire(const struct fill *f, node_id n, struct cell *c)
{
    static const char *const states[] = {"DD", "AT", "PE", "PS", "DA", "SF"};
    static const char *const waived[] = {"AVA", "LOG", "PAM", "PHE", "DCG", "AUT"};
    unsigned at = f->at[VRSB_CreanceAlimentaire];
    uint64_t word = person_word(fill_person(f), WORD_ALIMONY, 6 + at, n);
    switch (n) {
    case VRSB_CreanceAlimentaire_ETATCREALIM:
        return cell_text(c, states[rng_below(word, 6)]);
    case VRSB_CreanceAlimentaire_DDCREALIM:
        return cell_number(c, past_day(f, 10 + at, 24));
    case VRSB_CreanceAlimentaire_DFCREALIM:
        return rng_permille(word, 400) && cell_number(c, past_day(f, 12 + at, 1));
    case VRSB_CreanceAlimentaire_ORIOBLALIM:
        return cell_text(c, rng_permille(word, 600) ? "CJT" : "PAR");
    case VRSB_CreanceAlimentaire_MOTIDISCREALIM:
        return rng_permille(word, 500) && cell_text(c, waived[rng_below(rng_mix(word), 6)]);
    case VRSB_CreanceAlimentaire_COMMCREALIM:
        return rng_permille(word, 500) && cell_text(c, name_pick(NAMES_ALIMONY, rng_mix(word)));
    default:
        return rng_permille(word, 400) && cell_number(c, 100 * (int64_t)rng_below(rng_mix(word), 200));
    }
}
