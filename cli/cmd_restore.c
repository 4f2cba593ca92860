#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/instance.h"
#include "cli/render.h"
#include "cli/restore_look.h"
#include "cli/store_view.h"
#include "cli/text.h"
#include "flux/intake/act.h"

enum { REASON_MAX = 200, FLUX_SHOWN = 20 };

struct restoring {
    struct cli *cli;
    const char *backup;
    struct store_place place;
    struct backup_info info;
    struct live live;
    const char *reason;
    bool journal_moved;
    enum err journal;
};

/* ---- saying it ---- */

static json_t *lost_json(const struct live *live, bool undone)
{
    json_t *list = json_array();
    for (size_t i = live->lost_count; i-- > 0;) {
        const struct lost_flux *f = &live->lost[i];
        if ((f->undone != 0) != undone)
            continue;
        json_t *object = json_object();
        put_int(object, "flux", f->id);
        put_text(object, "file", f->file);
        put_hex(object, "sha256", f->sha256, sizeof(f->sha256));
        json_array_append_new(list, object);
    }
    return list;
}

static void put_row(struct table *t, const struct lost_flux *f)
{
    char id[TEXT_SHORT];
    snprintf(id, sizeof(id), "%u", (unsigned)f->id);
    const char *const cells[] = {id, f->file, f->undone ? _("undo it again") : _("drop it again")};
    table_row(t, cells);
}

static enum err lost_table(struct output *o, const struct live *live)
{
    static const struct column columns[] = {{N_("FLUX"), true, false}, {N_("FILE"), false, true}, {N_("WHAT TO DO"), false, false}};
    struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = live->lost_count; i-- > 0;)
        put_row(t, &live->lost[i]);
    return table_end(t, o, _("no flux since then"));
}

static int tell(struct restoring *r, const struct store_replaced *done)
{
    char n[TEXT_SHORT];
    struct output *o = &r->cli->out;
    if (cli_json(r->cli)) {
        json_t *object = json_object();
        put_int(object, "schema", 1);
        put_json(object, "backup", backup_json(&r->info));
        put_int(object, "generation", done->generation);
        put_bool(object, "keys_made", done->keys_made);
        put_bool(object, "former_readable", r->live.readable);
        put_json(object, "drop_again", lost_json(&r->live, false));
        put_json(object, "undo_again", lost_json(&r->live, true));
        put_int(object, "acts_since", (int64_t)r->live.acts);
        return json_end(object, o) ? failure(ERR_IO, NULL) : 0;
    }
    fprintf(o->file, "%s%s %s%s\n", paint(o, BOLD), _("Restored from"), r->info.name, paint(o, PLAIN));
    backup_fields(o, &r->info);
    if (done->keys_made)
        field(o, _("Keys"), _("new ones were made: keep a copy of their folder and of the master key in a safe place"));
    if (!r->live.readable)
        field(o, "", _("the store that was here could not be read: drop every flux again that came since the backup"));
    else if (r->live.lost_count)
        fieldf(o, _("To be done again"), _("%s flux; what operators decided since then too: fluxrsa audit show"),
               text_number(r->live.lost_count, n));
    if (r->live.acts)
        fieldf(o, _("Acts since then"), _("%s of operators, no longer in the store: fluxrsa audit show"), text_number(r->live.acts, n));
    return r->live.lost_count && lost_table(o, &r->live) ? failure(ERR_IO, NULL) : 0;
}

static void tell_lost(const struct live *live)
{
    size_t shown = live->lost_count < FLUX_SHOWN ? live->lost_count : FLUX_SHOWN;
    for (size_t i = 0; i < shown; i++)
        say(live->lost[i].undone ? _("flux %u (%s) was undone since") : _("flux %u (%s) was applied since"), (unsigned)live->lost[i].id,
            live->lost[i].file);
    if (live->lost_count > shown)
        say(_("and %zu more"), live->lost_count - shown);
    if (live->acts)
        say(ngettext("%llu act of operators since then is not in the backup: fluxrsa audit show",
                     "%llu acts of operators since then are not in the backup: fluxrsa audit show", live->acts),
            (unsigned long long)live->acts);
}

/* ---- deciding ---- */

/* A store that is whole and knows more is not replaced by a slip of the hand. */
static bool needs_reason(const struct live *live) { return live->readable && (live->lost_count > 0 || live->acts > 0); }

static int could_not_look(const struct restoring *r)
{
    if (r->live.of_backup)
        return backup_failure(r->cli->config, r->live.fault, r->backup);
    say(_("%s: nobody could look at the store that is here (%s), and it may be whole: run the command again when that is mended, or, to "
          "replace it whatever it holds, give --reason"),
        r->place.store_dir, _(err_text(r->live.fault)));
    return err_exit_code(r->live.fault);
}

static int judge(const struct restoring *r)
{
    if (r->live.fault && (r->live.of_backup || !r->reason))
        return could_not_look(r);
    if (!needs_reason(&r->live) || r->reason)
        return 0;
    tell_lost(&r->live);
    if (r->live.same)
        say(_("the store is readable and holds more than the backup: to go back to it nevertheless, give --reason"));
    else
        say(_("the store that is here is another one than that of the backup: to replace it nevertheless, give --reason"));
    return err_exit_code(ERR_BAD);
}

/* ---- acting ---- */

/* A journal that is not there, or is of other keys, begins anew: what the store remembers of the end of the former one is void. */
static enum err put_head(const struct restoring *r, const struct store *s, struct store_txn *t)
{
    static const uint8_t none[32];
    return journal_is_of(r->cli->config, s) ? ERR_OK : store_put_journal_head(t, 0, none);
}

static enum err put_act(void *ctx, const struct store *s, struct store_txn *t)
{
    const struct restoring *r = ctx;
    char detail[512];
    snprintf(detail, sizeof(detail),
             "backup=%s transaction=%" PRIu64 " journal_seq=%" PRIu64 " journal=%s former=%s drop_again=%zu undo_again=%zu acts=%" PRIu64
             "%s%s",
             r->info.name, r->info.transaction, r->info.journal_seq, r->live.journal_follows ? "follows" : "other",
             r->live.readable ? "readable" : "unreadable", r->live.again, r->live.lost_count - r->live.again, r->live.acts,
             r->reason ? " reason: " : "", r->reason ? r->reason : "");
    const struct journal_act act = {"store.restore", "", "", detail};
    enum err e = put_head(r, s, t);
    return e ? e : act_put(t, &act);
}

static void restored(void *ctx, struct store *s)
{
    struct restoring *r = ctx;
    r->journal = store_drain(r->cli->config, s, &r->journal_moved);
}

static int restore_failed(const struct restoring *r, enum err e)
{
    if (e == ERR_BUSY) {
        say(_("%s: the store is in use: run the command again when no import and no other command is at work"), r->place.store_dir);
        return err_exit_code(e);
    }
    /* The key of the backup was right when the backup was looked at. */
    if (e == ERR_KEY || e == ERR_NOSPACE || e == ERR_IO || e == ERR_PERM)
        return instance_failure(r->cli->config, e);
    return backup_failure(r->cli->config, e, r->backup);
}

static int replace(struct restoring *r, struct store_hold *h)
{
    struct shown_watch watch;
    struct store_replaced done;
    const struct store_restore o = {
        .backup = r->backup,
        .key = config_text(r->cli->config, SETTING_backup_key),
        .given = r->live.given,
        .how = {.patience = STORE_PATIENCE, .watch = &watch.watch, .finish = put_act, .published = restored, .ctx = r}};
    watch_start(&watch, r->cli, _("restoring"));
    enum err e = store_restore(h, &o, &done);
    watch_end(&watch);
    if (e)
        return restore_failed(r, e);
    int code = tell(r, &done), journal = journal_told(r->cli->config, r->journal, r->journal_moved);
    return code ? code : journal;
}

static int run(struct restoring *r)
{
    struct store_hold *h = NULL;
    const struct restore_look l = {r->cli->config, r->place, r->backup, &r->info};
    enum err e = store_hold(&r->place, "restore", STORE_PATIENCE, NULL, NULL, &h);
    if (!e)
        e = restore_look(&l, &r->live);
    int code = e == ERR_STORE ? failure(e, r->place.store_dir) : e ? restore_failed(r, e) : judge(r);
    if (code == 0)
        code = replace(r, h);
    store_unhold(h);
    free(r->live.lost);
    return code;
}

static int look_at_backup(struct restoring *r)
{
    const struct config *c = r->cli->config;
    const char *here = config_text(c, SETTING_instance_departement);
    enum err e = backup_look(r->backup, config_text(c, SETTING_backup_key), &r->info);
    if (e)
        return backup_failure(c, e, r->backup);
    if (strcmp(here, r->info.departement) == 0)
        return 0;
    say(_("%s: this is a backup of the département %s, and the instance is that of %s"), r->backup, r->info.departement, here);
    return err_exit_code(ERR_BAD);
}

int cmd_store_restore(struct cli *cli)
{
    struct restoring r = {.cli = cli, .backup = cli->args[0], .reason = cli->opt[OPTION_REASON]};
    if (r.reason && (strspn(r.reason, " ") == strlen(r.reason) || strlen(r.reason) > REASON_MAX))
        return usage_error(_("--reason: a reason of at most %d characters is expected; it is kept in the journal"), REASON_MAX);
    int code = instance_config(cli);
    if (code == 0)
        code = instance_owner(cli->config);
    if (code == 0)
        code = backup_key_check(cli->config);
    if (code == 0)
        code = look_at_backup(&r);
    if (code)
        return code;
    r.place = instance_place(cli->config);
    return run(&r);
}
