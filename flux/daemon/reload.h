/* What a running daemon may take of a configuration that was changed. */
#ifndef FLUX_DAEMON_RELOAD_H
#define FLUX_DAEMON_RELOAD_H

#include "flux/intake/config.h"

/* Moves from next into running every setting that may be taken without a restart; later is called for what has changed and may not:
 * "[daemon] scan". next then holds what running had. */
void reload_take(struct config *running, struct config *next, void (*later)(void *ctx, const char *setting), void *ctx);

#endif
