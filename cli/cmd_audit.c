#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/instance.h"
#include "cli/json.h"
#include "cli/render.h"
#include "cli/text.h"
#include "flux/intake/config.h"

enum { SHOWN = 1000 };

/* The last lines that pass, oldest first when read from next on. */
struct ring {
    json_t *lines[SHOWN];
    uint64_t limit, count;
    int64_t since;
    bool all;
};

static bool recent(const struct ring *r, const json_t *line)
{
    char day[16];
    int64_t days;
    const char *time = json_at(line, "time");
    if (r->all)
        return true;
    snprintf(day, sizeof(day), "%.10s", time ? time : "");
    return day_parse(day, &days) && days >= r->since;
}

static bool take_line(void *ctx, const char *text)
{
    struct ring *r = ctx;
    json_t *line = json_loads(text, 0, NULL);
    if (!line || !recent(r, line)) {
        json_decref(line);
        return true;
    }
    json_t **slot = &r->lines[r->count % r->limit];
    json_decref(*slot);
    *slot = line;
    r->count++;
    return true;
}

/* "2025-01-31T07:45:00Z" in the time of the machine. */
static const char *line_time(const char *utc, char out[TEXT_SHORT])
{
    int64_t days;
    char day[16];
    snprintf(day, sizeof(day), "%.10s", utc);
    if (strlen(utc) < 19 || !day_parse(day, &days))
        return utc;
    int64_t hours = (utc[11] - '0') * 10 + utc[12] - '0', minutes = (utc[14] - '0') * 10 + utc[15] - '0';
    return text_moment(days * 86400 + hours * 3600 + minutes * 60, out);
}

static void line_row(struct table *t, const json_t *line)
{
    char when[TEXT_SHORT], seq[TEXT_SHORT], subject[16];
    const char *time = json_at(line, "time"), *who = json_at(line, "subject");
    snprintf(seq, sizeof(seq), "%lld", (long long)json_integer_value(json_object_get(line, "seq")));
    /* Twelve digits of a pseudonym tell households apart; the rest is in --json. */
    snprintf(subject, sizeof(subject), "%.*s", who && strlen(who) == 32 ? 12 : (int)sizeof(subject) - 1, who ? who : "");
    const char *cells[] = {seq,     time ? line_time(time, when) : "", json_at(line, "user"),  json_at(line, "op"),
                           subject, json_at(line, "purpose"),          json_at(line, "detail")};
    table_row(t, cells);
}

static enum err show_ring(struct cli *cli, struct ring *r)
{
    static const struct column columns[] = {{N_("NO."), true, false},   {N_("WHEN"), false, false},    {N_("WHO"), false, false},
                                            {N_("ACT"), false, false},  {N_("SUBJECT"), false, false}, {N_("PURPOSE"), false, false},
                                            {N_("DETAIL"), false, true}};
    uint64_t kept = r->count < r->limit ? r->count : r->limit;
    json_t *list = cli_json(cli) ? json_array() : NULL;
    struct table *t = list ? NULL : table_new(columns, sizeof(columns) / sizeof(columns[0]));
    for (uint64_t k = r->count - kept; k < r->count; k++) {
        json_t *line = r->lines[k % r->limit];
        if (list)
            json_array_append(list, line);
        else
            line_row(t, line);
    }
    return list ? json_end(list, &cli->out) : table_end(t, &cli->out, _("the journal has no such line"));
}

static int show(struct cli *cli, struct ring *r)
{
    struct instance i;
    int code = instance_open(cli, &i);
    if (code)
        return code;
    enum err e = journal_each(i.journal, take_line, r);
    if (!e)
        e = show_ring(cli, r);
    instance_close(&i);
    return e ? failure(e, config_text(cli->config, SETTING_instance_journal)) : 0;
}

int cmd_audit_show(struct cli *cli)
{
    struct ring *r = calloc(1, sizeof(*r));
    if (!r)
        return failure(ERR_NOMEM, NULL);
    r->limit = 100;
    r->all = cli->opt[OPTION_SINCE] == NULL;
    int code = cli_number(cli, OPTION_LIMIT, 1, SHOWN, &r->limit) ? 0 : err_exit_code(ERR_USAGE);
    if (code == 0 && !r->all && !cli_day(cli->opt[OPTION_SINCE], OPTION_SINCE, &r->since))
        code = err_exit_code(ERR_USAGE);
    if (code == 0)
        code = show(cli, r);
    for (size_t k = 0; k < SHOWN; k++)
        json_decref(r->lines[k]);
    free(r);
    return code;
}

static int tell_verified(struct cli *cli, uint64_t lines, bool right)
{
    char number[TEXT_SHORT];
    const char *path = config_text(cli->config, SETTING_instance_journal);
    if (cli_json(cli)) {
        json_t *object = json_object();
        put_int(object, "schema", 1);
        put_text(object, "file", path);
        put_bool(object, "ok", right);
        put_int(object, "lines", (int64_t)lines);
        json_end(object, &cli->out);
    } else if (right) {
        put_clean(cli->out.file, path);
        fprintf(cli->out.file, "%s ", _(":"));
        fprintf(cli->out.file, ngettext("%s line, unchanged", "%s lines, all unchanged", lines), text_number(lines, number));
        fputc('\n', cli->out.file);
    }
    if (right)
        return 0;
    say(_("%s: the journal was changed: line %llu does not follow from the one before; keep the file as it is and tell the security "
          "officer"),
        path, (unsigned long long)lines + 1);
    return err_exit_code(ERR_CORRUPT);
}

static enum err verify(struct instance *i, uint64_t *lines)
{
    uint64_t seq;
    uint8_t mac[32];
    enum err e = journal_verify(i->journal, lines);
    if (!e)
        e = store_journal_head(i->txn, &seq, mac);
    return e || seq == 0 ? e : journal_anchored(i->journal, seq, mac);
}

int cmd_audit_verify(struct cli *cli)
{
    struct instance i;
    uint64_t lines = 0;
    int code = instance_open(cli, &i);
    if (code)
        return code;
    enum err e = verify(&i, &lines);
    code = e == ERR_OK || e == ERR_CORRUPT ? tell_verified(cli, lines, e == ERR_OK)
                                           : failure(e, config_text(cli->config, SETTING_instance_journal));
    instance_close(&i);
    return code;
}
