/* The life of a household, month by month: pure functions of the seed, the household and the months gone by. Months are counted from
 * the first of the series, 0. */
#ifndef SAMPLES_LIFE_H
#define SAMPLES_LIFE_H

#include <stdbool.h>
#include <stdint.h>

/* Numbers of households: the first ones, then the arrivals of each month in a range of their own, CAF and MSA apart; the rest of the
 * eight digits is for dossiers that were never in the series. */
enum {
    LIFE_FIRST_MAX = 20000000,
    LIFE_ARRIVALS_MAX = 400000,
    LIFE_MONTHS_MAX = 60,
    LIFE_SERIES = 50000000,
    LIFE_ELSEWHERE = 94000000,
    LIFE_NUMBERS = 100000000,
    LIFE_NONE = 0x7fffffff,
    LIFE_BIRTHS_MAX = 3,
    LIFE_MOVES_MAX = 3,
    LIFE_CHILDREN_MAX = 5
};

struct series {
    uint64_t seed;
    int first_month; /* year * 12 + month - 1 of month 0 */
    bool msa;
};

enum life_event {
    LIFE_NOTHING,
    LIFE_REQUEST,     /* first seen in this month */
    LIFE_MUTATION_IN, /* first seen, coming from another payer */
    LIFE_GRANT,
    LIFE_REFUSAL,
    LIFE_BIRTH,
    LIFE_MOVE,
    LIFE_SEPARATION, /* the conjoint leaves for a dossier of their own */
    LIFE_SWAP,       /* demandeur and conjoint exchange their roles */
    LIFE_SUCCESSION, /* the demandeur is gone, the conjoint becomes demandeur */
    LIFE_SUSPEND_RIGHT,
    LIFE_SUSPEND_PAY,
    LIFE_RESUME,
    LIFE_CLOSE,
    LIFE_MUTATION_OUT,
    LIFE_REGULARISATION, /* of a closed dossier */
    LIFE_REOPEN,
    LIFE_EVENT_COUNT
};

/* What a household is when it is first seen. A person is known by the household where they first appeared and a slot there. */
struct origin {
    uint64_t key; /* of chance */
    uint32_t id, rank;
    unsigned start; /* month when first seen */
    bool couple, woman[2];
    int born[2]; /* years of the demandeur and the conjoint */
    unsigned children, phase;
    struct {
        uint64_t key;
        uint32_t id;
        unsigned slot;
    } adult[2];
    uint32_t previous; /* id of the dossier left by separation, LIFE_NONE otherwise */
    uint32_t rules;    /* of strided rarities */
};

struct life {
    unsigned etat;         /* ETATDOSRSA */
    bool present;          /* in the monthly file */
    enum life_event event; /* of the month */
    bool declared;         /* a quarterly declaration was taken in */
    bool came;             /* by mutation */
    bool swapped, succeeded, separated;
    unsigned entered; /* month of opening or re-opening */
    int since;        /* month of the present etat; before 0 for some of the first ones */
    int ended;        /* month whose last day is that of the right, once closed */
    int declaration;  /* month of the last declaration taken in; before 0 for the first ones */
    unsigned births, moves;
    unsigned birth[LIFE_BIRTHS_MAX], move[LIFE_MOVES_MAX]; /* months; the last moves */
    unsigned changed;                                      /* month of the last separation, swap or succession, LIFE_NONE without */
    enum life_event closing;
};

/* How many households arrive in every month after the first. */
uint32_t life_arrivals(uint32_t households);
/* The rank-th household among those first seen in month start. */
void life_origin(const struct series *s, unsigned start, uint32_t rank, struct origin *o);
/* What became of it in month; month is not before its start. */
void life_at(const struct series *s, const struct origin *o, unsigned month, struct life *l);
/* True for one household in period, whatever the seed: what is rare is nevertheless in any file of a thousand households. */
bool life_rare(const struct origin *o, unsigned rule, unsigned period);

#endif
