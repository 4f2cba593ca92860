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
        slip->sidecar_changed = stat_changed(c->sidecar);
    }
}

static enum err sync_fd(int fd) { return fsync(fd) < 0 ? err_from_errno(errno) : ERR_OK; }

/* A slip that a cut took is made anew from the names of the folder and of the file: one that says no more need not be on the disk. */
static bool says_more(const struct slip *slip) { return slip->sidecar || strcmp(slip->name, slip->file) != 0; }

static enum err write_slip(int folder, const struct slip *slip)
{
    struct buf text;
    buf_init(&text, SLIP_TEXT_MAX);
    enum err e = slip_write(slip, &text);
    if (!e)
        e = file_put(folder, SPOOL_SLIP, 0600, text.data, text.len, says_more(slip));
    buf_free(&text);
    return e;
}

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

static enum err fill_folder(const struct claim *c, int folder)
{
    struct slip slip;
    fill_slip(c, &slip);
    enum err e = sync_fd(c->file);
    if (!e)
        e = write_slip(folder, &slip);
    return e ? e : move_in(c, folder, slip.file);
}

enum err spool_claim(struct spool *s, const struct claim *c, char id[SPOOL_ID_MAX])
{
    enum err e = make_folder(s, c, id);
    if (e)
        return e;
    int folder = openat(s->dirs[SPOOL_WORK], id, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    e = folder < 0 ? err_from_errno(errno) : fill_folder(c, folder);
    if (e && folder >= 0)
        unlinkat(folder, SPOOL_SLIP, 0);
    fd_close(&folder);
    if (e)
        unlinkat(s->dirs[SPOOL_WORK], id, AT_REMOVEDIR);
    return e;
}

/* The drop folder, which each of the moves has changed: work has not been changed since the last folder was made in it, and its sync may
 * bring no more than that. They are ours now, whatever syncing says: the next start finds each here or in its drop folder. */
void spool_claims_end(int drop) { (void)fsync(drop); }

enum err spool_drop_sidecar(const struct slip *slip, int drop, const char *suffix)
{
    char name[2 * NAME_MAX + 2];
    struct stat st;
    snprintf(name, sizeof(name), "%s%s", slip->name, suffix);
    if (!slip->sidecar || fstatat(drop, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return ERR_OK;
    if (st.st_ino != slip->sidecar || stat_changed(&st) != slip->sidecar_changed)
        return ERR_OK;
    return unlinkat(drop, name, 0) < 0 ? err_from_errno(errno) : ERR_OK;
}
