#include "samples/fill.h"

/* Dates of flux, in ten-thousandths of a second: the hours at which the payers' programs run. */
enum { TICKS = 10000 };
static const int64_t monthly_hour = (int64_t)(1 * 3600 + 18 * 60 + 36) * TICKS;
static const int64_t daily_hour = (int64_t)(21 * 3600 + 27 * 60 + 43) * TICKS;
static const int64_t an_hour = (int64_t)3600 * TICKS;

static int64_t reference(const struct sample_options *o, int after, unsigned day)
{
    struct household h = {.series = series_of(o)};
    return household_date(&h, (int)o->month_index + after, day);
}

bool fill_leaf_IdentificationFlux(const struct fill *f, node_id n, struct cell *c)
{
    const struct sample_options *o = f->options;
    switch (n) {
    case VRSB_IdentificationFlux_APPLIEME:
        return cell_text(c, o->emitter == SAMPLE_MSA ? "AGO" : "CRI");
    case VRSB_IdentificationFlux_NUMVERSIONAPPLIEME:
        return cell_text(c, o->emitter == SAMPLE_MSA ? "0450" : "6200");
    case VRSB_IdentificationFlux_TYPEFLUX:
        return cell_text(c, o->daily ? "I" : "M");
    case VRSB_IdentificationFlux_NATFLUX:
        return cell_text(c, "D");
    case VRSB_IdentificationFlux_DTCREAFLUX:
        return cell_number(c, o->daily ? reference(o, 0, (unsigned)o->day) : reference(o, 1, 5));
    case VRSB_IdentificationFlux_HEUCREAFLUX:
        return cell_number(c, (o->daily ? daily_hour : monthly_hour) + (o->changed_per_mille ? an_hour : 0));
    default:
        return cell_number(c, o->daily ? reference(o, 0, (unsigned)o->day) : reference(o, 0, 0));
    }
}

bool fill_leaf_TransmissionFlux(const struct fill *f, node_id n, struct cell *c)
{
    return cell_number(c, (int64_t)(n == VRSB_TransmissionFlux_NBTOTDOSRSATRANSM ? f->written : f->anomalies));
}

/* The payer of a département: its number and an order; overseas the number alone; Corsica's two are 201 and 202. */
static void payer(const char departement[4], unsigned order, struct text *t)
{
    if (departement[1] == '2' && departement[2] >= 'A') {
        text_add(t, departement[2] == 'A' ? "201" : "202");
        return;
    }
    if (departement[0] == '0') {
        text_add_bytes(t, departement + 1, 2);
        text_add_number(t, order, 1);
        return;
    }
    text_add_bytes(t, departement, 3);
}

bool fill_leaf_Organisme(const struct fill *f, node_id n, struct cell *c)
{
    switch (n) {
    case VRSB_Organisme_FONORG:
        return cell_text(c, f->h->series.msa ? "MSA" : "CAF");
    case VRSB_Organisme_NUMORG:
        payer(f->options->departement, 1, &c->own);
        return cell_own(c);
    default:
        return cell_text(c, f->h->matricule);
    }
}

bool fill_leaf_Partenaire(const struct fill *f, node_id n, struct cell *c)
{
    static const char *const padded[] = {"CG", "CG ", "CG  "};
    if (n == VRSB_Partenaire_TYPEPARTE)
        return cell_text(c, padded[rng_below(household_word(f->h, WORD_PAYER, 0, 0), 3)]);
    return cell_text(c, f->options->departement);
}

static bool from_rmi(const struct fill *f) { return f->h->origin.start == 0 && fill_rare(f, RARE_RMI, 71); }

static int64_t old_day(const struct fill *f, int year, unsigned slot)
{
    uint64_t word = household_word(f->h, WORD_DEMAND, slot, 0);
    return household_date(f->h, year * 12 + (int)rng_below(word, 12) - f->h->series.first_month, day_of(rng_mix(word)));
}

int64_t fill_request_day(const struct fill *f)
{
    const struct household *h = f->h;
    uint64_t word = household_word(h, WORD_DEMAND, 0, 0);
    if (from_rmi(f))
        return old_day(f, 2009, 1);
    int before = h->life.came ? 7 : h->origin.start > 0 ? 1 : 8 + (int)rng_below(word, 100);
    return household_date(h, (int)h->origin.start - before, day_of(rng_mix(word)));
}

bool fill_leaf_DemandeRSA(const struct fill *f, node_id n, struct cell *c)
{
    if (n == VRSB_DemandeRSA_NUMDEMRSA)
        return cell_text(c, f->h->numdemrsa);
    return cell_number(c, fill_request_day(f));
}

unsigned fill_count_DemandeRMI(const struct fill *f) { return from_rmi(f); }

bool fill_leaf_DateDemandeRMI(const struct fill *f, node_id n, struct cell *c)
{
    (void)n;
    return cell_number(c, old_day(f, 2004, 2));
}

bool fill_leaf_NumeroInstructionRMI(const struct fill *f, node_id n, struct cell *c)
{
    uint64_t word = household_word(f->h, WORD_DEMAND, 3, n);
    static const char *const kinds[] = {"A", "C", "F", "S"};
    switch (n) {
    case VRSB_NumeroInstructionRMI_NUMDEPINSRMI:
        return cell_text(c, f->options->departement);
    case VRSB_NumeroInstructionRMI_TYPEINSRMI:
        return cell_text(c, kinds[rng_below(word, 4)]);
    case VRSB_NumeroInstructionRMI_NUMAGRINSRMI:
        return cell_digits(c, 1 + rng_below(word, 99), 2);
    case VRSB_NumeroInstructionRMI_NUMDOSINSRMI:
        return cell_digits(c, 1 + rng_below(word, 99999), 5);
    default:
        return cell_digits(c, 1 + rng_below(word, 890), 3);
    }
}

unsigned fill_count_OrganismeCedant(const struct fill *f) { return f->h->life.event == LIFE_MUTATION_IN; }

/* Another payer than the one of the flux. */
static bool other_payer(const struct fill *f, unsigned slot, struct cell *c)
{
    unsigned departement = 1 + rng_below(household_word(f->h, WORD_PAYER, slot, 0), 18);
    text_add_number(&c->own, departement, 2);
    text_add(&c->own, "1");
    if (memcmp(c->own.s, f->options->departement + 1, 2) == 0)
        memcpy(c->own.s, "93", 2);
    return cell_own(c);
}

bool fill_leaf_OrganismeCedant(const struct fill *f, node_id n, struct cell *c)
{
    uint64_t word = household_word(f->h, WORD_PAYER, 1, 0);
    switch (n) {
    case VRSB_OrganismeCedant_FONORGCEDMUT:
        return cell_text(c, f->h->cedant[0] || rng_permille(word, 900) ? "CAF" : rng_permille(word, 970) ? "MSA" : "OPF");
    case VRSB_OrganismeCedant_NUMORGCEDMUT:
        return other_payer(f, 2, c);
    case VRSB_OrganismeCedant_MATRICULEORGCEDMUT:
        if (f->h->cedant[0])
            return cell_text(c, f->h->cedant);
        text_add_number(&c->own, 1 + rng_below(rng_mix(word), 9999998), 7);
        text_add(&c->own, "00000000");
        return rng_permille(word, 750) && cell_own(c);
    default:
        return cell_number(c, household_date(f->h, (int)f->h->month, 1));
    }
}

unsigned fill_count_OrganismePrenant(const struct fill *f) { return f->h->life.event == LIFE_MUTATION_OUT; }

bool fill_leaf_OrganismePrenant(const struct fill *f, node_id n, struct cell *c)
{
    uint64_t word = household_word(f->h, WORD_PAYER, 3, 0);
    switch (n) {
    case VRSB_OrganismePrenant_FONORGPRENMUT:
        return cell_text(c, rng_permille(word, 900) ? "CAF" : "MSA");
    case VRSB_OrganismePrenant_NUMORGPRENMUT:
        return other_payer(f, 4, c);
    default:
        return cell_number(c, household_date(f->h, f->h->life.ended, 0));
    }
}
