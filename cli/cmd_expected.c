#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "cli/expected_view.h"
#include "cli/json.h"
#include "cli/render.h"
#include "cli/text.h"

enum { CODE_ABSENT = 1, MINUTE = 60, HOUR = 3600, DAY = 86400, DAY_LETTERS = 10 };

static const char *age_text(int64_t seconds, char out[TEXT_SHORT])
{
    if (seconds < HOUR)
        snprintf(out, TEXT_SHORT, _("%d min"), (int)(seconds / MINUTE));
    else if (seconds < 2 * DAY)
        snprintf(out, TEXT_SHORT, _("%d h"), (int)(seconds / HOUR));
    else
        snprintf(out, TEXT_SHORT, _("%d d"), (int)(seconds / DAY));
    return out;
}

/* What came is due again. */
static int64_t due_at(const struct expected_result *r) { return r->state == EXPECTED_RECEIVED ? r->next : r->due; }

static void row(struct table *t, const struct expected_source *s, enum expected_kind k)
{
    const struct expected_row *r = &s->rows[k];
    char slot[TEXT_SHORT] = "", due[TEXT_SHORT] = "", age[TEXT_SHORT] = "", id[TEXT_SHORT] = "", missing[TEXT_SHORT] = "";
    if (r->result.state == EXPECTED_NONE && r->last.flux == 0)
        return;
    if (r->result.state != EXPECTED_NONE) {
        expected_due_text(k, due_at(&r->result), due);
        expected_slot_text(k, r->result.slot, slot, sizeof(slot));
    }
    if (r->last.flux) {
        snprintf(id, sizeof(id), "%u", (unsigned)r->last.flux);
        age_text(r->age, age);
    }
    if (r->result.missing)
        text_number(r->result.missing, missing);
    const char *cells[] = {s->source->name, expected_kind_label(k), slot, expected_state_label(r->result.state), due, id, age, missing};
    table_row(t, cells);
}

/* Fits into 80 columns with the names of our example. */
static enum err show(struct cli *cli, const struct expected_view *v)
{
    static const struct column columns[] = {{N_("SOURCE"), false, false}, {N_("TYPE"), false, false}, {N_("FOR"), false, false},
                                            {N_("STATE"), false, true},   {N_("DUE"), false, false},  {N_("LAST"), true, false},
                                            {N_("AGE"), true, false},     {N_("MISSED"), true, false}};
    struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < v->count; i++)
        for (unsigned k = 0; k < EXPECTED_KINDS; k++)
            row(t, &v->sources[i], k);
    return table_end(t, &cli->out, _("no flux is expected: daily_by and monthly_by of each source say when they are"));
}

static enum err show_json(struct cli *cli, const struct expected_view *v)
{
    enum expected_kind kind;
    int64_t next = expected_next(v, &kind);
    json_t *object = json_object();
    put_int(object, "schema", 1);
    put_int(object, "at", v->now);
    put_json(object, "next", next ? json_integer(next) : json_null());
    put_json(object, "sources", expected_json(v));
    return json_end(object, &cli->out);
}

/* "2025-02-12 07:45"; of a day alone, its end. */
static bool read_moment(const char *text, int64_t *at)
{
    static const struct setting time_of_day = {.type = SETTING_TYPE_TIME};
    char day[DAY_LETTERS + 1], near[64];
    int64_t days, minute = DAY / MINUTE - 1;
    size_t len = strnlen(text, DAY_LETTERS);
    memcpy(day, text, len);
    day[len] = '\0';
    const char *rest = text + len;
    bool right = day_parse(day, &days);
    if (right && *rest)
        right = (*rest == ' ' || *rest == 'T') && setting_judge(&time_of_day, rest + 1, &minute, near, sizeof(near)) == CONFIG_FAULT_KINDS;
    if (right && minute >= 0)
        *at = expected_moment(days, (int)minute);
    return right && minute >= 0;
}

int cmd_flux_expected(struct cli *cli)
{
    struct instance i;
    struct expected_view v;
    int64_t at = 0;
    if (cli->opt[OPTION_AT] && !read_moment(cli->opt[OPTION_AT], &at))
        return usage_error(_("--at: a day is expected, YYYY-MM-DD or DD/MM/YYYY, then a time, HH:MM, or nothing for the end of the day"));
    int code = instance_open(cli, &i);
    if (code)
        return code;
    enum err e = cli->opt[OPTION_AT] ? expected_collect_at(cli, &i, at, &v) : expected_collect(cli, &i, (int64_t)time(NULL), &v);
    if (e)
        code = failure(e, NULL);
    else if (cli_json(cli) ? show_json(cli, &v) : show(cli, &v))
        code = failure(ERR_IO, NULL);
    else if (cli->opt[OPTION_CHECK] && expected_bad(&v))
        code = CODE_ABSENT;
    instance_close(&i);
    return code;
}
