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
#include "flux/intake/config.def"
#undef SETTING
};

/* inih cuts lines silently at its buffer of 200 bytes, line end included. Source: ux 3. */
enum { LINE_MAX_BYTES = 190 };

struct reading {
    FILE *file;
    struct config *config;
    struct config_faults *faults;
    unsigned line;
    bool owed;   /* the line read last should give a key */
    bool broken; /* the section could not be read: its keys cannot be judged */
    enum setting_id last;
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

static void fault_setting(struct config_faults *faults, enum config_fault_kind kind, unsigned line, const struct setting *s,
                          const char *near)
{
    char subject[128];
    snprintf(subject, sizeof(subject), "[%s] %s", s->section, s->key);
    fault(faults, kind, line, subject, near);
}

static bool section_known(const char *section)
{
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
    char subject[128];
    snprintf(subject, sizeof(subject), "[%s] %s", section, key);
    fault(r->faults, CONFIG_UNKNOWN_KEY, r->line, subject, n.best ? n.best : "");
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
    if (!section_known(name))
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

static enum setting_id setting_find(const char *section, const char *key)
{
    size_t i = 0;
    while (i < SETTING_COUNT && (strcmp(settings[i].section, section) != 0 || strcmp(settings[i].key, key) != 0))
        i++;
    return (enum setting_id)i;
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

static int take_value(void *user, const char *section, const char *key, const char *text)
{
    struct reading *r = user;
    r->owed = false;
    if (r->broken)
        return 1;
    enum setting_id id = setting_find(section, key);
    if (id == SETTING_COUNT) {
        if (section_known(section))
            unknown_key(r, section, key);
        else if (section[0] == '\0')
            fault(r->faults, CONFIG_UNKNOWN_SECTION, r->line, key, "");
        return 1;
    }
    struct config_value *v = &r->config->values[id];
    if (v->text && settings[id].type == SETTING_TYPE_KEEP && r->last == id) {
        if (extend(v, text))
            r->err = ERR_NOMEM;
        return 1;
    }
    r->last = id;
    if (v->text) {
        fault_setting(r->faults, CONFIG_REPEATED, r->line, &settings[id], "");
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

static enum err settle_value(struct config *c, enum setting_id id, struct config_faults *faults)
{
    const struct setting *s = &settings[id];
    struct config_value *v = &c->values[id];
    char near[64] = "";
    if (v->text) {
        enum config_fault_kind kind = setting_judge(s, v->text, &v->number, near, sizeof(near));
        if (kind != CONFIG_FAULT_KINDS) {
            fault_setting(faults, kind, v->line, s, near);
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

static int by_line(const void *a, const void *b)
{
    const struct config_fault *x = a, *y = b;
    return (x->line > y->line) - (x->line < y->line);
}

static enum err read_all(FILE *file, struct config *c, struct config_faults *faults)
{
    struct reading r = {.file = file, .config = c, .faults = faults, .last = SETTING_COUNT};
    if (ini_parse_stream(read_line, &r, take_value, &r) == -2)
        r.err = ERR_NOMEM;
    settle(&r);
    if (!r.err && ferror(file))
        r.err = ERR_IO;
    for (size_t i = 0; i < SETTING_COUNT && !r.err; i++)
        r.err = settle_value(c, (enum setting_id)i, faults);
    if (r.err)
        return r.err;
    judge_together(c, faults);
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
