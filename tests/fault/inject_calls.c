/* The calls of libc that our programs and LMDB make, under their own names. What passes goes to the kernel without libc in between, but
 * for memory and fork, which libc must see. */
#undef _FILE_OFFSET_BITS
#undef _FORTIFY_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "tests/fault/inject.h"

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t align, size_t size);

#define BEFORE(kind)                                                                                                                       \
    enum inject_way way = inject_before(INJECT_##kind);                                                                                    \
    if (way == INJECT_FAIL)                                                                                                                \
    return -1

/* What the caller is told of a call that was made. */
#define AFTER(result) (inject_after(way) ? (result) : -1)

/* ---- files ---- */

static int do_open(int dirfd, const char *path, int flags, mode_t mode)
{
    struct stat st;
    bool creates = flags & O_CREAT;
    bool made = creates && inject_recording() && fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) != 0;
    enum inject_way way = inject_before(creates ? INJECT_create : INJECT_open);
    if (way == INJECT_FAIL)
        return -1;
    int fd = (int)syscall(SYS_openat, dirfd, path, flags, mode);
    if (fd >= 0 && made)
        inject_log_create(fd);
    else if (fd >= 0 && flags & O_TRUNC)
        inject_log_fd("truncate", fd, 0);
    inject_after(way);
    return fd;
}

static mode_t mode_of(int flags, va_list list) { return flags & (O_CREAT | __O_TMPFILE) ? va_arg(list, mode_t) : 0; }

int open(const char *path, int flags, ...)
{
    va_list list;
    va_start(list, flags);
    mode_t mode = mode_of(flags, list);
    va_end(list);
    return do_open(AT_FDCWD, path, flags, mode);
}

int openat(int dirfd, const char *path, int flags, ...)
{
    va_list list;
    va_start(list, flags);
    mode_t mode = mode_of(flags, list);
    va_end(list);
    return do_open(dirfd, path, flags, mode);
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));
int openat64(int dirfd, const char *path, int flags, ...) __attribute__((alias("openat")));
int __open64_2(const char *path, int flags);
int __openat64_2(int dirfd, const char *path, int flags);
int __open64_2(const char *path, int flags) { return do_open(AT_FDCWD, path, flags, 0); }
int __openat64_2(int dirfd, const char *path, int flags) { return do_open(dirfd, path, flags, 0); }

ssize_t read(int fd, void *data, size_t n)
{
    BEFORE(read);
    ssize_t got = syscall(SYS_read, fd, data, way == INJECT_SHORT ? (n + 1) / 2 : n);
    return AFTER(got);
}

ssize_t __read_chk(int fd, void *data, size_t n, size_t room);
ssize_t __read_chk(int fd, void *data, size_t n, size_t room)
{
    (void)room;
    return read(fd, data, n);
}

ssize_t pread(int fd, void *data, size_t n, off_t at)
{
    BEFORE(pread);
    ssize_t got = syscall(SYS_pread64, fd, data, way == INJECT_SHORT ? (n + 1) / 2 : n, at);
    return AFTER(got);
}

ssize_t pread64(int fd, void *data, size_t n, off64_t at) __attribute__((alias("pread")));
ssize_t __pread64_chk(int fd, void *data, size_t n, off_t at, size_t room);
ssize_t __pread64_chk(int fd, void *data, size_t n, off_t at, size_t room)
{
    (void)room;
    return pread(fd, data, n, at);
}

ssize_t write(int fd, const void *data, size_t n)
{
    BEFORE(write);
    ssize_t done = syscall(SYS_write, fd, data, way == INJECT_SHORT ? (n + 1) / 2 : n);
    if (done > 0 && inject_recording())
        inject_log_write(fd, data, (size_t)done, (off_t)syscall(SYS_lseek, fd, 0, SEEK_CUR) - done);
    return AFTER(done);
}

ssize_t pwrite(int fd, const void *data, size_t n, off_t at)
{
    BEFORE(pwrite);
    ssize_t done = syscall(SYS_pwrite64, fd, data, way == INJECT_SHORT ? (n + 1) / 2 : n, at);
    if (done > 0)
        inject_log_write(fd, data, (size_t)done, at);
    return AFTER(done);
}

ssize_t pwrite64(int fd, const void *data, size_t n, off64_t at) __attribute__((alias("pwrite")));

ssize_t writev(int fd, const struct iovec *v, int count)
{
    BEFORE(writev);
    off_t at = inject_recording() ? (off_t)syscall(SYS_lseek, fd, 0, SEEK_CUR) : 0;
    ssize_t done = syscall(SYS_writev, fd, v, way == INJECT_SHORT ? (count + 1) / 2 : count), left = done;
    for (int i = 0; i < count && left > 0; i++) {
        size_t part = (size_t)left < v[i].iov_len ? (size_t)left : v[i].iov_len;
        inject_log_write(fd, v[i].iov_base, part, at);
        at += (off_t)part;
        left -= (ssize_t)part;
    }
    return AFTER(done);
}

int fsync(int fd)
{
    BEFORE(fsync);
    int rc = way == INJECT_LIE ? 0 : (int)syscall(SYS_fsync, fd);
    if (rc == 0 && way != INJECT_LIE)
        inject_log_fd("sync", fd, 0);
    return AFTER(rc);
}

int fdatasync(int fd)
{
    BEFORE(fdatasync);
    int rc = way == INJECT_LIE ? 0 : (int)syscall(SYS_fdatasync, fd);
    if (rc == 0 && way != INJECT_LIE)
        inject_log_fd("sync", fd, 0);
    return AFTER(rc);
}

int msync(void *at, size_t len, int flags)
{
    BEFORE(msync);
    int rc = (int)syscall(SYS_msync, at, len, flags);
    return AFTER(rc);
}

int ftruncate(int fd, off_t size)
{
    BEFORE(ftruncate);
    int rc = (int)syscall(SYS_ftruncate, fd, size);
    if (rc == 0)
        inject_log_fd("truncate", fd, size);
    return AFTER(rc);
}

int ftruncate64(int fd, off64_t size) __attribute__((alias("ftruncate")));

int posix_fallocate(int fd, off_t at, off_t len)
{
    enum inject_way way = inject_before(INJECT_fallocate);
    if (way == INJECT_FAIL)
        return errno;
    int rc = syscall(SYS_fallocate, fd, 0, at, len) < 0 ? errno : 0;
    inject_after(way);
    return rc;
}

int posix_fallocate64(int fd, off64_t at, off64_t len) __attribute__((alias("posix_fallocate")));

/* ---- names ---- */

int renameat2(int from, const char *old, int to, const char *new, unsigned flags)
{
    BEFORE(rename);
    int rc = way == INJECT_LIE ? 0 : (int)syscall(SYS_renameat2, from, old, to, new, flags);
    if (rc == 0 && way != INJECT_LIE)
        inject_log_names("rename", from, old, to, new);
    return AFTER(rc);
}

int renameat(int from, const char *old, int to, const char *new) { return renameat2(from, old, to, new, 0); }
int rename(const char *old, const char *new) { return renameat2(AT_FDCWD, old, AT_FDCWD, new, 0); }

int linkat(int from, const char *old, int to, const char *new, int flags)
{
    BEFORE(link);
    int rc = (int)syscall(SYS_linkat, from, old, to, new, flags);
    if (rc == 0)
        inject_log_names("link", from, old, to, new);
    return AFTER(rc);
}

int link(const char *old, const char *new) { return linkat(AT_FDCWD, old, AT_FDCWD, new, 0); }

int unlinkat(int dirfd, const char *path, int flags)
{
    BEFORE(unlink);
    int rc = (int)syscall(SYS_unlinkat, dirfd, path, flags);
    if (rc == 0)
        inject_log_names("unlink", dirfd, path, AT_FDCWD, NULL);
    return AFTER(rc);
}

int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

int mkdirat(int dirfd, const char *path, mode_t mode)
{
    BEFORE(mkdir);
    int rc = (int)syscall(SYS_mkdirat, dirfd, path, mode);
    if (rc == 0)
        inject_log_mkdir(dirfd, path);
    return AFTER(rc);
}

int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

/* ---- locks, processes, time ---- */

void *mmap(void *at, size_t len, int prot, int flags, int fd, off_t offset)
{
    enum inject_way way = inject_before(INJECT_mmap);
    if (way == INJECT_FAIL)
        return MAP_FAILED;
    void *got = (void *)syscall(SYS_mmap, at, len, prot, flags, fd, offset);
    inject_after(way);
    return got;
}

void *mmap64(void *at, size_t len, int prot, int flags, int fd, off64_t offset) __attribute__((alias("mmap")));

int flock(int fd, int how)
{
    BEFORE(flock);
    int rc = (int)syscall(SYS_flock, fd, how);
    return AFTER(rc);
}

int fcntl(int fd, int command, ...)
{
    va_list list;
    va_start(list, command);
    void *arg = va_arg(list, void *);
    va_end(list);
    BEFORE(fcntl);
    int rc = (int)syscall(SYS_fcntl, fd, command, arg);
    return AFTER(rc);
}

int fcntl64(int fd, int command, ...) __attribute__((alias("fcntl")));

pid_t fork(void)
{
    BEFORE(fork);
    pid_t (*real)(void) = (pid_t(*)(void))dlsym(RTLD_NEXT, "fork");
    inject_log_start();
    pid_t pid = real();
    if (pid == 0)
        inject_forked();
    else
        inject_after(way);
    return pid;
}

int execve(const char *path, char *const argv[], char *const env[])
{
    BEFORE(execve);
    return (int)syscall(SYS_execve, path, argv, env);
}

int pipe2(int ends[2], int flags)
{
    BEFORE(pipe);
    return (int)syscall(SYS_pipe2, ends, flags);
}

int pipe(int ends[2]) { return pipe2(ends, 0); }

int socketpair(int domain, int type, int protocol, int ends[2])
{
    BEFORE(socketpair);
    return (int)syscall(SYS_socketpair, domain, type, protocol, ends);
}

int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    BEFORE(poll);
    struct timespec t = {timeout_ms / 1000, timeout_ms % 1000 * 1000000};
    int rc = (int)syscall(SYS_ppoll, fds, count, timeout_ms < 0 ? NULL : &t, NULL, 0);
    return AFTER(rc);
}

int __poll_chk(struct pollfd *fds, nfds_t count, int timeout_ms, size_t room);
int __poll_chk(struct pollfd *fds, nfds_t count, int timeout_ms, size_t room)
{
    (void)room;
    return poll(fds, count, timeout_ms);
}

int clock_gettime(clockid_t clock, struct timespec *t)
{
    int rc = (int)syscall(SYS_clock_gettime, clock, t);
    if (rc == 0 && clock == CLOCK_REALTIME)
        t->tv_sec += inject_clock();
    return rc;
}

time_t time(time_t *out)
{
    struct timespec t = {0};
    clock_gettime(CLOCK_REALTIME, &t);
    if (out)
        *out = t.tv_sec;
    return t.tv_sec;
}

/* ---- memory; a sanitizer keeps its own ---- */

#ifndef INJECT_NO_MEMORY
void *malloc(size_t size) { return inject_before(INJECT_malloc) == INJECT_FAIL ? NULL : __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return inject_before(INJECT_malloc) == INJECT_FAIL ? NULL : __libc_calloc(count, size); }
void *realloc(void *old, size_t size) { return inject_before(INJECT_malloc) == INJECT_FAIL ? NULL : __libc_realloc(old, size); }

int posix_memalign(void **out, size_t align, size_t size)
{
    void *got = inject_before(INJECT_malloc) == INJECT_FAIL ? NULL : __libc_memalign(align, size);
    if (!got)
        return ENOMEM;
    *out = got;
    return 0;
}
#endif
