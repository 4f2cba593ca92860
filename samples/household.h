/* What a household is in a month: its members, their rights, what changed. A pure function of the series, the household and the month;
 * nothing here depends on the day a file is made, so that a household without change is the same bytes from month to month. */
#ifndef SAMPLES_HOUSEHOLD_H
#define SAMPLES_HOUSEHOLD_H

#include "samples/life.h"
#include "samples/names.h"
#include "samples/nir.h"
#include "samples/rng.h"
#include "samples/sample.h"

enum role { ROLE_DEM, ROLE_CJT, ROLE_ENF, ROLE_AUT };

enum { PERSONS_MAX = 12, PERSON_SLOTS = 10, QUARTER = 3, NATURES_MAX = 3, NUMDEMRSA_LEN = 11, HOUSING = 7629 };

/* Purposes of chance; those of life.c are below 16. */
enum word {
    WORD_NAME = 16,
    WORD_FIRST_NAME,
    WORD_IDENTITY,
    WORD_DAY_BORN,
    WORD_AGE,
    WORD_NIR,
    WORD_CERTIFIED,
    WORD_HOME,
    WORD_REDRAW,
    WORD_DAY,
    WORD_HOUR,
    WORD_DEMAND,
    WORD_PAYER,
    WORD_MONEY,
    WORD_NATURE,
    WORD_WORK,
    WORD_PREGNANCY,
    WORD_RIGHT,
    WORD_OPINION,
    WORD_CONTROL,
    WORD_ALIMONY,
    WORD_TIES
};

struct person {
    enum role role, role_pfa;
    bool woman, twin;
    uint64_t key;
    int64_t born;
    int born_year;
    uint32_t serial;
    unsigned slot;
    struct text nom, nomnai, prenom;
    const char *typedtnai;  /* NULL: by chance */
    char nir[NIR_FULL + 1]; /* "" for none */
    bool nir_changed;       /* in this month */
};

/* Income of a person over a quarter: euros of each month by nature. */
struct income {
    bool known, nothing; /* known: a declaration was received */
    unsigned months, natures;
    uint32_t amount[QUARTER][NATURES_MAX];
};

struct household {
    const struct sample_options *options;
    struct series series;
    struct origin origin;
    struct life life;
    unsigned month;
    bool redrawn, changed;
    unsigned day; /* of the month, when changed */
    unsigned person_count;
    struct person persons[PERSONS_MAX];
    struct income incomes[2]; /* of persons[0] and persons[1] when they are demandeur and conjoint */
    unsigned adults, children;
    int64_t guaranteed, income, benefit; /* centimes a month */
    char numdemrsa[NUMDEMRSA_LEN + 1];
    char matricule[NIR_FULL + 1];
    char cedant[NIR_FULL + 1]; /* MATRICULE at the payer it came from; "": by chance */
    bool regrouped;            /* closed for that reason */
};

struct series series_of(const struct sample_options *o);
/* The rank-th household first seen in month start, as it is in the month of the options. */
void household_make(const struct sample_options *o, const struct series *s, unsigned start, uint32_t rank, struct household *h);
/* After its persons were changed: what follows from them. */
void household_settle(struct household *h);
/* Of chance, for this household. */
static inline uint64_t household_word(const struct household *h, enum word w, unsigned slot, unsigned month)
{
    return rng_word(h->origin.key, w, slot, month);
}
static inline uint64_t person_word(const struct person *p, enum word w, unsigned slot, unsigned month)
{
    return rng_word(p->key, w, slot, month);
}
/* Days since 1970 of a day of a month of the series; day 0 is the last of the month. */
int64_t household_date(const struct household *h, int month, unsigned day);
/* The day of a month on which what happens to the household in that month happens. */
unsigned household_day(const struct household *h, unsigned month);
/* 1 to 28, which every month has. */
static inline unsigned day_of(uint64_t word) { return 1 + rng_below(word, 28); }
/* Of any dossier of the series, also of those that never were. */
void household_number(const struct sample_options *o, uint32_t id, char number[NUMDEMRSA_LEN + 1]);
bool household_open(const struct household *h);
/* A couple at the time of the file. */
bool household_couple(const struct household *h);

#endif
