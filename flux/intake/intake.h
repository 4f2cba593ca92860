/* One file from arrival to verdict: opened once, hashed, looked up in the ledger, parsed by a sandboxed child, applied in one write
 * transaction per flux, written into the journal. Used by commands and, through them, by the daemon. Source: design 3. */
#ifndef FLUX_INTAKE_INTAKE_H
#define FLUX_INTAKE_INTAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "flux/base/err.h"
#include "flux/intake/config.h"
#include "flux/record/keep.h"
#include "flux/record/message.h"
#include "store/store.h"

struct intake_progress {
    const char *file;
    uint64_t households, packed_done, packed_total; /* bytes of the archive */
    double seconds;
};

enum volume_figure { VOLUME_CREATED, VOLUME_CLOSED, VOLUME_MISSING, VOLUME_FIGURES };

struct intake_options {
    const char *parser; /* absolute path of fluxrsa-parse */
    struct store_place place;
    const char *journal; /* path */
    char departement[4];
    struct keep_rule keep_rule;
    unsigned reject_share;                  /* per thousand of the households read beyond which a flux is held */
    unsigned volume_shares[VOLUME_FIGURES]; /* see judge_volume */
    unsigned stall_seconds;                 /* without progress before the parser is ended; 5 */
    unsigned member_gib;                    /* of one flux, unpacked, beyond which it is refused; 4 */
    bool dry_run;
    const char *force; /* reason, or NULL */
    const char *user;
    const char *source;                                           /* of the configuration, or NULL when the file is imported by hand */
    enum emitter_choice emitter;                                  /* of the source: who must have made the flux */
    int64_t (*now)(void);                                         /* seconds since 1970 */
    void (*progress)(void *ctx, const struct intake_progress *p); /* at most ten a second; NULL allowed */
    void (*waiting)(void *ctx, const char *holder);               /* the store is being written by somebody else, NULL: no more */
    void *ctx;
    const volatile int *stop; /* set by a signal: the run ends with ERR_STOPPED, the store as before */
};

/* VERDICT_UNDONE: of the ledger only, of a flux that was applied once. */
enum flux_verdict { VERDICT_APPLIED, VERDICT_ALREADY, VERDICT_REFUSED, VERDICT_HELD, VERDICT_DRY_RUN, VERDICT_UNDONE };

struct flux_result {
    enum flux_verdict verdict;
    struct flux_entry entry;          /* id 0 for a dry run; of the first import when already */
    uint64_t bytes_written;           /* to the store */
    const struct flux_report *report; /* what was found; NULL when nothing was read */
    enum err journal;                 /* applied, but its line has not reached the journal: the next import brings it there */
};

/* Imports one file of one or several flux; result is called for each, in header order. ERR_OK whatever the verdicts; a failure says that
 * the work itself could not be done (store, disk, memory) and that the flux at hand left the store as before. ERR_JOURNAL: the journal
 * could not be written; flux whose result was called are as it says. */
enum err intake_file(const struct intake_options *o, const char *path, void (*result)(void *ctx, const struct flux_result *r), void *ctx);

/* ---- judging without an instance ---- */

struct check_cause {
    enum finding_code code;
    enum cost cost;
    uint64_t count, households;
    uint32_t first_line;
    char path[FINDING_PATH_MAX]; /* without positions: "InfosFoyerRSA/Personne/Identification/DTNAI" */
};

struct check_report {
    char member[MEMBER_NAME_MAX], encoding[16];
    bool readable;     /* up to the verified end */
    struct buf header; /* record of IdentificationFlux; empty when not read */
    struct msg_end end;
    uint64_t warnings;
    size_t cause_count, census_count;
    struct check_cause *causes; /* dearest and most frequent first; the file's own reasons are among them (count 1) */
    struct msg_census *census;  /* by kind; of what is not known the most frequent first */
    char detail[64];            /* of the fatal finding */
};

struct check_options {
    const char *parser; /* absolute path of fluxrsa-parse */
    struct keep_rule keep_rule;
    unsigned reject_share, stall_seconds, member_gib; /* as in intake_options */
};

enum err check_file(const struct check_options *o, const char *path, void (*report)(void *ctx, const struct check_report *r), void *ctx);

/* announced = NBTOTDOSRSATRANSM, or that less NBTOTDOSRSATRANSMANO, or the latter for an anomaly flux: whichever equals read, else
 * NBTOTDOSRSATRANSM; -1 when not readable. Source: design 7, flux-caf-msa 4.12. */
int64_t judge_announced(const struct msg_end *end);

#endif
