#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flux/base/digest.h"
#include "flux/base/fdio.h"
#include "flux/base/wipe.h"
#include "store/backup_folder.h"
#include "store/backup_open.h"
#include "store/copy.h"
#include "store/folder.h"
#include "store/key_file.h"
#include "store/keyring.h"
#include "store/lock.h"
#include "store/manifest.h"

enum { BACKUP_KEK = 1 };

/* A backup on its way. */
struct making {
    struct store *from;
    const struct store_backup *options;
    struct store_backed *out;
    uint8_t key[SEAL_KEY];
    int dirfd, lock_fd, fd; /* of all backups, of this one */
    char hidden[BACKUP_NAME];
};

static enum err count_flux(struct store_txn *t, struct backup_info *info)
{
    struct store_serials s = store_serials(t);
    info->dossiers = t->counters.dossiers;
    info->persons = t->counters.persons;
    info->versions = t->counters.versions;
    info->flux = t->counters.flux_applied;
    info->rejects_open = t->counters.rejects_open;
    info->last_flux = s.flux;
    return store_identity(t, info->store);
}

static enum err describe(struct making *m, struct store_txn *t)
{
    struct backup_info *info = &m->out->info;
    const struct store_backup *b = m->options;
    info->format = STORE_FORMAT;
    info->made_at = (uint64_t)b->now;
    info->generation = m->from->generation.number;
    info->transaction = kv_txn_number(t->kv);
    info->journal_seq = b->journal_seq;
    memcpy(info->journal_mac, b->journal_mac, sizeof info->journal_mac);
    info->kek = sealer_kek_id(m->from->sealer);
    snprintf(info->departement, sizeof info->departement, "%s", b->departement);
    enum err e = manifest_key_id(m->key, info->key_id);
    return e ? e : count_flux(t, info);
}

/* The backup has keys of its own: whoever gets hold of those of the instance cannot open it, and renewing those leaves it readable. */
static enum err make_keys(struct making *m, struct sealer **sealer)
{
    struct keyring k;
    struct keyring live;
    enum err e = keyring_load(m->options->place, m->from->generation.ring, &live);
    if (!e)
        e = keyring_fresh(&k, BACKUP_KEK, live.index_secret);
    if (!e)
        e = keyring_put(m->fd, m->key, &k);
    if (!e)
        e = sealer_new(k.kek, k.kek_id, k.index_secret, sealer);
    keyring_wipe(&live);
    keyring_wipe(&k);
    return e;
}

static enum err copy_content(struct making *m, struct store *to)
{
    struct store_txn *t = NULL;
    enum err e = store_read(m->from, &t);
    if (!e)
        e = describe(m, t);
    if (!e)
        e = copy_store(t, to, true, m->options->watch);
    store_abort(t);
    return e;
}

static enum err make_content(struct making *m)
{
    struct kv_options o = store_options();
    struct sealer *sealer = NULL;
    struct store *to = NULL;
    uint64_t checked;
    enum err e = kv_create(m->fd, &o);
    if (!e)
        e = make_keys(m, &sealer);
    if (!e)
        e = store_attach(m->fd, sealer, true, &to);
    if (!e)
        e = copy_content(m, to);
    if (!e)
        e = store_walk(to, m->options->watch, &checked);
    store_close(to);
    /* Nobody writes into a backup, and who reads it makes the file anew. */
    unlinkat(m->fd, "lock.mdb", 0);
    return e;
}

static enum err measure(struct making *m)
{
    enum err e = ERR_OK;
    m->out->bytes = 0;
    for (size_t i = 0; !e && i < BACKUP_FILES; i++) {
        struct backup_file *f = &m->out->info.files[i];
        int fd = openat(m->fd, manifest_files[i], O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        e = fd < 0 || fchmod(fd, 0600) < 0 ? ERR_IO
                                           : digest_fd(fd, m->options->watch ? m->options->watch->stop : NULL, f->sha256, &f->bytes);
        fd_close(&fd);
        m->out->bytes += f->bytes;
    }
    return e;
}

static enum err write_manifest(struct making *m)
{
    struct buf text;
    buf_init(&text, MANIFEST_MAX);
    enum err e = manifest_write(&m->out->info, m->key, &text);
    if (!e)
        e = file_create(m->fd, MANIFEST_NAME, 0600, text.data, text.len);
    buf_free(&text);
    return e ? e : folder_sync_files(m->fd);
}

static enum err publish(struct making *m)
{
    const struct store_backup *b = m->options;
    enum err e = backups_name(m->dirfd, b->now, m->out->info.name);
    if (!e && b->watch && b->watch->stop && *b->watch->stop)
        e = ERR_STOPPED;
    if (!e && b->announce)
        e = b->announce(b->ctx, &m->out->info);
    if (!e)
        e = backups_publish(m->dirfd, m->hidden, m->out->info.name);
    return e;
}

static enum err make(struct making *m)
{
    enum err e = backups_begin(m->dirfd, m->hidden, &m->fd);
    if (!e)
        e = make_content(m);
    if (!e)
        e = measure(m);
    if (!e)
        e = write_manifest(m);
    if (!e)
        e = publish(m);
    fd_close(&m->fd);
    if (e)
        backups_drop(m->dirfd, m->hidden);
    else if (m->options->keep)
        m->out->prune = backups_prune(m->dirfd, m->key, m->options->keep, &m->out->info, &m->out->removed);
    return e;
}

enum err store_backup(struct store *s, const struct store_backup *b, struct store_backed *out)
{
    struct making m = {.from = s, .options = b, .out = out, .dirfd = -1, .lock_fd = -1, .fd = -1};
    *out = (struct store_backed){0};
    enum err e = backup_key_load(b->key, m.key);
    out->at_key = e != ERR_OK;
    if (!e)
        e = backups_open(b->folder, &m.dirfd, &m.lock_fd);
    if (!e)
        e = make(&m);
    lock_release(&m.lock_fd);
    fd_close(&m.dirfd);
    wipe(m.key, sizeof m.key);
    return e;
}
