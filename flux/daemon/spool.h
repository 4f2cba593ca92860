/* The spool: where dropped files are between the drop folder and their end. A state is a folder, an arrival is a folder in it that holds
 * the file, its slip and later the reason and the result; a transition is one rename of that folder, so that all of it moves or nothing
 * does. What was renamed is synced to disk before anything is built upon it. Source: security IN-3, IN-7. */
#ifndef FLUX_DAEMON_SPOOL_H
#define FLUX_DAEMON_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "flux/base/err.h"
#include "flux/daemon/settle.h"
#include "flux/daemon/slip.h"
#include "flux/intake/config.h"

#define SPOOL_SLIP "arrival"
#define SPOOL_REASON "reason.txt"
#define SPOOL_RESULT "result.json"
#define SPOOL_LOCK ".lock"
#define SPOOL_ROUND ".round"

enum spool_state { SPOOL_WORK, SPOOL_DONE, SPOOL_REFUSED, SPOOL_HELD, SPOOL_STATES };

struct spool {
    int dirs[SPOOL_STATES], lock; /* -1: not open */
    int64_t stamp;                /* of the last arrival */
    int64_t seen;                 /* when the one that held it before last believed the clock, seconds since 1970; 0: nobody did */
    unsigned number;
};

/* Path of a state's folder. */
const char *spool_folder(const struct config *c, enum spool_state state);
/* *wrong: the state whose folder could not be opened. */
enum err spool_open(struct spool *s, const struct config *c, enum spool_state *wrong);
/* Takes the folders of another configuration; the spool is as before when that fails. work stays. */
enum err spool_reopen(struct spool *s, const struct config *c, enum spool_state *wrong);
void spool_close(struct spool *s);
/* One process works a spool. ERR_BUSY: holder says which one does. */
enum err spool_lock(struct spool *s, char *holder, size_t size);
/* Leaves word for the next holder that the clock is believed. */
void spool_believe(const struct spool *s, int64_t now);

/* Whoever works a spool in rounds leaves a mark of the last one that ended well; whoever stays takes it away. */
enum err spool_mark_round(const struct spool *s, int64_t now);
enum err spool_forget_round(const struct spool *s);
/* When the round that left a mark ended, in seconds since 1970; 0: there is none. */
int64_t spool_round(const struct config *c);

struct spool_ids {
    char (*list)[SPOOL_ID_MAX];
    size_t count, room;
};

/* The arrivals of a state, the oldest first; to be given back with spool_ids_free. */
enum err spool_list(const struct spool *s, enum spool_state state, struct spool_ids *ids);
void spool_ids_free(struct spool_ids *ids);

struct claim {
    const char *source, *name;
    int drop;                       /* its drop folder */
    int file;                       /* the file, open for reading */
    bool leased;                    /* a read lease is held on it */
    const struct settle_seen *seen; /* the file that is meant, as it was seen */
    const struct stat *sidecar;     /* NULL: none */
    int64_t now;                    /* seconds since 1970 */
};

/* Moves a dropped file, synced, into a new arrival of work. ERR_BUSY when it is no more the file that was seen: nothing was claimed. */
enum err spool_claim(struct spool *s, const struct claim *c, char id[SPOOL_ID_MAX]);
/* After several claims from one drop folder, before anything is made of them: syncs that they moved. A cut before it leaves each file in
 * the one place or in the other. */
void spool_claims_end(int drop);
/* Removes the sidecar of an arrival from its drop folder, when it is still the one that was there at the claim. */
enum err spool_drop_sidecar(const struct slip *slip, int drop, const char *suffix);

/* The slip, made anew from what is there when it was cut. ERR_NOTFOUND when the arrival holds no file; ERR_BAD when what it holds is no
 * plain file of one name. */
enum err spool_look(const struct spool *s, enum spool_state state, const char *id, struct slip *slip);
/* Writes the slip of an arrival of work. */
enum err spool_note(const struct spool *s, const char *id, const struct slip *slip);
/* Removes an arrival, its file first. */
enum err spool_destroy(const struct spool *s, enum spool_state state, const char *id);

struct settlement {
    enum spool_state to;
    bool destroy; /* instead of keeping it there */
    const char *reason;
    const void *result;
    size_t result_len;
};

/* An arrival of work leaves it, its reason and result beside it. */
enum err spool_settle(const struct spool *s, const char *id, const struct slip *slip, const struct settlement *how);

struct spool_expiry {
    int64_t keep, now; /* what was settled keep seconds before now is due */
    size_t max;        /* how many are destroyed at most */
    void (*destroyed)(void *ctx, const char *id);
    void *ctx;
};

/* Destroys what is due. *more: there may be others. */
enum err spool_expire(const struct spool *s, enum spool_state state, const struct spool_expiry *how, bool *more);

struct spool_figures {
    size_t count;
    uint64_t bytes;
    int64_t oldest; /* when the oldest of them was claimed, seconds since 1970; 0: none */
};

/* Of a state of an instance, whoever runs; touches nothing. */
enum err spool_figures(const struct config *c, enum spool_state state, struct spool_figures *figures);
/* After a file was imported by hand: an arrival that was refused or held is settled by that, and goes where imported files go. Nothing
 * happens to a file that lies elsewhere. */
enum err spool_settled_by_hand(const struct config *c, const char *path, int64_t now);

struct spool_copies {
    bool (*noted)(void *ctx, const char *sha256);   /* it was just applied, or found to be; hexadecimal */
    bool (*missing)(void *ctx, const char *sha256); /* it is not applied */
    void (*failed)(void *ctx, const char *path, enum err e);
    void *ctx;
};

/* After flux were applied, from wherever: the same for each arrival that holds one of them, and nothing that is not applied. What a crash
 * leaves of this waits until the same flux comes again, or until it expires. */
void spool_settle_copies(const struct config *c, const struct spool_copies *how, int64_t now);

#endif
