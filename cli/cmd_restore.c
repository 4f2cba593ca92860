#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/apart.h"
#include "cli/instance.h"
#include "cli/render.h"
#include "cli/store_view.h"
#include "cli/text.h"
#include "flux/base/wire.h"
#include "flux/intake/act.h"
#include "flux/intake/journal_line.h"

enum { LIVE_MAX = 1 << 26, REASON_MAX = 200, FLUX_SHOWN = 20, LOOK_SECONDS = 60 };

/* A flux that the store holds otherwise than the backup. */
struct lost_flux {
    uint32_t id;
    uint64_t undone; /* applied when the backup was made, undone since */
    char file[FLUX_TEXT_MAX];
    uint8_t sha256[32];
};

/* The store that is there, as far as it can be read. */
struct live {
    bool readable, same; /* same: it is the store of the backup */
    struct store_serials given;
    uint64_t applied;
    struct lost_flux *lost; /* since the backup; newest first */
    size_t lost_count, again;
};

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

/* ---- what would be lost ---- */

struct looking {
    const struct restoring *r;
    struct buf *out;
    bool same;
    uint64_t applied;
};

/* An entry with a number beyond the backup's last came later; one that was undone later was applied then. */
static bool take_flux(void *ctx, const struct flux_entry *f)
{
    struct looking *l = ctx;
    bool later = !l->same || f->id > l->r->info.last_flux;
    bool undone = f->status == FLUX_UNDONE && !later && f->undone_at >= (int64_t)l->r->info.made_at;
    l->applied += f->status == FLUX_APPLIED;
    if (!undone && (f->status != FLUX_APPLIED || !later))
        return l->out->err == ERR_OK;
    buf_u32(l->out, f->id);
    buf_u8(l->out, undone);
    buf_text(l->out, f->file);
    buf_put(l->out, f->archive_sha256, sizeof(f->archive_sha256));
    return l->out->err == ERR_OK;
}

static enum err describe(struct looking *l, struct store_txn *t)
{
    uint8_t uuid[16];
    const struct store_serials s = store_serials(t);
    enum err e = store_identity(t, uuid);
    l->same = !e && memcmp(uuid, l->r->info.store, sizeof(uuid)) == 0;
    buf_u8(l->out, l->same);
    buf_u64(l->out, s.dossier);
    buf_u64(l->out, s.person);
    buf_u64(l->out, s.outbox);
    buf_u32(l->out, s.flux);
    buf_u32(l->out, s.reject);
    if (!e)
        e = ledger_each(t, take_flux, l);
    return e;
}

static enum err look_at_live(void *ctx, struct buf *out)
{
    struct looking l = {.r = ctx, .out = out};
    struct store *s = NULL;
    struct store_txn *t = NULL;
    apart_patience(LOOK_SECONDS);
    enum err e = store_open(&l.r->place, false, "restore", NULL, NULL, &s);
    if (!e)
        e = store_read(s, &t);
    if (!e)
        e = describe(&l, t);
    store_abort(t);
    store_close(s);
    return e;
}

static enum err read_lost(struct wire *w, struct live *live)
{
    size_t cap = 0;
    while (!w->err && wire_left(w)) {
        if (live->lost_count == cap) {
            cap = cap ? 2 * cap : 64;
            struct lost_flux *lost = realloc(live->lost, cap * sizeof(*lost));
            if (!lost)
                return ERR_NOMEM;
            live->lost = lost;
        }
        struct lost_flux *f = &live->lost[live->lost_count++];
        *f = (struct lost_flux){.id = wire_u32(w)};
        f->undone = wire_u8(w);
        struct span file = wire_bytes(w), digest = wire_take(w, sizeof(f->sha256));
        snprintf(f->file, sizeof(f->file), "%.*s", (int)file.len, file.data ? (const char *)file.data : "");
        if (digest.data)
            memcpy(f->sha256, digest.data, sizeof(f->sha256));
        live->again += !f->undone;
    }
    return wire_done(w);
}

/* By a child, since the store may be damaged: whatever goes wrong there, it is not readable. */
static enum err look(struct restoring *r)
{
    struct buf out;
    struct wire w;
    struct live *live = &r->live;
    buf_init(&out, LIVE_MAX);
    live->readable = apart(look_at_live, r, &out) == ERR_OK;
    enum err e = ERR_OK;
    if (live->readable) {
        wire_init(&w, out.data, out.len);
        live->same = wire_u8(&w);
        live->given = (struct store_serials){.dossier = wire_u64(&w), .person = wire_u64(&w), .outbox = wire_u64(&w)};
        live->given.flux = wire_u32(&w);
        live->given.reject = wire_u32(&w);
        e = read_lost(&w, live);
    }
    buf_free(&out);
    return e;
}

/* The last number that an act of a transaction has in the journal: the store that will be there must go on behind it. */
static void look_at_journal(struct restoring *r)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    uint64_t seq;
    FILE *f = fopen(config_text(r->cli->config, SETTING_instance_journal), "re");
    while (f && (n = getline(&line, &cap, f)) > 0)
        if (journal_line_outbox((struct span){(const uint8_t *)line, (size_t)n - (line[n - 1] == '\n')}, &seq) &&
            seq > r->live.given.outbox && seq < UINT32_MAX)
            r->live.given.outbox = seq;
    free(line);
    if (f)
        fclose(f);
}

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
}

/* ---- deciding ---- */

/* A store that is whole and knows more is not replaced by a slip of the hand. */
static bool needs_reason(const struct live *live) { return live->readable && live->lost_count > 0; }

static int judge(const struct restoring *r)
{
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
             "backup=%s transaction=%" PRIu64 " journal_seq=%" PRIu64 " former=%s drop_again=%zu undo_again=%zu%s%s", r->info.name,
             r->info.transaction, r->info.journal_seq, r->live.readable ? "readable" : "unreadable", r->live.again,
             r->live.lost_count - r->live.again, r->reason ? " reason: " : "", r->reason ? r->reason : "");
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
    return e == ERR_NOSPACE || e == ERR_IO || e == ERR_PERM ? failure(e, r->place.store_dir) : backup_failure(r->cli->config, e, r->backup);
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
    enum err e = store_hold(&r->place, "restore", STORE_PATIENCE, NULL, NULL, &h);
    if (!e)
        e = look(r);
    int code = e == ERR_STORE ? failure(e, r->place.store_dir) : e ? restore_failed(r, e) : judge(r);
    if (code == 0) {
        look_at_journal(r);
        code = replace(r, h);
    }
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
