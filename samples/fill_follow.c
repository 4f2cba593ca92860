#include "samples/fill.h"

/* What only some flux carry: events in daily ones, controls and anomalies in monthly ones. */

enum { FACTS_MAX = 6, ANOMALY_PERIOD = 1250, CONTROL_PERIOD = 53 };

static const char *const facts[LIFE_EVENT_COUNT] = {
    [LIFE_REQUEST] = "DEMRSA",    [LIFE_MUTATION_IN] = "MUT",   [LIFE_GRANT] = "DEMRSA",          [LIFE_REFUSAL] = "DECDEMPCG",
    [LIFE_BIRTH] = "SITENFAUT",   [LIFE_MOVE] = "ADR",          [LIFE_SEPARATION] = "SITFAM",     [LIFE_SWAP] = "DESALL",
    [LIFE_SUCCESSION] = "SITFAM", [LIFE_SUSPEND_RIGHT] = "SUS", [LIFE_SUSPEND_PAY] = "SUS",       [LIFE_RESUME] = "CARRSA",
    [LIFE_CLOSE] = "RAD",         [LIFE_MUTATION_OUT] = "MUT",  [LIFE_REGULARISATION] = "CARRSA", [LIFE_REOPEN] = "REA",
};

static bool certified(const struct household *h)
{
    for (unsigned i = 0; i < h->person_count; i++)
        if (h->persons[i].nir_changed)
            return true;
    return false;
}

/* At least one for a household that changed. */
static unsigned facts_of(const struct household *h, const char *of[FACTS_MAX])
{
    unsigned n = 0;
    if (h->life.event != LIFE_NOTHING)
        of[n++] = facts[h->life.event];
    if (h->life.event == LIFE_GRANT || h->life.event == LIFE_REOPEN)
        of[n++] = "ENTDED";
    if (h->life.declared)
        of[n++] = "RESTRIRSA";
    if (certified(h))
        of[n++] = "ETACIV";
    if (n == 0 || h->redrawn)
        of[n++] = "ABANEURES";
    return n;
}

unsigned fill_count_Evenement(const struct fill *f)
{
    const char *of[FACTS_MAX];
    return f->options->daily ? facts_of(f->h, of) : 0;
}

bool fill_leaf_Evenement(const struct fill *f, node_id n, struct cell *c)
{
    const char *of[FACTS_MAX];
    unsigned at = f->at[VRSB_Evenement];
    switch (n) {
    case VRSB_Evenement_DTLIQ:
        return cell_number(c, household_date(f->h, (int)f->h->month, f->h->day));
    case VRSB_Evenement_HEULIQ:
        return cell_number(c, (8 * 3600 + (int64_t)rng_below(household_word(f->h, WORD_HOUR, at, f->h->month), 10 * 3600)) * 10000);
    default:
        facts_of(f->h, of);
        return cell_text(c, of[at]);
    }
}

static bool controlled(const struct fill *f) { return (f->h->origin.rules + f->h->month * 31) % CONTROL_PERIOD == 0; }

unsigned fill_count_Controle(const struct fill *f) { return !f->options->daily && controlled(f); }

static uint64_t control_word(const struct fill *f, unsigned slot)
{
    return household_word(f->h, WORD_CONTROL, slot * 4 + f->at[VRSB_ControleAdministratif], f->h->month);
}

unsigned fill_count_ControleAdministratif(const struct fill *f)
{
    return rng_permille(household_word(f->h, WORD_CONTROL, 0, f->h->month), 200) ? 2 : 1;
}

bool fill_leaf_IdentificationCibleControleAdministratif(const struct fill *f, node_id n, struct cell *c)
{
    static const char *const targets[] = {"R01", "R07", "L02", "S11", "F03"};
    switch (n) {
    case VRSB_IdentificationCibleControleAdministratif_DTEFFCIBCONTRO:
        return cell_number(c, household_date(f->h, (int)f->h->month - 3, 1));
    case VRSB_IdentificationCibleControleAdministratif_CIBCONTRO:
        return cell_text(c, targets[rng_below(control_word(f, 1), 5)]);
    default:
        return f->h->series.msa && cell_digits(c, 1 + rng_below(control_word(f, 2), 60), 3);
    }
}

bool fill_leaf_IdentificationControleAdministratif(const struct fill *f, node_id n, struct cell *c)
{
    bool found = n == VRSB_IdentificationControleAdministratif_DTDETECCONTRO;
    return cell_number(c, household_date(f->h, (int)f->h->month - (found ? 2 : 0), day_of(control_word(f, 3 + found))));
}

bool fill_leaf_ModaliteControleAdministratif(const struct fill *f, node_id n, struct cell *c)
{
    static const char *const natures[] = {"RSA", "AUR", "SIT"}, *const orders[] = {"CAF", "CGA", "NAT", "DEM"},
                             *const kinds[] = {"AG", "EE", "PI"};
    switch (n) {
    case VRSB_ModaliteControleAdministratif_LIBCIBCONTRO:
        return cell_text(c, name_pick(NAMES_TARGET, control_word(f, 5)));
    case VRSB_ModaliteControleAdministratif_FAMCIBCONTRO:
        return cell_digits(c, 1 + rng_below(control_word(f, 6), 7), 2);
    case VRSB_ModaliteControleAdministratif_NATCIBCONTRO:
        return cell_text(c, natures[rng_below(control_word(f, 7), 3)]);
    case VRSB_ModaliteControleAdministratif_COMMACONTRO:
        return cell_text(c, orders[rng_below(control_word(f, 8), 4)]);
    default:
        return cell_text(c, kinds[rng_below(control_word(f, 9), 3)]);
    }
}

bool fill_leaf_ResultatControleAdministratif(const struct fill *f, node_id n, struct cell *c)
{
    static const unsigned impacts[] = {0, 1, 1, 2};
    unsigned impact = impacts[rng_below(control_word(f, 10), 4)];
    switch (n) {
    case VRSB_ResultatControleAdministratif_TYPEIMPACCONTRO:
        return cell_digits(c, impact, 1);
    case VRSB_ResultatControleAdministratif_MTINDURSACGCONTRO:
        return impact == 1 && rng_permille(control_word(f, 11), 800) && cell_number(c, rng_below(control_word(f, 12), 400000));
    default:
        return impact == 1 && !rng_permille(control_word(f, 11), 300) && cell_number(c, rng_below(control_word(f, 13), 90000));
    }
}

unsigned fill_count_Anomalie(const struct fill *f)
{
    return !f->options->daily && f->h->origin.start == 0 && life_rare(&f->h->origin, 60, ANOMALY_PERIOD);
}

bool fill_leaf_Anomalie(const struct fill *f, node_id n, struct cell *c)
{
    (void)n;
    return cell_text(c, name_pick(NAMES_ANOMALY, household_word(f->h, WORD_CONTROL, 900, 0)));
}
