#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "cli/json.h"
#include "cli/spawn.h"
#include "cli/summary.h"
#include "cli/text.h"

enum { DAY = 86400, SENDMAIL_SECONDS = 60, MAIL_MAX = 16 << 20 };

/* Digits at a place of a text, as a number. */
static int two_digits(const char *text) { return (text[0] - '0') * 10 + text[1] - '0'; }

/* A day, or a day and "T18:00" or " 18:00", in the time of the machine. */
static bool read_moment(const char *text, int64_t *moment)
{
    char day[16];
    int64_t days;
    struct tm tm = {.tm_isdst = -1};
    size_t len = strlen(text);
    snprintf(day, sizeof(day), "%.10s", text);
    if (!day_parse(day, &days) || (len != 10 && len != 16))
        return false;
    if (len == 16) {
        const char *clock = text + 10;
        if ((clock[0] != 'T' && clock[0] != ' ') || clock[3] != ':' || strspn(clock + 1, "0123456789") != 2 ||
            strspn(clock + 4, "0123456789") != 2)
            return false;
        tm.tm_hour = two_digits(clock + 1);
        tm.tm_min = two_digits(clock + 4);
    }
    if (tm.tm_hour > 23 || tm.tm_min > 59)
        return false;
    time_t midnight = (time_t)days * DAY;
    struct tm date;
    if (!gmtime_r(&midnight, &date))
        return false;
    tm.tm_year = date.tm_year;
    tm.tm_mon = date.tm_mon;
    tm.tm_mday = date.tm_mday;
    *moment = (int64_t)mktime(&tm);
    return true;
}

static bool read_since(const struct cli *cli, int64_t now, int64_t *since)
{
    *since = now - DAY;
    return !cli->opt[OPTION_SINCE] || read_moment(cli->opt[OPTION_SINCE], since);
}

static enum err text_of(const struct summary *s, char **text)
{
    size_t len = 0;
    FILE *out = open_memstream(text, &len);
    if (!out)
        return ERR_NOMEM;
    summary_text(s, out);
    return fclose(out) == 0 ? ERR_OK : ERR_NOMEM;
}

static enum err make_mail(const struct cli *cli, const struct summary *s, struct buf *out)
{
    char subject[128], day[TEXT_SHORT], *body = NULL;
    text_moment(s->status->now, day);
    day[strcspn(day, " ")] = '\0';
    snprintf(subject, sizeof(subject), _("fluxrsa, département %s: %s, %s"), config_text(cli->config, SETTING_instance_departement),
             level_label(status_worst(s->status)), day);
    enum err e = text_of(s, &body);
    struct mail m = {.from = config_text(cli->config, SETTING_summary_from),
                     .to = config_text(cli->config, SETTING_summary_to),
                     .subject = subject,
                     .body = body,
                     .now = s->status->now};
    if (!e)
        e = mail_make(&m, out);
    free(body);
    return e;
}

static int send_mail(struct cli *cli, const struct buf *message)
{
    const char *path = config_text(cli->config, SETTING_summary_sendmail);
    const char *const argv[] = {path, "-t", "-oi", NULL};
    const struct spawn s = {.argv = argv, .in = message->data, .in_len = message->len, .seconds = SENDMAIL_SECONDS, .stop = cli->stop};
    int code = 0;
    enum err e = spawn_run(&s, &code);
    if (!e && code == 0)
        return 0;
    if (e == ERR_STOPPED)
        return failure(e, path);
    say(_("%s: the summary could not be given to it (%s, exit code %d); see its log, and [summary] sendmail in the configuration"), path,
        e ? _(err_text(e)) : _("it refused"), code);
    return err_exit_code(ERR_IO);
}

static int print(struct cli *cli, const struct summary *s)
{
    if (cli_json(cli))
        return json_end(summary_json(s), &cli->out) ? failure(ERR_IO, NULL) : 0;
    summary_text(s, cli->out.file);
    return 0;
}

/* What is printed is printed, what is to be sent goes to message: the store is closed before another program is started. A store that
 * cannot be opened is the first thing to tell. */
static int summarise(struct cli *cli, int64_t since, int64_t now, struct buf *message)
{
    struct instance i = {0};
    struct status_report *r = NULL;
    struct summary s = {0};
    enum err why = status_open(cli->config, "report", &i);
    int code = why ? instance_failure(cli->config, why) : 0;
    enum err e = status_gather(cli, &i, why, now, &r);
    if (!e)
        e = summary_gather(i.txn, r, since, &s);
    if (!e && message)
        e = make_mail(cli, &s, message);
    int shown = e ? failure(e, NULL) : message ? 0 : print(cli, &s);
    summary_free(&s);
    status_free(r);
    instance_close(&i);
    return code ? code : shown;
}

int cmd_report_summary(struct cli *cli)
{
    struct buf message;
    int64_t since, now = (int64_t)time(NULL);
    bool mail = cli->opt[OPTION_MAIL] != NULL;
    if (!read_since(cli, now, &since))
        return usage_error(_("--since: \"%s\" is no day and no moment; one is expected like 2025-01-31 or 2025-01-31T18:00"),
                           cli->opt[OPTION_SINCE]);
    if (mail && cli_json(cli))
        return usage_error(_("--mail sends text: it does not go with --json"));
    int code = instance_config(cli);
    if (code == 0 && status_store_there(cli->config))
        code = instance_owner(cli->config);
    if (code)
        return code;
    if (mail && !config_text(cli->config, SETTING_summary_to)[0]) {
        say(_("%s: [summary] to names nobody: add the addresses that receive the summary"), cli->config->file);
        return err_exit_code(ERR_CONFIG);
    }
    buf_init(&message, MAIL_MAX);
    code = summarise(cli, since, now, mail ? &message : NULL);
    int sent = mail && message.len ? send_mail(cli, &message) : 0;
    buf_free(&message);
    return code ? code : sent;
}
