#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/doctor.h"
#include "cli/json.h"
#include "cli/render.h"
#include "cli/text.h"
#include "flux/base/grow.h"
#include "flux/base/wipe.h"

enum group { GROUP_CONFIG, GROUP_STORE };

struct look {
    const char *name, *what;
    enum group group;
    void (*run)(struct doctor *d);
};

static const struct look looks[DOCTOR_LOOKS] = {
#define LOOK(name, group, what) {#name, what, GROUP_##group, doctor_##name},
#include "cli/doctor.def"
#undef LOOK
};

static const char *state_word(enum doctor_state s)
{
    static const char *const words[DOCTOR_STATES] = {"ok", "warning", "fault"};
    return words[s];
}

static const char *state_label(enum doctor_state s)
{
    const char *labels[DOCTOR_STATES] = {_("ok"), _("WARNING"), _("FAULT")};
    return labels[s];
}

static struct doctor_line *room(struct doctor *d)
{
    struct doctor_line *lines = grow(d->lines, d->count, &d->cap, sizeof(*lines), 32);
    if (!lines)
        return NULL;
    d->lines = lines;
    return &d->lines[d->count];
}

void doctor_say(struct doctor *d, enum doctor_look look, enum doctor_state state, const char *advice, const char *format, ...)
{
    char *found = NULL;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&found, format, args);
    va_end(args);
    struct doctor_line *line = n < 0 ? NULL : room(d);
    char *copy = line ? strdup(advice) : NULL;
    if (!copy) {
        free(n < 0 ? NULL : found);
        d->err = ERR_NOMEM;
        return;
    }
    *line = (struct doctor_line){look, state, found, copy};
    d->count++;
}

/* ---- what is looked at ---- */

static void read_config(struct doctor *d)
{
    d->path = instance_config_path(d->cli);
    d->config_err = config_load(d->path, &d->cli->config, &d->faults);
    if (d->cli->config)
        i18n_choose(config_text(d->cli->config, SETTING_instance_langue));
}

static void open_journal(struct doctor *d)
{
    uint8_t key[32];
    store_journal_key(d->instance.store, key);
    d->journal_err = journal_open(config_text(d->cli->config, SETTING_instance_journal), key, &d->instance.journal);
    wipe(key, sizeof(key));
}

static void open_store(struct doctor *d)
{
    if (!d->cli->config)
        return;
    struct store_place place = instance_place(d->cli->config);
    struct instance *i = &d->instance;
    d->store_err = store_open(&place, false, "doctor", NULL, NULL, &i->store);
    if (d->store_err)
        return;
    d->store_err = store_read(i->store, &i->txn);
    open_journal(d);
}

static bool starts_programs(enum doctor_look k) { return k == DOCTOR_parser || k == DOCTOR_versions; }

/* Nothing is started while the store is open. */
static void look_at_all(struct doctor *d)
{
    for (enum doctor_look k = 0; k < DOCTOR_LOOKS; k++)
        if (k == DOCTOR_configuration || starts_programs(k))
            looks[k].run(d);
    open_store(d);
    for (enum doctor_look k = 0; k < DOCTOR_LOOKS; k++)
        if (k != DOCTOR_configuration && !starts_programs(k))
            looks[k].run(d);
}

/* ---- what is told ---- */

static void line_text(const struct doctor_line *l, struct output *o)
{
    enum { STATE = 10 };
    static const enum colour colours[DOCTOR_STATES] = {GREEN, YELLOW, RED};
    const char *label = state_label(l->state);
    size_t width = text_width(label);
    char *found = NULL;
    int n = asprintf(&found, "%s%s %s", _(looks[l->look].what), _(":"), l->found);
    fprintf(o->file, "%s%s%s%*s", paint(o, colours[l->state]), label, paint(o, PLAIN), width < STATE ? (int)(STATE - width) : 1, "");
    put_wrapped_clean(o->file, o->width, n < 0 ? l->found : found, STATE);
    fputc('\n', o->file);
    if (l->advice[0]) {
        fprintf(o->file, "%*s", STATE, "");
        put_wrapped_clean(o->file, o->width, l->advice, STATE);
        fputc('\n', o->file);
    }
    free(n < 0 ? NULL : found);
}

/* One line each, and one more where something is to be done. */
static void lines_text(const struct doctor *d, struct output *o)
{
    for (size_t i = 0; i < d->count; i++)
        line_text(&d->lines[i], o);
}

static enum doctor_state worst(const struct doctor *d)
{
    enum doctor_state w = DOCTOR_OK;
    for (size_t i = 0; i < d->count; i++)
        w = d->lines[i].state > w ? d->lines[i].state : w;
    return w;
}

static enum err lines_json(const struct doctor *d, struct output *o)
{
    json_t *object = json_object(), *list = json_array();
    put_int(object, "schema", 1);
    put_text(object, "state", state_word(worst(d)));
    put_text(object, "config", d->path);
    for (size_t i = 0; i < d->count; i++) {
        const struct doctor_line *l = &d->lines[i];
        json_t *line = json_object();
        put_text(line, "check", looks[l->look].name);
        put_text(line, "state", state_word(l->state));
        put_text(line, "found", l->found);
        put_text(line, "advice", l->advice);
        json_array_append_new(list, line);
    }
    put_json(object, "checks", list);
    return json_end(object, o);
}

/* A configuration that cannot be read opens no store. */
static int exit_code(const struct doctor *d)
{
    bool config = false, store = false;
    for (size_t i = 0; i < d->count; i++)
        if (d->lines[i].state == DOCTOR_FAULT)
            *(looks[d->lines[i].look].group == GROUP_STORE ? &store : &config) = true;
    if (store && d->cli->config)
        return err_exit_code(ERR_STORE);
    return config ? err_exit_code(ERR_CONFIG) : 0;
}

static void forget(struct doctor *d)
{
    instance_close(&d->instance);
    for (size_t i = 0; i < d->count; i++) {
        free(d->lines[i].found);
        free(d->lines[i].advice);
    }
    free(d->lines);
    free(d);
}

int cmd_doctor(struct cli *cli)
{
    struct doctor *d = calloc(1, sizeof(*d));
    if (!d)
        return failure(ERR_NOMEM, NULL);
    d->cli = cli;
    d->now = (int64_t)time(NULL);
    read_config(d);
    look_at_all(d);
    enum err e = d->err;
    if (!e && cli_json(cli))
        e = lines_json(d, &cli->out);
    else if (!e)
        lines_text(d, &cli->out);
    int code = e ? failure(e, NULL) : exit_code(d);
    forget(d);
    return code;
}
