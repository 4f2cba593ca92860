/* What operators are told of all dossiers: what looks wrong, and what moved. Each dossier is read as it is visited: memory does not grow
 * with their number. What is visited is personal and lives until the visit ends. */
#ifndef STORE_REPORT_H
#define STORE_REPORT_H

#include "flux/record/movement.h"
#include "store/store.h"

struct report_flux {
    uint32_t id;
    int64_t created, reference; /* DTCREAFLUX, DTREF */
    char typeflux;
};

/* ---- movements ---- */

struct report_movement {
    const struct report_flux *flux;
    uint64_t dossier;
    const struct movement *movement;
    const struct right *before, *after; /* before: NULL for a household that was not known */
    const struct right_person *who;     /* NULL: the household */
    uint64_t person;                    /* their id, 0 without */
};

/* What each flux created from since to until (days, both included) changed, in their total order; in a flux by ascending serial. A dossier
 * that a flux carried unchanged costs no decryption. */
enum err report_movements(struct store_txn *t, int64_t since, int64_t until, enum err (*visit)(void *ctx, const struct report_movement *m),
                          void *ctx);

/* ---- anomalies ---- */

enum anomaly_kind {
#define ANOMALY(name, word, meaning) ANOMALY_##name,
#include "store/anomaly.def"
#undef ANOMALY
    ANOMALY_COUNT
};

struct anomaly_row {
    const char *word, *meaning; /* meaning: English, a gettext msgid */
};

const struct anomaly_row *anomaly_row(enum anomaly_kind kind);
/* ANOMALY_COUNT when no kind has this word. */
enum anomaly_kind anomaly_by_word(const char *word);

struct report_anomaly {
    enum anomaly_kind kind;
    struct report_flux flux; /* the first one since which it is so; of NIR_SHARED and CROWDED, that of the current image; id 0 without */
    uint64_t dossier;        /* 0 where it is not about a dossier; of CROWDED, one of them */
    char state;              /* of the right, the last one known */
    const struct right *right;
    const struct right_person *who;     /* NIR_SHARED: one row for each person; NULL, one row and their count, when they are a crowd */
    uint64_t person;                    /* their id, 0 without */
    uint32_t group;                     /* NIR_SHARED: equal numbers, one NIR; from 1 */
    const struct flux_unknown *unknown; /* NEVER_SEEN: count is that of all flux */
    const char *key;                    /* CROWDED: what is shared */
    uint64_t count;                     /* CROWDED: dossiers; NIR_SHARED: persons, when they are a crowd */
};

struct anomalies_wanted {
    unsigned kinds; /* one bit for each */
    int month;      /* 12 * year + month - 1: the state at its end, its monthly flux, what it brought first; -1: the last state, the last
                       monthly flux of each APPLIEME, all */
};

/* By ascending kind, then dossier. NIR_SHARED and CROWDED are about the last state whatever the month. */
enum err report_anomalies(struct store_txn *t, const struct anomalies_wanted *wanted,
                          enum err (*visit)(void *ctx, const struct report_anomaly *a), void *ctx);

#endif
