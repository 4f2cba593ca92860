#include "flux/intake/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flux/base/credential.h"
#include "flux/base/fdio.h"
#include "flux/intake/config_inner.h"

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

static const char *const fault_texts[CONFIG_FAULT_KINDS] = {
#define FAULT(name, sentence) [CONFIG_##name] = sentence,
#include "flux/intake/config_fault.def"
#undef FAULT
};

const char *config_fault_text(enum config_fault_kind kind) { return kind < CONFIG_FAULT_KINDS ? fault_texts[kind] : ""; }

void fault_add(struct config_faults *faults, enum config_fault_kind kind, unsigned line, const char *subject, const char *near,
               const struct setting *setting)
{
    if (faults->count++ >= CONFIG_FAULTS_MAX)
        return;
    struct config_fault *f = &faults->list[faults->count - 1];
    f->kind = kind;
    f->line = line;
    f->setting = setting;
    snprintf(f->subject, sizeof(f->subject), "%s", subject);
    snprintf(f->near, sizeof(f->near), "%s", near);
}

void fault_key(struct config_faults *faults, enum config_fault_kind kind, unsigned line, const char *section, const struct setting *setting,
               const char *near)
{
    char subject[128];
    snprintf(subject, sizeof(subject), "[%s] %s", section, setting->key);
    fault_add(faults, kind, line, subject, near, setting);
}

/* One path, one spelling, as far as the text alone says: no slash twice or at the end, no ".". Links may still hide behind "..". */
static void straighten(char *path)
{
    char *out = path;
    for (const char *in = path; *in;) {
        size_t n = strcspn(in + 1, "/");
        if (n > 0 && !(n == 1 && in[1] == '.')) {
            memmove(out, in, n + 1);
            out += n + 1;
        }
        in += n + 1;
    }
    if (out == path)
        *out++ = '/';
    *out = '\0';
}

static enum err make_absolute(const struct config *c, struct config_value *v)
{
    static const char credential[] = "credential:";
    char *path = NULL;
    if (v->text[0] == '/') {
        straighten(v->text);
        return ERR_OK;
    }
    if (strncmp(v->text, credential, sizeof(credential) - 1) == 0)
        path = credential_path(v->text + sizeof(credential) - 1);
    else if (asprintf(&path, "%s/%s", c->folder, v->text) < 0)
        path = NULL;
    if (!path)
        return ERR_NOMEM;
    if (path[0] == '/')
        straighten(path);
    free(v->text);
    v->text = path;
    return ERR_OK;
}

enum err value_settle(const struct config *c, const struct setting *s, struct config_value *v, const char *section, const char *fallback,
                      struct config_faults *faults)
{
    char near[64] = "";
    if (v->text) {
        enum config_fault_kind kind = setting_judge(s, v->text, &v->number, near, sizeof(near));
        v->wrong = kind != CONFIG_FAULT_KINDS;
        if (v->wrong) {
            fault_key(faults, kind, v->line, section, s, near);
            free(v->text);
            v->text = NULL;
        }
    }
    if (!v->text) {
        v->text = strdup(fallback);
        v->line = 0;
        if (!v->text)
            return ERR_NOMEM;
        setting_judge(s, v->text, &v->number, near, sizeof(near));
    }
    return s->type == SETTING_TYPE_PATH ? make_absolute(c, v) : ERR_OK;
}

static void judge_together(const struct config *c, struct config_faults *faults)
{
    const struct config_value *dep = &c->values[SETTING_instance_departement], *ref = &c->values[SETTING_collection_legal_ref];
    if (dep->text[0] == '\0' && !dep->wrong)
        fault_key(faults, CONFIG_MISSING, 0, "instance", &settings[SETTING_instance_departement], "");
    bool more = config_text(c, SETTING_collection_keep)[0] != '\0' || strcmp(config_text(c, SETTING_collection_nir), "sealed") == 0;
    if (more && ref->text[0] == '\0' && !ref->wrong)
        fault_key(faults, CONFIG_LEGAL_REF, ref->line, "collection", &settings[SETTING_collection_legal_ref], "");
}

static int by_line(const void *a, const void *b)
{
    const struct config_fault *x = a, *y = b;
    return (x->line > y->line) - (x->line < y->line);
}

static enum err read_all(FILE *file, struct config *c, struct config_faults *faults)
{
    enum err e = config_read(file, c, faults);
    for (size_t i = 0; i < SETTING_COUNT && !e; i++)
        e = value_settle(c, &settings[i], &c->values[i], settings[i].section, settings[i].fallback, faults);
    if (!e)
        e = sources_settle(c, faults);
    if (e)
        return e;
    judge_together(c, faults);
    sources_judge(c, faults);
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
        fault_add(faults, CONFIG_OPEN_TO_OTHERS, 0, "", "", NULL);
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
