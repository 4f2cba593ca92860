#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/fallback.h"
#include "cli/finding_view.h"
#include "cli/flux_view.h"
#include "cli/instance.h"
#include "cli/json.h"
#include "cli/render.h"
#include "cli/text.h"
#include "flux/intake/config.h"

struct checking {
    struct cli *cli;
    const char *file;
    json_t *list;
    bool turned_away;
    int failed; /* exit code of a work that could not be done, 0 as long as all went */
};

/* What an import would say of the file, as far as it can be known without an instance. */
static enum flux_verdict verdict_of(const struct check_report *r)
{
    enum cost dearest = r->readable ? COST_WARNING : COST_REFUSED;
    for (size_t i = 0; i < r->cause_count; i++)
        if (r->causes[i].cost < dearest)
            dearest = r->causes[i].cost;
    return dearest == COST_REFUSED ? VERDICT_REFUSED : dearest == COST_HELD ? VERDICT_HELD : VERDICT_APPLIED;
}

static json_t *cause_json(const struct check_cause *c)
{
    const struct finding_rule *rule = finding_rule(c->code);
    json_t *object = json_object();
    put_text(object, "code", rule->name);
    put_text(object, "cost", cost_name(c->cost));
    put_int(object, "count", (int64_t)c->count);
    put_int(object, "households", (int64_t)c->households);
    put_int(object, "first_line", c->first_line);
    put_text(object, "path", c->path);
    put_text(object, "message", _(rule->sentence));
    put_text(object, "advice", _(rule->advice));
    return object;
}

static json_t *census_json(const struct msg_census *c)
{
    char path[CENSUS_NAME_MAX];
    json_t *object = json_object();
    if (c->node == NODE_NONE)
        snprintf(path, sizeof(path), "%s", c->path);
    else
        schema_path(&schema_vrsb0801, c->node, path, sizeof(path));
    put_text(object, "path", path);
    put_bool(object, "known", c->node != NODE_NONE);
    put_int(object, "count", (int64_t)c->count);
    put_int(object, "first_line", c->first_line);
    if (c->node == NODE_NONE) {
        const struct finding_rule *rule = finding_rule(V_UNKNOWN);
        put_text(object, "code", rule->name);
        put_text(object, "message", _(rule->sentence));
        put_text(object, "advice", _(rule->advice));
    }
    return object;
}

static json_t *code_json(const struct msg_census *c)
{
    char path[FINDING_PATH_MAX];
    json_t *object = json_object();
    schema_path(&schema_vrsb0801, c->node, path, sizeof(path));
    put_text(object, "path", path);
    put_text(object, "code", c->path);
    put_int(object, "count", (int64_t)c->count);
    put_int(object, "first_line", c->first_line);
    return object;
}

static void put_census(const struct checking *c, json_t *object, const struct check_report *r)
{
    json_t *elements = json_array(), *codes = json_array();
    for (size_t i = 0; i < r->census_count; i++) {
        enum census_kind kind = census_kind(&r->census[i]);
        if (kind == CENSUS_CODE)
            json_array_append_new(codes, code_json(&r->census[i]));
        else if (kind == CENSUS_ELEMENT || c->cli->opt[OPTION_CENSUS])
            json_array_append_new(elements, census_json(&r->census[i]));
    }
    put_json(object, "census", elements);
    put_json(object, "codes", codes);
}

static void put_identity(json_t *object, const struct check_report *r)
{
    struct header_view v;
    struct span header = {r->header.data, r->header.len};
    header_view(header, &v);
    put_text(object, "format", header_format(header));
    put_text(object, "encoding", r->encoding);
    put_text(object, "APPLIEME", v.applieme);
    put_text(object, "TYPEFLUX", v.typeflux);
    put_text(object, "NATFLUX", v.natflux);
    put_text(object, "DTCREAFLUX", v.dtcreaflux);
    put_text(object, "HEUCREAFLUX", v.heucreaflux);
    put_text(object, "DTREF", v.dtref);
    if (r->readable && !all_zero(r->end.sha256, 32))
        put_hex(object, "sha256", r->end.sha256, 32);
    else
        put_null(object, "sha256");
}

static json_t *report_json(const struct checking *c, const struct check_report *r)
{
    json_t *object = json_object(), *causes = json_array();
    int64_t announced = r->readable ? judge_announced(&r->end) : -1;
    enum flux_verdict verdict = verdict_of(r);
    put_int(object, "schema", 1);
    put_text(object, "file", c->file);
    if (r->member[0])
        put_text(object, "member", r->member);
    else
        put_null(object, "member");
    put_text(object, "verdict", verdict == VERDICT_APPLIED ? "usable" : verdict_name(verdict));
    put_identity(object, r);
    put_json(object, "announced", announced >= 0 ? json_integer(announced) : json_null());
    put_int(object, "read", (int64_t)r->end.read);
    put_int(object, "accepted", (int64_t)r->end.accepted);
    put_int(object, "rejected", (int64_t)r->end.rejected);
    put_int(object, "warnings", (int64_t)r->warnings);
    put_text(object, "detail", r->detail);
    for (size_t i = 0; i < r->cause_count; i++)
        json_array_append_new(causes, cause_json(&r->causes[i]));
    put_json(object, "causes", causes);
    put_census(c, object, r);
    return object;
}

static void totals_text(struct output *o, const struct check_report *r)
{
    char a[TEXT_SHORT], b[TEXT_SHORT], c[TEXT_SHORT], d[TEXT_SHORT], day[TEXT_SHORT], reference[TEXT_SHORT];
    struct header_view v;
    struct span header = {r->header.data, r->header.len};
    int64_t announced = r->readable ? judge_announced(&r->end) : -1;
    header_view(header, &v);
    if (header.len)
        fieldf(o, _("What"), _("%s %s, reference %s, created %s %.5s by %s %s"), header_format(header),
               typeflux_label(v.typeflux)[0] ? typeflux_label(v.typeflux) : v.typeflux, text_date(v.dtref, reference),
               text_date(v.dtcreaflux, day), v.heucreaflux, v.applieme, v.version);
    if (header.len)
        fieldf(o, _("Codes"), "TYPEFLUX %s, NATFLUX %s", v.typeflux, v.natflux);
    field(o, _("Encoding"), r->encoding);
    fieldf(o, _("Households"), _("%s announced, %s read, %s accepted, %s rejected"),
           announced >= 0 ? text_number((uint64_t)announced, a) : "?", text_number(r->end.read, b), text_number(r->end.accepted, c),
           text_number(r->end.rejected, d));
    if (r->warnings)
        field(o, _("Warnings"), text_number(r->warnings, a));
    field(o, _("Detail"), r->detail);
}

static void cause_text(struct output *o, const struct check_cause *c)
{
    char count[TEXT_SHORT], households[TEXT_SHORT];
    const struct finding_rule *rule = finding_rule(c->code);
    enum colour colour = c->cost <= COST_HOUSEHOLD ? RED : c->cost == COST_FIELD ? YELLOW : PLAIN;
    fprintf(o->file, "\n  %s%s%s  %s", paint(o, colour), rule->name, paint(o, PLAIN), cost_label(c->cost));
    if (c->cost > COST_HELD) {
        fprintf(o->file, ", ");
        fprintf(o->file, ngettext("%s time", "%s times", c->count), text_number(c->count, count));
        fprintf(o->file, ", ");
        fprintf(o->file, ngettext("%s household", "%s households", c->households), text_number(c->households, households));
    }
    fputc('\n', o->file);
    field(o, _("Why"), _(rule->sentence));
    field(o, _("Where"), c->path);
    if (c->first_line)
        fieldf(o, _("First line"), "%u", (unsigned)c->first_line);
    field(o, _("What to do"), _(rule->advice));
}

static enum err census_text(const struct checking *c, const struct check_report *r)
{
    static const struct column columns[] = {{N_("COUNT"), true, false}, {N_("FIRST LINE"), true, false}, {N_("ELEMENT"), false, true}};
    char count[TEXT_SHORT], line[TEXT_SHORT], path[CENSUS_NAME_MAX];
    struct output *o = &c->cli->out;
    bool every = c->cli->opt[OPTION_CENSUS] != NULL;
    if (r->census_count == 0 || (!every && r->census[0].node != NODE_NONE))
        return ERR_OK;
    fprintf(o->file, "\n");
    heading(o, every ? _("Elements") : _("Elements that the schema does not know, set aside"));
    if (r->census[0].node == NODE_NONE)
        fprintf(o->file, "%s%s %s\n", finding_rule(V_UNKNOWN)->name, _(":"), _(finding_rule(V_UNKNOWN)->advice));
    struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < r->census_count; i++) {
        const struct msg_census *m = &r->census[i];
        if (census_kind(m) == CENSUS_CODE || (!every && m->node != NODE_NONE))
            continue;
        snprintf(path, sizeof(path), "%s", m->path);
        if (m->node != NODE_NONE)
            schema_path(&schema_vrsb0801, m->node, path, sizeof(path));
        snprintf(line, sizeof(line), "%u", (unsigned)m->first_line);
        const char *cells[] = {text_number(m->count, count), m->first_line ? line : "", path};
        table_row(t, cells);
    }
    return table_end(t, o, "");
}

static enum err codes_text(const struct checking *c, const struct check_report *r)
{
    static const struct column columns[] = {
        {N_("COUNT"), true, false}, {N_("FIRST LINE"), true, false}, {N_("CODE"), false, false}, {N_("FIELD"), false, true}};
    char count[TEXT_SHORT], line[TEXT_SHORT], path[FINDING_PATH_MAX];
    struct output *o = &c->cli->out;
    struct table *t = NULL;
    for (size_t i = 0; i < r->census_count; i++) {
        const struct msg_census *m = &r->census[i];
        if (census_kind(m) != CENSUS_CODE)
            continue;
        if (!t) {
            fprintf(o->file, "\n");
            heading(o, _("Codes that are in no list"));
            t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
        }
        schema_path(&schema_vrsb0801, m->node, path, sizeof(path));
        snprintf(line, sizeof(line), "%u", (unsigned)m->first_line);
        const char *cells[] = {text_number(m->count, count), m->first_line ? line : "", m->path, path};
        table_row(t, cells);
    }
    return t ? table_end(t, o, "") : ERR_OK;
}

static void report_text(struct checking *c, const struct check_report *r)
{
    struct output *o = &c->cli->out;
    enum flux_verdict verdict = verdict_of(r);
    const char *label = verdict == VERDICT_APPLIED ? _("USABLE") : verdict_label(verdict);
    fprintf(o->file, "%s%s%s  ", paint(o, verdict_colour(verdict)), label, paint(o, PLAIN));
    put_clean(o->file, c->file);
    fprintf(o->file, "%s", r->member[0] ? "  " : "");
    put_clean(o->file, r->member);
    fputc('\n', o->file);
    totals_text(o, r);
    for (size_t i = 0; i < r->cause_count; i++)
        cause_text(o, &r->causes[i]);
    enum err e = census_text(c, r);
    if (!e)
        e = codes_text(c, r);
    if (r->cause_count == 0)
        fprintf(o->file, "  %s\n", _("no fault was found"));
    fputc('\n', o->file);
    if (e)
        c->failed = failure(e, NULL);
}

static void take_report(void *ctx, const struct check_report *r)
{
    struct checking *c = ctx;
    c->turned_away |= verdict_of(r) != VERDICT_APPLIED;
    if (c->list)
        json_array_append_new(c->list, report_json(c, r));
    else
        report_text(c, r);
}

static int read_rule(const struct cli *cli, struct keep_rule *rule)
{
    int64_t number;
    char near[64];
    struct setting profile = {.type = SETTING_TYPE_PROFILE}, keep = {.type = SETTING_TYPE_KEEP};
    *rule = (struct keep_rule){.profile = PROFILE_ACCOMPAGNEMENT, .extra = ""};
    if (cli->opt[OPTION_PROFILE]) {
        if (setting_judge(&profile, cli->opt[OPTION_PROFILE], &number, near, sizeof(near)) != CONFIG_FAULT_KINDS)
            return usage_error(_("--profile: one of monjob62, accompagnement, gestion is expected"));
        profile_by_name(cli->opt[OPTION_PROFILE], &rule->profile);
    }
    if (cli->opt[OPTION_KEEP]) {
        enum config_fault_kind kind = setting_judge(&keep, cli->opt[OPTION_KEEP], &number, near, sizeof(near));
        if (kind == CONFIG_KEEP_UNKNOWN)
            return usage_error(_("--keep: \"%s\" is neither a data class nor an official field name"), near);
        if (kind != CONFIG_FAULT_KINDS)
            return usage_error("--keep: %s", _(config_fault_text(kind)));
        rule->extra = cli->opt[OPTION_KEEP];
    }
    return 0;
}

static int read_limits(const struct cli *cli, struct check_options *o)
{
    o->stall_seconds = limit_default(SETTING_import_stall_seconds);
    o->reject_share = limit_default(SETTING_import_max_reject_share);
    return limit_member_gib(cli, &o->member_gib);
}

static void check_one(struct checking *c, const struct check_options *o, const char *path, bool *missing)
{
    c->file = path;
    int code = cli_look_at_file(path);
    if (code == err_exit_code(ERR_NOFILE))
        *missing = true;
    else if (code)
        c->failed = code;
    if (code)
        return;
    enum err e = check_file(o, path, take_report, c);
    if (e)
        c->failed = failure(e, path);
}

int cmd_check(struct cli *cli)
{
    struct checking c = {.cli = cli};
    struct check_options o = {0};
    char parser[PATH_MAX];
    bool missing = false;
    int code = read_rule(cli, &o.keep_rule);
    if (!code)
        code = read_limits(cli, &o);
    if (code)
        return code;
    c.list = cli_json(cli) ? json_array() : NULL;
    o.parser = instance_parser(cli, parser, sizeof(parser));
    for (size_t i = 0; i < cli->arg_count && !*cli->stop; i++)
        check_one(&c, &o, cli->args[i], &missing);
    if (c.list)
        json_end(c.list, &cli->out);
    if (*cli->stop)
        return err_exit_code(ERR_STOPPED);
    if (c.failed)
        return c.failed;
    return missing ? err_exit_code(ERR_NOFILE) : c.turned_away ? err_exit_code(ERR_BAD) : 0;
}
