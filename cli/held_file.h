/* The file of a flux that is held, where it lies in the spool: so that what is to be typed can be copied. */
#ifndef CLI_HELD_FILE_H
#define CLI_HELD_FILE_H

#include <stdint.h>

#include "flux/intake/config.h"

/* The command that imports these bytes all the same, translated where it asks for a reason; malloc'ed, NULL when no file of the spool
 * holds them. sha256: as flux_digest gives it. */
char *held_command(const struct config *c, const uint8_t sha256[32]);

#endif
