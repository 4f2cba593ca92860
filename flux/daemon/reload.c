#include "flux/daemon/reload.h"

#include <stdio.h>
#include <string.h>

#include "flux/base/i18n.h"
#include "flux/daemon/daemon.h"
#include "flux/intake/config_fault.h"

static void swap(struct config_value *a, struct config_value *b)
{
    const struct config_value before = *a;
    *a = *b;
    *b = before;
}

struct taking {
    void (*later)(void *ctx, const char *setting);
    void *ctx;
};

static void take(const struct taking *t, const struct setting *s, const char *section, struct config_value *running,
                 struct config_value *next)
{
    char name[128];
    if (strcmp(running->text, next->text) == 0)
        return;
    if (s->reload) {
        swap(running, next);
        return;
    }
    snprintf(name, sizeof(name), "[%s] %s", section, s->key);
    t->later(t->ctx, name);
}

static void take_source(const struct taking *t, struct config_source *running, struct config_source *next)
{
    char section[SOURCE_NAME_MAX + 8];
    snprintf(section, sizeof(section), "source.%s", running->name);
    for (size_t i = 0; i < SOURCE_SETTINGS; i++)
        take(t, &source_settings[i], section, &running->values[i], &next->values[i]);
}

static void tell_lone(const struct taking *t, const struct config *of, const struct config *in)
{
    char section[SOURCE_NAME_MAX + 16];
    for (size_t i = 0; i < of->source_count; i++)
        if (!config_source(in, of->sources[i].name)) {
            snprintf(section, sizeof(section), "[source.%s]", of->sources[i].name);
            t->later(t->ctx, section);
        }
}

void reload_take(struct config *running, struct config *next, void (*later)(void *ctx, const char *setting), void *ctx)
{
    const struct taking t = {later, ctx};
    for (size_t i = 0; i < SETTING_COUNT; i++)
        take(&t, &settings[i], settings[i].section, &running->values[i], &next->values[i]);
    for (size_t i = 0; i < running->source_count; i++)
        for (size_t k = 0; k < next->source_count; k++)
            if (strcmp(running->sources[i].name, next->sources[k].name) == 0)
                take_source(&t, &running->sources[i], &next->sources[k]);
    tell_lone(&t, running, next);
    tell_lone(&t, next, running);
}

void config_tell(const struct log *log, const char *file, const struct config_faults *faults)
{
    char detail[FAULT_SENTENCE_MAX + 256], sentence[FAULT_SENTENCE_MAX];
    for (size_t i = 0; i < faults->count && i < CONFIG_FAULTS_MAX; i++) {
        const struct config_fault *f = &faults->list[i];
        char where[32] = "";
        config_fault_sentence(f, sentence);
        if (f->line)
            snprintf(where, sizeof(where), _("line %u: "), f->line);
        snprintf(detail, sizeof(detail), "%s%s%s%s", where, f->subject, f->subject[0] ? _(": ") : "", sentence);
        const struct about a = {.file = file, .detail = detail};
        log_event(log, EVENT_CONFIG_FAULT, &a);
    }
    snprintf(detail, sizeof(detail), _("and %zu more"), faults->count - CONFIG_FAULTS_MAX);
    const struct about more = {.file = file, .detail = detail};
    if (faults->count > CONFIG_FAULTS_MAX)
        log_event(log, EVENT_CONFIG_FAULT, &more);
}

static void told_later(void *ctx, const char *setting)
{
    const struct daemon *d = ctx;
    const struct about a = {.file = d->config_file, .detail = setting};
    daemon_tell(d, EVENT_RELOAD_LATER, &a);
}

static void take_folders(struct daemon *d)
{
    enum spool_state wrong;
    enum err e = spool_reopen(&d->spool, d->config, &wrong);
    if (!e)
        return;
    const struct about a = {.file = spool_folder(d->config, wrong), .detail = _(err_text(e))};
    daemon_tell(d, EVENT_SPOOL, &a);
}

/* They are worked until a restart, but an import does not find them. */
static void note_removed(struct daemon *d, const struct config *next)
{
    for (size_t i = 0; i < d->station_count; i++)
        d->stations[i].removed = !config_source(next, station_source(&d->stations[i])->name);
}

void daemon_reload(struct daemon *d)
{
    struct config *next = NULL;
    struct config_faults faults = {0};
    enum err e = config_load(d->config_file, &next, &faults);
    if (e) {
        const struct about a = {.file = d->config_file, .detail = _(err_text(e))};
        config_tell(&d->log, d->config_file, &faults);
        daemon_tell(d, EVENT_RELOAD_WRONG, &a);
    } else {
        const struct about a = {.file = d->config_file};
        reload_take(d->config, next, told_later, d);
        note_removed(d, next);
        take_folders(d);
        i18n_choose(config_text(d->config, SETTING_instance_langue));
        daemon_tell(d, EVENT_RELOADED, &a);
    }
    config_free(next);
}
