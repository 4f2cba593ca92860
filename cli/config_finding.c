#include "cli/config_finding.h"

#include "cli/instance.h"
#include "cli/json.h"
#include "flux/intake/config_fault.h"

struct origin origin_setting(const struct config *c, enum setting_id id)
{
    struct origin o = {.value = &c->values[id]};
    snprintf(o.subject, sizeof(o.subject), "[%s] %s", settings[id].section, settings[id].key);
    return o;
}

struct origin origin_source(const struct config_source *s, enum source_setting_id id)
{
    struct origin o = {.value = &s->values[id]};
    snprintf(o.subject, sizeof(o.subject), "[source.%s] %s", s->name, source_settings[id].key);
    return o;
}

struct origin origin_machine(const char *part)
{
    struct origin o = {.value = NULL};
    snprintf(o.subject, sizeof(o.subject), "%s", part);
    return o;
}

static void collect(json_t *list, unsigned line, const char *origin, const char *subject, const char *path, const char *message)
{
    json_t *object = json_object();
    put_json(object, "line", line ? json_integer(line) : json_null());
    put_text(object, "origin", origin);
    put_text(object, "subject", subject);
    put_json(object, "path", path ? json_clean(path) : json_null());
    put_text(object, "message", message);
    json_array_append_new(list, object);
}

/* "FILE:12: [section] key", "FILE: [section] key (default)", or the part of the machine. */
static void put_place(const struct config *c, const struct origin *o, char *out, size_t size)
{
    if (!o->value)
        snprintf(out, size, "%s", o->subject);
    else if (o->value->line)
        snprintf(out, size, "%s:%u%s%s", c->file, o->value->line, _(": "), o->subject);
    else
        snprintf(out, size, "%s%s%s (%s)", c->file, _(": "), o->subject, _("default"));
}

void finding_add(struct findings *f, enum gravity gravity, const struct origin *origin, const char *path, const char *message)
{
    char place[INSTANCE_FAULT_MAX];
    ++*(gravity == FAULT ? &f->fault_count : &f->warning_count);
    if (f->faults) {
        unsigned line = origin->value ? origin->value->line : 0;
        collect(gravity == FAULT ? f->faults : f->warnings, line,
                !origin->value ? "machine"
                : line         ? "file"
                               : "default",
                origin->subject, path, message);
        return;
    }
    put_place(f->cli->config, origin, place, sizeof(place));
    say("%s%s%s%s%s%s", gravity == FAULT ? "" : _("warning: "), place, _(": "), path ? path : "", path ? _(": ") : "", message);
}

void finding_config(struct findings *f, const struct config_faults *faults)
{
    char sentence[FAULT_SENTENCE_MAX];
    f->fault_count += faults->count;
    if (!f->faults)
        instance_faults(f->cli->config->file, faults);
    for (size_t i = 0; f->faults && i < faults->count && i < CONFIG_FAULTS_MAX; i++)
        collect(f->faults, faults->list[i].line, "file", faults->list[i].subject, NULL, config_fault_sentence(&faults->list[i], sentence));
}
