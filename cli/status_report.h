/* How an instance is doing: gathered once, judged by one table (status.def), printed by one function per format. Counts, codes and names of
 * sources only, never a person. */
#ifndef CLI_STATUS_REPORT_H
#define CLI_STATUS_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/expected_view.h"
#include "cli/instance.h"
#include "cli/output.h"
#include "flux/daemon/spool.h"
#include "flux/intake/config.h"
#include "store/store.h"

enum level { LEVEL_OK, LEVEL_WARNING, LEVEL_CRITICAL, LEVEL_COUNT };

enum status_unit {
    UNIT_COUNT,
    UNIT_FLAG,   /* 0 or 1 */
    UNIT_MOMENT, /* seconds since 1970; 0: never */
    UNIT_MILLISECONDS,
    UNIT_BYTES,
    UNIT_SHARE /* per thousand */
};

enum status_kind { KIND_GAUGE, KIND_TOTAL };

enum status_alarm {
    ALARM_NONE,
    ALARM_MUST,          /* critical unless it is 1 */
    ALARM_SHOULD,        /* a warning unless it is 1 */
    ALARM_NEVER_WARNING, /* above 0 */
    ALARM_NEVER_CRITICAL,
    ALARM_BELOW,     /* the setting: a warning; half of it: critical */
    ALARM_ABOVE,     /* the setting: a warning; half way to full: critical */
    ALARM_AGE,       /* older than the setting: a warning */
    ALARM_AGE_OR_OFF /* same; nothing when the setting is 0 */
};

enum metric_id {
#define METRIC(name, first, second, perf, unit, kind, rule, setting, sentence, advice, help) METRIC_##name,
#include "cli/status.def"
#undef METRIC
    METRIC_COUNT
};

enum { METRIC_LABELS = 2 };

struct metric {
    const char *name, *labels[METRIC_LABELS], *perf;
    enum status_unit unit;
    enum status_kind kind;
    enum status_alarm alarm;
    unsigned setting;              /* enum setting_id, SETTING_COUNT for none */
    const char *sentence, *advice; /* gettext msgids */
    const char *help;
};

extern const struct metric metrics[METRIC_COUNT];

/* The bounds of a value; LIMIT_NONE where there is none. Of a moment they are ages. */
#define LIMIT_NONE INT64_MIN
struct limits {
    bool below; /* a value below is at fault, else one above */
    int64_t warning, critical;
};

struct limits status_limits(enum status_alarm alarm, int64_t setting);
enum level status_level(const struct limits *l, int64_t value);

struct sample {
    enum metric_id metric;
    enum level level;
    struct limits limits;
    char labels[METRIC_LABELS][SOURCE_NAME_MAX];
    int64_t value;
    char note[FLUX_TEXT_MAX]; /* for the sentence */
};

enum frequency { FREQUENCY_MONTHLY, FREQUENCY_DAILY, FREQUENCIES };

enum { OUTCOMES = 6 };
extern const char *const frequency_words[FREQUENCIES], *const outcome_words[OUTCOMES];

struct status_disk {
    const char *word;
    uint64_t free, room; /* room 0: not known */
};

struct status_report {
    const struct config *config;
    int64_t now;
    enum err store_err; /* why the store was not read */
    struct store_status store;

    json_t *last[FREQUENCIES]; /* the flux, as flux_json gives it, with imported_at; NULL: none */
    uint64_t flux[FLUX_UNDONE + 1], households[OUTCOMES], held;
    uint32_t newest_held;
    uint8_t newest_held_sha256[32];
    char *held_command; /* of the newest one; NULL when it does not lie in the spool */
    int64_t first_success;
    struct expected_view expected;

    uint64_t rejects[FINDING_COUNT];
    int64_t oldest_reject;
    uint64_t reviews;

    struct status_disk disks[2]; /* store, spool */
    bool one_disk;
    uint64_t journal_bytes;
    int64_t last_backup;
    bool daemon;
    int64_t round; /* see spool_round */
    enum err spool_err[SPOOL_STATES];
    struct spool_figures spool[SPOOL_STATES];

    struct sample *samples;
    size_t count, cap;
    enum err err; /* samples were lost */
};

/* Store and read transaction; nothing is said of a failure. i->txn stays NULL then. */
enum err status_open(const struct config *c, const char *purpose, struct instance *i);
/* A store that is gone belongs to nobody: it is told like any that cannot be opened. */
bool status_store_there(const struct config *c);
/* Whether a store that could not be read says nothing of the instance: it was in use, or this machine gave out. */
bool status_unknown(enum err store_err);
/* Everything, judged; i->txn NULL: without the store, which could not be opened for the reason why. NULL without memory. */
enum err status_gather(struct cli *cli, struct instance *i, enum err why, int64_t now, struct status_report **ret);
void status_free(struct status_report *r); /* NULL allowed */
/* Its parts. */
enum err status_ledger(struct store_txn *t, struct status_report *r);
enum err status_rejects(struct store_txn *t, struct status_report *r);
void status_machine(struct status_report *r);
void status_judge(struct status_report *r);

/* When a flux of this source was last applied; 0: never. */
int64_t status_success(const struct expected_source *s);

/* The most frequent codes, the first of equals; how many. */
size_t status_causes(const uint64_t counts[FINDING_COUNT], enum finding_code *list, size_t max);

/* Whether a process works the spool. */
bool daemon_runs(const struct config *c);
/* Whether one comes by often enough, where none stays. */
bool daemon_comes(const struct config *c, int64_t round, int64_t now);
/* Whether any source is expected to send something. */
bool status_expects(const struct config *c);

enum level status_worst(const struct status_report *r);
/* Samples at fault, the worst first, else in the order of the table; list: room for r->count. */
size_t status_faults(const struct status_report *r, const struct sample **list);
const char *level_word(enum level l); /* for machines: "ok", "warning", "critical" */
const char *level_label(enum level l);
enum colour level_colour(enum level l);

/* What is wrong and what to do, translated. */
void status_sentence(const struct status_report *r, const struct sample *s, char *out, size_t size);
void status_advice(const struct status_report *r, const struct sample *s, char *out, size_t size);
/* What is typed then, to be copied as it is; "" when the advice says it all. */
const char *status_command(const struct status_report *r, const struct sample *s);
/* "3 d", translated. */
const char *age_text(int64_t seconds, char out[32]);

/* ---- the formats ---- */

void status_text(const struct status_report *r, struct output *o);
json_t *status_json(const struct status_report *r);
void status_nagios(const struct status_report *r, FILE *out);
void status_prometheus(const struct status_report *r, FILE *out);

#endif
