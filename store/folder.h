/* What the store asks of a folder and of the files in it. */
#ifndef STORE_FOLDER_H
#define STORE_FOLDER_H

#include <stdbool.h>
#include <sys/stat.h>

#include "flux/base/err.h"

/* ERR_STORE on file systems where locks or mapped pages are not those of this machine alone. */
enum err folder_local(int dirfd);
/* ERR_BUSY when it holds anything but the file *except (NULL: none), known by device and inode. */
enum err folder_empty(int dirfd, const struct stat *except);
enum err folder_sync(int dirfd);
/* Syncs each file in it, then itself. */
enum err folder_sync_files(int dirfd);
/* Removes the files in it, as far as possible; subfolders stay. */
void folder_clear(int dirfd);
/* Removes a folder of files, as far as possible. */
void folder_remove(int dirfd, const char *name);
/* An existing folder by path or by name in dirfd, without following a last symbolic link. */
enum err folder_open(int dirfd, const char *name, int *fd);
/* ERR_PERM unless it belongs to the effective user and nobody else has any right on it. */
enum err folder_private(int fd);

#endif
