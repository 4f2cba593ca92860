#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/finding_view.h"
#include "cli/instance.h"
#include "cli/json.h"
#include "cli/render.h"
#include "cli/text.h"
#include "flux/intake/nearest.h"
#include "flux/record/citation.h"

static json_t *sources_json(const char *text)
{
    json_t *list = json_array();
    for (const char *from = text; *from;) {
        const struct citation *s = citation_next(&from);
        if (!s)
            break;
        json_t *one = json_object();
        put_text(one, "name", s->name);
        put_text(one, "meaning", _(s->meaning));
        put_text(one, "where", s->where);
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *rule_json(const struct finding_rule *rule)
{
    json_t *object = json_object();
    put_text(object, "code", rule->name);
    put_text(object, "severity", cost_name(rule->cost));
    put_bool(object, "schema", rule->schema);
    put_text(object, "message", _(rule->sentence));
    put_text(object, "advice", _(rule->advice));
    put_text(object, "source", rule->source);
    return object;
}

static json_t *exit_json(const struct exit_row *row)
{
    json_t *object = json_object(), *failures = json_array();
    put_int(object, "exit", row->code);
    put_text(object, "message", _(row->meaning));
    for (int e = ERR_OK + 1; e < ERR_COUNT; e++)
        if (err_exit_code((enum err)e) == row->code)
            json_array_append_new(failures, json_string(_(err_text((enum err)e))));
    put_json(object, "failures", failures);
    return object;
}

static int list_json(struct cli *cli)
{
    json_t *list = json_array();
    for (int c = FINDING_NONE + 1; c < FINDING_COUNT; c++)
        json_array_append_new(list, rule_json(finding_rule((enum finding_code)c)));
    enum err e = json_end(list, &cli->out);
    return e ? failure(e, NULL) : 0;
}

/* In the order of the table, but each kind together: rows are only ever appended there. */
static void kind_rows(struct table *t, char kind)
{
    for (int c = FINDING_NONE + 1; c < FINDING_COUNT; c++) {
        const struct finding_rule *rule = finding_rule((enum finding_code)c);
        const char *cells[] = {rule->name, cost_label(rule->cost), _(rule->sentence)};
        if (rule->name[0] == kind)
            table_row(t, cells);
    }
}

int cmd_codes_list(struct cli *cli)
{
    static const struct column columns[] = {{N_("CODE"), false, false}, {N_("COST"), false, false}, {N_("WHY"), false, true}};
    instance_language(cli);
    if (cli_json(cli))
        return list_json(cli);
    struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    for (const char *kind = "FDV"; *kind; kind++)
        kind_rows(t, *kind);
    enum err e = table_end(t, &cli->out, "");
    if (!e)
        fprintf(cli->out.file, "\n%s\n", _("What to do about one: fluxrsa codes show CODE"));
    return e ? failure(e, NULL) : 0;
}

static int show_rule(struct cli *cli, const struct finding_rule *rule)
{
    struct output *o = &cli->out;
    if (cli_json(cli)) {
        json_t *object = rule_json(rule);
        put_json(object, "sources", sources_json(rule->source));
        enum err e = json_end(object, o);
        return e ? failure(e, NULL) : 0;
    }
    fprintf(o->file, "%s%s%s  %s\n", paint(o, rule->cost <= COST_HOUSEHOLD ? RED : YELLOW), rule->name, paint(o, PLAIN),
            cost_label(rule->cost));
    field(o, _("Why"), _(rule->sentence));
    field(o, _("What to do"), _(rule->advice));
    field(o, _("What it means"), _(cost_row(rule->cost)->meaning));
    if (rule->schema)
        field(o, _("Schema"), _("The schema of the CNAF forbids it too."));
    field(o, _("Source"), rule->source);
    for (const char *from = rule->source; *from;) {
        const struct citation *s = citation_next(&from);
        if (!s)
            break;
        fieldf(o, s->name, "%s (%s)", _(s->meaning), s->where);
    }
    return 0;
}

static int show_exit(struct cli *cli, const struct exit_row *row)
{
    char label[TEXT_SHORT];
    if (cli_json(cli)) {
        enum err e = json_end(exit_json(row), &cli->out);
        return e ? failure(e, NULL) : 0;
    }
    snprintf(label, sizeof(label), "%d", row->code);
    fprintf(cli->out.file, "%s%s%s  %s\n", paint(&cli->out, BOLD), label, paint(&cli->out, PLAIN), _("exit code of a command"));
    field(&cli->out, _("Why"), _(row->meaning));
    for (int e = ERR_OK + 1; e < ERR_COUNT; e++)
        if (err_exit_code((enum err)e) == row->code)
            field(&cli->out, _("Failure"), _(err_text((enum err)e)));
    return 0;
}

static const struct exit_row *exit_row_of(const char *typed)
{
    char number[TEXT_SHORT];
    for (size_t i = 0; i < exit_row_count; i++) {
        snprintf(number, sizeof(number), "%d", exit_rows[i].code);
        if (strcmp(number, typed) == 0)
            return &exit_rows[i];
    }
    return NULL;
}

static int no_such_code(const char *typed, const char *code)
{
    struct nearest n;
    nearest_init(&n, code);
    for (int c = FINDING_NONE + 1; c < FINDING_COUNT; c++)
        nearest_try(&n, finding_rule((enum finding_code)c)->name);
    if (n.best)
        say(_("no code is called \"%s\"; did you mean %s?"), typed, n.best);
    else
        say(_("no code is called \"%s\"; see fluxrsa codes list"), typed);
    return err_exit_code(ERR_NOTFOUND);
}

int cmd_codes_show(struct cli *cli)
{
    char code[NEAREST_WORD_MAX];
    const char *typed = cli->args[0];
    instance_language(cli);
    snprintf(code, sizeof(code), "%s", typed);
    for (char *c = code; *c; c++)
        *c = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
    enum finding_code found = finding_by_name(code);
    const struct exit_row *row = exit_row_of(typed);
    if (found == FINDING_NONE && !row)
        return no_such_code(typed, code);
    return row ? show_exit(cli, row) : show_rule(cli, finding_rule(found));
}
