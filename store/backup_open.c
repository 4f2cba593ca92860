#include "store/backup_open.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "flux/base/digest.h"
#include "flux/base/fdio.h"
#include "flux/base/wipe.h"
#include "store/backup_folder.h"
#include "store/folder.h"
#include "store/key_file.h"
#include "store/keyring.h"
#include "store/manifest.h"

static void name_of(const char *folder, char name[BACKUP_NAME])
{
    size_t end = strlen(folder), start;
    while (end && folder[end - 1] == '/')
        end--;
    for (start = end; start && folder[start - 1] != '/';)
        start--;
    snprintf(name, BACKUP_NAME, "%.*s", (int)(end - start < BACKUP_NAME ? end - start : BACKUP_NAME - 1), folder + start);
}

static enum err look(const char *folder, const char *key_file, uint8_t key[SEAL_KEY], int *fd, struct backup_info *info)
{
    *fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*fd < 0)
        return errno == ENOTDIR ? ERR_NOFILE : err_from_errno(errno);
    enum err e = backup_key_load(key_file, key);
    if (!e)
        e = backup_manifest(*fd, key, info);
    name_of(folder, info->name);
    return e ? e : info->format == STORE_FORMAT ? ERR_OK : ERR_STORE;
}

enum err backup_look(const char *folder, const char *key_file, struct backup_info *out)
{
    uint8_t key[SEAL_KEY];
    int fd = -1;
    enum err e = look(folder, key_file, key, &fd, out);
    wipe(key, sizeof key);
    fd_close(&fd);
    return e;
}

static enum err compare(int dirfd, const char *name, const struct backup_file *f, const volatile int *stop)
{
    struct backup_file is = {0};
    int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT || errno == ELOOP ? ERR_CORRUPT : err_from_errno(errno);
    enum err e = digest_fd(fd, stop, is.sha256, &is.bytes);
    close(fd);
    return e ? e : is.bytes == f->bytes && !memcmp(is.sha256, f->sha256, sizeof is.sha256) ? ERR_OK : ERR_CORRUPT;
}

static enum err open_store(struct backup *b, const uint8_t key[SEAL_KEY])
{
    struct keyring k;
    struct sealer *sealer = NULL;
    enum err e = keyring_get(b->fd, key, &k);
    if (!e)
        e = sealer_new(k.kek, k.kek_id, k.index_secret, &sealer);
    memcpy(b->index_secret, k.index_secret, SEAL_KEY);
    keyring_wipe(&k);
    if (!e)
        e = store_attach(b->fd, sealer, false, &b->store);
    return e ? e : store_fits(b->store);
}

enum err backup_open_as_is(const char *folder, const char *key_file, struct backup *out)
{
    uint8_t key[SEAL_KEY];
    *out = (struct backup){.fd = -1};
    enum err e = look(folder, key_file, key, &out->fd, &out->info);
    if (!e)
        e = open_store(out, key);
    wipe(key, sizeof key);
    return e;
}

enum err backup_open(const char *folder, const char *key_file, const struct store_watch *w, struct backup *out)
{
    uint8_t key[SEAL_KEY];
    *out = (struct backup){.fd = -1};
    enum err e = look(folder, key_file, key, &out->fd, &out->info);
    for (size_t i = 0; !e && i < BACKUP_FILES; i++)
        e = compare(out->fd, manifest_files[i], &out->info.files[i], w ? w->stop : NULL);
    if (!e)
        e = open_store(out, key);
    wipe(key, sizeof key);
    return e;
}

void backup_close(struct backup *b)
{
    bool opened = b->store != NULL;
    b->store = store_close(b->store);
    if (opened)
        unlinkat(b->fd, "lock.mdb", 0);
    fd_close(&b->fd);
    wipe(b->index_secret, sizeof b->index_secret);
}

static bool same_counts(const struct backup_info *info, const struct store *s, struct store_txn *t)
{
    const struct counters *c = &t->counters;
    (void)s;
    return info->dossiers == c->dossiers && info->persons == c->persons && info->versions == c->versions && info->flux == c->flux_applied &&
           info->rejects_open == c->rejects_open;
}

enum err store_walk(struct store *s, const struct store_watch *w, uint64_t *checked)
{
    struct store_txn *t = NULL;
    *checked = 0;
    enum err e = store_fits(s);
    if (!e)
        e = store_read(s, &t);
    if (!e)
        e = store_verify_watched(t, w, checked);
    store_abort(t);
    return e;
}

static enum err check_counts(const struct backup *b)
{
    struct store_txn *t = NULL;
    enum err e = store_read(b->store, &t);
    if (!e && !same_counts(&b->info, b->store, t))
        e = ERR_CORRUPT;
    store_abort(t);
    return e;
}

enum err backup_verify(const char *folder, const char *key, const struct store_watch *w, struct backup_info *out, uint64_t *checked)
{
    struct backup b;
    *checked = 0;
    enum err e = backup_open(folder, key, w, &b);
    if (!e)
        e = check_counts(&b);
    if (!e)
        e = store_walk(b.store, w, checked);
    *out = b.info;
    backup_close(&b);
    return e;
}
