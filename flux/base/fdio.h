/* Descriptors read and written whole. */
#ifndef FLUX_BASE_FDIO_H
#define FLUX_BASE_FDIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "flux/base/err.h"

enum err fd_write_all(int fd, const void *data, size_t n);
/* Reads until n bytes or the end; *got says how many. */
enum err fd_read_all(int fd, void *data, size_t n, size_t *got);
/* A whole file of at most max bytes, from the folder dirfd (AT_FDCWD allowed); *data is malloc'ed and ends with an extra zero byte. */
enum err file_read(int dirfd, const char *name, size_t max, uint8_t **data, size_t *len);
/* Creates or replaces name by rename, so that a reader sees the old or the new one, never a part; synced to disk, file and folder. */
enum err file_replace(int dirfd, const char *name, unsigned mode, const void *data, size_t len);
/* The same, without syncing the folder, and the file only with sync: for who syncs once for several. */
enum err file_put(int dirfd, const char *name, unsigned mode, const void *data, size_t len, bool sync);
/* Fails with ERR_BUSY when name is there already; else like file_replace. */
enum err file_create(int dirfd, const char *name, unsigned mode, const void *data, size_t len);
/* When it was last changed, in ns since 1970. Only to be compared: any time can be given to a file, and those beyond 2262 wrap. */
int64_t stat_changed(const struct stat *st);
/* Closes *fd when it is open and sets it to -1. */
void fd_close(int *fd);

#endif
