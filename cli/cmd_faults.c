#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/finding_view.h"
#include "cli/instance.h"
#include "cli/json.h"
#include "cli/render.h"
#include "cli/sample_faults.h"
#include "flux/intake/nearest.h"
#include "samples/spoil.h"

/* ---- sample faults ---- */

static void place_of(enum fault f, char path[FINDING_PATH_MAX]) { schema_path(&schema_vrsb0801, fault_place(f), path, FINDING_PATH_MAX); }

static json_t *fault_json(enum fault f)
{
    char path[FINDING_PATH_MAX];
    const struct finding_rule *rule = finding_rule(fault_code(f));
    json_t *object = json_object();
    place_of(f, path);
    put_text(object, "fault", fault_name(f));
    put_text(object, "code", rule->name);
    put_text(object, "severity", cost_name(rule->cost));
    put_text(object, "path", path);
    put_bool(object, "file", fault_is_file(f));
    put_text(object, "message", _(rule->sentence));
    return object;
}

int cmd_sample_faults(struct cli *cli)
{
    static const struct column columns[] = {
        {N_("FAULT"), false, false}, {N_("CODE"), false, false}, {N_("WHERE"), false, false}, {N_("WHY"), false, true}};
    json_t *list = cli_json(cli) ? json_array() : NULL;
    instance_language(cli);
    struct table *t = list ? NULL : table_new(columns, sizeof(columns) / sizeof(columns[0]));
    for (int f = 0; f < FAULT_COUNT; f++) {
        const struct finding_rule *rule = finding_rule(fault_code((enum fault)f));
        char path[FINDING_PATH_MAX];
        place_of((enum fault)f, path);
        const char *cells[] = {fault_name((enum fault)f), rule->name, path, _(rule->sentence)};
        if (list)
            json_array_append_new(list, fault_json((enum fault)f));
        else
            table_row(t, cells);
    }
    enum err e = list ? json_end(list, &cli->out) : table_end(t, &cli->out, "");
    return e ? failure(e, NULL) : 0;
}

/* ---- sample generate --faults ---- */

/* 0, or an exit code after a message. */
static int want(const char *name, size_t len, struct spoil_options *o)
{
    char typed[64];
    struct nearest n;
    enum fault f = fault_by_name(name, len);
    if (f != FAULT_NONE) {
        o->wanted[f] = true;
        return 0;
    }
    snprintf(typed, sizeof(typed), "%.*s", (int)(len < sizeof(typed) ? len : sizeof(typed) - 1), name);
    nearest_init(&n, typed);
    for (int i = 0; i < FAULT_COUNT; i++)
        nearest_try(&n, fault_name((enum fault)i));
    if (n.best)
        return usage_error(_("--%s: \"%s\" is not known; did you mean \"%s\"?"), option_rows[OPTION_FAULTS].name, typed, n.best);
    return usage_error(_("--%s: \"%s\" is not known; see fluxrsa sample faults"), option_rows[OPTION_FAULTS].name, typed);
}

static int read_list(const char *list, const struct sample_options *sample, struct spoil_options *o)
{
    unsigned files = 0, all = 0;
    if (strcmp(list, "all") == 0) {
        for (int f = 0; f < FAULT_COUNT; f++)
            o->wanted[f] = !fault_is_file((enum fault)f) && fault_fits((enum fault)f, sample);
        return 0;
    }
    for (const char *at = list; *at || at == list;) {
        size_t len = strcspn(at, ",");
        int code = want(at, len, o);
        if (code)
            return code;
        at += len + (at[len] == ',');
    }
    for (int f = 0; f < FAULT_COUNT; f++) {
        files += o->wanted[f] && fault_is_file((enum fault)f);
        all += o->wanted[f];
    }
    return files && all > 1 ? usage_error(_("--faults: a fault of the whole file stands alone")) : 0;
}

static void take_found(void *ctx, const struct spoil_found *f)
{
    json_t *object = json_object();
    const struct finding_rule *rule = finding_rule(f->code);
    const struct node *n = &schema_vrsb0801.nodes[f->node];
    put_text(object, "fault", fault_name(f->fault));
    if (f->household)
        put_int(object, "household", (int64_t)f->household);
    else
        put_null(object, "household");
    if (f->numdemrsa[0])
        put_text(object, "NUMDEMRSA", f->numdemrsa);
    else
        put_null(object, "NUMDEMRSA");
    if (f->household)
        put_text(object, "verdict", f->rejected ? "rejected" : "accepted");
    else
        put_null(object, "verdict");
    put_text(object, "code", rule->name);
    put_text(object, "severity", cost_name(rule->cost));
    put_text(object, "profile", n->type == TYPE_BLOCK ? profile_name(PROFILE_MONJOB62) : profile_name((enum profile)n->profile));
    put_text(object, "path", f->path);
    put_int(object, "line", f->line);
    json_array_append_new(ctx, object);
}

static json_t *reasons_json(const struct spoil_options *o, const char **status)
{
    json_t *list = json_array();
    *status = "applied";
    for (int f = 0; f < FAULT_COUNT; f++) {
        const struct finding_rule *rule = finding_rule(fault_code((enum fault)f));
        if (!o->wanted[f] || !fault_is_file((enum fault)f))
            continue;
        *status = cost_name(rule->cost);
        json_array_append_new(list, json_string(rule->name));
    }
    return list;
}

/* Wanted, and no household was such that it could take it. */
static json_t *unplaced_json(const struct spoil *s)
{
    json_t *list = json_array();
    for (int f = 0; f < FAULT_COUNT; f++)
        if (fault_is_unplaced(s, (enum fault)f))
            json_array_append_new(list, json_string(fault_name((enum fault)f)));
    return list;
}

static enum err write_expected(const char *path, const struct spoil *s, json_t *findings)
{
    char name[PATH_MAX];
    const char *status;
    json_t *object = json_object(), *reasons = reasons_json(s->o, &status);
    put_int(object, "schema", 1);
    put_text(object, "status", status);
    put_json(object, "reasons", reasons);
    put_json(object, "findings", json_incref(findings));
    put_json(object, "unplaced", unplaced_json(s));
    int n = snprintf(name, sizeof(name), "%s.expected.json", path);
    int failed = n < 0 || (size_t)n >= sizeof(name) ? -1 : json_dump_file(object, name, JSON_INDENT(2));
    json_decref(object);
    return failed ? ERR_IO : ERR_OK;
}

static int say_unplaced(const struct spoil *s)
{
    for (int f = 0; f < FAULT_COUNT; f++)
        if (fault_is_unplaced(s, (enum fault)f))
            return usage_error(_("--faults: no household of this flux can hold \"%s\"; give more --households, or another kind of flux"),
                               fault_name((enum fault)f));
    return 0;
}

static int write_flux(const struct sample_options *o, struct spoil *s, FILE *file, const char *path)
{
    uint64_t written = 0;
    enum err e = sample_write_spoiled(o, s, file, &written);
    if (path && fclose(file) != 0 && !e)
        e = err_from_errno(errno);
    return e ? failure(e, path ? path : _("standard output")) : 0;
}

static FILE *open_flux(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!file && fd >= 0)
        close(fd);
    return file;
}

int sample_with_faults(const struct cli *cli, const struct sample_options *o, const char *path)
{
    json_t *findings = json_array();
    struct spoil_options options = {.found = take_found, .ctx = findings};
    struct spoil s;
    int code = read_list(cli->opt[OPTION_FAULTS], o, &options);
    FILE *file = code ? NULL : path ? open_flux(path) : cli->out.file;
    if (!code && !file)
        code = failure(err_from_errno(errno), path);
    if (!code) {
        spoil_start(&s, &options, o);
        code = write_flux(o, &s, file, path);
    }
    if (!code && path) {
        enum err e = write_expected(path, &s, findings);
        code = e ? failure(e, path) : 0;
    }
    json_decref(findings);
    return code ? code : say_unplaced(&s);
}
