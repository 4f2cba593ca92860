#include "store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "flux/base/fdio.h"

enum { HOLDER_MAX = 160, POLL_MS = 50 };

static enum err flock_err(int errnum) { return errnum == EINTR ? ERR_STOPPED : err_from_errno(errnum); }

static enum err lock_file(int dirfd, const char *name, int *fd)
{
    *fd = openat(dirfd, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    return *fd < 0 ? err_from_errno(errno) : ERR_OK;
}

/* False when the name leads to another file by now: a lock on this one excludes nobody. */
static bool still_named(int dirfd, const char *name, int fd)
{
    struct stat mine, named;
    return !fstat(fd, &mine) && !fstatat(dirfd, name, &named, AT_SYMLINK_NOFOLLOW) && mine.st_dev == named.st_dev &&
           mine.st_ino == named.st_ino;
}

enum err lock_shared(int dirfd, const char *name, int *fd)
{
    for (;;) {
        enum err e = lock_file(dirfd, name, fd);
        if (!e && flock(*fd, LOCK_SH) < 0)
            e = flock_err(errno);
        if (e)
            fd_close(fd);
        if (e || still_named(dirfd, name, *fd))
            return e;
        fd_close(fd);
    }
}

/* A line of printable characters, whatever stands in the file. */
static void read_holder(int fd, char holder[HOLDER_MAX])
{
    ssize_t n = pread(fd, holder, HOLDER_MAX - 1, 0);
    size_t len = 0;
    while (n > 0 && len < (size_t)n && holder[len] >= ' ' && holder[len] <= '~')
        len++;
    holder[len] = 0;
}

/* A courtesy to who waits: on a full disk, where a purge must still work, the lock is held without a name. */
static void write_holder(int fd, const char *purpose)
{
    char line[HOLDER_MAX], since[32] = "";
    time_t now = time(NULL);
    struct tm utc;
    if (gmtime_r(&now, &utc))
        strftime(since, sizeof since, "%Y-%m-%dT%H:%M:%SZ", &utc);
    int n = snprintf(line, sizeof line, "pid %ld, %.80s, since %s\n", (long)getpid(), purpose, since);
    if (n > 0 && ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0)
        (void)fd_write_all(fd, line, (size_t)n);
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The kernel has no wait for a lock that ends by itself. */
static enum err poll_lock(int fd, unsigned patience)
{
    const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
    int64_t end = now_ms() + (int64_t)patience * 1000;
    while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno != EWOULDBLOCK)
            return flock_err(errno);
        if (now_ms() >= end)
            return ERR_BUSY;
        if (nanosleep(&pause, NULL) < 0)
            return ERR_STOPPED;
    }
    return ERR_OK;
}

static enum err take(int fd, unsigned patience, bool *told, void (*waiting)(void *ctx, const char *holder), void *ctx)
{
    char holder[HOLDER_MAX];
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return ERR_OK;
    if (errno != EWOULDBLOCK)
        return flock_err(errno);
    if (waiting && !*told) {
        read_holder(fd, holder);
        waiting(ctx, holder);
    }
    *told = true;
    if (patience != LOCK_FOR_EVER)
        return poll_lock(fd, patience);
    return flock(fd, LOCK_EX) < 0 ? flock_err(errno) : ERR_OK;
}

enum err lock_exclusive(int dirfd, const char *name, const char *purpose, void (*waiting)(void *ctx, const char *holder), void *ctx,
                        int *fd)
{
    return lock_exclusive_for(dirfd, name, purpose, LOCK_FOR_EVER, waiting, ctx, fd);
}

enum err lock_exclusive_for(int dirfd, const char *name, const char *purpose, unsigned patience,
                            void (*waiting)(void *ctx, const char *holder), void *ctx, int *fd)
{
    bool told = false;
    for (;;) {
        enum err e = lock_file(dirfd, name, fd);
        if (!e)
            e = take(*fd, patience, &told, waiting, ctx);
        if (!e && still_named(dirfd, name, *fd)) {
            if (told && waiting)
                waiting(ctx, NULL);
            write_holder(*fd, purpose);
            return ERR_OK;
        }
        fd_close(fd);
        if (e)
            return e;
    }
}

void lock_release(int *fd)
{
    /* A line that stays is overwritten by the next holder. */
    if (*fd >= 0 && ftruncate(*fd, 0) < 0)
        (void)errno;
    fd_close(fd);
}
