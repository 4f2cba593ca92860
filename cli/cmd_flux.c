#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "cli/flux_view.h"
#include "cli/held_file.h"
#include "cli/instance.h"
#include "cli/json.h"
#include "cli/render.h"
#include "cli/report_view.h"
#include "cli/text.h"

struct listing {
    uint64_t left;
    int64_t now;
    struct store_txn *txn;
    enum err err;
    json_t *list;
    struct table *table;
};

/* As which flux the bytes of one that was held were applied since; 0: they were not. */
static enum err applied_since(struct store_txn *t, const struct flux_entry *f, uint32_t *applied)
{
    *applied = 0;
    if (f->status != FLUX_HELD)
        return ERR_OK;
    struct flux_entry *found = calloc(1, sizeof(*found));
    enum err e = found ? ledger_by_digest(t, flux_digest(f), found) : ERR_NOMEM;
    if (!e && found->id > f->id)
        *applied = found->id;
    free(found);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* A monthly flux is of a month, a daily one of a day, a reprise of no time. */
static const char *reference_text(const struct header_view *v, char out[TEXT_SHORT])
{
    switch (v->typeflux[0]) {
    case 'M':
        return text_month(v->dtref, out);
    case 'R':
        return typeflux_label(v->typeflux);
    default:
        return text_date(v->dtref, out);
    }
}

static enum err add_row(struct listing *l, const struct flux_entry *f)
{
    char id[TEXT_SHORT], when[TEXT_SHORT], reference[TEXT_SHORT], read[TEXT_SHORT], rejected[TEXT_SHORT], since[TEXT_SHORT];
    struct flux_result r = flux_result_of(f);
    struct header_view v;
    uint32_t applied;
    enum err e = applied_since(l->txn, f, &applied);
    header_view(f->header, &v);
    snprintf(id, sizeof(id), "%u", (unsigned)f->id);
    snprintf(since, sizeof(since), _("see flux %u"), (unsigned)applied);
    const char *cells[] = {id,
                           text_moment_short(f->imported_at, l->now, when),
                           verdict_label(r.verdict),
                           reference_text(&v, reference),
                           text_number(f->read, read),
                           text_number(f->rejected, rejected),
                           applied           ? since
                           : f->reason_count ? finding_rule(f->reasons[0].code)->name
                                             : "",
                           f->source,
                           f->member[0] ? f->member : f->file};
    table_row(l->table, cells);
    return e;
}

static void put_more(json_t *object, const struct flux_entry *f, uint32_t applied)
{
    flux_json_more(object, f);
    if (f->status == FLUX_HELD)
        put_json(object, "applied_since", applied ? json_integer(applied) : json_null());
}

static enum err add_json(struct listing *l, const struct flux_entry *f)
{
    struct flux_report report;
    struct flux_result r = flux_result_of(f);
    uint32_t applied;
    enum err e = applied_since(l->txn, f, &applied), read = flux_report_get(l->txn, f->id, &report);
    r.report = &report;
    e = e ? e : read;
    if (!e) {
        json_t *object = flux_json(&r);
        put_more(object, f, applied);
        json_array_append_new(l->list, object);
    }
    flux_report_free(&report);
    return e;
}

static bool take_flux(void *ctx, const struct flux_entry *f)
{
    struct listing *l = ctx;
    if (l->left == 0)
        return false;
    l->left--;
    l->err = l->list ? add_json(l, f) : add_row(l, f);
    return !l->err;
}

static int list(struct cli *cli, struct instance *i, uint64_t limit)
{
    static const struct column columns[] = {{N_("ID"), true, false},         {N_("IMPORTED"), false, false}, {N_("STATUS"), false, false},
                                            {N_("REFERENCE"), false, false}, {N_("READ"), true, false},      {N_("REJ."), true, false},
                                            {N_("CODE"), false, false},      {N_("SOURCE"), false, true},    {N_("FILE"), false, true}};
    struct listing l = {.left = limit, .now = (int64_t)time(NULL), .txn = i->txn, .list = cli_json(cli) ? json_array() : NULL};
    l.table = l.list ? NULL : table_new(columns, sizeof(columns) / sizeof(columns[0]));
    enum err e = ledger_each(i->txn, take_flux, &l);
    e = e ? e : l.err;
    enum err shown = l.list ? json_end(l.list, &cli->out) : table_end(l.table, &cli->out, _("no flux was received yet"));
    return e || shown ? failure(e ? e : shown, NULL) : 0;
}

int cmd_flux_list(struct cli *cli)
{
    struct instance i;
    uint64_t limit = UINT64_MAX;
    if (!cli_number(cli, OPTION_LIMIT, 1, 1000000, &limit))
        return err_exit_code(ERR_USAGE);
    int code = instance_open(cli, &i);
    if (code)
        return code;
    code = list(cli, &i, limit);
    instance_close(&i);
    return code;
}

static void show_more(struct output *o, const struct flux_entry *f)
{
    char when[TEXT_SHORT], size[TEXT_SHORT], unpacked[TEXT_SHORT], hex[65];
    fieldf(o, _("Imported"), _("%s by %s"), text_moment(f->imported_at, when), f->user);
    field(o, _("Source"), f->source);
    if (f->member_bytes)
        fieldf(o, _("Size"), _("%s, %s unpacked, %s"), text_bytes(f->archive_bytes, size), text_bytes(f->member_bytes, unpacked),
               f->encoding);
    else
        field(o, _("Size"), text_bytes(f->archive_bytes, size));
    if (f->status == FLUX_UNDONE)
        fieldf(o, _("Undone"), _("%s by %s: %s"), text_moment(f->undone_at, when), f->undone_by, f->undo_reason);
    text_hex(f->archive_sha256, 32, hex);
    field(o, _("SHA-256 of the file"), hex);
    text_hex(f->member_sha256, 32, hex);
    if (f->member_bytes)
        field(o, _("SHA-256 unpacked"), hex);
}

static enum err show_found(struct cli *cli, const struct flux_entry *f, const struct flux_report *report, uint32_t applied)
{
    struct flux_result r = flux_result_of(f);
    struct flux_now now = {.applied = applied};
    r.report = report;
    if (cli_json(cli)) {
        json_t *object = flux_json(&r);
        put_more(object, f, applied);
        return json_end(object, &cli->out);
    }
    if (f->status == FLUX_HELD && !applied)
        now.command = held_command(cli->config, flux_digest(f));
    flux_text(&cli->out, &r, &now);
    free(now.command);
    show_more(&cli->out, f);
    return report_full(&cli->out, &r);
}

static int show(struct cli *cli, struct instance *i, uint32_t id)
{
    struct flux_report report = {0};
    struct flux_entry *f = calloc(1, sizeof(*f));
    enum err e = f ? ledger_get(i->txn, id, f) : ERR_NOMEM;
    bool none = e == ERR_NOTFOUND;
    uint32_t applied = 0;
    if (!e)
        e = flux_report_get(i->txn, id, &report);
    if (!e)
        e = applied_since(i->txn, f, &applied);
    if (!e)
        e = show_found(cli, f, &report, applied);
    if (none)
        say(_("no flux has the number %u; see fluxrsa flux list"), (unsigned)id);
    flux_report_free(&report);
    free(f);
    return none ? err_exit_code(e) : e ? failure(e, NULL) : 0;
}

int cmd_flux_show(struct cli *cli) { return instance_show(cli, show, _("the number of a flux is expected, as in fluxrsa flux list")); }
