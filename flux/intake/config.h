/* The configuration of an instance: an INI file read through one table of settings (config.def). Every fault is reported at once, with
 * its line; nothing unknown is let through. Source: design 7, ux 3. */
#ifndef FLUX_INTAKE_CONFIG_H
#define FLUX_INTAKE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flux/base/err.h"
#include "flux/record/keep.h"

enum setting_type {
    SETTING_TYPE_TEXT,
    SETTING_TYPE_PATH, /* made absolute */
    SETTING_TYPE_NUMBER,
    SETTING_TYPE_SHARE, /* "10 %", "2,5 %": per thousand in config_value.number */
    SETTING_TYPE_DEPARTEMENT,
    SETTING_TYPE_LANGUAGE,
    SETTING_TYPE_PROFILE,
    SETTING_TYPE_NIR,
    SETTING_TYPE_PURPOSE,
    SETTING_TYPE_KEEP,     /* a list, may go on over indented lines */
    SETTING_TYPE_DURATION, /* "90 s", "5 min", "2 h", "30 d": seconds in config_value.number */
    SETTING_TYPE_TIME,     /* "05:00": minutes since midnight, -1 for "" */
    SETTING_TYPE_WEEKDAYS, /* "mon-fri": bits from Monday, 1, to Sunday, 64 */
    SETTING_TYPE_MAIL,     /* addresses separated by commas, their number in config_value.number */
    SETTING_TYPE_SINK,     /* the rest: config_value.number is the index of the choice */
    SETTING_TYPE_EMITTER,
    SETTING_TYPE_COMPLETE
};

enum sink_choice { SINK_AUTO, SINK_JOURNAL, SINK_SYSLOG, SINK_STDERR, SINK_JSON };
enum emitter_choice { EMITTER_ANY, EMITTER_CAF, EMITTER_MSA, EMITTER_PE };
enum complete_choice { COMPLETE_STILL, COMPLETE_RENAME, COMPLETE_SIDECAR };

enum setting_id {
#define SETTING(section, key, type, fallback, min, max, reload, doc) SETTING_##section##_##key,
#define SOURCE_SETTING(key, type, fallback, min, max, reload, doc)
#include "flux/intake/config.def"
#undef SETTING
#undef SOURCE_SETTING
    SETTING_COUNT
};

enum source_setting_id {
#define SETTING(section, key, type, fallback, min, max, reload, doc)
#define SOURCE_SETTING(key, type, fallback, min, max, reload, doc) SOURCE_##key,
#include "flux/intake/config.def"
#undef SETTING
#undef SOURCE_SETTING
    SOURCE_SETTINGS
};

struct setting {
    const char *section, *key;
    enum setting_type type;
    const char *fallback;
    int64_t min, max;
    bool reload;
    const char *doc; /* English, gettext msgid */
};

extern const struct setting settings[SETTING_COUNT];
extern const struct setting source_settings[SOURCE_SETTINGS]; /* section "source" */

struct config_value {
    char *text; /* never NULL in a loaded configuration */
    int64_t number;
    unsigned line; /* 0: the default */
    bool wrong;    /* something else was given, and is among the faults */
};

enum { SOURCE_NAME_MAX = 32, SOURCES_MAX = 32 };

/* Whence files come: a drop folder, its rules, what is expected of it. */
struct config_source {
    char name[SOURCE_NAME_MAX];
    unsigned line; /* of its section; 0: a source by default */
    struct config_value values[SOURCE_SETTINGS];
};

struct config {
    char *file, *folder; /* absolute */
    struct config_value values[SETTING_COUNT];
    size_t source_count; /* at least one in a loaded configuration */
    struct config_source sources[SOURCES_MAX];
};

enum config_fault_kind {
#define FAULT(name, sentence) CONFIG_##name,
#include "flux/intake/config_fault.def"
#undef FAULT
    CONFIG_FAULT_KINDS
};

enum { CONFIG_FAULTS_MAX = 64 };

struct config_fault {
    enum config_fault_kind kind;
    unsigned line;                 /* 0 when it is about no line */
    char subject[128];             /* "[import] stal_seconds", cut */
    char near[64];                 /* the nearest thing that exists, what is wrong in a list, or "" */
    const struct setting *setting; /* NULL when it is about none */
};

struct config_faults {
    size_t count; /* all of them; the first CONFIG_FAULTS_MAX are here */
    struct config_fault list[CONFIG_FAULTS_MAX];
};

/* English sentence of a fault, gettext msgid. */
const char *config_fault_text(enum config_fault_kind kind);

/* ERR_NOFILE, ERR_PERM or ERR_IO: *ret is NULL. ERR_CONFIG: faults say why, and *ret holds what could be read, defaults for the rest. */
enum err config_load(const char *path, struct config **ret, struct config_faults *faults);
struct config *config_free(struct config *c);

static inline const char *config_text(const struct config *c, enum setting_id id) { return c->values[id].text; }
static inline int64_t config_number(const struct config *c, enum setting_id id) { return c->values[id].number; }
static inline const char *source_text(const struct config_source *s, enum source_setting_id id) { return s->values[id].text; }
static inline int64_t source_number(const struct config_source *s, enum source_setting_id id) { return s->values[id].number; }
/* NULL when there is none of this name. */
const struct config_source *config_source(const struct config *c, const char *name);
struct keep_rule config_keep_rule(const struct config *c);

/* Judges a text for a setting type: CONFIG_FAULT_KINDS when it is right, else what is wrong. near: nearest choice, or "". */
enum config_fault_kind setting_judge(const struct setting *s, const char *text, int64_t *number, char *near, size_t size);
/* The choices of a type one after the other, NULL after the last; NULL at once for a type that has none. */
const char *setting_choice(enum setting_type type, size_t index);
/* What is expected of a type, for people: English, gettext msgid. */
const char *setting_type_text(enum setting_type type);

enum { SETTING_BOUND_MAX = 32 };
/* The bounds of a setting as they are written in the file ("5", "90 d", "10 %"); false when its type has none. */
bool setting_bounds(const struct setting *s, char low[SETTING_BOUND_MAX], char high[SETTING_BOUND_MAX]);

#endif
