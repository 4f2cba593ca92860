/* A process locks itself in: from then on it can use the descriptors it has, memory and the clock, and nothing else. There is no way
 * back. Everything that opens a file (encodings, providers, locales) has to be done before. Source: security HI-10. */
#ifndef FLUX_BASE_SANDBOX_H
#define FLUX_BASE_SANDBOX_H

#include <stdint.h>

#include "flux/base/err.h"

struct sandbox_limits {
    uint64_t address_space; /* bytes */
    uint32_t cpu_seconds;
    uint32_t descriptors;
};
extern const struct sandbox_limits sandbox_limits_default; /* 1 GiB, 300, 16 */

/* ERR_PERM when the process could not be locked in: it must not go on. Landlock is used where the kernel has it. With FLUX_NO_SANDBOX
 * (sanitizers) only the limits that they bear are set. */
enum err sandbox_enter(const struct sandbox_limits *limits);

/* Closes every descriptor from lowest on. */
enum err sandbox_close_from(int lowest);

#endif
