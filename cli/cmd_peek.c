#include <limits.h>

#include "cli/cli.h"
#include "cli/fallback.h"
#include "cli/flux_view.h"
#include "cli/instance.h"
#include "cli/json.h"
#include "cli/render.h"
#include "cli/text.h"
#include "flux/intake/peek.h"

struct peeking {
    struct cli *cli;
    json_t *files; /* or a table */
    struct table *table;
    bool missing;
    int failed; /* exit code of a work that could not be done, 0 as long as all went */
};

static json_t *flux_of(const struct msg_scanned *m)
{
    struct header_view v;
    json_t *object = json_object();
    header_view(m->header, &v);
    put_or_null(object, "member", m->name);
    put_or_null(object, "code", finding_rule(m->finding.code)->name);
    put_or_null(object, "format", header_format(m->header));
    put_or_null(object, "APPLIEME", v.applieme);
    put_or_null(object, "TYPEFLUX", v.typeflux);
    put_or_null(object, "NATFLUX", v.natflux);
    put_or_null(object, "DTCREAFLUX", v.dtcreaflux);
    put_or_null(object, "HEUCREAFLUX", v.heucreaflux);
    put_or_null(object, "DTREF", v.dtref);
    return object;
}

/* Sorts as text the way imports must follow each other. */
static void order_of(const struct peek *p, char *out, size_t size)
{
    struct header_view v;
    out[0] = '\0';
    if (p->flux.count == 0 || p->flux.members[0].header.len == 0)
        return;
    header_view(p->flux.members[0].header, &v);
    if (v.dtcreaflux[0])
        snprintf(out, size, "%s%s%s %s", v.dtcreaflux, v.heucreaflux[0] ? "T" : "", v.heucreaflux, v.typeflux);
}

static json_t *file_json(const char *path, const struct peek *p, bool opened)
{
    char order[64];
    json_t *object = json_object(), *flux = json_array();
    order_of(p, order, sizeof(order));
    put_text(object, "file", path);
    put_bool(object, "readable", opened && p->code == FINDING_NONE);
    put_or_null(object, "code", finding_rule(p->code)->name);
    put_or_null(object, "order", order);
    for (size_t i = 0; i < p->flux.count; i++)
        json_array_append_new(flux, flux_of(&p->flux.members[i]));
    put_json(object, "flux", flux);
    return object;
}

static void flux_row(struct table *t, const char *path, const char *member, enum finding_code code, struct span header)
{
    struct header_view v;
    char created[TEXT_SHORT], reference[TEXT_SHORT], hour[8];
    header_view(header, &v);
    snprintf(hour, sizeof(hour), "%.5s", v.heucreaflux);
    const char *cells[] = {path,
                           member,
                           v.applieme,
                           typeflux_label(v.typeflux)[0] ? typeflux_label(v.typeflux) : v.typeflux,
                           text_date(v.dtcreaflux, created),
                           hour,
                           text_date(v.dtref, reference),
                           finding_rule(code)->name};
    table_row(t, cells);
}

static void file_rows(struct table *t, const char *path, const struct peek *p)
{
    if (p->flux.count == 0)
        flux_row(t, path, "", p->code, (struct span){0});
    for (size_t i = 0; i < p->flux.count; i++)
        flux_row(t, path, p->flux.members[i].name, p->flux.members[i].finding.code, p->flux.members[i].header);
}

static void tell(struct peeking *k, const char *path, const struct peek *p, bool opened)
{
    if (k->files)
        json_array_append_new(k->files, file_json(path, p, opened));
    else if (opened)
        file_rows(k->table, path, p);
}

/* A file that cannot be opened takes nothing from the others. */
static void peek_one(struct peeking *k, const struct peek_options *o, const char *path)
{
    struct peek p = {0};
    int code = cli_look_at_file(path);
    bool opened = code == 0;
    k->missing |= code == err_exit_code(ERR_NOFILE);
    if (code && code != err_exit_code(ERR_NOFILE))
        k->failed = code;
    enum err e = opened ? peek_file(o, path, &p) : ERR_OK;
    if (e)
        k->failed = failure(e, path);
    tell(k, path, &p, opened && !e);
    peek_free(&p);
}

static enum err finish(struct peeking *k)
{
    if (!k->files)
        return table_end(k->table, &k->cli->out, "");
    json_t *object = json_object();
    put_int(object, "schema", 1);
    put_json(object, "files", k->files);
    return json_end(object, &k->cli->out);
}

int cmd_flux_peek(struct cli *cli)
{
    static const struct column columns[] = {{N_("FILE"), false, true},       {N_("MEMBER"), false, false},  {N_("APPLIEME"), false, false},
                                            {N_("TYPE"), false, false},      {N_("CREATED"), false, false}, {N_("TIME"), false, false},
                                            {N_("REFERENCE"), false, false}, {N_("WHY"), false, false}};
    struct peeking k = {.cli = cli};
    struct peek_options o = {.stop = cli->stop, .stall_seconds = limit_default(SETTING_import_stall_seconds)};
    char parser[PATH_MAX];
    int code = limit_member_gib(cli, &o.member_gib);
    if (code)
        return code;
    o.parser = instance_parser(cli, parser, sizeof(parser));
    k.files = cli_json(cli) ? json_array() : NULL;
    k.table = k.files ? NULL : table_new(columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < cli->arg_count && !*cli->stop; i++)
        peek_one(&k, &o, cli->args[i]);
    enum err e = finish(&k);
    if (e)
        return failure(e, NULL);
    if (k.failed)
        return k.failed;
    return *cli->stop ? err_exit_code(ERR_STOPPED) : k.missing ? err_exit_code(ERR_NOFILE) : 0;
}
