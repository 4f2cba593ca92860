#include <limits.h>
#include <popt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flux/base/i18n.h"
#include "flux/base/streams.h"
#include "flux/daemon/daemon.h"

struct options {
    char *config;
    int once, help, version;
};

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("fluxrsad: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
}

static void print_help(void)
{
    printf("%s\n\n", _("fluxrsad takes the files that payers drop, and imports them one after the other."));
    printf("%s\n  fluxrsad -c /etc/fluxrsa/fluxrsa.conf\n  fluxrsad -c /etc/fluxrsa/fluxrsa.conf --once\n\n", _("Examples:"));
    printf("%s\n", _("Options:"));
    printf("  -c, --config FILE  %s\n", _("the configuration; else that of the variable FLUXRSA_CONFIG, else /etc/fluxrsa/fluxrsa.conf"));
    printf("      --once         %s\n", _("end when nothing is left to do, for cron; says only what went wrong"));
    printf("      --help         %s\n", _("this text"));
    printf("      --version      %s\n\n", _("the version"));
    printf("%s\n", _("SIGHUP reads the configuration again and tries at once what waits; SIGTERM ends it, an import at work left for the "
                     "next start."));
}

/* What is called at exit can reach nothing else. */
static bool parsing;

/* Without memory popt ends the program, with a code that is none of ours. */
static void popt_ended_it(void)
{
    if (!parsing)
        return;
    say("%s", _(err_text(ERR_NOMEM)));
    _exit(err_exit_code(ERR_NOMEM));
}

/* False when popt found no memory: a configuration that was named must not become another one. */
static bool read_all(poptContext context, struct options *o, int *last)
{
    while ((*last = poptGetNextOpt(context)) > 0) {
        free(o->config);
        o->config = poptGetOptArg(context);
        if (!o->config)
            return false;
    }
    return context != NULL;
}

/* -1 to go on. */
static int read_options(int argc, const char **argv, struct options *o)
{
    const struct poptOption table[] = {{"config", 'c', POPT_ARG_STRING, NULL, 'c', NULL, NULL},
                                       {"once", '\0', POPT_ARG_NONE, &o->once, 0, NULL, NULL},
                                       {"help", '\0', POPT_ARG_NONE, &o->help, 0, NULL, NULL},
                                       {"version", '\0', POPT_ARG_NONE, &o->version, 0, NULL, NULL},
                                       POPT_TABLEEND};
    int r = 0;
    if (atexit(popt_ended_it))
        return err_exit_code(ERR_NOMEM);
    parsing = true;
    poptContext context = poptGetContext("fluxrsad", argc, argv, table, 0);
    bool all = read_all(context, o, &r);
    const char *word = !all ? NULL : r < -1 ? poptBadOption(context, 0) : poptPeekArg(context);
    if (word)
        say(_("%s: not understood; see fluxrsad --help"), word);
    if (!all)
        say("%s", _(err_text(ERR_NOMEM)));
    poptFreeContext(context);
    parsing = false;
    if (!all)
        return err_exit_code(ERR_NOMEM);
    if (word)
        return err_exit_code(ERR_USAGE);
    if (o->help)
        print_help();
    if (o->version)
        printf("fluxrsad %s\n", FLUXRSA_VERSION);
    return o->help || o->version ? 0 : -1;
}

static const char *own_folder(char folder[PATH_MAX])
{
    ssize_t n = readlink("/proc/self/exe", folder, PATH_MAX - 1);
    folder[n > 0 ? n : 0] = '\0';
    char *slash = strrchr(folder, '/');
    if (slash)
        *slash = '\0';
    return folder;
}

static bool find_program(const char *folder, char path[PATH_MAX])
{
    int n = snprintf(path, PATH_MAX, "%s/fluxrsa", folder);
    if (n > 0 && n < PATH_MAX && access(path, X_OK) == 0)
        return true;
    snprintf(path, PATH_MAX, "%s/fluxrsa", FLUXRSA_BINDIR);
    return access(path, X_OK) == 0;
}

static void close_doors(void)
{
    const struct rlimit none = {0, 0};
    umask(077);
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGIO, SIG_IGN); /* of a lease that somebody wants broken */
}

static int load(struct daemon *d)
{
    struct config_faults faults = {0};
    struct stat st;
    enum err e = config_load(d->config_file, &d->config, &faults);
    const struct log plain = {.sink = SINK_STDERR};
    if (d->config)
        i18n_choose(config_text(d->config, SETTING_instance_langue));
    config_tell(&plain, d->config_file, &faults);
    if (e == ERR_NOFILE && stat(d->config_file, &st) == 0 && S_ISDIR(st.st_mode))
        say(_("%s: this is a folder; give the configuration file that is in it: -c %s/fluxrsa.conf"), d->config_file, d->config_file);
    else if (e == ERR_NOFILE)
        say(_("%s: there is no such configuration file; give one with -c FILE or FLUXRSA_CONFIG, or make an instance with fluxrsa init"),
            d->config_file);
    else if (e == ERR_CONFIG)
        say(_("%s: the configuration is wrong; see fluxrsa config check"), d->config_file);
    else if (e == ERR_PERM)
        say(_("%s: the configuration may not be read by this user"), d->config_file);
    else if (e)
        say(_("%s: %s"), d->config_file, _(err_text(e)));
    return e ? err_exit_code(e == ERR_NOFILE ? ERR_CONFIG : e) : -1;
}

static int take_spool(struct daemon *d)
{
    enum spool_state wrong = SPOOL_WORK;
    char holder[64];
    enum err e = spool_open(&d->spool, d->config, &wrong);
    if (!e)
        e = spool_lock(&d->spool, holder, sizeof(holder));
    const struct about a = {.file = spool_folder(d->config, wrong < SPOOL_STATES ? wrong : SPOOL_WORK),
                            .detail = e == ERR_BUSY ? holder : _(err_text(e))};
    if (e)
        log_event(&d->log, e == ERR_BUSY ? EVENT_BUSY : EVENT_SPOOL, &a);
    return e ? err_exit_code(e) : -1;
}

static int run(struct daemon *d)
{
    int code = load(d);
    if (code < 0) {
        log_open(&d->log, (enum sink_choice)config_number(d->config, SETTING_log_sink), d->once);
        code = take_spool(d);
    }
    if (code < 0) {
        code = daemon_run(d);
    }
    return code;
}

int main(int argc, const char **argv)
{
    struct daemon d = {0};
    char folder[PATH_MAX], program[PATH_MAX];
    struct options o = {0};
    if (!streams_fill("fluxrsad"))
        return err_exit_code(ERR_IO);
    own_folder(folder);
    i18n_start(folder);
    close_doors();
    int code = read_options(argc, argv, &o);
    if (code < 0) {
        const char *named = o.config ? o.config : getenv("FLUXRSA_CONFIG");
        d = (struct daemon){.program = program,
                            .config_file = named && named[0] ? named : "/etc/fluxrsa/fluxrsa.conf",
                            .once = o.once,
                            .spool = {.dirs = {-1, -1, -1, -1}, .lock = -1}};
        if (find_program(folder, program)) {
            code = run(&d);
        } else {
            say(_("%s: the program fluxrsa is not there"), program);
            code = err_exit_code(ERR_CHILD);
        }
        spool_close(&d.spool);
        config_free(d.config);
    }
    free(o.config);
    return code;
}
