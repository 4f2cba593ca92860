#include "flux/base/fdio.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "flux/base/wipe.h"

enum err fd_write_all(int fd, const void *data, size_t n)
{
    const uint8_t *at = data;
    while (n) {
        ssize_t done = write(fd, at, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return err_from_errno(errno);
        at += done;
        n -= (size_t)done;
    }
    return ERR_OK;
}

enum err fd_read_all(int fd, void *data, size_t n, size_t *got)
{
    uint8_t *at = data;
    *got = 0;
    while (*got < n) {
        ssize_t done = read(fd, at + *got, n - *got);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return err_from_errno(errno);
        if (done == 0)
            break;
        *got += (size_t)done;
    }
    return ERR_OK;
}

static enum err read_sized(int fd, size_t max, uint8_t **data, size_t *len)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return err_from_errno(errno);
    if (!S_ISREG(st.st_mode))
        return ERR_BAD;
    if (st.st_size < 0 || (uintmax_t)st.st_size > max)
        return ERR_TOOBIG;
    size_t size = (size_t)st.st_size;
    uint8_t *bytes = malloc(size + 1);
    if (!bytes)
        return ERR_NOMEM;
    enum err e = fd_read_all(fd, bytes, size, len);
    if (e) {
        wipe(bytes, size);
        free(bytes);
        return e;
    }
    bytes[*len] = 0;
    *data = bytes;
    return ERR_OK;
}

enum err file_read(int dirfd, const char *name, size_t max, uint8_t **data, size_t *len)
{
    int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return err_from_errno(errno);
    enum err e = read_sized(fd, max, data, len);
    close(fd);
    return e;
}

static enum err write_file(int dirfd, const char *name, int flags, unsigned mode, const void *data, size_t len, bool sync)
{
    int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags, mode);
    if (fd < 0)
        return errno == EEXIST ? ERR_BUSY : err_from_errno(errno);
    enum err e = fchmod(fd, mode) < 0 ? err_from_errno(errno) : fd_write_all(fd, data, len);
    if (!e && sync && fsync(fd) < 0)
        e = err_from_errno(errno);
    if (close(fd) < 0 && !e)
        e = err_from_errno(errno);
    return e;
}

static enum err sync_dir(int dirfd)
{
    int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return err_from_errno(errno);
    enum err e = fsync(fd) < 0 ? err_from_errno(errno) : ERR_OK;
    close(fd);
    return e;
}

enum err file_put(int dirfd, const char *name, unsigned mode, const void *data, size_t len, bool sync)
{
    char part[256];
    int n = snprintf(part, sizeof part, ".%s.part", name);
    if (n < 0 || (size_t)n >= sizeof part)
        return ERR_TOOBIG;
    enum err e = write_file(dirfd, part, O_TRUNC, mode, data, len, sync);
    if (!e && renameat(dirfd, part, dirfd, name) < 0)
        e = err_from_errno(errno);
    if (e)
        unlinkat(dirfd, part, 0);
    return e;
}

enum err file_replace(int dirfd, const char *name, unsigned mode, const void *data, size_t len)
{
    enum err e = file_put(dirfd, name, mode, data, len, true);
    return e ? e : sync_dir(dirfd);
}

enum err file_create(int dirfd, const char *name, unsigned mode, const void *data, size_t len)
{
    enum err e = write_file(dirfd, name, O_EXCL, mode, data, len, true);
    return e ? e : sync_dir(dirfd);
}

int64_t stat_changed(const struct stat *st) { return (int64_t)((uint64_t)st->st_mtim.tv_sec * 1000000000 + (uint64_t)st->st_mtim.tv_nsec); }

void fd_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}
