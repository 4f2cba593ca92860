#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "cli/json.h"
#include "cli/status_report.h"
#include "flux/base/fdio.h"

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_NAGIOS, FORMAT_PROMETHEUS, FORMATS };

enum { NAGIOS_UNKNOWN = 3, READ_BY_ALL = 0644 };

static bool read_format(const struct cli *cli, enum format *format)
{
    static const char *const words[FORMATS] = {"text", "json", "nagios", "prometheus"};
    const char *wanted = cli->opt[OPTION_FORMAT];
    *format = cli_json(cli) ? FORMAT_JSON : FORMAT_TEXT;
    for (size_t k = 0; wanted && k < FORMATS; k++)
        if (strcmp(words[k], wanted) == 0) {
            *format = (enum format)k;
            return !cli_json(cli) || k == FORMAT_JSON;
        }
    return !wanted;
}

static bool for_machines(enum format f) { return f == FORMAT_NAGIOS || f == FORMAT_PROMETHEUS; }

static enum err print(const struct status_report *r, enum format format, struct output *o)
{
    switch (format) {
    case FORMAT_JSON:
        return json_end(status_json(r), o);
    case FORMAT_NAGIOS:
        status_nagios(r, o->file);
        return ERR_OK;
    case FORMAT_PROMETHEUS:
        status_prometheus(r, o->file);
        return ERR_OK;
    default:
        status_text(r, o);
        return ERR_OK;
    }
}

/* Whoever collects the file sees the old one or the new one, and is another user. */
static enum err replace(const char *path, const char *text, size_t len)
{
    char *folder = strdup(path), *name = strdup(path);
    int fd = folder && name ? open(dirname(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    enum err e = fd < 0 ? err_from_errno(errno) : file_replace(fd, basename(name), READ_BY_ALL, text, len);
    fd_close(&fd);
    free(folder);
    free(name);
    return e;
}

static int print_into(const struct status_report *r, enum format format, const char *path)
{
    struct output o = {0};
    char *text = NULL;
    size_t len = 0;
    o.file = open_memstream(&text, &len);
    if (!o.file)
        return failure(ERR_NOMEM, NULL);
    enum err e = print(r, format, &o);
    bool lost = fclose(o.file) != 0;
    if (!e)
        e = lost ? ERR_NOMEM : replace(path, text, len);
    free(text);
    return e ? failure(e, path) : 0;
}

static int show(struct cli *cli, enum format format, const struct status_report *r)
{
    static const int nagios[LEVEL_COUNT] = {0, 1, 2};
    const char *path = cli->opt[OPTION_OUTPUT];
    int code = 0;
    enum err e = ERR_OK;
    if (path)
        code = print_into(r, format, path);
    else
        e = print(r, format, &cli->out);
    if (e)
        code = failure(e, NULL);
    if (format == FORMAT_NAGIOS)
        return code || status_unknown(r->store_err) ? NAGIOS_UNKNOWN : nagios[status_worst(r)];
    return code;
}

static int tell_unknown(struct cli *cli)
{
    fprintf(cli->out.file, "FLUXRSA UNKNOWN - %s\n", _("see fluxrsa doctor"));
    return NAGIOS_UNKNOWN;
}

static int gather(struct cli *cli, enum format format)
{
    struct instance i = {0};
    struct status_report *r = NULL;
    bool machines = for_machines(format);
    enum err why = status_open(cli->config, "status", &i);
    int code = why ? instance_failure(cli->config, why) : 0;
    enum err e = why && !machines ? ERR_OK : status_gather(cli, &i, why, (int64_t)time(NULL), &r);
    if (!e && r && r->store_err && !why)
        code = failure(r->store_err, config_text(cli->config, SETTING_instance_store));
    int shown = e ? failure(e, NULL) : r && (machines || !r->store_err) ? show(cli, format, r) : 0;
    status_free(r);
    instance_close(&i);
    if (format == FORMAT_NAGIOS)
        return e ? tell_unknown(cli) : shown;
    return code ? code : shown;
}

int cmd_status(struct cli *cli)
{
    enum format format;
    if (!read_format(cli, &format))
        return usage_error(_("--format: one of text, json, nagios, prometheus is expected"));
    int code = instance_config(cli);
    if (code == 0 && (status_store_there(cli->config) || !for_machines(format)))
        code = instance_owner(cli->config);
    if (code == 0)
        return gather(cli, format);
    return format == FORMAT_NAGIOS ? tell_unknown(cli) : code;
}
