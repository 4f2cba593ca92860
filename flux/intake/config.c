#include "flux/intake/config.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flux/base/fdio.h"
#include "flux/intake/nearest.h"

const struct setting settings[SETTING_COUNT] = {
#define SETTING(section, key, type, fallback, min, max, reload, doc) {#section, #key, SETTING_TYPE_##type, fallback, min, max, reload, doc},
#define SOURCE_SETTING(key, type, fallback, min, max, reload, doc)
#include "flux/intake/config.def"
#undef SETTING
#undef SOURCE_SETTING
};

const struct setting source_settings[SOURCE_SETTINGS] = {
#define SETTING(section, key, type, fallback, min, max, reload, doc)
#define SOURCE_SETTING(key, type, fallback, min, max, reload, doc) {"source", #key, SETTING_TYPE_##type, fallback, min, max, reload, doc},
#include "flux/intake/config.def"
#undef SETTING
#undef SOURCE_SETTING
};

static const char source_prefix[] = "source.";

/* inih cuts lines silently at its buffer of 200 bytes, line end included. Source: ux 3. */
enum { LINE_MAX_BYTES = 190 };

struct reading {
    FILE *file;
    struct config *config;
    struct config_faults *faults;
    unsigned line;
    bool owed;   /* the line read last should give a key */
    bool broken; /* the section could not be read: its keys cannot be judged */
    const struct config_value *last;
    char owed_text[64];
    enum err err;
};

static const char *const fault_texts[CONFIG_FAULT_KINDS] = {
#define FAULT(name, sentence) [CONFIG_##name] = sentence,
#include "flux/intake/config_fault.def"
#undef FAULT
};

const char *config_fault_text(enum config_fault_kind kind) { return kind < CONFIG_FAULT_KINDS ? fault_texts[kind] : ""; }

static void fault(struct config_faults *faults, enum config_fault_kind kind, unsigned line, const char *subject, const char *near)
{
    if (faults->count++ >= CONFIG_FAULTS_MAX)
        return;
    struct config_fault *f = &faults->list[faults->count - 1];
    f->kind = kind;
    f->line = line;
    snprintf(f->subject, sizeof(f->subject), "%s", subject);
    snprintf(f->near, sizeof(f->near), "%s", near);
}

static void fault_key(struct config_faults *faults, enum config_fault_kind kind, unsigned line, const char *section, const char *key,
                      const char *near)
{
    char subject[128];
    snprintf(subject, sizeof(subject), "[%s] %s", section, key);
    fault(faults, kind, line, subject, near);
}

static void fault_setting(struct config_faults *faults, enum config_fault_kind kind, unsigned line, const struct setting *s,
                          const char *near)
{
    fault_key(faults, kind, line, s->section, s->key, near);
}

/* The name of a source's section; NULL for another section. */
static const char *source_named(const char *section)
{
    return strncmp(section, source_prefix, sizeof(source_prefix) - 1) == 0 ? section + sizeof(source_prefix) - 1 : NULL;
}

static bool section_known(const char *section)
{
    if (source_named(section))
        return true;
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (strcmp(settings[i].section, section) == 0)
            return true;
    return false;
}

static void unknown_section(struct reading *r, const char *section)
{
    struct nearest n;
    nearest_init(&n, section);
    for (size_t i = 0; i < SETTING_COUNT; i++)
        nearest_try(&n, settings[i].section);
    nearest_try(&n, "source.caf");
    char subject[128];
    snprintf(subject, sizeof(subject), "[%s]", section);
    fault(r->faults, CONFIG_UNKNOWN_SECTION, r->line, subject, n.best ? n.best : "");
}

static void unknown_key(struct reading *r, const char *section, const char *key)
{
    struct nearest n;
    nearest_init(&n, key);
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (strcmp(settings[i].section, section) == 0)
            nearest_try(&n, settings[i].key);
    for (size_t i = 0; i < SOURCE_SETTINGS && source_named(section); i++)
        nearest_try(&n, source_settings[i].key);
    fault_key(r->faults, CONFIG_UNKNOWN_KEY, r->line, section, key, n.best ? n.best : "");
}

static struct config_source *source_find(struct config *c, const char *name)
{
    for (size_t i = 0; i < c->source_count; i++)
        if (strcmp(c->sources[i].name, name) == 0)
            return &c->sources[i];
    return NULL;
}

const struct config_source *config_source(const struct config *c, const char *name) { return source_find((struct config *)c, name); }

static bool source_name_right(const char *name)
{
    size_t len = strlen(name);
    return len > 0 && len < SOURCE_NAME_MAX && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

static void look_at_source(struct reading *r, const char *section, const char *name)
{
    struct config *c = r->config;
    char subject[128];
    snprintf(subject, sizeof(subject), "[%s]", section);
    r->broken = true;
    if (!source_name_right(name)) {
        fault(r->faults, CONFIG_SOURCE_NAME, r->line, subject, "");
    } else if (source_find(c, name)) {
        fault(r->faults, CONFIG_REPEATED, r->line, subject, "");
    } else if (c->source_count == SOURCES_MAX) {
        fault(r->faults, CONFIG_SOURCE_MANY, r->line, subject, "");
    } else {
        struct config_source *s = &c->sources[c->source_count++];
        snprintf(s->name, sizeof(s->name), "%s", name);
        s->line = r->line;
        r->broken = false;
    }
}

/* A line that owed a key and gave none. */
static void settle(struct reading *r)
{
    if (r->owed)
        fault(r->faults, CONFIG_SYNTAX, r->line, r->owed_text, "");
    r->owed = false;
}

static void look_at_section(struct reading *r, const char *text)
{
    char name[64];
    const char *end = strchr(text, ']');
    r->broken = !end;
    if (!end) {
        snprintf(name, sizeof(name), "%.*s", (int)strcspn(text, "\r\n"), text);
        fault(r->faults, CONFIG_SYNTAX, r->line, name, "");
        return;
    }
    snprintf(name, sizeof(name), "%.*s", (int)(end - text - 1), text + 1);
    if (source_named(name))
        look_at_source(r, name, source_named(name));
    else if (!section_known(name))
        unknown_section(r, name);
}

static void look_at_line(struct reading *r, const char *line)
{
    if (r->line == 1 && strncmp(line, "\xEF\xBB\xBF", 3) == 0)
        line += 3;
    line += strspn(line, " \t\r\n");
    if (*line == '[') {
        look_at_section(r, line);
        return;
    }
    r->owed = *line != '\0' && *line != '#' && *line != ';';
    if (!r->owed)
        return;
    snprintf(r->owed_text, sizeof(r->owed_text), "%.*s", (int)strcspn(line, "\r\n"), line);
}

static char *read_line(char *str, int num, void *stream)
{
    struct reading *r = stream;
    settle(r);
    if (!fgets(str, num, r->file))
        return NULL;
    r->line++;
    size_t len = strlen(str);
    bool whole = len > 0 && str[len - 1] == '\n';
    if (len <= LINE_MAX_BYTES && (whole || feof(r->file))) {
        look_at_line(r, str);
        return str;
    }
    for (int c = whole ? '\n' : fgetc(r->file); c != '\n' && c != EOF; c = fgetc(r->file))
        ;
    fault(r->faults, CONFIG_LINE_TOO_LONG, r->line, "", "");
    str[0] = '\n';
    str[1] = '\0';
    return str;
}

/* Where the value of a key goes; NULL when there is no such key. */
static struct config_value *value_find(struct config *c, const char *section, const char *key, const struct setting **setting)
{
    struct config_source *source = source_named(section) ? source_find(c, source_named(section)) : NULL;
    for (size_t i = 0; i < SOURCE_SETTINGS && source; i++)
        if (strcmp(source_settings[i].key, key) == 0) {
            *setting = &source_settings[i];
            return &source->values[i];
        }
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (strcmp(settings[i].section, section) == 0 && strcmp(settings[i].key, key) == 0) {
            *setting = &settings[i];
            return &c->values[i];
        }
    return NULL;
}

static char *unquoted(const char *text)
{
    size_t len = strlen(text);
    if (len >= 2 && text[0] == '"' && text[len - 1] == '"')
        return strndup(text + 1, len - 2);
    return strdup(text);
}

/* The list goes on over indented lines: inih gives the same key once per line. */
static enum err extend(struct config_value *v, const char *text)
{
    char *joined = NULL;
    if (asprintf(&joined, "%s%s%s", v->text, v->text[0] && v->text[strlen(v->text) - 1] != ',' ? "," : "", text) < 0)
        return ERR_NOMEM;
    free(v->text);
    v->text = joined;
    return ERR_OK;
}

static void key_without_place(struct reading *r, const char *section, const char *key)
{
    if (section_known(section))
        unknown_key(r, section, key);
    else if (section[0] == '\0')
        fault(r->faults, CONFIG_UNKNOWN_SECTION, r->line, key, "");
}

static int take_value(void *user, const char *section, const char *key, const char *text)
{
    struct reading *r = user;
    const struct setting *s = NULL;
    r->owed = false;
    if (r->broken)
        return 1;
    struct config_value *v = value_find(r->config, section, key, &s);
    if (!v) {
        key_without_place(r, section, key);
        return 1;
    }
    if (v->text && s->type == SETTING_TYPE_KEEP && r->last == v) {
        if (extend(v, text))
            r->err = ERR_NOMEM;
        return 1;
    }
    r->last = v;
    if (v->text) {
        fault_key(r->faults, CONFIG_REPEATED, r->line, section, key, "");
        return 1;
    }
    v->text = unquoted(text);
    v->line = r->line;
    if (!v->text)
        r->err = ERR_NOMEM;
    return 1;
}

static enum err make_absolute(const struct config *c, struct config_value *v)
{
    static const char credential[] = "credential:";
    char *path = NULL;
    int made;
    if (v->text[0] == '/')
        return ERR_OK;
    if (strncmp(v->text, credential, sizeof(credential) - 1) == 0) {
        const char *folder = getenv("CREDENTIALS_DIRECTORY");
        made = asprintf(&path, "%s/%s", folder ? folder : "/run/credentials/fluxrsad.service", v->text + sizeof(credential) - 1);
    } else {
        made = asprintf(&path, "%s/%s", c->folder, v->text);
    }
    if (made < 0)
        return ERR_NOMEM;
    free(v->text);
    v->text = path;
    return ERR_OK;
}

static enum err settle_value(const struct config *c, const struct setting *s, struct config_value *v, const char *section,
                             struct config_faults *faults)
{
    char near[64] = "";
    if (v->text) {
        enum config_fault_kind kind = setting_judge(s, v->text, &v->number, near, sizeof(near));
        if (kind != CONFIG_FAULT_KINDS) {
            fault_key(faults, kind, v->line, section, s->key, near);
            free(v->text);
            v->text = NULL;
        }
    }
    if (!v->text) {
        v->text = strdup(s->fallback);
        v->line = 0;
        if (!v->text)
            return ERR_NOMEM;
        setting_judge(s, v->text, &v->number, near, sizeof(near));
    }
    return s->type == SETTING_TYPE_PATH ? make_absolute(c, v) : ERR_OK;
}

static void judge_together(const struct config *c, struct config_faults *faults)
{
    const struct config_value *dep = &c->values[SETTING_instance_departement];
    bool complained = false;
    for (size_t i = 0; i < faults->count && i < CONFIG_FAULTS_MAX; i++)
        complained |= faults->list[i].kind == CONFIG_NOT_DEPARTEMENT;
    if (dep->text[0] == '\0' && !complained)
        fault_setting(faults, CONFIG_MISSING, 0, &settings[SETTING_instance_departement], "");
    bool more = config_text(c, SETTING_collection_keep)[0] != '\0' || strcmp(config_text(c, SETTING_collection_nir), "sealed") == 0;
    if (more && config_text(c, SETTING_collection_legal_ref)[0] == '\0')
        fault_setting(faults, CONFIG_LEGAL_REF, c->values[SETTING_collection_legal_ref].line, &settings[SETTING_collection_legal_ref], "");
}

static void default_sources(struct config *c)
{
    static const char *const names[] = {"caf", "msa", "pe"};
    for (; c->source_count < sizeof(names) / sizeof(names[0]); c->source_count++)
        snprintf(c->sources[c->source_count].name, SOURCE_NAME_MAX, "%s", names[c->source_count]);
}

/* What a source without a key of its own has instead. */
static enum err source_fallback(const struct config *c, struct config_source *s)
{
    struct config_value *folder = &s->values[SOURCE_folder], *emitter = &s->values[SOURCE_emitter];
    if (!folder->text && asprintf(&folder->text, "%s/%s", config_text(c, SETTING_instance_drop), s->name) < 0) {
        folder->text = NULL;
        return ERR_NOMEM;
    }
    if (s->line == 0)
        emitter->text = strdup(s->name);
    return s->line == 0 && !emitter->text ? ERR_NOMEM : ERR_OK;
}

static enum err settle_sources(struct config *c, struct config_faults *faults)
{
    enum err e = ERR_OK;
    if (c->source_count == 0)
        default_sources(c);
    for (size_t k = 0; k < c->source_count && !e; k++) {
        struct config_source *s = &c->sources[k];
        char section[sizeof(source_prefix) + SOURCE_NAME_MAX];
        snprintf(section, sizeof(section), "%s%s", source_prefix, s->name);
        e = source_fallback(c, s);
        for (size_t i = 0; i < SOURCE_SETTINGS && !e; i++)
            e = settle_value(c, &source_settings[i], &s->values[i], section, faults);
    }
    return e;
}

static void judge_source(const struct config *c, size_t k, struct config_faults *faults)
{
    const struct config_source *s = &c->sources[k];
    char section[sizeof(source_prefix) + SOURCE_NAME_MAX];
    snprintf(section, sizeof(section), "%s%s", source_prefix, s->name);
    for (size_t i = 0; i < k; i++)
        if (strcmp(source_text(s, SOURCE_folder), source_text(&c->sources[i], SOURCE_folder)) == 0)
            fault_key(faults, CONFIG_SOURCE_FOLDER, s->values[SOURCE_folder].line, section, "folder", "");
    if (source_number(s, SOURCE_complete) == COMPLETE_SIDECAR && source_text(s, SOURCE_suffix)[0] != '.')
        fault_key(faults, CONFIG_EMPTY_SUFFIX, s->values[SOURCE_suffix].line, section, "suffix", "");
}

static void judge_sources(const struct config *c, struct config_faults *faults)
{
    for (size_t k = 0; k < c->source_count; k++)
        judge_source(c, k, faults);
}

static int by_line(const void *a, const void *b)
{
    const struct config_fault *x = a, *y = b;
    return (x->line > y->line) - (x->line < y->line);
}

static enum err read_all(FILE *file, struct config *c, struct config_faults *faults)
{
    struct reading r = {.file = file, .config = c, .faults = faults};
    if (ini_parse_stream(read_line, &r, take_value, &r) == -2)
        r.err = ERR_NOMEM;
    settle(&r);
    if (!r.err && ferror(file))
        r.err = ERR_IO;
    for (size_t i = 0; i < SETTING_COUNT && !r.err; i++)
        r.err = settle_value(c, &settings[i], &c->values[i], settings[i].section, faults);
    if (!r.err)
        r.err = settle_sources(c, faults);
    if (r.err)
        return r.err;
    judge_together(c, faults);
    judge_sources(c, faults);
    qsort(faults->list, faults->count < CONFIG_FAULTS_MAX ? faults->count : CONFIG_FAULTS_MAX, sizeof(faults->list[0]), by_line);
    return faults->count ? ERR_CONFIG : ERR_OK;
}

static enum err open_file(const char *path, struct config *c, struct config_faults *faults, FILE **file)
{
    c->file = realpath(path, NULL);
    if (!c->file)
        return err_from_errno(errno);
    c->folder = strndup(c->file, (size_t)(strrchr(c->file, '/') - c->file));
    if (!c->folder)
        return ERR_NOMEM;
    int fd = open(c->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return err_from_errno(errno);
    struct stat st;
    if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode)) {
        fd_close(&fd);
        return ERR_NOFILE;
    }
    if (st.st_mode & (S_IWGRP | S_IWOTH))
        fault(faults, CONFIG_OPEN_TO_OTHERS, 0, "", "");
    *file = fdopen(fd, "r");
    if (!*file)
        fd_close(&fd);
    return *file ? ERR_OK : ERR_NOMEM;
}

enum err config_load(const char *path, struct config **ret, struct config_faults *faults)
{
    FILE *file = NULL;
    *ret = NULL;
    faults->count = 0;
    struct config *c = calloc(1, sizeof(*c));
    if (!c)
        return ERR_NOMEM;
    enum err e = open_file(path, c, faults, &file);
    if (!e)
        e = read_all(file, c, faults);
    if (file)
        fclose(file);
    if (e && e != ERR_CONFIG)
        c = config_free(c);
    *ret = c;
    return e;
}

struct config *config_free(struct config *c)
{
    if (!c)
        return NULL;
    for (size_t i = 0; i < SETTING_COUNT; i++)
        free(c->values[i].text);
    for (size_t k = 0; k < c->source_count; k++)
        for (size_t i = 0; i < SOURCE_SETTINGS; i++)
            free(c->sources[k].values[i].text);
    free(c->file);
    free(c->folder);
    free(c);
    return NULL;
}

struct keep_rule config_keep_rule(const struct config *c)
{
    struct keep_rule rule = {.profile = PROFILE_ACCOMPAGNEMENT, .extra = config_text(c, SETTING_collection_keep)};
    profile_by_name(config_text(c, SETTING_collection_profile), &rule.profile);
    rule.nir = strcmp(config_text(c, SETTING_collection_nir), "sealed") == 0;
    return rule;
}
