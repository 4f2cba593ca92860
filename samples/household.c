#include "samples/household.h"

#include <string.h>

#include "flux/record/value.h"
#include "samples/person.h"

/* Centimes of the guaranteed income of one person. */
enum { GUARANTEED = 63571 };

struct series series_of(const struct sample_options *o)
{
    return (struct series){
        .seed = o->seed, .first_month = o->year * 12 + o->month - 1 - (int)o->month_index, .msa = o->emitter == SAMPLE_MSA};
}

int64_t household_date(const struct household *h, int month, unsigned day)
{
    int64_t days = 0;
    int at = h->series.first_month + month + (day == 0);
    if (!date_to_days(at / 12, at % 12 + 1, day == 0 ? 1 : (int)day, &days))
        return 0;
    return days - (day == 0);
}

unsigned household_day(const struct household *h, unsigned month)
{
    int64_t days = household_date(h, (int)month, 0) - household_date(h, (int)month, 1) + 1;
    return 1 + rng_below(household_word(h, WORD_DAY, 0, month), (uint32_t)days);
}

void household_number(const struct sample_options *o, uint32_t id, char number[NUMDEMRSA_LEN + 1])
{
    uint64_t n = rng_permute(o->seed ^ 0x525341u, id, 10000, 10000);
    for (unsigned i = 8; i-- > 0; n /= 10)
        number[i] = (char)('0' + n % 10);
    memcpy(number + 8, o->departement, 4);
}

bool household_open(const struct household *h) { return h->life.etat >= 2 && h->life.etat <= 4; }

bool household_couple(const struct household *h) { return h->adults == 2; }

static bool all_digits(const char *s) { return s[0] != '\0' && s[strspn(s, "0123456789")] == '\0'; }

/* The MSA knows people by their NIR, which is an integer in the schema: Corsica's letters do not fit. */
static void set_matricule(struct household *h)
{
    if (h->series.msa && all_digits(h->persons[0].nir)) {
        memcpy(h->matricule, h->persons[0].nir, sizeof h->matricule);
        return;
    }
    uint64_t n = rng_permute(h->series.seed ^ 0x4341u, h->origin.id, 10000, 10000) / 10;
    memset(h->matricule, '0', NIR_FULL);
    h->matricule[NIR_FULL] = '\0';
    for (unsigned i = 7; i-- > 0; n /= 10)
        h->matricule[i] = (char)('0' + n % 10);
}

static int64_t guaranteed(const struct household *h)
{
    unsigned percent = h->adults == 2 ? 150 : 100;
    for (unsigned i = 0; i < h->children; i++)
        percent += i == 0 && h->adults == 1 ? 50 : i < 2 ? 30 : 40;
    return (int64_t)GUARANTEED * percent / 100;
}

/* Together at most 72 % of what would bring the right to nothing, so that any change of income changes the benefit. */
static void draw_income(const struct household *h, const struct person *p, struct income *in)
{
    unsigned declaration = (unsigned)(h->life.declaration + 128);
    uint64_t word = person_word(p, WORD_MONEY, 0, declaration);
    uint32_t cap = (uint32_t)((h->guaranteed - HOUSING) / 100 / h->adults);
    in->known = !rng_permille(person_word(p, WORD_NATURE, 0, declaration), 40) && h->life.etat != 0;
    in->nothing = rng_permille(rng_mix(word), 200);
    in->months = rng_permille(rng_mix(word + 1), 60) ? 2 : QUARTER;
    in->natures = 1 + rng_below(rng_mix(word + 2), NATURES_MAX);
    static const unsigned share[NATURES_MAX] = {50, 15, 7};
    for (unsigned m = 0; m < in->months; m++)
        for (unsigned n = 0; n < in->natures; n++)
            in->amount[m][n] = 1 + rng_below(rng_mix(word + 8 + m * NATURES_MAX + n), cap * share[n] / 100);
}

/* The main amount of the first month becomes another one, whatever it was. */
static void redraw_income(const struct household *h, struct income *in)
{
    uint32_t cap = (uint32_t)((h->guaranteed - HOUSING) / 100 / h->adults) / 2;
    uint32_t shift = 1 + rng_below(household_word(h, WORD_REDRAW, 1, h->month), cap - 1);
    uint32_t before = in->known && !in->nothing ? in->amount[0][0] : 0;
    in->amount[0][0] = before == 0 ? shift : 1 + (before - 1 + shift) % cap;
    in->known = true;
    in->nothing = false;
}

static int64_t monthly_mean(const struct income *in)
{
    int64_t sum = 0;
    if (!in->known || in->nothing)
        return 0;
    for (unsigned m = 0; m < in->months; m++)
        for (unsigned n = 0; n < in->natures; n++)
            sum += in->amount[m][n];
    return sum * 100 / QUARTER;
}

static void set_money(struct household *h)
{
    memset(h->incomes, 0, sizeof h->incomes);
    h->guaranteed = guaranteed(h);
    h->income = 0;
    for (unsigned i = 0; i < h->adults; i++) {
        draw_income(h, &h->persons[i], &h->incomes[i]);
        if (i == 0 && h->redrawn)
            redraw_income(h, &h->incomes[i]);
        h->income += monthly_mean(&h->incomes[i]);
    }
    h->benefit = h->guaranteed - HOUSING - h->income;
}

void household_settle(struct household *h)
{
    set_money(h);
    set_matricule(h);
}

static bool drawn(const struct household *h, unsigned month)
{
    return rng_permille(household_word(h, WORD_REDRAW, 0, month), h->options->changed_per_mille);
}

static bool nir_changed(const struct household *h)
{
    for (unsigned i = 0; i < h->person_count; i++)
        if (h->persons[i].nir_changed)
            return true;
    return false;
}

void household_make(const struct sample_options *o, const struct series *s, unsigned start, uint32_t rank, struct household *h)
{
    h->options = o;
    h->series = *s;
    h->cedant[0] = '\0';
    h->regrouped = false;
    h->month = o->month_index;
    life_origin(s, start, rank, &h->origin);
    life_at(s, &h->origin, h->month, &h->life);
    if (!h->life.present)
        return;
    h->day = household_day(h, h->month);
    persons_make(h);
    h->redrawn = h->life.etat >= 2 && drawn(h, h->month);
    bool undone = h->month > start && drawn(h, h->month - 1);
    h->changed = h->life.event != LIFE_NOTHING || h->life.declared || h->redrawn || undone || nir_changed(h);
    household_number(o, h->origin.id, h->numdemrsa);
    household_settle(h);
}
