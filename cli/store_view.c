#include "cli/store_view.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "cli/apart.h"
#include "cli/instance.h"
#include "cli/render.h"
#include "cli/text.h"
#include "flux/base/credential.h"
#include "flux/base/wipe.h"
#include "flux/intake/act.h"
#include "flux/intake/journal_line.h"

enum { SHOW_EVERY_MS = 100, ASIDE_MAX = 4096 };

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void show(void *ctx, uint64_t done, uint64_t total)
{
    struct shown_watch *w = ctx;
    int64_t now = now_ms();
    if (w->patience)
        apart_patience(w->patience);
    if (now - w->shown_ms < SHOW_EVERY_MS)
        return;
    w->shown_ms = now;
    const struct intake_progress p = {w->what, PROGRESS_UNCOUNTED, done, total, (double)(now - w->started_ms) / 1000};
    progress_show(&w->progress, &p);
}

void watch_start(struct shown_watch *w, const struct cli *cli, const char *what)
{
    *w = (struct shown_watch){.what = what, .started_ms = now_ms(), .shown_ms = now_ms()};
    w->watch = (struct store_watch){.stop = cli->stop, .progress = show, .ctx = w};
    progress_init(&w->progress);
}

void watch_end(struct shown_watch *w) { progress_clear(&w->progress); }

int backup_key_check(const struct config *c)
{
    char fault[INSTANCE_FAULT_MAX];
    struct stat st;
    const char *path = config_text(c, SETTING_backup_key);
    bool there = stat(path, &st) == 0;
    if (!there && !credential_is(path)) {
        say(_("%s: there is no backup key; bring it back from its copy, or, where no backup was ever made, make one: "
              "(umask 377; head -c 32 /dev/urandom > %s), and keep a copy away from this machine"),
            path, path);
        return err_exit_code(ERR_KEY);
    }
    if (!instance_file_fault(path, fault, sizeof(fault)))
        return 0;
    say("%s", fault);
    return err_exit_code(there ? ERR_PERM : ERR_KEY);
}

int backup_failure(const struct config *c, enum err e, const char *folder)
{
    switch (e) {
    case ERR_NOFILE:
    case ERR_NOTFOUND:
        say(_("%s: this is no backup: a folder with a manifest.json is expected, as fluxrsa store backup makes it"), folder);
        break;
    case ERR_KEY:
        say(_("%s: %s is not the key of this backup; set [backup] key to the one that it was made with"), folder,
            config_text(c, SETTING_backup_key));
        break;
    case ERR_CORRUPT:
        say(_("%s: the backup is damaged: it is not what was written; take another one"), folder);
        break;
    case ERR_STORE:
        say(_("%s: the backup is of another version of fluxrsa, or lies on a network file system: copy it to a disk of this machine, and "
              "read it with the version that made it"),
            folder);
        break;
    case ERR_STOPPED:
        say(_("stopped before the end; the store is as before"));
        break;
    default:
        return failure(e, folder);
    }
    return err_exit_code(e);
}

const char *backup_last(const struct config *c, char *path, size_t size)
{
    char name[BACKUP_NAME];
    int64_t made_at;
    const char *folder = config_text(c, SETTING_backup_folder);
    if (backup_newest(folder, name, &made_at) == ERR_OK)
        snprintf(path, size, "%s/%s", folder, name);
    else
        snprintf(path, size, "%s", folder);
    return path;
}

json_t *backup_json(const struct backup_info *info)
{
    json_t *object = json_object();
    put_text(object, "name", info->name);
    put_text(object, "departement", info->departement);
    put_int(object, "made_at", (int64_t)info->made_at);
    put_int(object, "generation", (int64_t)info->generation);
    put_int(object, "transaction", (int64_t)info->transaction);
    put_int(object, "dossiers", (int64_t)info->dossiers);
    put_int(object, "persons", (int64_t)info->persons);
    put_int(object, "flux", (int64_t)info->flux);
    put_int(object, "last_flux", (int64_t)info->last_flux);
    put_int(object, "rejects_open", (int64_t)info->rejects_open);
    put_int(object, "journal_seq", (int64_t)info->journal_seq);
    return object;
}

void backup_fields(struct output *o, const struct backup_info *info)
{
    char a[TEXT_SHORT], b[TEXT_SHORT];
    field(o, _("Made"), text_moment((int64_t)info->made_at, a));
    fieldf(o, _("Households"), _("%s, %s persons"), text_number(info->dossiers, a), text_number(info->persons, b));
    fieldf(o, _("Flux"), _("%s applied, the last one has number %s"), text_number(info->flux, a), text_number(info->last_flux, b));
    field(o, _("Rejects open"), text_number(info->rejects_open, a));
}

/* ---- the journal ---- */

static enum err put_aside(const char *path)
{
    char aside[ASIDE_MAX];
    struct stat st;
    for (unsigned i = 1; i < 1000; i++) {
        int n = snprintf(aside, sizeof(aside), "%s.before-restore-%u", path, i);
        if (n < 0 || (size_t)n >= sizeof(aside))
            return ERR_TOOBIG;
        if (lstat(aside, &st) != 0)
            return rename(path, aside) == 0 ? ERR_OK : ERR_IO;
    }
    return ERR_BUSY;
}

bool journal_is_of(const struct config *c, const struct store *s)
{
    uint8_t key[32];
    char *line = NULL;
    size_t cap = 0;
    struct journal_link link = {0};
    FILE *f = fopen(config_text(c, SETTING_instance_journal), "re");
    ssize_t n = f ? getline(&line, &cap, f) : -1;
    store_journal_key(s, key);
    bool ours = n > 0 && journal_line_follow(key, (struct span){(const uint8_t *)line, (size_t)n - (line[n - 1] == '\n')}, &link) == ERR_OK;
    wipe(key, sizeof(key));
    free(line);
    if (f)
        fclose(f);
    return ours;
}

enum err store_drain(const struct config *c, struct store *s, bool *moved)
{
    uint8_t key[32];
    struct journal *j = NULL;
    const char *path = config_text(c, SETTING_instance_journal);
    *moved = false;
    store_journal_key(s, key);
    enum err e = journal_open(path, key, &j);
    if (e == ERR_CORRUPT && !journal_is_of(c, s)) {
        e = put_aside(path);
        *moved = !e;
        if (!e)
            e = journal_open(path, key, &j);
    }
    if (!e)
        e = act_drain(s, j, (int64_t)time(NULL));
    journal_close(j);
    wipe(key, sizeof(key));
    return e;
}

int journal_told(const struct config *c, enum err e, bool moved)
{
    const char *path = config_text(c, SETTING_instance_journal);
    if (moved)
        say(_("%s: the journal that was here is of other keys; it was set aside as %s.before-restore-1 (or the next number), and a new one "
              "begins; put the journal of the former machine in its place if there is a copy"),
            path, path);
    if (!e)
        return 0;
    say(_("%s: the journal did not take the line (%s); the store is as it was said, and the next import brings the line"), path,
        _(err_text(e)));
    return err_exit_code(ERR_JOURNAL);
}
