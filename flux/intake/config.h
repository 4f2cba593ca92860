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
    SETTING_TYPE_KEEP /* a list, may go on over indented lines */
};

enum setting_id {
#define SETTING(section, key, type, fallback, min, max, reload, doc) SETTING_##section##_##key,
#include "flux/intake/config.def"
#undef SETTING
    SETTING_COUNT
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

struct config_value {
    char *text; /* never NULL in a loaded configuration */
    int64_t number;
    unsigned line; /* 0: the default */
};

struct config {
    char *file, *folder; /* absolute */
    struct config_value values[SETTING_COUNT];
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
    unsigned line;     /* 0 when it is about no line */
    char subject[128]; /* "[import] stal_seconds", cut */
    char near[64];     /* the nearest thing that exists, or "" */
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
struct keep_rule config_keep_rule(const struct config *c);

/* Judges a text for a setting type: CONFIG_FAULT_KINDS when it is right, else what is wrong. near: nearest choice, or "". */
enum config_fault_kind setting_judge(const struct setting *s, const char *text, int64_t *number, char *near, size_t size);
/* The choices of a type one after the other, NULL after the last; NULL at once for a type that has none. */
const char *setting_choice(enum setting_type type, size_t index);

#endif
