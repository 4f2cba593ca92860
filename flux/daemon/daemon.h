/* The daemon: one loop that looks at drop folders, claims what is whole, and runs one import at a time. It opens no store and parses no
 * flux. Source: design 2, 3. */
#ifndef FLUX_DAEMON_DAEMON_H
#define FLUX_DAEMON_DAEMON_H

#include "flux/daemon/drop.h"
#include "flux/daemon/log.h"
#include "flux/daemon/queue.h"
#include "flux/daemon/said.h"
#include "flux/daemon/spool.h"
#include "flux/daemon/worker.h"
#include "flux/intake/config.h"

struct daemon;

/* A source at work; its number is that of the source in the configuration. */
struct station {
    struct daemon *daemon;
    size_t number;
    struct drop drop;
    sd_event_source *watch; /* NULL: only scans find what comes */
    int64_t claims_until;   /* nothing is claimed before: its folder or the spool failed */
    bool dirty;             /* to be looked at in the next turn */
    bool gone, unwatched;   /* and told */
    bool removed;           /* the configuration file has it no more */
};

enum work { WORK_NONE, WORK_PEEK, WORK_IMPORT };
/* A turn of the loop is short, so that signals and the watchdog never wait for the spool. */
enum { PEEK_MAX = 32, CLAIMS_A_TURN = 32, EXPIRED_A_TURN = 128, TURN_MS = 1000 };

struct daemon {
    /* Set by main. */
    const char *program; /* absolute path of fluxrsa */
    const char *config_file;
    bool once;
    struct config *config;
    struct log log;
    struct spool spool;
    /* Its own. Times in ms since the start of the machine. */
    sd_event *event;
    sd_event_source *alarm;
    struct station stations[SOURCES_MAX];
    size_t station_count;
    struct queue queue;
    struct worker worker;
    struct said said; /* by rounds, with once */
    enum work work;
    char current[SPOOL_ID_MAX];          /* being imported */
    char peeked[PEEK_MAX][SPOOL_ID_MAX]; /* being peeked at */
    size_t peeked_count;
    int64_t alarm_at, next_scan, look_at, once_until;
    int64_t machine_until, expiry_from; /* nothing of this kind before */
    int64_t gather_until;               /* no import before, while there is more to claim or to peek at; 0: there is not */
    bool import_turn;                   /* the last piece of work was a peek */
    bool expiring;                      /* there may be more to expire */
    unsigned machine_tries;
    int64_t wall_offset; /* seconds between the clock of the machine and the time since its start, at the last scan */
    bool stopping, overflow_told;
    int code; /* of the last failure of the machine, for once */
};

/* Until it is told to stop, or with once until there is nothing to do. Exit code. The spool is locked. */
int daemon_run(struct daemon *d);

/* ---- between its parts ---- */

int64_t daemon_now(void);
static inline const struct config_source *station_source(const struct station *s) { return &s->daemon->config->sources[s->number]; }
struct settle_rule station_rule(const struct station *s);
void daemon_tell(const struct daemon *d, enum event e, const struct about *a);
/* The loop goes round at this time at the latest. */
void daemon_wake(struct daemon *d, int64_t at);

/* watch.c */
void stations_start(struct daemon *d);
void stations_free(struct daemon *d);
/* Looks at those that are dirty or due, claims a bounded number; true when more could be claimed now. */
bool stations_look(struct daemon *d, int64_t now);
/* When the next one is due; INT64_MAX for never. */
int64_t stations_until(const struct daemon *d);
/* When one may claim again that may not now; INT64_MAX for never. */
int64_t stations_claims_until(const struct daemon *d, int64_t now);
/* All may claim at once. */
void stations_try_again(struct daemon *d);

/* work.c */
/* Takes up what lies in the work folder and does not wait: at the start, and whenever a failure kept it from the queue. */
void work_recover(struct daemon *d);
/* ERR_OK where there is none, or no drop folder any more. */
enum err work_drop_sidecar(const struct daemon *d, const struct slip *slip);
/* Starts the next peek or import when none runs; *until: when there may be one. more: there is more to be claimed now. */
void work_next(struct daemon *d, int64_t now, bool more, int64_t *until);
void work_ended(void *ctx);
void work_line(void *ctx, const char *text);

/* settlement.c */
void import_ended(struct daemon *d);
/* Refuses what is no plain file, without an import. */
void import_refuse_special(struct daemon *d, const char *id, struct slip *slip);
bool machine_wait(struct daemon *d, int64_t now);

/* reload.c */
void daemon_reload(struct daemon *d);
/* Tells what is wrong with a configuration. */
void config_tell(const struct log *log, const char *file, const struct config_faults *faults);

#endif
