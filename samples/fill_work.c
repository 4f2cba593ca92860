#include "samples/fill.h"

/* What people do, and how often: the weights sum to 100. */
static const struct work {
    const char *act, *reg, *contract;
    unsigned weight;
} works[] = {
    {"CHO", "GE", NULL, 24}, {"SAC", "GE", NULL, 20}, {"ANP", "GE", NULL, 9},  {"CNI", "GE", NULL, 12}, {"SAL", "GE", "CDI", 8},
    {"SAL", "GE", "CDD", 7}, {"SAL", "GE", "CU1", 3}, {"INT", "GE", "INT", 3}, {"SAL", "CL", "CDD", 2}, {"SFP", "GE", NULL, 3},
    {"MAL", "GE", NULL, 3},  {"TSA", "AG", "CDD", 2}, {"ETI", NULL, NULL, 4},
};
static const struct work farmer = {"EXP", "AG", NULL, 0}, self_employed = {"ETI", NULL, NULL, 0};

enum { HELD = 9, EARLIER = 27 * HELD };

/* An activity is kept over nine months of declarations. */
static unsigned held(const struct fill *f) { return (unsigned)(f->h->life.declaration + EARLIER) / HELD; }

static const struct work *work_of(const struct fill *f)
{
    const struct person *p = fill_person(f);
    if (f->h->series.msa && rng_permille(person_word(p, WORD_WORK, 2, 0), 450))
        return &farmer;
    if (f->at[VRSB_Personne] == 0 && fill_rare(f, RARE_SELF_EMPLOYED, 67))
        return &self_employed;
    uint32_t at = rng_below(person_word(p, WORD_WORK, 3, held(f)), 100);
    unsigned i = 0;
    while (at >= works[i].weight)
        at -= works[i++].weight;
    return &works[i];
}

static bool is_farmer(const struct fill *f) { return fill_adult(f) && work_of(f) == &farmer; }

bool fill_self_employed(const struct fill *f) { return fill_adult(f) && (is_farmer(f) || work_of(f)->reg == NULL); }

static int age_at_start(const struct fill *f)
{
    const struct household *h = f->h;
    return (h->series.first_month + (int)h->origin.start) / 12 - fill_person(f)->born_year;
}

unsigned fill_count_Activite(const struct fill *f)
{
    if (fill_adult(f))
        return rng_permille(person_word(fill_person(f), WORD_WORK, 4, held(f)), 400) ? 2 : 1;
    return fill_person(f)->role == ROLE_ENF && age_at_start(f) >= 4;
}

static int begun(const struct fill *f)
{
    uint64_t word = person_word(fill_person(f), WORD_WORK, 5, held(f));
    return (int)(held(f) * HELD) - EARLIER - 4 - (int)rng_below(word, 30);
}

static bool young_leaf(const struct fill *f, node_id n, struct cell *c)
{
    const struct person *p = fill_person(f);
    int age = age_at_start(f), school = p->born_year + (age < 7 ? 3 : age < 18 ? 6 : 17);
    if (n == VRSB_Activite_ACT)
        return cell_text(c, age < 7 ? "MMA" : age < 18 ? "SCO" : "ETU");
    if (n != VRSB_Activite_DDACT)
        return false;
    return cell_number(c, household_date(f->h, school * 12 + 8 - f->h->series.first_month, 1));
}

/* The first of two activities ended the day before the other one began. */
static bool past_leaf(const struct fill *f, node_id n, struct cell *c)
{
    uint64_t word = person_word(fill_person(f), WORD_WORK, 6, held(f));
    bool worked = rng_permille(word, 600);
    switch (n) {
    case VRSB_Activite_REG:
        return cell_text(c, worked && rng_permille(rng_mix(word), 100) ? "AG" : "GE");
    case VRSB_Activite_ACT:
        return cell_text(c, worked ? "SAL" : "CHO");
    case VRSB_Activite_DDACT:
        return cell_number(c, household_date(f->h, begun(f) - 1 - (int)rng_below(rng_mix(word + 1), 12), 1));
    case VRSB_Activite_DFACT:
        return cell_number(c, household_date(f->h, begun(f), day_of(rng_mix(word + 2))) - 1);
    case VRSB_Activite_NATCONTRTRA:
        return worked && cell_text(c, rng_permille(rng_mix(word + 3), 700) ? "CDD" : "CUI");
    default:
        return false;
    }
}

static bool present_leaf(const struct fill *f, node_id n, struct cell *c)
{
    const struct work *w = work_of(f);
    uint64_t word = person_word(fill_person(f), WORD_WORK, 6, held(f));
    switch (n) {
    case VRSB_Activite_REG:
        return w->reg != NULL && cell_text(c, w->reg);
    case VRSB_Activite_ACT:
        return cell_text(c, w->act);
    case VRSB_Activite_DDACT:
        return cell_number(c, household_date(f->h, begun(f), day_of(rng_mix(word + 2))));
    case VRSB_Activite_NATCONTRTRA:
        return w->contract != NULL && cell_text(c, w->contract);
    case VRSB_Activite_TOPCONDADMETI:
        return fill_self_employed(f) && cell_number(c, rng_permille(word, 700));
    default:
        return false;
    }
}

bool fill_leaf_Activite(const struct fill *f, node_id n, struct cell *c)
{
    if (!fill_adult(f))
        return young_leaf(f, n, c);
    return f->at[VRSB_Activite] + 1U < fill_count_Activite(f) ? past_leaf(f, n, c) : present_leaf(f, n, c);
}

unsigned fill_count_InformationsAgricoles(const struct fill *f) { return is_farmer(f); }

bool fill_leaf_InformationsAgricoles(const struct fill *f, node_id n, struct cell *c)
{
    uint64_t word = person_word(fill_person(f), WORD_WORK, 7, 0);
    int year = (f->h->series.first_month + (int)f->h->origin.start) / 12;
    switch (n) {
    case VRSB_InformationsAgricoles_MTBENAGRI:
        return rng_permille(word, 900) && cell_number(c, 100 * (int64_t)rng_below(rng_mix(word), 12000));
    case VRSB_InformationsAgricoles_REGFISAGRI:
        return rng_permille(word, 950) && cell_text(c, rng_permille(rng_mix(word + 1), 600) ? "F" : "R");
    default:
        return rng_permille(word, 900) && cell_number(c, household_date(f->h, (year - 1) * 12 - f->h->series.first_month, 1));
    }
}

bool fill_overseas(const struct fill *f) { return f->options->departement[0] == '9' && f->options->departement[1] == '7'; }

unsigned fill_count_AvisCGSSDOMPersonne(const struct fill *f)
{
    bool rare = f->at[VRSB_Personne] == 0 && fill_rare(f, RARE_OVERSEAS_PERSON, 241);
    return fill_adult(f) && (rare || (fill_overseas(f) && fill_self_employed(f)));
}

bool fill_leaf_AvisCGSSDOMPersonne(const struct fill *f, node_id n, struct cell *c)
{
    return cell_text(c, rng_permille(person_word(fill_person(f), WORD_OPINION, 20, n), 700) ? "O" : "N");
}
