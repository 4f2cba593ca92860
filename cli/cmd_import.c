#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "cli/copies.h"
#include "cli/flux_view.h"
#include "cli/instance.h"
#include "cli/json.h"
#include "cli/progress.h"
#include "cli/report_view.h"
#include "flux/daemon/spool.h"
#include "flux/intake/config.h"

enum { CODE_REJECTS = 1 };

/* Rejects beyond which the run ends with CODE_REJECTS: a number, or a share per thousand. */
struct threshold {
    bool set, share;
    uint64_t limit;
};

struct run {
    struct cli *cli;
    struct progress progress;
    struct copies copies;
    struct threshold threshold;
    json_t *list;
    bool turned_away, above, missing, stopped, broken;
    bool waiting;  /* for another writer of the store */
    size_t judged; /* flux, of all files */
    int failed;    /* exit code of a work that could not be done, 0 as long as all went */
};

static int64_t now(void) { return (int64_t)time(NULL); }

static bool above(const struct threshold *t, const struct flux_entry *f)
{
    if (!t->set)
        return false;
    return t->share ? f->rejected * 1000 > t->limit * f->read : f->rejected > t->limit;
}

/* What was applied must be told: while it is, a signal waits instead of breaking the write. */
static void hold_signals(sigset_t *before)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGALRM);
    sigprocmask(SIG_BLOCK, &set, before);
}

static void take_result(void *ctx, const struct flux_result *r)
{
    struct run *run = ctx;
    progress_clear(&run->progress);
    run->judged++;
    run->turned_away |= r->verdict == VERDICT_REFUSED || r->verdict == VERDICT_HELD;
    if (r->verdict == VERDICT_APPLIED || r->verdict == VERDICT_ALREADY)
        copies_note(&run->copies, &r->entry);
    /* What was applied before was judged then. */
    run->above |= r->verdict != VERDICT_ALREADY && above(&run->threshold, &r->entry);
    if (run->list) {
        json_array_append_new(run->list, flux_json(r));
    } else {
        sigset_t before;
        hold_signals(&before);
        flux_text(&run->cli->out, r, NULL);
        report_short(&run->cli->out, r);
        fflush(run->cli->out.file);
        sigprocmask(SIG_SETMASK, &before, NULL);
    }
    if (r->journal) {
        say(_("%s: the journal did not take the line of flux %u (%s); the flux is applied, and the next import brings its line"),
            config_text(run->cli->config, SETTING_instance_journal), (unsigned)r->entry.id, _(err_text(r->journal)));
        run->failed = err_exit_code(ERR_JOURNAL);
    }
}

static void take_progress(void *ctx, const struct intake_progress *p)
{
    struct run *run = ctx;
    progress_show(&run->progress, p);
}

static void take_waiting(void *ctx, const char *holder)
{
    struct run *run = ctx;
    run->waiting = holder != NULL;
    progress_clear(&run->progress);
    say_waiting(holder);
}

/* "5 %" or "12". */
static int read_threshold(const char *text, struct threshold *t)
{
    const struct setting share = {.type = SETTING_TYPE_SHARE, .max = 1000}, count = {.type = SETTING_TYPE_NUMBER, .max = 999999999};
    int64_t number = 0;
    char near[64];
    if (!text)
        return 0;
    t->set = true;
    t->share = strchr(text, '%') != NULL;
    if (setting_judge(t->share ? &share : &count, text, &number, near, sizeof(near)) != CONFIG_FAULT_KINDS)
        return usage_error(_("--max-rejects: a whole number or a percentage is expected, like 12 or 5%%"));
    t->limit = (uint64_t)number;
    return 0;
}

/* Most failures are those of the instance, and not of the flux at hand. */
static int work_failure(const struct config *c, enum err e, const char *path)
{
    switch (e) {
    case ERR_JOURNAL:
        say(_("%s: the journal of consultations and acts cannot be used; %s itself is not at fault: see fluxrsa config check and fluxrsa "
              "audit "
              "verify, then run the command again"),
            config_text(c, SETTING_instance_journal), path);
        return err_exit_code(e);
    case ERR_STORE:
    case ERR_CORRUPT:
    case ERR_KEY:
    case ERR_PERM:
    case ERR_FULL:
        return instance_failure(c, e);
    default:
        return failure(e, path);
    }
}

/* A code of its own: whoever runs the import must not blame the file. */
static int never_had_its_turn(const char *path)
{
    say(_("%s: not imported: the store was being written all the time; run the command again"), path);
    return err_exit_code(ERR_STORE);
}

/* A file that was refused or held, and is applied now, waits for nobody any more. */
static void leave_spool(struct run *run, const char *path)
{
    enum err e = spool_settled_by_hand(run->cli->config, path, now());
    if (e)
        say(_("%s: imported, but it could not be moved out of its folder (%s): remove that folder by hand"), path, _(err_text(e)));
}

static void import_one(struct run *run, const struct intake_options *o, const char *path)
{
    int code = cli_look_at_file(path);
    run->missing |= code == err_exit_code(ERR_NOFILE);
    if (code && code != err_exit_code(ERR_NOFILE))
        run->failed = code;
    if (code)
        return;
    size_t judged = run->judged;
    bool turned_away = run->turned_away;
    run->turned_away = false;
    enum err e = intake_file(o, path, take_result, run);
    progress_clear(&run->progress);
    run->broken = e != ERR_OK;
    if (e == ERR_STOPPED && run->waiting)
        run->failed = never_had_its_turn(path);
    else if (e)
        run->failed = work_failure(run->cli->config, e, path);
    else if (!o->dry_run && run->judged > judged && !run->turned_away)
        leave_spool(run, path);
    run->turned_away |= turned_away;
}

/* What concerns one file leaves the others their chance; what concerns the store or the machine does not. */
static bool go_on(const struct run *run) { return !*run->cli->stop && !run->broken; }

static int exit_code(const struct run *run)
{
    if (run->failed)
        return run->failed;
    if (run->stopped)
        return failure(ERR_STOPPED, NULL);
    if (run->missing)
        return err_exit_code(ERR_NOFILE);
    if (run->turned_away)
        return err_exit_code(ERR_BAD);
    return run->above ? CODE_REJECTS : 0;
}

/* *source: NULL when the files are imported by hand. */
static int find_source(const struct cli *cli, const struct config_source **source)
{
    const char *name = cli->opt[OPTION_SOURCE];
    *source = name ? config_source(cli->config, name) : NULL;
    return name && !*source ? usage_error(_("--source: the configuration has no source \"%s\"; see fluxrsa config show"), name) : 0;
}

static void fill_options(struct run *run, const struct config_source *source, struct intake_options *o)
{
    const struct config *c = run->cli->config;
    o->place = instance_place(c);
    o->journal = config_text(c, SETTING_instance_journal);
    snprintf(o->departement, sizeof(o->departement), "%s", config_text(c, SETTING_instance_departement));
    o->keep_rule = config_keep_rule(c);
    o->reject_share = (unsigned)config_number(c, SETTING_import_max_reject_share);
    o->volume_shares[VOLUME_CREATED] = (unsigned)config_number(c, SETTING_import_max_created_share);
    o->volume_shares[VOLUME_CLOSED] = (unsigned)config_number(c, SETTING_import_max_closed_share);
    o->volume_shares[VOLUME_MISSING] = (unsigned)config_number(c, SETTING_import_max_missing_share);
    o->stall_seconds = (unsigned)config_number(c, SETTING_import_stall_seconds);
    o->member_gib = (unsigned)config_number(c, SETTING_import_max_member_size);
    o->dry_run = run->cli->opt[OPTION_DRY_RUN] != NULL;
    o->force = run->cli->opt[OPTION_FORCE];
    o->source = source ? source->name : NULL;
    o->emitter = source ? (enum emitter_choice)source_number(source, SOURCE_emitter) : EMITTER_ANY;
    o->now = now;
    o->progress = take_progress;
    o->waiting = take_waiting;
    o->ctx = run;
    o->stop = run->cli->stop;
}

int cmd_import(struct cli *cli)
{
    struct run run = {.cli = cli};
    struct intake_options o = {0};
    const struct config_source *source = NULL;
    char parser[PATH_MAX], user[64];
    int code = read_threshold(cli->opt[OPTION_MAX_REJECTS], &run.threshold);
    if (code)
        return code;
    if (cli->opt[OPTION_FORCE] && strspn(cli->opt[OPTION_FORCE], " ") == strlen(cli->opt[OPTION_FORCE]))
        return usage_error(_("--force: a reason is expected; it is kept in the ledger and the journal"));
    code = instance_config(cli);
    if (code == 0)
        code = instance_owner(cli->config);
    if (code == 0)
        code = find_source(cli, &source);
    if (code)
        return code;
    progress_init(&run.progress);
    copies_init(&run.copies);
    fill_options(&run, source, &o);
    o.parser = instance_parser(cli, parser, sizeof(parser));
    o.user = instance_user(user, sizeof(user));
    run.list = cli_json(cli) ? json_array() : NULL;
    size_t done = 0;
    for (; done < cli->arg_count && go_on(&run); done++)
        import_one(&run, &o, cli->args[done]);
    /* A signal that came after the last file has stopped nothing. */
    run.stopped = done < cli->arg_count && *cli->stop;
    hold_signals(NULL);
    if (run.list)
        json_end(run.list, &cli->out);
    if (!o.dry_run)
        copies_settle(&run.copies, cli->config, now());
    copies_free(&run.copies);
    if (o.dry_run && run.judged > 1)
        say(_("each flux was judged alone, against the store as it is now: applied one after the other, the later ones will give other "
              "counts"));
    return exit_code(&run);
}
