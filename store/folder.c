#include "store/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "flux/base/fdio.h"

enum err folder_local(int dirfd)
{
    struct statfs fs;
    if (fstatfs(dirfd, &fs) < 0)
        return err_from_errno(errno);
    switch ((unsigned long)fs.f_type & 0xffffffffUL) {
    case NFS_SUPER_MAGIC:
    case SMB_SUPER_MAGIC:
    case SMB2_SUPER_MAGIC:
    case CIFS_SUPER_MAGIC:
    case FUSE_SUPER_MAGIC:
    case CEPH_SUPER_MAGIC:
    case AFS_SUPER_MAGIC:
    case CODA_SUPER_MAGIC:
    case V9FS_MAGIC:
        return ERR_STORE;
    default:
        return ERR_OK;
    }
}

/* A stream of its own, since reading moves the offset of a shared descriptor. */
static enum err list_open(int dirfd, DIR **ret)
{
    int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return err_from_errno(errno);
    *ret = fdopendir(fd);
    if (*ret)
        return ERR_OK;
    enum err e = err_from_errno(errno);
    close(fd);
    return e;
}

/* NULL at the end; *e is set on a failure. */
static const char *list_next(DIR *dir, enum err *e)
{
    struct dirent *entry;
    do {
        errno = 0;
        entry = readdir(dir);
    } while (entry && (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")));
    *e = !entry && errno ? err_from_errno(errno) : ERR_OK;
    return entry ? entry->d_name : NULL;
}

static bool is_file(int dirfd, const char *name, const struct stat *file)
{
    struct stat st;
    return file && !fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) && st.st_dev == file->st_dev && st.st_ino == file->st_ino;
}

enum err folder_empty(int dirfd, const struct stat *except)
{
    DIR *dir = NULL;
    const char *name;
    enum err e = list_open(dirfd, &dir), end;
    if (e)
        return e;
    while (!e && (name = list_next(dir, &end)))
        e = is_file(dirfd, name, except) ? ERR_OK : ERR_BUSY;
    closedir(dir);
    return e ? e : end;
}

enum err folder_sync(int dirfd)
{
    int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return err_from_errno(errno);
    enum err e = fsync(fd) < 0 ? err_from_errno(errno) : ERR_OK;
    close(fd);
    return e;
}

static enum err sync_file(int dirfd, const char *name)
{
    int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return err_from_errno(errno);
    enum err e = fsync(fd) < 0 ? err_from_errno(errno) : ERR_OK;
    close(fd);
    return e;
}

enum err folder_sync_files(int dirfd)
{
    DIR *dir = NULL;
    const char *name;
    enum err e = list_open(dirfd, &dir), end;
    if (e)
        return e;
    while (!e && (name = list_next(dir, &end)))
        e = sync_file(dirfd, name);
    closedir(dir);
    if (!e)
        e = end;
    return e ? e : folder_sync(dirfd);
}

void folder_clear(int dirfd)
{
    DIR *dir = NULL;
    const char *name;
    enum err end;
    if (list_open(dirfd, &dir))
        return;
    while ((name = list_next(dir, &end)))
        unlinkat(dirfd, name, 0);
    closedir(dir);
}

enum err folder_each(int dirfd, enum err (*visit)(void *ctx, int dirfd, const char *name), void *ctx)
{
    DIR *dir = NULL;
    const char *name;
    enum err e = list_open(dirfd, &dir), end = ERR_OK;
    if (e)
        return e;
    while (!e && (name = list_next(dir, &end)))
        e = visit(ctx, dirfd, name);
    closedir(dir);
    return e ? e : end;
}

void folder_remove(int dirfd, const char *name)
{
    int fd = -1;
    if (folder_open(dirfd, name, &fd))
        return;
    folder_clear(fd);
    fd_close(&fd);
    unlinkat(dirfd, name, AT_REMOVEDIR);
}

enum err folder_open(int dirfd, const char *name, int *fd)
{
    *fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    return *fd < 0 ? err_from_errno(errno) : ERR_OK;
}

enum err folder_private(int fd)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return err_from_errno(errno);
    return st.st_uid == geteuid() && !(st.st_mode & 077) ? ERR_OK : ERR_PERM;
}
