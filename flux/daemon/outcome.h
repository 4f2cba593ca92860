/* What becomes of an arrival, from how its import ended. Source: security IN-8. */
#ifndef FLUX_DAEMON_OUTCOME_H
#define FLUX_DAEMON_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>

/* The JSON of an archive with as many members as it may have, and as many unknown elements in each as are told, stays below. */
enum { TOLD_TEXT_MAX = 8 << 20 };

/* What the JSON of an import says of the flux of one file. */
struct told {
    bool valid; /* the promised array, with at least one flux of a known status */
    unsigned applied, already, refused, held;
    bool parser_only; /* all that was refused was refused because the parser died or was stuck */
};

enum end_how { END_EXIT, END_SIGNAL, END_TIMEOUT };

struct ending {
    enum end_how how;
    int code; /* exit code or signal */
    struct told told;
};

enum outcome {
    OUTCOME_DONE,
    OUTCOME_HELD,
    OUTCOME_REFUSED,
    OUTCOME_DEATH,   /* one more; the others pass first */
    OUTCOME_POISON,  /* the last death that is allowed: refused */
    OUTCOME_MACHINE, /* not the file's fault: again later, and the others wait as well, until it has failed some times */
    OUTCOME_WRONG,   /* the same, and only a person can mend it */
    OUTCOME_VANISHED
};

/* deaths: before this end. */
enum outcome outcome_judge(const struct ending *e, unsigned deaths, unsigned limit);
/* Seconds to wait before try number tries + 1: first, doubled for each try before, at most longest. */
unsigned outcome_delay(unsigned first, unsigned tries, unsigned longest);
/* What fails again and again is told ever more rarely: after 1, 2, 4, 8 tries and so on. */
bool outcome_is_news(unsigned tries);

#endif
