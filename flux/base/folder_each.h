/* The names in a folder. */
#ifndef FLUX_BASE_FOLDER_EACH_H
#define FLUX_BASE_FOLDER_EACH_H

#include "flux/base/err.h"

/* Visits each name but . and .. until visit fails, whose error is returned. A stream of its own, since reading moves the offset of a shared
 * descriptor. What visit makes or removes there may be visited, or not. */
enum err folder_each(int dirfd, enum err (*visit)(void *ctx, int dirfd, const char *name), void *ctx);

#endif
