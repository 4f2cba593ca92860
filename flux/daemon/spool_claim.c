#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "flux/base/fdio.h"
#include "flux/daemon/spool.h"

enum { NUMBER_MAX = 9999 };

static bool id_is_free(const struct spool *s, const char *id)
{
    struct stat st;
    for (int state = 0; state < SPOOL_STATES; state++)
        if (fstatat(s->dirs[state], id, &st, AT_SYMLINK_NOFOLLOW) == 0)
            return false;
    return true;
}

/* A name that no state has: an arrival keeps it wherever it goes. */
static enum err make_folder(struct spool *s, const struct claim *c, char id[SPOOL_ID_MAX])
{
    struct tm t;
    char stamp[32];
    time_t now = (time_t)c->now;
    if (!gmtime_r(&now, &t) || !strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &t))
        return ERR_BAD;
    if (s->stamp != c->now)
        s->number = 0;
    s->stamp = c->now;
    while (s->number < NUMBER_MAX) {
        snprintf(id, SPOOL_ID_MAX, "%.16s-%04u-%s", stamp, ++s->number, c->source);
        if (!id_is_free(s, id))
            continue;
        if (mkdirat(s->dirs[SPOOL_WORK], id, 0700) == 0)
            return ERR_OK;
        if (errno != EEXIST)
            return err_from_errno(errno);
    }
    return ERR_BUSY;
}

static void fill_slip(const struct claim *c, struct slip *slip)
{
    memset(slip, 0, sizeof(*slip));
    snprintf(slip->source, sizeof(slip->source), "%s", c->source);
    snprintf(slip->name, sizeof(slip->name), "%s", c->name);
    slip_file_name(c->name, slip->file);
    slip->size = c->seen->size;
    slip->claimed_at = c->now;
    if (c->sidecar) {
        slip->sidecar = c->sidecar->st_ino;
        slip->sidecar_changed = (int64_t)c->sidecar->st_mtim.tv_sec * 1000000000 + c->sidecar->st_mtim.tv_nsec;
    }
}

static enum err write_slip(int folder, const struct slip *slip)
{
    struct buf text;
    buf_init(&text, SLIP_TEXT_MAX);
    enum err e = slip_write(slip, &text);
    if (!e)
        e = file_create(folder, SPOOL_SLIP, 0600, text.data, text.len);
    buf_free(&text);
    return e;
}

static enum err sync_folder(int fd) { return fsync(fd) < 0 ? err_from_errno(errno) : ERR_OK; }

/* Between the last look and the rename somebody may have put something else there, or begun to write. */
static bool is_meant(const struct claim *c, int folder, const char *file)
{
    struct stat st;
    return fstatat(folder, file, &st, AT_SYMLINK_NOFOLLOW) == 0 && settle_same(c->seen, &st) &&
           (!c->leased || fcntl(c->file, F_GETLEASE) == F_RDLCK);
}

static enum err move_in(const struct claim *c, int folder, const char *file)
{
    if (renameat2(c->drop, c->name, folder, file, RENAME_NOREPLACE) < 0)
        return errno == ENOENT ? ERR_BUSY : err_from_errno(errno);
    /* What cannot go back, its name being taken again, stays: whoever imports it looks first whether it is a plain file. */
    if (!is_meant(c, folder, file) && renameat2(folder, file, c->drop, c->name, RENAME_NOREPLACE) == 0)
        return ERR_BUSY;
    (void)fchmod(c->file, 0600); /* only its owner may, and nobody else enters the folder */
    return ERR_OK;
}

static enum err fill_folder(struct spool *s, const struct claim *c, int folder)
{
    struct slip slip;
    fill_slip(c, &slip);
    enum err e = sync_folder(c->file);
    if (!e)
        e = write_slip(folder, &slip);
    if (!e)
        e = sync_folder(s->dirs[SPOOL_WORK]);
    if (!e)
        e = move_in(c, folder, slip.file);
    if (e)
        return e;
    /* It is ours now, whatever syncing says: a crash leaves it here or in its drop folder, and the next start finds it in both. */
    (void)fsync(folder);
    (void)fsync(c->drop);
    return ERR_OK;
}

enum err spool_claim(struct spool *s, const struct claim *c, char id[SPOOL_ID_MAX])
{
    enum err e = make_folder(s, c, id);
    if (e)
        return e;
    int folder = openat(s->dirs[SPOOL_WORK], id, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    e = folder < 0 ? err_from_errno(errno) : fill_folder(s, c, folder);
    if (e && folder >= 0)
        unlinkat(folder, SPOOL_SLIP, 0);
    fd_close(&folder);
    if (e)
        unlinkat(s->dirs[SPOOL_WORK], id, AT_REMOVEDIR);
    return e;
}

enum err spool_drop_sidecar(const struct slip *slip, int drop, const char *suffix)
{
    char name[2 * NAME_MAX + 2];
    struct stat st;
    snprintf(name, sizeof(name), "%s%s", slip->name, suffix);
    if (!slip->sidecar || fstatat(drop, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return ERR_OK;
    int64_t changed = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
    if (st.st_ino != slip->sidecar || changed != slip->sidecar_changed)
        return ERR_OK;
    return unlinkat(drop, name, 0) < 0 ? err_from_errno(errno) : ERR_OK;
}
