#include "flux/daemon/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "flux/base/fdio.h"
#include "flux/base/folder_each.h"

const char *spool_folder(const struct config *c, enum spool_state state)
{
    static const enum setting_id ids[SPOOL_STATES] = {SETTING_instance_work, SETTING_instance_done, SETTING_instance_refused,
                                                      SETTING_instance_held};
    return config_text(c, ids[state]);
}

enum err spool_open(struct spool *s, const struct config *c, enum spool_state *wrong)
{
    *s = (struct spool){.dirs = {-1, -1, -1, -1}, .lock = -1};
    for (*wrong = SPOOL_WORK; *wrong < SPOOL_STATES; (*wrong)++) {
        s->dirs[*wrong] = open(spool_folder(c, *wrong), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (s->dirs[*wrong] < 0) {
            enum err e = err_from_errno(errno);
            spool_close(s);
            return e;
        }
    }
    return ERR_OK;
}

enum err spool_reopen(struct spool *s, const struct config *c, enum spool_state *wrong)
{
    struct spool other;
    enum err e = spool_open(&other, c, wrong);
    for (int state = SPOOL_DONE; state < SPOOL_STATES && !e; state++) {
        int before = s->dirs[state];
        s->dirs[state] = other.dirs[state];
        other.dirs[state] = before;
    }
    spool_close(&other);
    return e;
}

void spool_close(struct spool *s)
{
    for (int state = 0; state < SPOOL_STATES; state++)
        fd_close(&s->dirs[state]);
    fd_close(&s->lock);
}

/* Open for reading, so that the file system can be made read-only while somebody holds it. Over NFS only who could write gets it. */
static enum err take_lock(struct spool *s)
{
    static const int ways[] = {O_RDONLY, O_RDWR};
    bool taken = false;
    errno = EBADF;
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]) && !taken && errno == EBADF; i++) {
        fd_close(&s->lock);
        s->lock = openat(s->dirs[SPOOL_WORK], SPOOL_LOCK, ways[i] | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        taken = s->lock >= 0 && flock(s->lock, LOCK_EX | LOCK_NB) == 0;
    }
    return taken ? ERR_OK : errno == EWOULDBLOCK ? ERR_BUSY : err_from_errno(errno);
}

/* A courtesy to who finds it held: a full disk keeps nobody from starting. */
static void write_holder(const struct spool *s)
{
    char text[32];
    int len = snprintf(text, sizeof(text), "pid %d\n", (int)getpid());
    int fd = openat(s->dirs[SPOOL_WORK], SPOOL_LOCK, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0)
        (void)fd_write_all(fd, text, (size_t)len);
    fd_close(&fd);
}

/* The lock goes with the process, so that what is written in the file is only ever of the one that holds it. */
enum err spool_lock(struct spool *s, char *holder, size_t size)
{
    char text[32];
    struct stat st;
    size_t n = 0;
    holder[0] = '\0';
    enum err e = take_lock(s);
    if (e) {
        if (e == ERR_BUSY && fd_read_all(s->lock, text, sizeof(text) - 1, &n) == ERR_OK)
            snprintf(holder, size, "%.*s", (int)strcspn(text, "\n") < (int)n ? (int)strcspn(text, "\n") : (int)n, text);
        fd_close(&s->lock);
        return e;
    }
    s->seen = fstat(s->lock, &st) == 0 && st.st_size > 0 ? (int64_t)st.st_mtim.tv_sec : 0;
    write_holder(s);
    spool_believe(s, s->seen ? s->seen : (int64_t)time(NULL));
    return ERR_OK;
}

void spool_believe(const struct spool *s, int64_t now)
{
    const struct timespec times[2] = {{.tv_sec = (time_t)now}, {.tv_sec = (time_t)now}};
    (void)futimens(s->lock, times);
}

enum err spool_mark_round(const struct spool *s, int64_t now)
{
    const struct timespec times[2] = {{.tv_sec = (time_t)now}, {.tv_sec = (time_t)now}};
    int fd = openat(s->dirs[SPOOL_WORK], SPOOL_ROUND, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    enum err e = fd < 0 || futimens(fd, times) < 0 ? err_from_errno(errno) : ERR_OK;
    fd_close(&fd);
    return e;
}

enum err spool_forget_round(const struct spool *s)
{
    return unlinkat(s->dirs[SPOOL_WORK], SPOOL_ROUND, 0) < 0 && errno != ENOENT ? err_from_errno(errno) : ERR_OK;
}

int64_t spool_round(const struct config *c)
{
    struct stat st;
    int folder = open(spool_folder(c, SPOOL_WORK), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool there = folder >= 0 && fstatat(folder, SPOOL_ROUND, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode);
    fd_close(&folder);
    return there ? (int64_t)st.st_mtim.tv_sec : 0;
}

static int by_name(const void *a, const void *b) { return strcmp(a, b); }

static enum err ids_add(void *ctx, int folder, const char *name)
{
    struct spool_ids *ids = ctx;
    char source[SOURCE_NAME_MAX];
    int64_t at;
    (void)folder;
    if (!spool_id_read(name, &at, source))
        return ERR_OK;
    if (ids->count == ids->room) {
        size_t room = ids->room ? 2 * ids->room : 32;
        void *list = reallocarray(ids->list, room, sizeof(ids->list[0]));
        if (!list)
            return ERR_NOMEM;
        ids->list = list;
        ids->room = room;
    }
    memccpy(ids->list[ids->count++], name, '\0', SPOOL_ID_MAX); /* its length was judged with its form */
    return ERR_OK;
}

enum err spool_list(const struct spool *s, enum spool_state state, struct spool_ids *ids)
{
    *ids = (struct spool_ids){0};
    enum err e = folder_each(s->dirs[state], ids_add, ids);
    if (e)
        spool_ids_free(ids);
    else if (ids->count)
        qsort(ids->list, ids->count, sizeof(ids->list[0]), by_name);
    return e;
}

void spool_ids_free(struct spool_ids *ids)
{
    free(ids->list);
    *ids = (struct spool_ids){0};
}
