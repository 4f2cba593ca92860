#include "samples/fill.h"

/* What the département decided about a person. Told of the demandeur only, but for the self-employed. */

static bool lead(const struct fill *f) { return f->at[VRSB_Personne] == 0; }

static bool told(const struct fill *f) { return lead(f) && f->h->life.etat >= 2; }

static int64_t past_day(const struct fill *f, unsigned slot, unsigned months)
{
    uint64_t word = household_word(f->h, WORD_OPINION, slot, 1);
    return household_date(f->h, (int)f->h->origin.start - 1 - (int)(months + rng_below(word, 10)), day_of(rng_mix(word)));
}

unsigned fill_count_ConditionETI(const struct fill *f)
{
    return fill_self_employed(f) && rng_permille(person_word(fill_person(f), WORD_OPINION, 0, 0), 700);
}

unsigned fill_count_Derogation(const struct fill *f)
{
    return !told(f) || !fill_rare(f, RARE_DEROGATION, 61) ? 0 : rng_permille(household_word(f->h, WORD_OPINION, 1, 0), 250) ? 2 : 1;
}

unsigned fill_count_ExclueRSA(const struct fill *f) { return told(f) && fill_rare(f, RARE_EXCLUDED, 83); }

unsigned fill_count_Liberalite(const struct fill *f) { return told(f) && fill_rare(f, RARE_GIFTS, 89); }

unsigned fill_count_AvisPCGPersonne(const struct fill *f)
{
    return fill_count_ConditionETI(f) + fill_count_Derogation(f) + fill_count_ExclueRSA(f) + fill_count_Liberalite(f) > 0;
}

bool fill_leaf_ConditionETI(const struct fill *f, node_id n, struct cell *c)
{
    uint64_t word = person_word(fill_person(f), WORD_OPINION, 2, 0);
    switch (n) {
    case VRSB_ConditionETI_AVISEVARESSNONSAL:
        return cell_text(c, rng_permille(word, 300) ? "D" : rng_permille(rng_mix(word), 800) ? "A" : "R");
    case VRSB_ConditionETI_DTSOURESSNONSAL:
        return cell_number(c, past_day(f, 3, 12));
    case VRSB_ConditionETI_DTEVARESSNONSAL:
        return !rng_permille(word, 300) && cell_number(c, past_day(f, 4, 1));
    default:
        return !rng_permille(word, 300) && cell_number(c, 100 * (int64_t)rng_below(rng_mix(word + 1), 700));
    }
}

bool fill_leaf_Derogation(const struct fill *f, node_id n, struct cell *c)
{
    static const char *const kinds[] = {"AGE", "ACT", "RES", "NAT"}, *const decisions[] = {"D", "O", "O", "N", "A"};
    unsigned at = f->at[VRSB_Derogation];
    uint64_t word = household_word(f->h, WORD_OPINION, 5 + at, n);
    switch (n) {
    case VRSB_Derogation_TYPEDERO:
        return cell_text(c, kinds[rng_below(word, 4)]);
    case VRSB_Derogation_AVISDERO:
        return cell_text(c, decisions[rng_below(word, 5)]);
    case VRSB_Derogation_DDAVISDERO:
        return cell_number(c, past_day(f, 7 + at, 12));
    default:
        return rng_permille(word, 500) && cell_number(c, past_day(f, 9 + at, 1));
    }
}

bool fill_leaf_ExclueRSA(const struct fill *f, node_id n, struct cell *c)
{
    uint64_t word = household_word(f->h, WORD_OPINION, 11, n);
    switch (n) {
    case VRSB_ExclueRSA_EXCL:
        return cell_text(c, rng_permille(word, 500) ? "T" : "P");
    case VRSB_ExclueRSA_DDEXCL:
        return cell_number(c, past_day(f, 12, 12));
    default:
        return rng_permille(word, 500) && cell_number(c, past_day(f, 13, 1));
    }
}

bool fill_leaf_Liberalite(const struct fill *f, node_id n, struct cell *c)
{
    if (n == VRSB_Liberalite_MTLIBERNONDECL)
        return cell_number(c, 1000 + 100 * (int64_t)rng_below(household_word(f->h, WORD_OPINION, 14, 0), 300));
    return cell_number(c, past_day(f, 15, 6));
}

unsigned fill_count_ConditionAdministrative(const struct fill *f)
{
    return !fill_rare(f, RARE_CONDITION, 41) ? 0 : rng_permille(household_word(f->h, WORD_OPINION, 16, 0), 250) ? 2 : 1;
}

unsigned fill_count_ReductionRSA(const struct fill *f) { return fill_rare(f, RARE_REDUCTION, 53); }

unsigned fill_count_PaiementTiers(const struct fill *f) { return fill_rare(f, RARE_PAYEE, 67); }

unsigned fill_count_AvisPCGDroitRSA(const struct fill *f)
{
    return f->h->life.etat >= 2 && fill_count_ConditionAdministrative(f) + fill_count_ReductionRSA(f) + fill_count_PaiementTiers(f) > 0;
}

bool fill_leaf_ConditionAdministrative(const struct fill *f, node_id n, struct cell *c)
{
    static const char *const decisions[] = {"D", "A", "R", "S"}, *const reasons[] = {"NR", "NS", "EU", "AU"};
    unsigned at = f->at[VRSB_ConditionAdministrative];
    uint64_t word = household_word(f->h, WORD_OPINION, 17 + at, n);
    switch (n) {
    case VRSB_ConditionAdministrative_AVISCONDADMRSA:
        return cell_text(c, decisions[rng_below(word, 4)]);
    case VRSB_ConditionAdministrative_MOTICONDADMRSA:
        return cell_text(c, reasons[rng_below(word, 4)]);
    case VRSB_ConditionAdministrative_COMM1CONDADMRSA:
        return rng_permille(word, 700) && cell_text(c, name_pick(NAMES_OPINION, rng_mix(word)));
    case VRSB_ConditionAdministrative_COMM2CONDADMRSA:
        return rng_permille(word, 400) && cell_text(c, name_pick(NAMES_OPINION, rng_mix(word)));
    default:
        return cell_number(c, past_day(f, 19 + at, 2));
    }
}

bool fill_leaf_ReductionRSA(const struct fill *f, node_id n, struct cell *c)
{
    uint64_t word = household_word(f->h, WORD_OPINION, 21, n);
    switch (n) {
    case VRSB_ReductionRSA_MTREDRSA:
        return cell_number(c, 1000 + 100 * (int64_t)rng_below(word, 200));
    case VRSB_ReductionRSA_DDREDRSA:
        return cell_number(c, household_date(f->h, (int)f->h->origin.start - 6, 1));
    default:
        return rng_permille(word, 600) && cell_number(c, household_date(f->h, (int)f->h->origin.start - 3, 0));
    }
}

bool fill_leaf_PaiementTiers(const struct fill *f, node_id n, struct cell *c)
{
    uint64_t word = household_word(f->h, WORD_OPINION, 22, n);
    switch (n) {
    case VRSB_PaiementTiers_AVISDESTPAIRSA:
        return cell_text(c, rng_permille(word, 200) ? "D" : rng_permille(rng_mix(word), 850) ? "A" : "R");
    case VRSB_PaiementTiers_DTAVISDESTPAIRSA:
        return cell_number(c, past_day(f, 23, 3));
    case VRSB_PaiementTiers_NOMTIE:
        return cell_text(c, name_pick(NAMES_PAYEE, word));
    default:
        return cell_text(c, "M");
    }
}
