/* What a household says of its right, of its persons and of where it lives: what reports, history and retention reason on. Pure: a record
 * in, values out. Sources: flux-caf-msa 4.10, 5.1, 5.3, 5.4. */
#ifndef FLUX_RECORD_RIGHT_H
#define FLUX_RECORD_RIGHT_H

#include <stdbool.h>
#include <stdint.h>

#include "flux/base/wire.h"
#include "flux/record/schema.h"

struct right_day {
    bool told;
    int64_t days; /* since 1970 */
};

struct right_person {
    struct span nom, prenom, role; /* role: ROLEPERS for the RSA, the last one counts; empty where none is told */
    struct right_day dtnai, dfratdos;
    bool duties_told, duties;   /* TOPPERSDRODEVORSA */
    bool entrant_told, entrant; /* TOPPERSENTDRODEVORSA */
};

enum { HOME_INSIDE_LEAVES = VRSB_END_AdresseDetailleeFrance - VRSB_AdresseDetailleeFrance - 1 };
enum { HOME_OUTSIDE_LEAVES = VRSB_END_AdresseHorsFrance - VRSB_AdresseHorsFrance - 1 };

struct right_home {
    bool there, first_rank; /* first_rank: RGADR 01, however it is written */
    bool inside, outside;   /* of France: which kind of address stands there */
    struct right_day dtemm;
    struct span lines_inside[HOME_INSIDE_LEAVES], lines_outside[HOME_OUTSIDE_LEAVES]; /* in schema order */
};

struct right_closing {
    bool there;
    struct span motive;   /* MOTICLORSA */
    struct right_day day; /* DTCLORSA */
};

struct right {
    struct span numdemrsa, ideparte;
    char state;                                   /* '0' to '6', 0 where ETATDOSRSA is missing or no known state */
    struct right_closing closing, closing_before; /* FinDroit, FinDroitMoisAnterieur */
    struct right_day refused, suspended;          /* DTREFURSA; the latest start of a suspension */
    struct right_day arrival, departure;          /* DDARRMUT, DDDEPAMUT */
    struct right_person *persons;
    size_t count, cap;
    struct right_home home; /* the current one: rank 01; where there is none, or several, the one moved into last */
    unsigned homes, first_ranks;
};

/* Starts as zeros. */
void right_free(struct right *r);
/* Replaces what r held; spans point into the record. ERR_FRAME when it is malformed: r is of no use then. */
enum err right_read(struct right *r, struct span record);

/* States 3 and 4 are open rights. */
static inline bool state_is_open(char state) { return state >= '2' && state <= '4'; }
static inline bool state_is_closed(char state) { return state == '5' || state == '6'; }
static inline bool state_is_suspended(char state) { return state == '3' || state == '4'; }
/* A closed right that is sent again, as état 6, ends no second time; one that waits for a decision again has not stayed closed. */
static inline bool state_ends(char from, char to) { return state_is_open(from) && state_is_closed(to); }
static inline bool state_reopens(char from, char to) { return state_is_closed(from) && (to == '0' || state_is_open(to)); }

/* Where a closing date comes from, in the order in which they count. */
enum end_source {
    END_NONE,     /* nothing says that the right ended */
    END_STATED,   /* DTCLORSA of the block of this state */
    END_OTHER,    /* DTCLORSA of the other block */
    END_REFUSED,  /* DTREFURSA: a right that never began */
    END_MUTATION, /* DDDEPAMUT */
    END_ESTIMATED /* the day of the flux that first told the state */
};

struct right_end {
    enum end_source source;
    int64_t days;
    struct span motive; /* MOTICLORSA; empty where none is told */
};

/* When the right ended. state: r->state, or the last one known where the record tells none; estimate: the day of reference of the flux
 * that first told this state. */
struct right_end right_end(const struct right *r, char state, int64_t estimate);

bool role_is(const struct right_person *p, const char *role);
unsigned right_demandeurs(const struct right *r);
/* Subject to droits et devoirs: says so itself, under an open right. */
static inline bool person_is_subject(const struct right_person *p, char state) { return p->duties && state_is_open(state); }

/* NUMCOM of the current home; empty where it is not told. */
struct span home_commune(const struct right_home *h);
/* Whether people who lived at a live elsewhere at b. An address without its lines says nothing, nor does a NUMCOM that one side lacks. */
bool home_moved(const struct right_home *a, const struct right_home *b);

enum place { PLACE_UNKNOWN, PLACE_INSIDE, PLACE_OUTSIDE };
/* Of the home: in its département, or outside. */
enum place right_place(const struct right *r);

#endif
