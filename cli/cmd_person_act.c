#include <string.h>
#include <time.h>

#include "cli/dossier_arg.h"
#include "cli/json.h"
#include "cli/person_view.h"
#include "flux/intake/person_act.h"

static int64_t now(void) { return (int64_t)time(NULL); }

static void take_waiting(void *ctx, const char *holder)
{
    (void)ctx;
    say_waiting(holder);
}

static int judge_reason(const char *reason)
{
    if (!reason || strspn(reason, " ") == strlen(reason))
        return usage_error(_("--reason: a reason is expected; it is kept with the decision and in the journal"));
    if (strlen(reason) >= DECISION_TEXT_MAX)
        return usage_error(_("--reason: at most %d characters"), DECISION_TEXT_MAX - 1);
    return 0;
}

static const char *const done_names[] = {[PERSON_MERGE] = "merged", [PERSON_DISMISS] = "dismissed", [PERSON_UNMERGE] = "unmerged"};

static enum err show_json(struct cli *cli, const struct person_change *c)
{
    char pair[PAIR_MAX];
    json_t *object = json_object();
    put_text(object, "status", done_names[c->kind]);
    if (c->kind == PERSON_UNMERGE)
        put_int(object, "person", (int64_t)c->a);
    else
        put_text(object, "pair", pair_text(c->a, c->b, pair));
    if (c->kind == PERSON_DISMISS)
        put_day(object, "until", c->until);
    return json_end(object, &cli->out);
}

static void show_text(struct cli *cli, const struct person_change *c)
{
    char pair[PAIR_MAX];
    FILE *out = cli->out.file;
    if (c->kind == PERSON_MERGE)
        fprintf(out, _("pair %s: one person from now on; fluxrsa person unmerge takes it back"), pair_text(c->a, c->b, pair));
    else if (c->kind == PERSON_DISMISS)
        fprintf(out, _("pair %s: set aside"), pair_text(c->a, c->b, pair));
    else
        fprintf(out, _("person %llu: the last merge by hand is taken back"), (unsigned long long)c->a);
    fputc('\n', out);
}

static int refuse(const struct person_change *c, enum err e)
{
    char pair[PAIR_MAX];
    if (e == ERR_NOTFOUND && c->kind == PERSON_UNMERGE)
        say(_("no person has the number %llu"), (unsigned long long)c->a);
    else if (e == ERR_NOTFOUND)
        say(_("no pair %s is waiting; see fluxrsa person duplicates list --all"), pair_text(c->a, c->b, pair));
    else if (c->kind == PERSON_UNMERGE)
        say(_("person %llu is not held together by a merge by hand: there is nothing to take back"), (unsigned long long)c->a);
    else
        say(_("pair %s cannot be one person: two certified NIR, or a household that names both"), pair_text(c->a, c->b, pair));
    return err_exit_code(e);
}

static int run(struct cli *cli, const struct person_change *c)
{
    char user[64];
    bool applied;
    struct decision undone;
    struct intake_options o = {.now = now, .waiting = take_waiting};
    int code = judge_reason(c->reason);
    if (code == 0)
        code = instance_config(cli);
    if (code == 0)
        code = instance_owner(cli->config);
    if (code)
        return code;
    o.place = instance_place(cli->config);
    o.journal = config_text(cli->config, SETTING_instance_journal);
    o.user = instance_user(user, sizeof(user));
    enum err e = intake_person(&o, c, &undone, &applied);
    if (e == ERR_NOTFOUND || e == ERR_BAD)
        return refuse(c, e);
    if (e && !applied)
        return e == ERR_JOURNAL ? failure(e, o.journal) : instance_failure(cli->config, e);
    enum err shown = ERR_OK;
    if (cli_json(cli))
        shown = show_json(cli, c);
    else
        show_text(cli, c);
    if (e)
        say(_("%s: the journal did not take the line (%s); the change is done, and the next import brings its line"), o.journal,
            _(err_text(e)));
    return e ? err_exit_code(ERR_JOURNAL) : shown ? failure(shown, NULL) : 0;
}

static int run_pair(struct cli *cli, struct person_change *c)
{
    c->reason = cli->opt[OPTION_REASON];
    if (!pair_parse(cli->args[0], &c->a, &c->b))
        return usage_error(_("a pair is expected, as in fluxrsa person duplicates list: 12-57"));
    return run(cli, c);
}

int cmd_person_duplicates_merge(struct cli *cli) { return run_pair(cli, &(struct person_change){.kind = PERSON_MERGE}); }

int cmd_person_duplicates_dismiss(struct cli *cli)
{
    struct person_change c = {.kind = PERSON_DISMISS};
    if (!cli->opt[OPTION_UNTIL])
        return usage_error(_("--until: the day on which the pair is to be looked at again is expected"));
    if (!cli_day(cli->opt[OPTION_UNTIL], OPTION_UNTIL, &c.until))
        return err_exit_code(ERR_USAGE);
    if (c.until < now() / DAY_SECONDS)
        return usage_error(_("--until: this day is over"));
    return run_pair(cli, &c);
}

int cmd_person_unmerge(struct cli *cli)
{
    struct person_change c = {.kind = PERSON_UNMERGE, .reason = cli->opt[OPTION_REASON]};
    if (!cli_id(cli->args[0], &c.a))
        return usage_error(_("the number of a person is expected, as in fluxrsa dossier show --json"));
    return run(cli, &c);
}
