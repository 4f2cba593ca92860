/* Locks of the store's folder: files under flock, which the kernel releases with the process that holds them. */
#ifndef STORE_LOCK_H
#define STORE_LOCK_H

#include <limits.h>
#include <stdbool.h>

#include "flux/base/err.h"

/* Shared: many hold it, waits for an exclusive holder. ERR_STOPPED when a signal ends the wait. */
enum err lock_shared(int dirfd, const char *name, int *fd);

/* Exclusive, with a line in the file that says who: "pid 123, PURPOSE, since 2026-11-22T01:20:00Z". When somebody else holds it,
 * waiting(ctx, holder) is called once (NULL allowed), then it waits; waiting(ctx, NULL) once it has its turn. */
enum err lock_exclusive(int dirfd, const char *name, const char *purpose, void (*waiting)(void *ctx, const char *holder), void *ctx,
                        int *fd);
#define LOCK_FOR_EVER UINT_MAX
/* The same for at most patience seconds: ERR_BUSY when somebody else still holds it then. */
enum err lock_exclusive_for(int dirfd, const char *name, const char *purpose, unsigned patience,
                            void (*waiting)(void *ctx, const char *holder), void *ctx, int *fd);
/* Clears the holder's line, releases, sets *fd to -1. */
void lock_release(int *fd);

#endif
