#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/sample_faults.h"
#include "cli/sample_options.h"
#include "cli/text.h"
#include "flux/base/fdio.h"
#include "flux/intake/config.h"
#include "flux/intake/nearest.h"
#include "flux/record/value.h"
#include "samples/life.h"
#include "samples/sample.h"

static const char *const emitters[] = {[SAMPLE_CAF] = "caf", [SAMPLE_MSA] = "msa", NULL};
static const char *const encodings[] = {[SAMPLE_UTF8] = "utf-8",
                                        [SAMPLE_UTF8_BOM] = "utf-8-bom",
                                        [SAMPLE_WINDOWS_1252] = "windows-1252",
                                        [SAMPLE_ISO_8859_1] = "iso-8859-1",
                                        [SAMPLE_ISO_8859_15] = "iso-8859-15",
                                        NULL};

/* Index of the word typed, -1 after a message. */
static int choice(const struct cli *cli, enum option_id id, const char *const *words)
{
    struct nearest n;
    if (!cli->opt[id])
        return 0;
    nearest_init(&n, cli->opt[id]);
    for (int i = 0; words[i]; i++) {
        if (strcmp(words[i], cli->opt[id]) == 0)
            return i;
        nearest_try(&n, words[i]);
    }
    if (n.best)
        usage_error(_("--%s: \"%s\" is not known; did you mean \"%s\"?"), option_rows[id].name, cli->opt[id], n.best);
    else
        usage_error(_("--%s: \"%s\" is not known; see fluxrsa sample generate --help"), option_rows[id].name, cli->opt[id]);
    return -1;
}

static bool read_month(const struct cli *cli, struct sample_options *o)
{
    char day[16];
    int64_t days;
    const char *month = cli->opt[OPTION_MONTH] ? cli->opt[OPTION_MONTH] : "2025-01";
    snprintf(day, sizeof(day), "%.10s-01", month);
    if (strlen(month) != 7 || month[4] != '-' || !day_parse(day, &days)) {
        usage_error(_("--month: \"%s\" is not a month; one is expected, like 2025-01"), month);
        return false;
    }
    if (cli->opt[OPTION_DAILY] && !cli_day(cli->opt[OPTION_DAILY], OPTION_DAILY, &days))
        return false;
    o->daily = cli->opt[OPTION_DAILY] != NULL;
    date_from_days(days, &o->year, &o->month, &o->day);
    if (o->year >= YEAR_FIRST && o->year <= YEAR_LAST)
        return true;
    usage_error(_("--%s: a year from %d to %d is expected"), o->daily ? "daily" : "month", YEAR_FIRST, YEAR_LAST);
    return false;
}

static bool read_numbers(const struct cli *cli, struct sample_options *o)
{
    uint64_t households = 100, seed = 1, index = 0, changed = 0;
    if (!cli_number(cli, OPTION_HOUSEHOLDS, 1, LIFE_FIRST_MAX, &households) ||
        !cli_number(cli, OPTION_SEED, 0, 999999999999999999, &seed) || !cli_number(cli, OPTION_MONTH_INDEX, 0, LIFE_MONTHS_MAX, &index) ||
        !cli_number(cli, OPTION_CHANGED, 0, 1000, &changed))
        return false;
    o->households = (uint32_t)households;
    o->seed = seed;
    o->month_index = (uint32_t)index;
    o->changed_per_mille = (uint32_t)changed;
    return true;
}

bool sample_options_read(const struct cli *cli, struct sample_options *o)
{
    int64_t number;
    char near[64];
    const char *departement = cli->opt[OPTION_DEPARTEMENT] ? cli->opt[OPTION_DEPARTEMENT] : "062";
    enum config_fault_kind kind = setting_judge(&settings[SETTING_instance_departement], departement, &number, near, sizeof(near));
    if (kind != CONFIG_FAULT_KINDS) {
        usage_error("--departement: %s", _(config_fault_text(kind)));
        return false;
    }
    int emitter = choice(cli, OPTION_EMITTER, emitters), encoding = emitter < 0 ? -1 : choice(cli, OPTION_ENCODING, encodings);
    if (emitter < 0 || encoding < 0 || !read_numbers(cli, o) || !read_month(cli, o))
        return false;
    snprintf(o->departement, sizeof(o->departement), "%s", departement);
    o->emitter = (enum sample_emitter)emitter;
    o->encoding = (enum sample_encoding)encoding;
    o->indent = !cli->opt[OPTION_NO_INDENT];
    return true;
}

/* Closes file; a write that failed late counts too. */
static int end_file(FILE *file, enum err e, const char *path)
{
    if (fclose(file) != 0 && !e)
        e = err_from_errno(errno);
    return e ? failure(e, path) : 0;
}

static int write_at(int dirfd, const char *name, const struct sample_options *o, bool told)
{
    char number[TEXT_SHORT];
    uint64_t written = 0;
    int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!file) {
        int error = errno;
        fd_close(&fd);
        return failure(err_from_errno(error), name);
    }
    int code = end_file(file, sample_write(o, file, &written), name);
    if (code == 0 && told)
        say(ngettext("%s: %s household", "%s: %s households", written), name, text_number(written, number));
    return code;
}

void sample_options_next_month(struct sample_options *o)
{
    o->month_index++;
    o->month = o->month % 12 + 1;
    o->year += o->month == 1;
}

static int write_dailies(int dirfd, struct sample_options o, bool told)
{
    int64_t day, first;
    int code = 0, month = o.month;
    if (!date_to_days(o.year, o.month, 1, &first))
        return failure(ERR_BUG, NULL);
    o.daily = true;
    for (day = first; code == 0; day++) {
        char name[64];
        date_from_days(day, &o.year, &o.month, &o.day);
        if (o.month != month)
            break;
        /* 1970-01-01 was a Thursday: nobody works on the third and fourth day from there. */
        if (day % 7 == 2 || day % 7 == 3)
            continue;
        snprintf(name, sizeof(name), "rsa.RSABEI.%04d%02d%02d.xml", o.year, o.month, o.day);
        code = write_at(dirfd, name, &o, told);
    }
    return code;
}

static int write_series(const struct cli *cli, struct sample_options o, int dirfd)
{
    uint64_t months = 1;
    uint64_t m, life = LIFE_MONTHS_MAX + 1 - o.month_index, years = (uint64_t)((YEAR_LAST - o.year) * 12 + 13 - o.month);
    int code = cli_number(cli, OPTION_SERIES, 1, life < years ? life : years, &months) ? 0 : err_exit_code(ERR_USAGE);
    for (m = 0; m < months && code == 0 && !*cli->stop; m++) {
        char name[64];
        snprintf(name, sizeof(name), "rsa.RSABEM.%04d%02d.xml", o.year, o.month);
        code = write_at(dirfd, name, &o, true);
        if (code == 0 && cli->opt[OPTION_DAILIES])
            code = write_dailies(dirfd, o, true);
        sample_options_next_month(&o);
    }
    return code == 0 && m < months ? err_exit_code(ERR_STOPPED) : code;
}

static int series(const struct cli *cli, const struct sample_options *o)
{
    const char *folder = cli->opt[OPTION_OUTPUT];
    if (!folder || o->daily)
        return usage_error(_("--series writes into a folder, and its dailies come with --dailies: give -o FOLDER and no --daily"));
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return failure(err_from_errno(errno), folder);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return failure(err_from_errno(errno), folder);
    int code = write_series(cli, *o, fd);
    fd_close(&fd);
    return code;
}

int cmd_sample_generate(struct cli *cli)
{
    struct sample_options o = {0};
    uint64_t written = 0;
    if (!sample_options_read(cli, &o))
        return err_exit_code(ERR_USAGE);
    if (cli->opt[OPTION_FAULTS] && (cli->opt[OPTION_SERIES] || cli->opt[OPTION_DAILIES]))
        return usage_error(_("--faults is for one flux: not with --series"));
    if (cli->opt[OPTION_FAULTS])
        return sample_with_faults(cli, &o, cli->opt[OPTION_OUTPUT]);
    if (cli->opt[OPTION_SERIES])
        return series(cli, &o);
    if (cli->opt[OPTION_DAILIES])
        return usage_error(_("--dailies goes with --series"));
    if (cli->opt[OPTION_OUTPUT])
        return write_at(AT_FDCWD, cli->opt[OPTION_OUTPUT], &o, isatty(STDERR_FILENO));
    /* Nothing of an instance is open: as for any filter, a reader that has seen enough ends the program. */
    signal(SIGPIPE, SIG_DFL);
    enum err e = sample_write(&o, cli->out.file, &written);
    return e ? failure(e, _("standard output")) : 0;
}
