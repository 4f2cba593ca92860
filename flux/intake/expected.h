/* Which flux should have come: a calendar per source, judged by pure functions over what was received. A daily flux stands for the day on
 * whose morning it is expected, a monthly one for the month in whose first days it is: its slot. Source: ux 4, peers P1, flux-caf-msa 1.2
 * and 1.3 (fixtures: a daily flux is made the evening before, at 21:27, a monthly one on the 5th of the month after its DTREF). */
#ifndef FLUX_INTAKE_EXPECTED_H
#define FLUX_INTAKE_EXPECTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum expected_kind { EXPECTED_DAILY, EXPECTED_MONTHLY, EXPECTED_KINDS };

enum expected_state {
    EXPECTED_NONE,     /* nothing is expected */
    EXPECTED_DUE,      /* not there yet, and there is time */
    EXPECTED_RECEIVED, /* applied */
    EXPECTED_HELD,     /* it came, and was held or refused: an operator has it */
    EXPECTED_LATE,     /* its time has passed */
    EXPECTED_MISSING   /* so has the time of the next one, or the next one is there */
};

/* As in the configuration of a source. */
struct expected_rules {
    int daily_by;        /* minutes since midnight; -1: no daily flux is expected */
    unsigned daily_days; /* bits from Monday, 1, to Sunday, 64 */
    unsigned monthly_by; /* day of the month, 0: no monthly flux is expected */
};

#define EXPECTED_NO_DAY INT64_MIN

/* One flux of the kind in question that was applied, held or refused; not one that was undone. */
struct expected_receipt {
    int64_t created;   /* DTCREAFLUX, days since 1970 */
    int minute;        /* HEUCREAFLUX, since midnight */
    int64_t reference; /* DTREF, or EXPECTED_NO_DAY */
    bool applied;
};

/* The calendar of the département: local() gives day (since 1970) and minute of a moment (seconds since 1970), and may do whatever time
 * zones do. */
struct expected_zone {
    void (*local)(void *ctx, int64_t seconds, int64_t *day, int *minute);
    void *ctx;
};

struct expected_result {
    enum expected_state state;
    int64_t slot;         /* of the flux that state and due are about: a day since 1970, or the first day of a month */
    int64_t due;          /* seconds; LATE, MISSING: since when; 0 when nothing is expected */
    int64_t next;         /* the next time that lies ahead, seconds; 0 when nothing is expected */
    unsigned missing;     /* slots that never came, of the last 31 days or 12 months */
    int64_t last_missing; /* the last of them, as slot; EXPECTED_NO_DAY when there is none */
};

/* The first day of the month, or the day, that a flux stands for. */
int64_t expected_slot(enum expected_kind kind, const struct expected_rules *rules, const struct expected_receipt *r);
/* The moment when a flux begins to be late. A time that a change of clocks leaves out is the moment of the change; one that comes twice is
 * the first. */
int64_t expected_due(enum expected_kind kind, const struct expected_rules *rules, const struct expected_zone *zone, int64_t slot);
/* receipts: all of this kind that the source ever sent, in any order, or as many as reach back to the last applied one and over 400 days.
 * since: when the instance began; what was due before was not expected, nor is what was due before the first receipt. */
struct expected_result expected_judge(enum expected_kind kind, const struct expected_rules *rules, const struct expected_zone *zone,
                                      const struct expected_receipt *receipts, size_t count, int64_t since, int64_t now);
/* "late": for machines. */
const char *expected_state_name(enum expected_state s);
static inline bool expected_is_bad(enum expected_state s) { return s == EXPECTED_LATE || s == EXPECTED_MISSING; }

#endif
