#include "flux/base/folder_each.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "flux/base/fdio.h"

/* NULL at the end, or with *e. */
static const char *next_name(DIR *dir, enum err *e)
{
    const struct dirent *entry;
    do {
        errno = 0;
        entry = readdir(dir);
    } while (entry && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
    if (!entry && errno)
        *e = err_from_errno(errno);
    return entry ? entry->d_name : NULL;
}

enum err folder_each(int dirfd, enum err (*visit)(void *ctx, int dirfd, const char *name), void *ctx)
{
    int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        enum err failed = err_from_errno(errno);
        fd_close(&fd);
        return failed;
    }
    enum err e = ERR_OK;
    for (const char *name; !e && (name = next_name(dir, &e));)
        e = visit(ctx, dirfd, name);
    closedir(dir);
    return e;
}
