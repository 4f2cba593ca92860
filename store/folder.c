#include "store/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdint.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "flux/base/fdio.h"
#include "flux/base/folder_each.h"

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

static bool is_file(int dirfd, const char *name, const struct stat *file)
{
    struct stat st;
    return file && !fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) && st.st_dev == file->st_dev && st.st_ino == file->st_ino;
}

static enum err except_one(void *ctx, int dirfd, const char *name) { return is_file(dirfd, name, ctx) ? ERR_OK : ERR_BUSY; }

enum err folder_empty(int dirfd, const struct stat *except) { return folder_each(dirfd, except_one, (void *)(uintptr_t)except); }

enum err folder_sync(int dirfd)
{
    int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return err_from_errno(errno);
    enum err e = fsync(fd) < 0 ? err_from_errno(errno) : ERR_OK;
    close(fd);
    return e;
}

static enum err sync_file(void *ctx, int dirfd, const char *name)
{
    (void)ctx;
    int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return err_from_errno(errno);
    enum err e = fsync(fd) < 0 ? err_from_errno(errno) : ERR_OK;
    close(fd);
    return e;
}

enum err folder_sync_files(int dirfd)
{
    enum err e = folder_each(dirfd, sync_file, NULL);
    return e ? e : folder_sync(dirfd);
}

static enum err clear_file(void *ctx, int dirfd, const char *name)
{
    (void)ctx;
    unlinkat(dirfd, name, 0);
    return ERR_OK;
}

void folder_clear(int dirfd) { (void)folder_each(dirfd, clear_file, NULL); }

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
