#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/finding_view.h"
#include "cli/instance.h"
#include "cli/json.h"
#include "cli/render.h"

struct listing {
    enum finding_code code; /* FINDING_NONE: any */
    uint64_t left, count;
    bool cut; /* a household had more than are kept */
    json_t *list;
    struct table *table;
};

static void finding_row(struct table *t, const struct dossier_findings *d, const struct finding *f)
{
    char line[16];
    snprintf(line, sizeof(line), "%u", (unsigned)f->line);
    const char *cells[] = {d->numdemrsa, finding_rule(f->code)->name,       cost_label(f->cost), f->line ? line : "",
                           f->path,      _(finding_rule(f->code)->sentence)};
    table_row(t, cells);
}

static json_t *row_json(const struct dossier_findings *d, const struct finding *f)
{
    json_t *object = json_object();
    put_int(object, "flux", d->flux);
    put_text(object, "NUMDEMRSA", d->numdemrsa);
    finding_json(object, f);
    return object;
}

static bool take_findings(void *ctx, const struct dossier_findings *d)
{
    struct listing *l = ctx;
    l->cut |= d->findings_kept == FINDINGS_MAX && d->finding_count > FINDINGS_MAX;
    for (uint32_t i = 0; i < d->findings_kept && l->left; i++) {
        const struct finding *f = &d->findings[i];
        if (l->code && f->code != l->code)
            continue;
        l->left--;
        l->count++;
        if (l->list)
            json_array_append_new(l->list, row_json(d, f));
        else
            finding_row(l->table, d, f);
    }
    return l->left > 0;
}

/* What stands elsewhere. */
static void show_rest(struct output *o, const struct listing *l, const struct flux_entry *f)
{
    if (l->cut)
        fprintf(o->file, "\n%s\n", _("More faults are not shown: only the first hundred are kept."));
    if (f->status != FLUX_APPLIED)
        fprintf(o->file, _("\nnothing of this flux was kept; what was found in it, counted: fluxrsa flux show %u\n"), (unsigned)f->id);
    else if (f->rejected)
        fprintf(o->file,
                ngettext("\n%llu household was rejected: fluxrsa rejects list --all --flux %u\n",
                         "\n%llu households were rejected: fluxrsa rejects list --all --flux %u\n", f->rejected),
                (unsigned long long)f->rejected, (unsigned)f->id);
}

static int list(struct cli *cli, struct instance *i, const struct flux_entry *flux, struct listing *l)
{
    static const struct column columns[] = {{"NUMDEMRSA", false, false}, {N_("CODE"), false, false}, {N_("COST"), false, false},
                                            {N_("LINE"), true, false},   {N_("WHERE"), false, true}, {N_("WHY"), false, true}};
    char subject[32], detail[64];
    l->list = cli_json(cli) ? json_array() : NULL;
    l->table = l->list ? NULL : table_new(columns, sizeof(columns) / sizeof(columns[0]));
    enum err e = findings_each(i->txn, flux->id, take_findings, l);
    snprintf(subject, sizeof(subject), "flux:%u", (unsigned)flux->id);
    snprintf(detail, sizeof(detail), "%llu shown", (unsigned long long)l->count);
    int code = e ? failure(e, NULL) : instance_log(cli, i, "flux.findings", subject, detail);
    if (code) {
        json_decref(l->list);
        table_drop(l->table);
        return code;
    }
    e = l->list ? json_end(l->list, &cli->out)
                : table_end(l->table, &cli->out, _("nothing was found in the households that were accepted"));
    if (!l->list)
        show_rest(&cli->out, l, flux);
    return e ? failure(e, NULL) : 0;
}

static int show(struct cli *cli, struct instance *i, uint32_t id)
{
    struct listing l = {.left = UINT64_MAX};
    struct flux_entry *f = calloc(1, sizeof(*f));
    if (!cli_number(cli, OPTION_LIMIT, 1, 1000000, &l.left)) {
        free(f);
        return err_exit_code(ERR_USAGE);
    }
    l.code = cli->opt[OPTION_CODE] ? finding_by_name(cli->opt[OPTION_CODE]) : FINDING_NONE;
    enum err e = f ? ledger_get(i->txn, id, f) : ERR_NOMEM;
    int code = e == ERR_NOTFOUND ? err_exit_code(e) : e ? failure(e, NULL) : list(cli, i, f, &l);
    if (e == ERR_NOTFOUND)
        say(_("no flux has the number %u; see fluxrsa flux list"), (unsigned)id);
    free(f);
    return code;
}

int cmd_flux_findings(struct cli *cli)
{
    const char *code = cli->opt[OPTION_CODE];
    if (code && !finding_by_name(code))
        return usage_error(_("--code: no fault is called \"%s\"; see fluxrsa flux show ID"), code);
    return instance_show(cli, show, _("the number of a flux is expected, as in fluxrsa flux list"));
}
