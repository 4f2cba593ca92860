#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "cli/flux_view.h"
#include "cli/instance.h"
#include "cli/json.h"
#include "cli/progress.h"
#include "cli/render.h"
#include "cli/text.h"
#include "flux/intake/undo_flux.h"

static int64_t now(void) { return (int64_t)time(NULL); }

static void take_progress(void *ctx, const struct intake_progress *p) { progress_show(ctx, p); }

static void take_waiting(void *ctx, const char *holder)
{
    progress_clear(ctx);
    say_waiting(holder);
}

/* Why a flux may not be undone. */
static int refuse(uint32_t flux, const struct flux_undone *u)
{
    if (u->status == FLUX_UNDONE)
        say(_("flux %u is undone already: nothing to do"), (unsigned)flux);
    else if (u->status != FLUX_APPLIED)
        say(_("flux %u was not applied: there is nothing to undo"), (unsigned)flux);
    else if (u->others_in_the_way)
        say(ngettext("flux %u cannot be undone: flux %u and %u other, imported later, carried some of its dossiers; undo flux %u first",
                     "flux %u cannot be undone: flux %u and %u others, imported later, carried some of its dossiers; undo flux %u first",
                     u->others_in_the_way),
            (unsigned)flux, (unsigned)u->in_the_way, (unsigned)u->others_in_the_way, (unsigned)u->in_the_way);
    else
        say(_("flux %u cannot be undone: flux %u, imported later, carried some of its dossiers; undo flux %u first"), (unsigned)flux,
            (unsigned)u->in_the_way, (unsigned)u->in_the_way);
    return err_exit_code(ERR_BAD);
}

static enum err show_json(struct cli *cli, uint32_t flux, const struct flux_undone *u, bool dry_run)
{
    json_t *object = json_object();
    put_int(object, "flux", flux);
    put_text(object, "status", u->in_the_way || u->status != FLUX_APPLIED ? "refused" : dry_run ? "dry-run" : "undone");
    if (u->in_the_way)
        put_int(object, "in_the_way", u->in_the_way);
    else
        put_null(object, "in_the_way");
    put_int(object, "removed", (int64_t)u->removed);
    put_int(object, "restored", (int64_t)u->restored);
    put_int(object, "kept", (int64_t)u->kept);
    put_int(object, "persons", (int64_t)u->persons);
    put_int(object, "rejects_removed", (int64_t)u->rejects_removed);
    put_int(object, "rejects_reopened", (int64_t)u->rejects_reopened);
    put_int(object, "findings_removed", (int64_t)u->findings_removed);
    return json_end(object, &cli->out);
}

static void show_text(struct output *o, uint32_t flux, const struct flux_undone *u, bool dry_run)
{
    char a[TEXT_SHORT], b[TEXT_SHORT], c[TEXT_SHORT];
    enum flux_verdict verdict = dry_run ? VERDICT_DRY_RUN : VERDICT_UNDONE;
    fprintf(o->file, "%s%s%s  ", paint(o, verdict_colour(verdict)), verdict_label(verdict), paint(o, PLAIN));
    fprintf(o->file, _("flux %u"), (unsigned)flux);
    fputc('\n', o->file);
    fieldf(o, _("Dossiers"), _("%s removed, %s as they were before, %s that stay as they are"), text_number(u->removed, a),
           text_number(u->restored, b), text_number(u->kept, c));
    fieldf(o, _("Persons"), _("%s forgotten"), text_number(u->persons, a));
    fieldf(o, _("Rejects"), _("%s removed, %s open again"), text_number(u->rejects_removed, a), text_number(u->rejects_reopened, b));
    if (dry_run)
        field(o, "", _("nothing was changed: run the command again without --dry-run to undo it"));
    else
        field(o, "", _("it can be imported again"));
}

static int fail(const struct config *c, enum err e)
{
    switch (e) {
    case ERR_STOPPED:
    case ERR_NOMEM:
        return failure(e, NULL);
    case ERR_JOURNAL:
        return failure(e, config_text(c, SETTING_instance_journal));
    default:
        return instance_failure(c, e);
    }
}

static int run(struct cli *cli, const struct intake_options *o, uint32_t flux)
{
    struct flux_undone u;
    bool applied, json = cli_json(cli);
    enum err e = intake_undo(o, flux, cli->opt[OPTION_REASON], &u, &applied);
    progress_clear(o->ctx);
    if (e == ERR_NOTFOUND) {
        say(_("no flux has the number %u; see fluxrsa flux list"), (unsigned)flux);
        return err_exit_code(e);
    }
    enum err shown = ERR_OK;
    if (json && (!e || e == ERR_BAD || applied))
        shown = show_json(cli, flux, &u, o->dry_run);
    else if (!e || applied)
        show_text(&cli->out, flux, &u, o->dry_run);
    if (e == ERR_BAD)
        return refuse(flux, &u);
    if (e && applied)
        say(_("%s: the journal did not take the line of flux %u (%s); the flux is undone, and the next import brings its line"), o->journal,
            (unsigned)flux, _(err_text(e)));
    return e && applied ? err_exit_code(ERR_JOURNAL) : e ? fail(cli->config, e) : shown ? failure(shown, NULL) : 0;
}

static int judge_reason(const char *reason)
{
    if (!reason || strspn(reason, " ") == strlen(reason))
        return usage_error(_("--reason: a reason is expected; it is kept in the ledger and the journal"));
    if (strlen(reason) >= FLUX_TEXT_MAX)
        return usage_error(_("--reason: at most %d characters"), FLUX_TEXT_MAX - 1);
    return 0;
}

int cmd_flux_undo(struct cli *cli)
{
    uint64_t id;
    char user[64];
    struct progress progress;
    struct intake_options o = {.progress = take_progress,
                               .ctx = &progress,
                               .now = now,
                               .waiting = take_waiting,
                               .stop = cli->stop,
                               .dry_run = cli->opt[OPTION_DRY_RUN] != NULL};
    if (!cli_id(cli->args[0], &id))
        return usage_error("%s", _("the number of a flux is expected, as in fluxrsa flux list"));
    int code = judge_reason(cli->opt[OPTION_REASON]);
    if (code == 0)
        code = instance_config(cli);
    if (code == 0)
        code = instance_owner(cli->config);
    if (code)
        return code;
    progress_init(&progress);
    o.place = instance_place(cli->config);
    o.journal = config_text(cli->config, SETTING_instance_journal);
    o.user = instance_user(user, sizeof(user));
    return run(cli, &o, (uint32_t)id);
}
