/* Limits of commands that need no instance: those that an instance starts from. */
#ifndef CLI_FALLBACK_H
#define CLI_FALLBACK_H

#include "cli/cli.h"
#include "flux/intake/config.h"

/* The default of a setting that is a number. */
unsigned limit_default(enum setting_id id);
/* GiB of one flux, unpacked: --max-size, or the default. 0, or an exit code after a message. */
int limit_member_gib(const struct cli *cli, unsigned *gib);

#endif
