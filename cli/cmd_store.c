#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "cli/apart.h"
#include "cli/instance.h"
#include "cli/missing.h"
#include "cli/render.h"
#include "cli/store_view.h"
#include "cli/text.h"
#include "flux/base/wire.h"
#include "flux/intake/act.h"

enum { PATH_MAX_BYTES = 4352, STEP_SECONDS = 20 };

/* ---- backup ---- */

struct backing {
    struct cli *cli;
    struct instance *instance;
    bool told; /* the journal refused, and that was said */
};

/* Nothing that could be read elsewhere leaves the store without a line. */
static enum err announce(void *ctx, const struct backup_info *b)
{
    struct backing *s = ctx;
    char detail[256];
    snprintf(detail, sizeof(detail), "backup=%s transaction=%" PRIu64 " dossiers=%" PRIu64 " flux=%" PRIu64 " last_flux=%" PRIu64, b->name,
             b->transaction, b->dossiers, b->flux, b->last_flux);
    const struct journal_act act = {"store.backup", "", "", detail};
    enum err e = journal_append(s->instance->journal, &act, (int64_t)time(NULL));
    if (e)
        say(_("%s: the journal cannot be written (%s); no backup is made without it"),
            config_text(s->cli->config, SETTING_instance_journal), _(err_text(e)));
    s->told = e != ERR_OK;
    return e ? ERR_JOURNAL : ERR_OK;
}

static int backup_failed(const struct config *c, enum err e, const char *folder)
{
    switch (e) {
    case ERR_BUSY:
        say(_("%s: another backup into this folder is at work: run the command again in a moment"), folder);
        break;
    case ERR_STORE:
        say(_("%s: backups are made on a disk of this machine, not on a network file system; copy them from there"), folder);
        break;
    case ERR_STOPPED:
        say(_("stopped before the end; nothing is left of this backup"));
        break;
    case ERR_CORRUPT:
        say(_("the store is damaged, and no backup was made of it: see fluxrsa store verify; older backups are as they were"));
        break;
    case ERR_KEY:
        say(_("%s: this is not a backup key: 32 bytes are expected"), config_text(c, SETTING_backup_key));
        break;
    case ERR_NOFILE:
        return missing_above(folder);
    default:
        return failure(e, folder);
    }
    return err_exit_code(e);
}

static int tell_backup(struct cli *cli, const char *folder, const struct store_backed *b)
{
    char path[PATH_MAX_BYTES], size[TEXT_SHORT], n[TEXT_SHORT];
    struct output *o = &cli->out;
    snprintf(path, sizeof(path), "%s/%s", folder, b->info.name);
    if (cli_json(cli)) {
        json_t *object = backup_json(&b->info);
        put_int(object, "schema", 1);
        put_text(object, "folder", path);
        put_int(object, "bytes", (int64_t)b->bytes);
        put_int(object, "removed", b->removed);
        return json_end(object, o) ? failure(ERR_IO, NULL) : 0;
    }
    fprintf(o->file, "%s%s ", paint(o, BOLD), _("Backup made in"));
    put_clean(o->file, path);
    fprintf(o->file, "%s\n", paint(o, PLAIN));
    backup_fields(o, &b->info);
    field(o, _("Size"), text_bytes(b->bytes, size));
    if (b->removed)
        fieldf(o, _("Older backups"), _("%s removed"), text_number(b->removed, n));
    return 0;
}

/* Older backups that stay do not make the new one less of a backup; the disk fills up with them. */
static int not_pruned(const char *folder, enum err e)
{
    say(_("%s: the backup is made, but older ones could not be removed (%s)"), folder, _(err_text(e)));
    return err_exit_code(e);
}

static int backup(struct cli *cli, struct instance *i, const char *folder)
{
    struct shown_watch watch;
    struct store_backed done;
    struct backing backing = {.cli = cli, .instance = i};
    const struct store_place place = instance_place(cli->config);
    struct store_backup b = {.place = &place,
                             .folder = folder,
                             .key = config_text(cli->config, SETTING_backup_key),
                             .departement = config_text(cli->config, SETTING_instance_departement),
                             .keep = cli->opt[OPTION_TO] ? 0 : (unsigned)config_number(cli->config, SETTING_backup_keep),
                             .now = (int64_t)time(NULL),
                             .watch = &watch.watch,
                             .announce = announce,
                             .ctx = &backing};
    journal_head(i->journal, &b.journal_seq, b.journal_mac);
    watch_start(&watch, cli, _("backup"));
    enum err e = store_backup(i->store, &b, &done);
    watch_end(&watch);
    if (e && backing.told)
        return err_exit_code(ERR_JOURNAL);
    if (e && done.at_key && e != ERR_KEY)
        return failure(e, config_text(cli->config, SETTING_backup_key));
    if (e)
        return backup_failed(cli->config, e, folder);
    int code = tell_backup(cli, folder, &done);
    return !code && done.prune ? not_pruned(folder, done.prune) : code;
}

int cmd_store_backup(struct cli *cli)
{
    struct instance i;
    int code = instance_config(cli);
    if (code == 0)
        code = backup_key_check(cli->config);
    if (code)
        return code;
    cli->config = config_free(cli->config);
    code = instance_open(cli, &i);
    if (code)
        return code;
    /* A backup looks at the store by a transaction of its own: one that stays open would make the store grow. */
    store_abort(i.txn);
    i.txn = NULL;
    code = backup(cli, &i, cli->opt[OPTION_TO] ? cli->opt[OPTION_TO] : config_text(cli->config, SETTING_backup_folder));
    instance_close(&i);
    return code;
}

/* ---- verify ---- */

struct verifying {
    struct cli *cli;
    struct store_place place;
    const char *backup; /* NULL: the store */
};

static enum err walk_store(const struct verifying *v, const struct store_watch *w, uint64_t *checked)
{
    struct store *s = NULL;
    struct store_txn *t = NULL;
    enum err e = store_open(&v->place, false, "verify", NULL, NULL, &s);
    if (!e)
        e = store_read(s, &t);
    if (!e)
        e = store_verify_watched(t, w, checked);
    store_abort(t);
    store_close(s);
    return e;
}

static enum err walk(void *ctx, struct buf *out)
{
    const struct verifying *v = ctx;
    struct shown_watch watch;
    struct backup_info info;
    uint64_t checked = 0;
    watch_start(&watch, v->cli, _("verification"));
    /* What a backup holds is known to be what was written. */
    watch.patience = v->backup ? 0 : STEP_SECONDS;
    apart_patience(watch.patience);
    enum err e = v->backup ? backup_verify(v->backup, config_text(v->cli->config, SETTING_backup_key), &watch.watch, &info, &checked)
                           : walk_store(v, &watch.watch, &checked);
    watch_end(&watch);
    buf_u64(out, checked);
    return e;
}

static int tell_verified(struct cli *cli, const char *path, enum err e, uint64_t checked)
{
    char n[TEXT_SHORT];
    if (cli_json(cli)) {
        json_t *object = json_object();
        put_int(object, "schema", 1);
        put_text(object, "path", path);
        put_bool(object, "ok", e == ERR_OK);
        put_int(object, "entries", (int64_t)checked);
        if (json_end(object, &cli->out))
            return failure(ERR_IO, NULL);
    } else if (!e) {
        put_clean(cli->out.file, path);
        fprintf(cli->out.file, "%s ", _(":"));
        fprintf(cli->out.file, ngettext("%s entry, sound", "%s entries, all sound", checked), text_number(checked, n));
        fputc('\n', cli->out.file);
    }
    return 0;
}

static int store_damaged(const struct config *c, const char *path)
{
    char last[PATH_MAX_BYTES];
    say(_("%s: the store is damaged: stop importing, keep a copy of the folder, then restore the last backup: fluxrsa store restore %s"),
        path, backup_last(c, last, sizeof(last)));
    return err_exit_code(ERR_CORRUPT);
}

static int verify(struct cli *cli, struct verifying *v)
{
    char path[PATH_MAX_BYTES];
    struct buf out;
    struct wire w;
    buf_init(&out, PATH_MAX_BYTES);
    store_file(&v->place, path, sizeof(path));
    enum err e = apart(walk, v, &out);
    wire_init(&w, out.data, out.len);
    uint64_t checked = wire_u64(&w);
    buf_free(&out);
    const char *shown = v->backup ? v->backup : path;
    int code = e == ERR_OK || e == ERR_CORRUPT ? tell_verified(cli, shown, e, checked) : 0;
    if (code || !e)
        return code;
    if (v->backup)
        return backup_failure(cli->config, e, v->backup);
    if (e == ERR_CORRUPT)
        return store_damaged(cli->config, path);
    return e == ERR_STOPPED ? backup_failure(cli->config, e, path) : instance_failure(cli->config, e);
}

int cmd_store_verify(struct cli *cli)
{
    struct verifying v = {.cli = cli, .backup = cli->arg_count ? cli->args[0] : NULL};
    int code = instance_config(cli);
    if (code == 0)
        code = v.backup ? backup_key_check(cli->config) : instance_owner(cli->config);
    if (code)
        return code;
    v.place = instance_place(cli->config);
    return verify(cli, &v);
}

/* ---- compact ---- */

struct compacting {
    struct cli *cli;
    enum err journal;
};

static enum err put_compact(void *ctx, const struct store *s, struct store_txn *t)
{
    const struct journal_act act = {"store.compact", "", "", ""};
    (void)ctx, (void)s;
    return act_put(t, &act);
}

static void compacted(void *ctx, struct store *s)
{
    struct compacting *c = ctx;
    bool moved;
    c->journal = store_drain(c->cli->config, s, &moved);
}

static int tell_compacted(struct cli *cli, const struct store_replaced *r)
{
    char a[TEXT_SHORT], b[TEXT_SHORT];
    if (cli_json(cli)) {
        json_t *object = json_object();
        put_int(object, "schema", 1);
        put_int(object, "generation", r->generation);
        put_int(object, "bytes_before", (int64_t)r->bytes_before);
        put_int(object, "bytes_after", (int64_t)r->bytes_after);
        return json_end(object, &cli->out) ? failure(ERR_IO, NULL) : 0;
    }
    fprintf(cli->out.file, _("%s before, %s after; generation %u"), text_bytes(r->bytes_before, a), text_bytes(r->bytes_after, b),
            r->generation);
    fputc('\n', cli->out.file);
    return 0;
}

static int in_use(const char *folder)
{
    say(_("%s: the store is in use: run the command again when no import and no other command is at work"), folder);
    return err_exit_code(ERR_BUSY);
}

static int compact_failed(const struct config *c, enum err e)
{
    char path[PATH_MAX_BYTES];
    const struct store_place place = instance_place(c);
    if (e == ERR_BUSY)
        return in_use(place.store_dir);
    if (e == ERR_STOPPED)
        return backup_failure(c, e, place.store_dir);
    store_file(&place, path, sizeof(path));
    return e == ERR_CORRUPT ? store_damaged(c, path) : instance_failure(c, e);
}

static int compact(struct cli *cli, struct store_hold *h)
{
    struct shown_watch watch;
    struct compacting c = {.cli = cli};
    struct store_replaced done;
    const struct store_replacing how = {
        .patience = STORE_PATIENCE, .watch = &watch.watch, .finish = put_compact, .published = compacted, .ctx = &c};
    watch_start(&watch, cli, _("compaction"));
    enum err e = store_compact(h, &how, &done);
    watch_end(&watch);
    if (e)
        return compact_failed(cli->config, e);
    int code = tell_compacted(cli, &done), journal = journal_told(cli->config, c.journal, false);
    return code ? code : journal;
}

int cmd_store_compact(struct cli *cli)
{
    struct store_hold *h = NULL;
    int code = instance_config(cli);
    if (code == 0)
        code = instance_owner(cli->config);
    if (code)
        return code;
    const struct store_place place = instance_place(cli->config);
    enum err e = store_hold(&place, "compact", STORE_PATIENCE, NULL, NULL, &h);
    code = e ? compact_failed(cli->config, e) : compact(cli, h);
    store_unhold(h);
    return code;
}
