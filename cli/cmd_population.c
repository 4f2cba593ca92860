#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/instance.h"
#include "cli/json.h"
#include "cli/render.h"
#include "cli/sample_options.h"
#include "flux/base/fdio.h"
#include "flux/intake/nearest.h"
#include "samples/truth.h"

enum { MONTHS = 4 };

static const char *const sorts[] = {[TRUTH_ONE] = "one", [TRUTH_TWO] = "two", [TRUTH_UNTOLD] = "untold"};

int cmd_sample_situations(struct cli *cli)
{
    static const struct column columns[] = {{N_("SITUATION"), false, false}, {N_("HUMANS"), false, false}, {N_("WHAT IT IS"), false, true}};
    json_t *list = cli_json(cli) ? json_array() : NULL;
    instance_language(cli);
    struct table *t = list ? NULL : table_new(columns, sizeof(columns) / sizeof(columns[0]));
    for (int i = 0; i < SITUATION_COUNT; i++) {
        enum situation s = (enum situation)i;
        const char *cells[] = {situation_name(s), sorts[situation_sort(s)], situation_reason(s)};
        if (!list) {
            table_row(t, cells);
            continue;
        }
        json_t *object = json_object();
        put_text(object, "situation", cells[0]);
        put_text(object, "humans", cells[1]);
        put_text(object, "reason", cells[2]);
        json_array_append_new(list, object);
    }
    enum err e = list ? json_end(list, &cli->out) : table_end(t, &cli->out, "");
    return e ? failure(e, NULL) : 0;
}

/* ---- options ---- */

/* 0, or an exit code after a message. */
static int want(const char *name, size_t len, struct truth_options *o)
{
    char typed[64];
    struct nearest n;
    enum situation s = situation_by_name(name, len);
    if (s != SITUATION_NONE) {
        o->wanted[s] = true;
        return 0;
    }
    snprintf(typed, sizeof(typed), "%.*s", (int)(len < sizeof(typed) ? len : sizeof(typed) - 1), name);
    nearest_init(&n, typed);
    for (int i = 0; i < SITUATION_COUNT; i++)
        nearest_try(&n, situation_name((enum situation)i));
    if (n.best)
        return usage_error(_("--%s: \"%s\" is not known; did you mean \"%s\"?"), option_rows[OPTION_SITUATIONS].name, typed, n.best);
    return usage_error(_("--%s: \"%s\" is not known; see fluxrsa sample situations"), option_rows[OPTION_SITUATIONS].name, typed);
}

static int read_situations(const struct cli *cli, struct truth_options *o)
{
    const char *list = cli->opt[OPTION_SITUATIONS];
    int code = 0;
    for (int i = 0; i < SITUATION_COUNT && !list; i++)
        o->wanted[i] = situation_sort((enum situation)i) != TRUTH_UNTOLD;
    for (const char *at = list; at && !code && (*at || at == list);) {
        size_t len = strcspn(at, ",");
        code = want(at, len, o);
        at += len + (at[len] == ',');
    }
    return code;
}

/* ---- writing ---- */

struct population {
    const struct cli *cli;
    struct truth_options o;
    int folder;
    FILE *truth;
    bool more; /* not the first person of a flux */
};

static void seen(void *ctx, const struct truth_seen *s)
{
    struct population *p = ctx;
    fprintf(p->truth, "%s[\"%s\",%u,%" PRIu32 ",", p->more ? ",\n" : "\n", s->numdemrsa, s->ordinal, s->human);
    if (s->situation == SITUATION_NONE)
        fputs("null,null]", p->truth);
    else
        fprintf(p->truth, "\"%s\",%" PRIu32 "]", situation_name(s->situation), s->rank);
    p->more = true;
}

static FILE *create(int folder, const char *name)
{
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    int error = errno;
    if (!file)
        fd_close(&fd);
    errno = error;
    return file;
}

/* Closes file; a write that failed late counts too. */
static int end_file(FILE *file, enum err e, const char *name)
{
    bool failed = ferror(file) != 0;
    if (fclose(file) != 0 && !e)
        e = err_from_errno(errno);
    return e || failed ? failure(e ? e : ERR_IO, name) : 0;
}

static int write_flux(struct population *p, enum sample_emitter emitter, bool first)
{
    char name[64];
    uint64_t written;
    snprintf(name, sizeof(name), "rsa.RSABEM.%04d%02d.%s.xml", p->o.caf.year, p->o.caf.month, emitter == SAMPLE_MSA ? "msa" : "caf");
    FILE *file = create(p->folder, name);
    if (!file)
        return failure(err_from_errno(errno), name);
    fprintf(p->truth, "%s{\"file\":\"%s\",\"persons\":[", first ? "\n" : ",\n", name);
    p->more = false;
    int code = end_file(file, truth_write(&p->o, emitter, file, &written), name);
    fputs("]}", p->truth);
    return code;
}

static int write_series(struct population *p)
{
    uint64_t months = MONTHS;
    uint64_t most = (uint64_t)((YEAR_LAST - p->o.caf.year) * 12 + 13 - p->o.caf.month);
    if (!cli_number(p->cli, OPTION_SERIES, 1, most < 24 ? most : 24, &months))
        return err_exit_code(ERR_USAGE);
    int code = 0;
    fprintf(p->truth, "{\"schema\":1,\"seed\":%" PRIu64 ",\"households\":%" PRIu32 ",\"flux\":[", p->o.caf.seed, p->o.caf.households);
    for (uint64_t m = 0; m < months && !code; m++) {
        if (*p->cli->stop)
            return err_exit_code(ERR_STOPPED);
        code = write_flux(p, SAMPLE_CAF, m == 0);
        if (!code)
            code = write_flux(p, SAMPLE_MSA, false);
        sample_options_next_month(&p->o.caf);
    }
    fputs("\n]}\n", p->truth);
    return code;
}

static int write_population(struct population *p, const char *folder)
{
    char name[PATH_MAX];
    int n = snprintf(name, sizeof(name), "%s.truth.json", folder);
    if (n < 0 || (size_t)n >= sizeof(name))
        return failure(ERR_TOOBIG, folder);
    p->truth = create(AT_FDCWD, name);
    if (!p->truth)
        return failure(err_from_errno(errno), name);
    int code = write_series(p), ended = end_file(p->truth, ERR_OK, name);
    return code ? code : ended;
}

int cmd_sample_population(struct cli *cli)
{
    struct population p = {.cli = cli, .folder = -1, .o = {.seen = seen}};
    const char *folder = cli->opt[OPTION_OUTPUT];
    p.o.ctx = &p;
    if (!sample_options_read(cli, &p.o.caf))
        return err_exit_code(ERR_USAGE);
    int code = read_situations(cli, &p.o);
    if (code)
        return code;
    if (!folder)
        return usage_error(_("a population is written into a folder: give -o FOLDER"));
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return failure(err_from_errno(errno), folder);
    p.folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (p.folder < 0)
        return failure(err_from_errno(errno), folder);
    code = write_population(&p, folder);
    fd_close(&p.folder);
    return code;
}
