/* What was true of a dossier on a day, and what was known of it then. On a day speaks, of the flux that carried the dossier and whose
 * DTREF is that day or before, the last one in the total order; what it said is its own image, or that of the nearest flux before it that
 * has one. Only what was imported up to a moment is known then: an undone flux never was. */
#ifndef STORE_ASOF_H
#define STORE_ASOF_H

#include "store/store.h"

#define ASOF_EVER INT64_MAX

struct asof {
    int64_t day;      /* days since 1970; ASOF_EVER: the last state */
    int64_t known_at; /* seconds since 1970, UTC; ASOF_EVER: all that is known */
};

/* ERR_NOTFOUND when no flux speaks. *flux: the one that does; out->flux and out->line are those of its image, when that was known at the
 * time, else the one that speaks, and no line. out->versions counts the images up to this one. */
enum err dossier_at(struct store_txn *t, uint64_t serial, const struct asof *when, struct dossier *out, uint32_t *flux);

/* What a flux said of a dossier. Spans live until the visit ends. */
struct said {
    uint32_t flux, line; /* the flux that speaks; line 0 when that is not known of its own household */
    int64_t day;         /* its DTREF, or the first day on which it speaks */
    struct span record;  /* personal; empty when nothing was said yet */
    const uint64_t *persons;
    uint32_t person_count;
};

/* The states of a dossier by day, from the first to the last that when lets speak; neighbours differ. ERR_NOTFOUND when there is none. */
enum err dossier_days(struct store_txn *t, uint64_t serial, const struct asof *when, enum err (*visit)(void *ctx, const struct said *s),
                      void *ctx);

enum night_kind {
    NIGHT_CARRIED,
    NIGHT_REJECTED, /* a household of this NUMDEMRSA was rejected */
    NIGHT_ABSENT,   /* a monthly flux of the same APPLIEME as the one before it that carried the dossier does not */
    NIGHT_UNDONE    /* nothing is left of the flux: whether it carried the dossier is not known */
};

struct night {
    enum night_kind kind;
    const struct flux_entry *flux;
    const struct reject *reject;             /* of NIGHT_REJECTED */
    const struct dossier_findings *findings; /* of NIGHT_CARRIED, NULL when nothing was found */
    bool first, changed;                     /* of NIGHT_CARRIED: nobody carried it before; not what the one before said */
    bool late;                               /* a flux that comes after it, and carried the dossier, was imported before it */
    const uint64_t *nir_changed;             /* of NIGHT_CARRIED: those named before and now whose NIR is another one, came or went */
    uint32_t nir_changed_count;
    struct said now, before; /* of NIGHT_CARRIED */
};

/* Everything that flux did to a dossier (0: to none, then only rejects and undone flux), in the total order. numdemrsa: whose rejects;
 * "" for none. */
enum err dossier_nights(struct store_txn *t, uint64_t serial, const char *numdemrsa, enum err (*visit)(void *ctx, const struct night *n),
                        void *ctx);

#endif
