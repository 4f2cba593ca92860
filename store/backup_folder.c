#include "store/backup_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "flux/base/fdio.h"
#include "flux/base/folder_each.h"
#include "flux/base/grow.h"
#include "store/folder.h"
#include "store/lock.h"
#include "store/manifest.h"
#include "store/txn.h"

enum { STAMP = 16, SAME_SECOND_MAX = 99, BACKUPS_MAX = 10000 };

static const char LOCK[] = "backup.lock", HIDDEN[] = ".backup-", NEW[] = "new";

/* ---- names ---- */

/* 20250131T014500Z */
static bool stamp_parse(const char *name, int64_t *seconds)
{
    static const char form[] = "ddddddddTddddddZ";
    int v[6] = {0};
    static const uint8_t at[STAMP] = {0, 0, 0, 0, 1, 1, 2, 2, 9, 3, 3, 4, 4, 5, 5, 9};
    for (size_t i = 0; i < STAMP; i++) {
        if (form[i] == 'd' ? name[i] < '0' || name[i] > '9' : name[i] != form[i])
            return false;
        if (form[i] == 'd')
            v[at[i]] = v[at[i]] * 10 + name[i] - '0';
    }
    struct tm t = {.tm_year = v[0] - 1900, .tm_mon = v[1] - 1, .tm_mday = v[2], .tm_hour = v[3], .tm_min = v[4], .tm_sec = v[5]};
    *seconds = (int64_t)timegm(&t);
    return true;
}

static bool is_backup(const char *name, int64_t *seconds)
{
    size_t n = strlen(name);
    if (n < STAMP || n >= BACKUP_NAME || !stamp_parse(name, seconds))
        return false;
    return n == STAMP || (n == STAMP + 3 && name[STAMP] == '-' && strspn(name + STAMP + 1, "0123456789") == 2);
}

static void numbered(const char *stamp, int i, char name[BACKUP_NAME])
{
    if (i)
        snprintf(name, BACKUP_NAME, "%s-%02d", stamp, i + 1);
    else
        snprintf(name, BACKUP_NAME, "%s", stamp);
}

enum err backups_name(int dirfd, int64_t now, char name[BACKUP_NAME])
{
    char stamp[STAMP + 1];
    time_t seconds = (time_t)now;
    struct tm utc;
    struct stat st;
    if (!gmtime_r(&seconds, &utc) || strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &utc) != STAMP)
        return ERR_BAD;
    /* Behind all of this second, though one before was removed: names are the order. */
    int next = 0;
    for (int i = 0; i < SAME_SECOND_MAX; i++) {
        numbered(stamp, i, name);
        if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
            next = i + 1;
        else if (errno != ENOENT)
            return err_from_errno(errno);
    }
    numbered(stamp, next, name);
    return next < SAME_SECOND_MAX ? ERR_OK : ERR_BUSY;
}

/* ---- the folder ---- */

/* By the names that are given here: in a folder of somebody's choice others may begin alike. */
static bool is_left(const char *name)
{
    const char *rest = name + sizeof HIDDEN - 1;
    int64_t seconds;
    return strncmp(name, HIDDEN, sizeof HIDDEN - 1) == 0 && (!strcmp(rest, NEW) || is_backup(rest, &seconds));
}

static enum err remove_hidden(void *ctx, int dirfd, const char *name)
{
    (void)ctx;
    if (is_left(name))
        folder_remove(dirfd, name);
    return ERR_OK;
}

enum err backups_open(const char *folder, int *dirfd, int *lock_fd)
{
    if (mkdir(folder, 0700) < 0 && errno != EEXIST)
        return err_from_errno(errno);
    *dirfd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*dirfd < 0)
        return err_from_errno(errno);
    enum err e = lock_exclusive_for(*dirfd, LOCK, "backup", 0, NULL, NULL, lock_fd);
    return e ? e : folder_each(*dirfd, remove_hidden, NULL);
}

enum err backups_begin(int dirfd, char hidden[BACKUP_NAME], int *fd)
{
    snprintf(hidden, BACKUP_NAME, "%s%s", HIDDEN, NEW);
    if (mkdirat(dirfd, hidden, 0700) < 0)
        return err_from_errno(errno);
    return folder_open(dirfd, hidden, fd);
}

enum err backups_publish(int dirfd, const char *hidden, const char *name)
{
    if (renameat(dirfd, hidden, dirfd, name) < 0)
        return err_from_errno(errno);
    enum err e = folder_sync(dirfd);
    if (e)
        (void)renameat(dirfd, name, dirfd, hidden);
    return e;
}

void backups_drop(int dirfd, const char *hidden) { folder_remove(dirfd, hidden); }

/* ---- the oldest ---- */

struct listed {
    char name[BACKUP_NAME];
};

struct list {
    const uint8_t *key;
    const struct backup_info *spare;
    struct listed *at;
    size_t count, cap;
};

static enum err add(struct list *l, const char *name)
{
    if (l->count == BACKUPS_MAX)
        return ERR_TOOBIG;
    struct listed *at = grow(l->at, l->count, &l->cap, sizeof(*at), 16);
    if (!at)
        return ERR_NOMEM;
    l->at = at;
    snprintf(l->at[l->count++].name, BACKUP_NAME, "%s", name);
    return ERR_OK;
}

static bool whole(int fd, const struct backup_info *info)
{
    struct stat st;
    for (size_t i = 0; i < BACKUP_FILES; i++)
        if (fstatat(fd, manifest_files[i], &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode) ||
            (uint64_t)st.st_size != info->files[i].bytes)
            return false;
    return true;
}

/* Only what is whole, closed by our key and of this store is ours to remove: a store that was made anew does not take the place of one
 * that was lost. */
static enum err list_ours(void *ctx, int dirfd, const char *name)
{
    struct list *l = ctx;
    struct backup_info info;
    int64_t seconds;
    int fd = -1;
    if (!is_backup(name, &seconds) || !strcmp(name, l->spare->name) || folder_open(dirfd, name, &fd))
        return ERR_OK;
    bool ours = !backup_manifest(fd, l->key, &info) && !memcmp(info.store, l->spare->store, sizeof info.store) && whole(fd, &info);
    fd_close(&fd);
    return ours ? add(l, name) : ERR_OK;
}

static int by_name(const void *a, const void *b) { return strcmp(((const struct listed *)a)->name, ((const struct listed *)b)->name); }

static enum err remove_one(int dirfd, const char *name)
{
    char hidden[BACKUP_NAME + sizeof HIDDEN];
    snprintf(hidden, sizeof hidden, "%s%s", HIDDEN, name);
    if (renameat(dirfd, name, dirfd, hidden) < 0)
        return err_from_errno(errno);
    folder_remove(dirfd, hidden);
    return ERR_OK;
}

enum err backups_prune(int dirfd, const uint8_t key[SEAL_KEY], unsigned keep, const struct backup_info *spare, unsigned *removed)
{
    struct list l = {.key = key, .spare = spare};
    *removed = 0;
    enum err e = folder_each(dirfd, list_ours, &l);
    if (!e && l.count)
        qsort(l.at, l.count, sizeof l.at[0], by_name);
    for (size_t i = 0; i + keep < l.count + 1; i++) {
        enum err failed = remove_one(dirfd, l.at[i].name);
        *removed += !failed;
        e = e ? e : failed;
    }
    free(l.at);
    return e ? e : folder_sync(dirfd);
}

enum err backup_manifest(int fd, const uint8_t key[SEAL_KEY], struct backup_info *out)
{
    uint8_t *text = NULL;
    size_t len = 0;
    enum err e = file_read(fd, MANIFEST_NAME, MANIFEST_MAX, &text, &len);
    if (e)
        return e == ERR_TOOBIG || e == ERR_BAD ? ERR_CORRUPT : e;
    e = manifest_read(span_of(text, len), key, out);
    free(text);
    return e;
}

/* ---- the newest ---- */

struct newest {
    char *name;
    int64_t made_at;
};

static enum err see_newest(void *ctx, int dirfd, const char *name)
{
    struct newest *n = ctx;
    int64_t seconds;
    (void)dirfd;
    if (is_backup(name, &seconds) && (!n->name[0] || strcmp(name, n->name) > 0)) {
        snprintf(n->name, BACKUP_NAME, "%s", name);
        n->made_at = seconds;
    }
    return ERR_OK;
}

enum err backup_newest(const char *folder, char name[BACKUP_NAME], int64_t *made_at)
{
    struct newest n = {.name = name};
    name[0] = 0;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? ERR_NOTFOUND : err_from_errno(errno);
    enum err e = folder_each(fd, see_newest, &n);
    close(fd);
    *made_at = n.made_at;
    return e ? e : name[0] ? ERR_OK : ERR_NOTFOUND;
}
