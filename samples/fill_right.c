#include "samples/fill.h"

static uint64_t since_word(const struct fill *f, unsigned slot)
{
    return household_word(f->h, WORD_RIGHT, slot, (unsigned)(f->h->life.since + 128));
}

bool fill_leaf_EtatDossierRSA(const struct fill *f, node_id n, struct cell *c)
{
    (void)n;
    return cell_digits(c, f->h->life.etat, 1);
}

unsigned fill_count_Refus(const struct fill *f) { return f->h->life.etat == 1; }

bool fill_leaf_Refus(const struct fill *f, node_id n, struct cell *c)
{
    static const char *const reasons[] = {"F02", "F04", "F09", "F85", "F97", "FDD", "DSD", "FDB", "PCG"};
    if (n == VRSB_Refus_DTREFURSA)
        return cell_number(c, household_date(f->h, (int)f->h->month, household_day(f->h, f->h->month)));
    return cell_text(c, reasons[rng_below(since_word(f, 1), sizeof reasons / sizeof *reasons)]);
}

unsigned fill_count_SuspensionDroit(const struct fill *f) { return f->h->life.etat != 3 ? 0 : rng_permille(since_word(f, 2), 250) ? 2 : 1; }

bool fill_leaf_SuspensionDroit(const struct fill *f, node_id n, struct cell *c)
{
    static const char *const reasons[] = {"DA", "DB", "DC", "DE", "DI", "DL", "DM", "GR", "GA", "GX", "GJ", "GK", "GL"};
    static const char *const groups[] = {"RSA", "RSX", "RCX"};
    unsigned at = f->at[VRSB_SuspensionDroit];
    switch (n) {
    case VRSB_SuspensionDroit_MOTISUSDRORSA:
        return cell_text(c, reasons[rng_below(since_word(f, 3 + at), sizeof reasons / sizeof *reasons)]);
    case VRSB_SuspensionDroit_DDSUSDRORSA:
        return cell_number(c, household_date(f->h, f->h->life.since, 1));
    default:
        return rng_permille(since_word(f, 5 + at), 600) && cell_text(c, groups[rng_below(since_word(f, 7 + at), 3)]);
    }
}

unsigned fill_count_SuspensionVersement(const struct fill *f)
{
    return f->h->life.etat != 4 ? 0 : rng_permille(since_word(f, 9), 100) ? 2 : 1;
}

bool fill_leaf_SuspensionVersement(const struct fill *f, node_id n, struct cell *c)
{
    static const char *const reasons[] = {"06", "06", "06", "06", "01", "01", "05", "36", "44", "70", "35", "84"};
    unsigned at = f->at[VRSB_SuspensionVersement];
    if (n == VRSB_SuspensionVersement_MOTISUSVERSRSA)
        return cell_text(c, reasons[rng_below(since_word(f, 10 + at), sizeof reasons / sizeof *reasons)]);
    return cell_number(c, household_date(f->h, f->h->life.since, 1));
}

unsigned fill_count_FinDroit(const struct fill *f) { return f->h->life.etat == 5; }
unsigned fill_count_FinDroitMoisAnterieur(const struct fill *f) { return f->h->life.etat == 6; }

static int64_t last_day(const struct fill *f) { return household_date(f->h, f->h->life.ended, 0); }

/* The same in the month of the end and in a later regularisation. */
static bool end_reason(const struct fill *f, struct cell *c)
{
    static const char *const reasons[] = {"ECH", "ECH", "ECH", "ECH", "ECH", "PCG", "RFD", "RFD", "RAU", "RGD"};
    if (f->h->regrouped)
        return cell_text(c, "RGD");
    if (f->h->life.closing == LIFE_MUTATION_OUT)
        return cell_text(c, "MUT");
    return cell_text(c, reasons[rng_below(household_word(f->h, WORD_RIGHT, 12, (unsigned)(f->h->life.ended + 128)), 10)]);
}

bool fill_leaf_FinDroit(const struct fill *f, node_id n, struct cell *c)
{
    return n == VRSB_FinDroit_MOTICLORSA ? end_reason(f, c) : cell_number(c, last_day(f));
}

bool fill_leaf_FinDroitMoisAnterieur(const struct fill *f, node_id n, struct cell *c)
{
    return n == VRSB_FinDroitMoisAnterieur_MOTICLORSA ? end_reason(f, c) : cell_number(c, last_day(f));
}

static const char *request_origin(const struct fill *f)
{
    if (fill_count_DemandeRMI(f) > 0)
        return "RMI";
    return f->h->origin.start == 0 && fill_rare(f, RARE_API, 113) ? "API" : "DEM";
}

static bool any_subject(const struct household *h)
{
    bool any = false;
    for (unsigned i = 0; i < h->adults; i++)
        any = any || fill_subject(h, i);
    return any;
}

bool fill_leaf_TroncCommunDroitRSA(const struct fill *f, node_id n, struct cell *c)
{
    const struct household *h = f->h;
    switch (n) {
    case VRSB_TroncCommunDroitRSA_TOPSANSDOMFIXE:
        return cell_number(c, fill_rare(f, RARE_HOMELESS, 59));
    case VRSB_TroncCommunDroitRSA_NBENFAUTCHA:
        return h->life.etat >= 2 && cell_number(c, h->person_count - h->adults);
    case VRSB_TroncCommunDroitRSA_ORIDEMRSA:
        return cell_text(c, request_origin(f));
    case VRSB_TroncCommunDroitRSA_DTORIDEMRSA:
        return rng_permille(household_word(h, WORD_RIGHT, 13, 0), 850) && cell_number(c, fill_request_day(f));
    default:
        return household_open(h) && cell_number(c, any_subject(h));
    }
}

unsigned fill_count_SpecificiteDOM(const struct fill *f)
{
    return fill_rare(f, RARE_OVERSEAS_LAND, 331) || (fill_overseas(f) && rng_permille(household_word(f->h, WORD_RIGHT, 14, 0), 100));
}

bool fill_leaf_SpecificiteDOM(const struct fill *f, node_id n, struct cell *c)
{
    uint64_t word = household_word(f->h, WORD_RIGHT, 15, n);
    switch (n) {
    case VRSB_SpecificiteDOM_SURFAGRIDOM:
        return cell_number(c, 50 + rng_below(word, 1200));
    case VRSB_SpecificiteDOM_DDSURFAGRIDOM:
        return cell_number(c, household_date(f->h, (int)f->h->origin.start - 30, 1));
    case VRSB_SpecificiteDOM_SURFAGRIDOMPLA:
        return cell_number(c, 1400);
    default:
        return cell_number(c, rng_below(word, 4));
    }
}

unsigned fill_count_MontantsCalculDroitRSA(const struct fill *f) { return f->h->life.etat >= 2; }

/* An amount that only some households have. */
static bool some(const struct fill *f, node_id n, unsigned permille, int64_t most, struct cell *c)
{
    uint64_t word = household_word(f->h, WORD_RIGHT, 16, n);
    return rng_permille(word, permille) && cell_number(c, most * rng_below(rng_mix(word), 100) / 100);
}

static bool rare_amount(const struct fill *f, node_id n, struct cell *c)
{
    switch (n) {
    case VRSB_MontantsCalculDroitRSA_MTPENTRSA:
        return some(f, n, 250, f->h->income * 62 / 100, c);
    case VRSB_MontantsCalculDroitRSA_MTLOCALRSA:
        return some(f, n, 60, 5000, c);
    case VRSB_MontantsCalculDroitRSA_MTPFRSA:
        return some(f, n, f->h->children > 0 ? 900 : 100, 14800, c);
    case VRSB_MontantsCalculDroitRSA_MTSANOBLALIMRSA:
        return some(f, n, 60, 10000, c);
    case VRSB_MontantsCalculDroitRSA_MTREDHOSRSA:
        return fill_rare(f, RARE_HOSPITAL, 47) && cell_number(c, f->h->benefit / 2);
    case VRSB_MontantsCalculDroitRSA_MTREDCGRSA:
        return some(f, n, 80, 20000, c);
    case VRSB_MontantsCalculDroitRSA_MTCUMINTEGRSA:
        return some(f, n, 150, 40000, c);
    default:
        return some(f, n, 150, 20000, c);
    }
}

bool fill_leaf_MontantsCalculDroitRSA(const struct fill *f, node_id n, struct cell *c)
{
    const struct household *h = f->h;
    switch (n) {
    case VRSB_MontantsCalculDroitRSA_DDELECAL:
        return cell_number(c, household_date(h, h->life.declaration, 1));
    case VRSB_MontantsCalculDroitRSA_DFELECAL:
        return rng_permille(household_word(h, WORD_RIGHT, 17, 0), 400) && cell_number(c, household_date(h, h->life.declaration + 2, 0));
    case VRSB_MontantsCalculDroitRSA_MTREVMINIGARARSA:
    case VRSB_MontantsCalculDroitRSA_MTREVGARARSA:
        return cell_number(c, h->guaranteed);
    case VRSB_MontantsCalculDroitRSA_MTALRSA:
        return rng_permille(household_word(h, WORD_RIGHT, 18, 0), 900) && cell_number(c, HOUSING);
    case VRSB_MontantsCalculDroitRSA_MTRESSMENRSA:
        return cell_number(c, h->income);
    case VRSB_MontantsCalculDroitRSA_MTTOTDRORSA:
        return cell_number(c, h->benefit);
    default:
        return rare_amount(f, n, c);
    }
}

unsigned fill_count_DetailCalculDroitRSA(const struct fill *f)
{
    return f->h->life.etat < 2 ? 0 : rng_permille(household_word(f->h, WORD_RIGHT, 19, 0), 120) ? 2 : 1;
}

/* Nature of the first right, in the year of the last declaration so that nothing changes between two of them. */
static unsigned nature(const struct fill *f)
{
    const struct household *h = f->h;
    int year = (h->series.first_month + h->life.declaration) / 12;
    if (h->adults == 1 && h->children > 0)
        for (unsigned i = 1; i < h->person_count; i++)
            if (h->persons[i].role == ROLE_ENF && year - h->persons[i].born_year <= 3)
                return 2;
    return year - h->persons[0].born_year < 25 ? 1 : 0;
}

static bool nature_code(const struct fill *f, bool detail, struct cell *c)
{
    static const char *const natures[2][3] = {{"RSD", "RSD", "RSI"}, {"RCD", "RCD", "RCI"}};
    static const char *const details[2][3] = {{"RSDN2", "RSDN1", "RSIN1"}, {"RCDN2", "RCDN1", "RCIN1"}};
    unsigned at = f->at[VRSB_DetailCalculDroitRSA], kind = nature(f);
    return cell_text(c, detail ? details[at][kind] : natures[at][kind]);
}

static int64_t right_since(const struct fill *f)
{
    const struct household *h = f->h;
    return h->life.entered > h->origin.start ? household_date(h, (int)h->life.entered, 1) : fill_request_day(f);
}

bool fill_leaf_DetailCalculDroitRSA(const struct fill *f, node_id n, struct cell *c)
{
    const struct household *h = f->h;
    bool ended = h->life.etat > 4;
    switch (n) {
    case VRSB_DetailCalculDroitRSA_NATPF:
        return nature_code(f, false, c);
    case VRSB_DetailCalculDroitRSA_SOUSNATPF:
        return nature_code(f, true, c);
    case VRSB_DetailCalculDroitRSA_DDNATDRO:
        return cell_number(c, right_since(f));
    case VRSB_DetailCalculDroitRSA_DFNATDRO:
        return ended && cell_number(c, last_day(f));
    case VRSB_DetailCalculDroitRSA_MTRSAVERS:
        return cell_number(c, f->at[VRSB_DetailCalculDroitRSA] == 0 ? h->benefit : h->income / 2);
    default:
        return rng_permille(household_word(h, WORD_RIGHT, 20, 0), 950) &&
               cell_number(c, ended ? last_day(f) : household_date(h, h->life.declaration + 2, 0));
    }
}
