#include <stdlib.h>
#include <string.h>

#include "flux/intake/config_inner.h"

static const char prefix[] = "source.";
static const char *const defaults[] = {"caf", "msa", "pe"};

const char *source_named(const char *section)
{
    return strncmp(section, prefix, sizeof(prefix) - 1) == 0 ? section + sizeof(prefix) - 1 : NULL;
}

bool source_name_right(const char *name)
{
    size_t len = strlen(name);
    return len > 0 && len < SOURCE_NAME_MAX && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

struct config_source *source_find(struct config *c, const char *name)
{
    for (size_t i = 0; i < c->source_count; i++)
        if (strcmp(c->sources[i].name, name) == 0)
            return &c->sources[i];
    return NULL;
}

const struct config_source *config_source(const struct config *c, const char *name) { return source_find((struct config *)c, name); }

static void section_of(const struct config_source *s, char section[SOURCE_SECTION_MAX])
{
    snprintf(section, SOURCE_SECTION_MAX, "%s%s", prefix, s->name);
}

static void default_sources(struct config *c)
{
    for (; c->source_count < sizeof(defaults) / sizeof(defaults[0]); c->source_count++)
        snprintf(c->sources[c->source_count].name, SOURCE_NAME_MAX, "%s", defaults[c->source_count]);
}

static enum err settle_source(const struct config *c, struct config_source *s, struct config_faults *faults)
{
    char section[SOURCE_SECTION_MAX], *folder = NULL;
    enum err e = ERR_OK;
    section_of(s, section);
    if (asprintf(&folder, "%s/%s", config_text(c, SETTING_instance_drop), s->name) < 0)
        return ERR_NOMEM;
    for (size_t i = 0; i < SOURCE_SETTINGS && !e; i++) {
        const char *fallback = source_settings[i].fallback;
        if (i == SOURCE_folder)
            fallback = folder;
        else if (i == SOURCE_emitter && s->line == 0)
            fallback = s->name;
        e = value_settle(c, &source_settings[i], &s->values[i], section, fallback, faults);
    }
    free(folder);
    return e;
}

enum err sources_settle(struct config *c, struct config_faults *faults)
{
    enum err e = ERR_OK;
    if (c->source_count == 0)
        default_sources(c);
    for (size_t k = 0; k < c->source_count && !e; k++)
        e = settle_source(c, &c->sources[k], faults);
    return e;
}

static void judge_source(const struct config *c, size_t k, struct config_faults *faults)
{
    const struct config_source *s = &c->sources[k];
    const struct config_value *folder = &s->values[SOURCE_folder], *suffix = &s->values[SOURCE_suffix];
    char section[SOURCE_SECTION_MAX];
    bool shared = false;
    section_of(s, section);
    for (size_t i = 0; i < k; i++)
        shared |= strcmp(folder->text, source_text(&c->sources[i], SOURCE_folder)) == 0;
    if (shared && !folder->wrong)
        fault_key(faults, CONFIG_SOURCE_FOLDER, folder->line ? folder->line : s->line, section, &source_settings[SOURCE_folder], "");
    if (source_number(s, SOURCE_complete) == COMPLETE_SIDECAR && (suffix->text[0] != '.' || strchr(suffix->text, '/')))
        fault_key(faults, CONFIG_EMPTY_SUFFIX, suffix->line, section, &source_settings[SOURCE_suffix], "");
}

void sources_judge(const struct config *c, struct config_faults *faults)
{
    for (size_t k = 0; k < c->source_count; k++)
        judge_source(c, k, faults);
}
