#include <inttypes.h>
#include <string.h>

#include "cli/cmd_report.h"
#include "flux/base/wipe.h"
#include "flux/record/value.h"
#include "store/report.h"

enum column_id {
    AT_KIND,
    AT_NUMDEMRSA,
    AT_ETATDOSRSA,
    AT_FLUX,
    AT_TYPEFLUX,
    AT_DTCREAFLUX,
    AT_SINCE,
    AT_GROUP,
    AT_PERSON,
    AT_ROLEPERS,
    AT_ELEMENT,
    AT_CODE,
    AT_COUNT,
    AT_NOM,
    AT_PRENOM,
    AT_DTNAI,
    COLUMN_COUNT
};

static const struct report_column columns[COLUMN_COUNT] = {
    [AT_KIND] = {"kind", N_("KIND"), REPORT_TEXT, false, false},
    [AT_NUMDEMRSA] = {"NUMDEMRSA", "NUMDEMRSA", REPORT_TEXT, false, false},
    [AT_ETATDOSRSA] = {"ETATDOSRSA", "ETATDOSRSA", REPORT_TEXT, false, false},
    [AT_FLUX] = {"flux", N_("FLUX"), REPORT_NUMBER, false, false},
    [AT_TYPEFLUX] = {"TYPEFLUX", "TYPEFLUX", REPORT_TEXT, false, true},
    [AT_DTCREAFLUX] = {"DTCREAFLUX", "DTCREAFLUX", REPORT_DAY, false, false},
    [AT_SINCE] = {"since", N_("SINCE"), REPORT_DAY, false, false},
    [AT_GROUP] = {"group", N_("GROUP"), REPORT_NUMBER, false, false},
    [AT_PERSON] = {"person", N_("PERSON"), REPORT_NUMBER, false, false},
    [AT_ROLEPERS] = {"ROLEPERS", "ROLEPERS", REPORT_TEXT, false, false},
    [AT_ELEMENT] = {"element", N_("ELEMENT"), REPORT_TEXT, false, false},
    [AT_CODE] = {"code", N_("CODE"), REPORT_TEXT, false, false},
    [AT_COUNT] = {"count", N_("COUNT"), REPORT_NUMBER, false, false},
    [AT_NOM] = {"NOM", N_("NAME"), REPORT_TEXT, true, false},
    [AT_PRENOM] = {"PRENOM", N_("FIRST NAME"), REPORT_TEXT, true, false},
    [AT_DTNAI] = {"DTNAI", N_("BORN"), REPORT_DAY, true, false},
};

static const struct report_kind kinds[ANOMALY_COUNT] = {
#define ANOMALY(name, word, meaning) {word, meaning},
#include "store/anomaly.def"
#undef ANOMALY
};

static const struct report_form form = {.name = "anomalies",
                                        .columns = columns,
                                        .column_count = COLUMN_COUNT,
                                        .number_column = AT_NUMDEMRSA,
                                        .kinds = kinds,
                                        .kind_count = ANOMALY_COUNT,
                                        .empty = N_("no anomaly was found")};

/* Texts of one row. */
struct cells {
    char numdemrsa[DOSSIER_NUMBER_MAX], state[2], typeflux[2];
    char flux[24], group[24], person[24], count[24], created[16], since[16], born[16];
    char role[REPORT_CELL], nom[REPORT_CELL], prenom[REPORT_CELL];
    const char *at[COLUMN_COUNT];
};

static const char *number(uint64_t n, char out[24])
{
    snprintf(out, 24, "%" PRIu64, n);
    return n ? out : NULL;
}

static void put_household(struct cells *c, const struct report_anomaly *a)
{
    const struct right_person *who = a->who ? a->who : report_head(a->right);
    store_dossier_number(a->right->numdemrsa, c->numdemrsa);
    c->state[0] = a->state;
    c->at[AT_NUMDEMRSA] = c->numdemrsa;
    c->at[AT_ETATDOSRSA] = c->state;
    c->at[AT_PERSON] = number(a->person, c->person);
    if (a->who)
        c->at[AT_ROLEPERS] = report_text(who->role, c->role);
    if (!who)
        return;
    c->at[AT_NOM] = report_text(who->nom, c->nom);
    c->at[AT_PRENOM] = report_text(who->prenom, c->prenom);
    if (who->dtnai.told)
        c->at[AT_DTNAI] = report_day(who->dtnai.days, c->born);
}

static enum err take(void *ctx, const struct report_anomaly *a)
{
    struct report_rows *rows = ctx;
    struct cells c = {.at = {0}};
    c.at[AT_KIND] = kinds[a->kind].word;
    c.typeflux[0] = a->flux.typeflux;
    c.at[AT_FLUX] = number(a->flux.id, c.flux);
    if (a->flux.id) {
        c.at[AT_TYPEFLUX] = c.typeflux;
        c.at[AT_DTCREAFLUX] = report_day(a->flux.created, c.created);
        c.at[AT_SINCE] = report_day(a->flux.reference, c.since);
    }
    c.at[AT_GROUP] = number(a->group, c.group);
    c.at[AT_ELEMENT] = a->key;
    c.at[AT_COUNT] = number(a->count, c.count);
    if (a->right)
        put_household(&c, a);
    if (a->unknown) {
        c.at[AT_ELEMENT] = a->unknown->path;
        c.at[AT_CODE] = a->unknown->code;
        c.at[AT_COUNT] = number(a->unknown->count, c.count);
    }
    enum err e = report_rows_add(rows, (uint64_t)a->kind << 32 | a->group, a->kind, c.at);
    wipe(&c, sizeof(c));
    return e;
}

static int show(struct cli *cli, struct instance *i, const struct report_request *q, const struct anomalies_wanted *wanted)
{
    struct report_rows rows = {.form = &form, .nominative = q->nominative};
    const struct report_setting asked[] = {{"month", cli->opt[OPTION_MONTH]}, {"kind", cli->opt[OPTION_KIND]}};
    enum err e = report_anomalies(i->txn, wanted, take, &rows);
    int code = e ? failure(e, NULL) : report_show(cli, i, q, &rows, asked, sizeof(asked) / sizeof(asked[0]));
    report_rows_free(&rows);
    return code;
}

static bool read_month(const char *text, int *month)
{
    char day[16];
    int64_t days;
    int year, of_month;
    *month = -1;
    if (!text)
        return true;
    snprintf(day, sizeof(day), "%.8s-01", text);
    if (strlen(text) != 7 || text[4] != '-' || !day_parse(day, &days))
        return false;
    date_from_days(days, &year, month, &of_month);
    *month += 12 * year - 1;
    return true;
}

int cmd_report_anomalies(struct cli *cli)
{
    struct instance i;
    struct report_request q;
    struct anomalies_wanted wanted;
    const char *kind = cli->opt[OPTION_KIND], *month = cli->opt[OPTION_MONTH];
    enum anomaly_kind only = kind ? anomaly_by_word(kind) : ANOMALY_COUNT;
    if (kind && only == ANOMALY_COUNT)
        return usage_error(
            _("--kind: \"%s\" is none; one is expected of missing, no-demandeur, demandeurs, no-rank-01, nir-shared, never-seen, crowded"),
            kind);
    wanted.kinds = kind ? 1u << only : (1u << ANOMALY_COUNT) - 1;
    if (!read_month(month, &wanted.month))
        return usage_error(_("--month: \"%s\" is not a month; one is expected, like 2025-01"), month);
    int code = report_request(cli, "report.anomalies", &q);
    if (code == 0)
        code = instance_open(cli, &i);
    if (code)
        return code;
    code = show(cli, &i, &q, &wanted);
    instance_close(&i);
    return code;
}
