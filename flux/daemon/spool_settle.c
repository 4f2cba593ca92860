#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flux/base/fdio.h"
#include "flux/base/folder_each.h"
#include "flux/daemon/spool.h"

static enum err open_arrival(const struct spool *s, enum spool_state state, const char *id, int *fd)
{
    *fd = openat(s->dirs[state], id, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    return *fd < 0 ? err_from_errno(errno) : ERR_OK;
}

static enum err sync_fd(int fd) { return fsync(fd) < 0 ? err_from_errno(errno) : ERR_OK; }

static bool is_ours(const char *name)
{
    return name[0] == '.' || strcmp(name, SPOOL_SLIP) == 0 || strcmp(name, SPOOL_REASON) == 0 || strcmp(name, SPOOL_RESULT) == 0;
}

static enum err take_file_name(void *ctx, int folder, const char *name)
{
    (void)folder;
    char *file = ctx;
    if (!is_ours(name))
        memccpy(file, name, '\0', NAME_MAX + 1);
    return ERR_OK;
}

/* Its slip was cut by a crash: the name of the folder and the file itself say enough. */
static enum err rebuild_slip(int folder, const char *id, struct slip *slip)
{
    memset(slip, 0, sizeof(*slip));
    enum err e = folder_each(folder, take_file_name, slip->file);
    memcpy(slip->name, slip->file, sizeof(slip->name));
    if (!spool_id_read(id, &slip->claimed_at, slip->source))
        return ERR_BAD;
    return e;
}

static enum err read_slip(int folder, const char *id, struct slip *slip)
{
    uint8_t *text = NULL;
    size_t len = 0;
    enum err e = file_read(folder, SPOOL_SLIP, SLIP_TEXT_MAX, &text, &len);
    if (!e)
        e = slip_read((const char *)text, slip);
    free(text);
    return e == ERR_BAD || e == ERR_NOFILE || e == ERR_TOOBIG ? rebuild_slip(folder, id, slip) : e;
}

static enum err look_in(int folder, const char *id, struct slip *slip)
{
    struct stat st;
    enum err e = read_slip(folder, id, slip);
    if (e)
        return e;
    if (!slip->file[0] || fstatat(folder, slip->file, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return slip->file[0] && errno != ENOENT ? err_from_errno(errno) : ERR_NOTFOUND;
    slip->size = (uint64_t)st.st_size;
    return S_ISREG(st.st_mode) && st.st_nlink == 1 ? ERR_OK : ERR_BAD;
}

enum err spool_look(const struct spool *s, enum spool_state state, const char *id, struct slip *slip)
{
    int folder = -1;
    enum err e = open_arrival(s, state, id, &folder);
    if (!e)
        e = look_in(folder, id, slip);
    else if (e == ERR_NOFILE)
        e = ERR_NOTFOUND;
    fd_close(&folder);
    return e;
}

/* Should the new name not last, the old slip is whole. */
static enum err note_in(int folder, const struct slip *slip)
{
    struct buf text;
    buf_init(&text, SLIP_TEXT_MAX);
    enum err e = slip_write(slip, &text);
    if (!e)
        e = file_put(folder, SPOOL_SLIP, 0600, text.data, text.len, true);
    buf_free(&text);
    return e;
}

enum err spool_note(const struct spool *s, const char *id, const struct slip *slip)
{
    int folder = -1;
    enum err e = open_arrival(s, SPOOL_WORK, id, &folder);
    if (!e)
        e = note_in(folder, slip);
    fd_close(&folder);
    return e;
}

static enum err remove_file(void *ctx, int folder, const char *name)
{
    bool ours = *(const bool *)ctx;
    if (is_ours(name) != ours || unlinkat(folder, name, 0) == 0 || errno == ENOENT)
        return ERR_OK;
    return err_from_errno(errno);
}

/* The file goes first: what a crash leaves behind is never taken for an arrival again. To be synced by the caller, once for several: what a
 * cut brings back is destroyed again. */
static enum err destroy_in(int parent, const char *id)
{
    bool ours = false;
    int folder = openat(parent, id, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (folder < 0)
        return errno == ENOENT ? ERR_OK : err_from_errno(errno);
    enum err e = folder_each(folder, remove_file, &ours);
    ours = true;
    if (!e)
        e = folder_each(folder, remove_file, &ours);
    fd_close(&folder);
    if (!e && unlinkat(parent, id, AT_REMOVEDIR) < 0 && errno != ENOENT)
        e = err_from_errno(errno);
    return e;
}

enum err spool_destroy(const struct spool *s, enum spool_state state, const char *id)
{
    enum err e = destroy_in(s->dirs[state], id);
    return e ? e : sync_fd(s->dirs[state]);
}

/* Somebody will read what was refused or held. Of what was imported the ledger says all of it: a cut may take these texts. Their names come
 * before the move that is synced, and are on the disk with it. */
static enum err write_ending(int folder, const struct slip *slip, const struct settlement *how)
{
    struct buf text;
    bool sync = how->to != SPOOL_DONE;
    buf_init(&text, SLIP_TEXT_MAX);
    enum err e = slip_write(slip, &text);
    if (!e)
        e = file_put(folder, SPOOL_REASON, 0600, how->reason, strlen(how->reason), sync);
    if (!e && how->result_len)
        e = file_put(folder, SPOOL_RESULT, 0600, how->result, how->result_len, sync);
    if (!e)
        e = file_put(folder, SPOOL_SLIP, 0600, text.data, text.len, sync);
    buf_free(&text);
    return e;
}

static enum err move(int from, int to, const char *id)
{
    if (renameat2(from, id, to, id, RENAME_NOREPLACE) < 0)
        return err_from_errno(errno);
    /* Should it not last, it is found in work again, and imported again; with the same verdict, unless somebody has undone it since. */
    (void)fsync(to);
    return ERR_OK;
}

/* In the same way: it has gone, whatever syncing says. */
static enum err destroy_for_now(int parent, const char *id)
{
    enum err e = destroy_in(parent, id);
    if (!e)
        (void)fsync(parent);
    return e;
}

enum err spool_settle(const struct spool *s, const char *id, const struct slip *slip, const struct settlement *how)
{
    int folder = -1;
    if (how->destroy)
        return destroy_for_now(s->dirs[SPOOL_WORK], id);
    enum err e = open_arrival(s, SPOOL_WORK, id, &folder);
    if (!e)
        e = write_ending(folder, slip, how);
    fd_close(&folder);
    return e ? e : move(s->dirs[SPOOL_WORK], s->dirs[how->to], id);
}

/* Where there is no slip, the name of the folder has said enough; one that cannot be read for now may say that it was settled later. */
static bool is_due(const struct spool *s, enum spool_state state, const char *id, int64_t settled_before)
{
    struct slip slip = {0};
    enum err e = spool_look(s, state, id, &slip);
    return e == ERR_NOTFOUND || ((!e || e == ERR_BAD) && slip.settled_at <= settled_before);
}

/* The oldest first: nothing that is due comes after one that was claimed too late for it. */
static bool may_be_due(const char *id, int64_t settled_before)
{
    int64_t at = 0;
    char source[SOURCE_NAME_MAX];
    return spool_id_read(id, &at, source) && at <= settled_before;
}

enum err spool_expire(const struct spool *s, enum spool_state state, const struct spool_expiry *how, bool *more)
{
    struct spool_ids ids;
    size_t done = 0;
    enum err e = spool_list(s, state, &ids);
    *more = false;
    if (e)
        return e;
    for (size_t i = 0; i < ids.count && done < how->max && may_be_due(ids.list[i], how->now - how->keep); i++) {
        if (!is_due(s, state, ids.list[i], how->now - how->keep))
            continue;
        enum err one = destroy_in(s->dirs[state], ids.list[i]);
        if (!one)
            how->destroyed(how->ctx, ids.list[i]);
        done += !one;
        e = e ? e : one;
    }
    *more = done == how->max;
    spool_ids_free(&ids);
    return e || !done ? e : sync_fd(s->dirs[state]);
}

enum err spool_figures(const struct config *c, enum spool_state state, struct spool_figures *figures)
{
    struct spool s = {.dirs = {-1, -1, -1, -1}, .lock = -1};
    struct spool_ids ids = {0};
    struct slip slip;
    *figures = (struct spool_figures){0};
    s.dirs[state] = open(spool_folder(c, state), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum err e = s.dirs[state] < 0 ? err_from_errno(errno) : spool_list(&s, state, &ids);
    for (size_t i = 0; i < ids.count && !e; i++) {
        enum err look = spool_look(&s, state, ids.list[i], &slip);
        if (look && look != ERR_BAD)
            continue;
        figures->count++;
        figures->bytes += slip.size;
        if (!figures->oldest || slip.claimed_at < figures->oldest)
            figures->oldest = slip.claimed_at;
    }
    spool_ids_free(&ids);
    spool_close(&s);
    return e;
}

/* The id of the arrival that a path lies in, when it lies in this folder of the spool. */
static bool arrival_of(const char *folder, const char *path, char id[SPOOL_ID_MAX])
{
    char *root = realpath(folder, NULL), *file = realpath(path, NULL);
    size_t n = root ? strlen(root) : 0;
    bool inside = root && file && strncmp(file, root, n) == 0 && file[n] == '/';
    size_t len = inside ? strcspn(file + n + 1, "/") : 0;
    char source[SOURCE_NAME_MAX];
    int64_t at;
    inside = inside && len < SPOOL_ID_MAX && file[n + 1 + len] == '/' && !strchr(file + n + 2 + len, '/');
    if (inside) {
        memcpy(id, file + n + 1, len);
        id[len] = '\0';
        inside = spool_id_read(id, &at, source);
    }
    free(root);
    free(file);
    return inside;
}

static enum err finish_by_hand(const struct config *c, const struct spool *s, enum spool_state state, const char *id, int64_t now)
{
    struct slip slip;
    int folder = -1;
    if (config_number(c, SETTING_spool_keep_done) == 0)
        return spool_destroy(s, state, id);
    enum err e = open_arrival(s, state, id, &folder);
    if (!e)
        e = read_slip(folder, id, &slip);
    slip.settled_at = now;
    if (!e)
        e = note_in(folder, &slip);
    fd_close(&folder);
    return e ? e : move(s->dirs[state], s->dirs[SPOOL_DONE], id);
}

enum err spool_settled_by_hand(const struct config *c, const char *path, int64_t now)
{
    struct spool s;
    enum spool_state wrong;
    char id[SPOOL_ID_MAX];
    enum err e = ERR_OK;
    for (int state = SPOOL_REFUSED; state <= SPOOL_HELD && !e; state++)
        if (arrival_of(spool_folder(c, (enum spool_state)state), path, id)) {
            e = spool_open(&s, c, &wrong);
            if (!e) {
                e = finish_by_hand(c, &s, (enum spool_state)state, id, now);
                spool_close(&s);
            }
        }
    return e;
}
