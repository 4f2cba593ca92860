#include <inttypes.h>
#include <string.h>

#include "cli/cmd_report.h"
#include "flux/base/wipe.h"
#include "store/report.h"

enum column_id {
    AT_KIND,
    AT_NUMDEMRSA,
    AT_FLUX,
    AT_TYPEFLUX,
    AT_DTCREAFLUX,
    AT_DTREF,
    AT_NOTIFIED,
    AT_DATE,
    AT_ESTIMATED,
    AT_FROM,
    AT_TO,
    AT_MOTICLORSA,
    AT_PERSON,
    AT_ROLEPERS,
    AT_ENTRANT,
    AT_NOM,
    AT_PRENOM,
    AT_DTNAI,
    AT_ADDRESS_BEFORE,
    AT_ADDRESS,
    COLUMN_COUNT
};

static const struct report_column columns[COLUMN_COUNT] = {
    [AT_KIND] = {"kind", N_("KIND"), REPORT_TEXT, false, false},
    [AT_NUMDEMRSA] = {"NUMDEMRSA", "NUMDEMRSA", REPORT_TEXT, false, false},
    [AT_FLUX] = {"flux", N_("FLUX"), REPORT_NUMBER, false, false},
    [AT_TYPEFLUX] = {"TYPEFLUX", "TYPEFLUX", REPORT_TEXT, false, true},
    [AT_DTCREAFLUX] = {"DTCREAFLUX", "DTCREAFLUX", REPORT_DAY, false, false},
    [AT_DTREF] = {"DTREF", "DTREF", REPORT_DAY, false, true},
    [AT_NOTIFIED] = {"notified", N_("NOTIFIED"), REPORT_DAY, false, false},
    [AT_DATE] = {"date", N_("ON"), REPORT_DAY, false, false},
    [AT_ESTIMATED] = {"estimated", N_("ESTIMATED"), REPORT_FLAG, false, false},
    [AT_FROM] = {"from", N_("FROM"), REPORT_TEXT, false, false},
    [AT_TO] = {"to", N_("TO"), REPORT_TEXT, false, false},
    [AT_MOTICLORSA] = {"MOTICLORSA", "MOTICLORSA", REPORT_TEXT, false, false},
    [AT_PERSON] = {"person", N_("PERSON"), REPORT_NUMBER, false, false},
    [AT_ROLEPERS] = {"ROLEPERS", "ROLEPERS", REPORT_TEXT, false, false},
    [AT_ENTRANT] = {"TOPPERSENTDRODEVORSA", "TOPPERSENTDRODEVORSA", REPORT_FLAG, false, false},
    [AT_NOM] = {"NOM", N_("NAME"), REPORT_TEXT, true, false},
    [AT_PRENOM] = {"PRENOM", N_("FIRST NAME"), REPORT_TEXT, true, false},
    [AT_DTNAI] = {"DTNAI", N_("BORN"), REPORT_DAY, true, false},
    [AT_ADDRESS_BEFORE] = {"address_before", N_("ADDRESS BEFORE"), REPORT_TEXT, true, false},
    [AT_ADDRESS] = {"address", N_("ADDRESS"), REPORT_TEXT, true, false},
};

static const struct report_kind kinds[MOVEMENT_COUNT] = {
#define MOVEMENT(name, word, meaning) {word, meaning},
#include "flux/record/movement.def"
#undef MOVEMENT
};

static const struct report_form form = {.name = "movements",
                                        .columns = columns,
                                        .column_count = COLUMN_COUNT,
                                        .number_column = AT_NUMDEMRSA,
                                        .kinds = kinds,
                                        .kind_count = MOVEMENT_COUNT,
                                        .empty = N_("nothing moved in these days")};

struct gathering {
    struct report_rows *rows;
    enum movement_kind only; /* MOVEMENT_COUNT: all */
    uint32_t flux;           /* of the row before */
    uint64_t rank;           /* flux come in their order */
};

/* Texts of one row. */
struct cells {
    char numdemrsa[DOSSIER_NUMBER_MAX], typeflux[2], from_state[2], to_state[2];
    char flux[24], person[24], created[16], reference[16], date[16], born[16];
    char from_role[REPORT_CELL], to_role[REPORT_CELL], motive[REPORT_CELL], role[REPORT_CELL], nom[REPORT_CELL], prenom[REPORT_CELL];
    char before[2 * REPORT_CELL], address[2 * REPORT_CELL];
    const char *at[COLUMN_COUNT];
};

static const char *place_word(enum place p) { return p == PLACE_INSIDE ? "inside" : p == PLACE_OUTSIDE ? "outside" : NULL; }

static void put_change(struct cells *c, const struct movement *m)
{
    c->from_state[0] = m->from_state;
    c->to_state[0] = m->to_state;
    switch (m->kind) {
    case MOVEMENT_EXIT:
    case MOVEMENT_REOPENED:
    case MOVEMENT_SUSPENDED:
    case MOVEMENT_RESUMED:
        c->at[AT_FROM] = c->from_state;
        c->at[AT_TO] = c->to_state;
        break;
    case MOVEMENT_MOVE:
        c->at[AT_FROM] = place_word(m->from);
        c->at[AT_TO] = place_word(m->to);
        break;
    case MOVEMENT_ROLE:
        c->at[AT_FROM] = report_text(m->from_role, c->from_role);
        c->at[AT_TO] = report_text(m->to_role, c->to_role);
        break;
    default:
        break;
    }
    if (m->day.told)
        c->at[AT_DATE] = report_day(m->day.days, c->date);
    if (m->kind == MOVEMENT_EXIT || m->kind == MOVEMENT_LEFT)
        c->at[AT_ESTIMATED] = m->estimated ? "true" : "false";
    c->at[AT_MOTICLORSA] = report_text(m->motive, c->motive);
}

static void put_flux(struct cells *c, const struct report_movement *m)
{
    snprintf(c->flux, sizeof(c->flux), "%" PRIu32, m->flux->id);
    c->typeflux[0] = m->flux->typeflux;
    c->at[AT_FLUX] = c->flux;
    c->at[AT_TYPEFLUX] = c->typeflux;
    c->at[AT_DTCREAFLUX] = report_day(m->flux->created, c->created);
    c->at[AT_DTREF] = report_day(m->flux->reference, c->reference);
    if (m->movement->kind == MOVEMENT_ENTRANT)
        c->at[AT_NOTIFIED] = c->created;
}

static void put_person(struct cells *c, const struct report_movement *m)
{
    const struct right_person *who = m->who ? m->who : report_head(m->after);
    if (m->who) {
        snprintf(c->person, sizeof(c->person), "%" PRIu64, m->person);
        c->at[AT_PERSON] = c->person;
        c->at[AT_ROLEPERS] = report_text(who->role, c->role);
    }
    if (!who)
        return;
    if (m->movement->kind == MOVEMENT_ENTRANT && who->entrant_told)
        c->at[AT_ENTRANT] = who->entrant ? "true" : "false";
    c->at[AT_NOM] = report_text(who->nom, c->nom);
    c->at[AT_PRENOM] = report_text(who->prenom, c->prenom);
    if (who->dtnai.told)
        c->at[AT_DTNAI] = report_day(who->dtnai.days, c->born);
}

static enum err take(void *ctx, const struct report_movement *m)
{
    struct gathering *g = ctx;
    struct cells c = {.at = {0}};
    if (g->only != MOVEMENT_COUNT && m->movement->kind != g->only)
        return ERR_OK;
    g->rank += m->flux->id != g->flux;
    g->flux = m->flux->id;
    c.at[AT_KIND] = kinds[m->movement->kind].word;
    store_dossier_number(m->after->numdemrsa, c.numdemrsa);
    c.at[AT_NUMDEMRSA] = c.numdemrsa;
    put_flux(&c, m);
    put_change(&c, m->movement);
    put_person(&c, m);
    if (m->movement->kind == MOVEMENT_MOVE)
        c.at[AT_ADDRESS_BEFORE] = report_address(&m->before->home, c.before, sizeof(c.before));
    c.at[AT_ADDRESS] = report_address(&m->after->home, c.address, sizeof(c.address));
    enum err e = report_rows_add(g->rows, g->rank, m->movement->kind, c.at);
    wipe(&c, sizeof(c));
    return e;
}

struct days {
    int64_t since, until;
};

static int show(struct cli *cli, struct instance *i, const struct report_request *q, const struct days *days, enum movement_kind only)
{
    char since[16], until[16];
    struct report_rows rows = {.form = &form, .nominative = q->nominative};
    struct gathering g = {.rows = &rows, .only = only};
    const struct report_setting asked[] = {
        {"since", report_day(days->since, since)},
        {"until", cli->opt[OPTION_UNTIL] ? report_day(days->until, until) : NULL},
        {"kind", only == MOVEMENT_COUNT ? NULL : kinds[only].word},
    };
    enum err e = report_movements(i->txn, days->since, days->until, take, &g);
    int code = e ? failure(e, NULL) : report_show(cli, i, q, &rows, asked, sizeof(asked) / sizeof(asked[0]));
    report_rows_free(&rows);
    return code;
}

static int read_days(const struct cli *cli, struct days *d)
{
    *d = (struct days){.until = INT64_MAX};
    if (!cli->opt[OPTION_SINCE])
        return usage_error(_("--since is expected: the first day, as in --since 2025-01-31"));
    bool right = cli_day(cli->opt[OPTION_SINCE], OPTION_SINCE, &d->since) &&
                 (!cli->opt[OPTION_UNTIL] || cli_day(cli->opt[OPTION_UNTIL], OPTION_UNTIL, &d->until));
    if (right && d->until < d->since)
        return usage_error(_("--until is before --since"));
    return right ? 0 : err_exit_code(ERR_USAGE);
}

int cmd_report_movements(struct cli *cli)
{
    struct instance i;
    struct report_request q;
    struct days days;
    const char *kind = cli->opt[OPTION_KIND];
    enum movement_kind only = kind ? movement_by_word(kind) : MOVEMENT_COUNT;
    if (kind && only == MOVEMENT_COUNT)
        return usage_error(_("--kind: \"%s\" is none; one is expected of entrant, exit, reopened, suspended, resumed, move, role, arrived, "
                             "left, mutation-in, mutation-out"),
                           kind);
    int code = read_days(cli, &days);
    if (code == 0)
        code = report_request(cli, "report.movements", &q);
    if (code == 0)
        code = instance_open(cli, &i);
    if (code)
        return code;
    code = show(cli, &i, &q, &days, only);
    instance_close(&i);
    return code;
}
