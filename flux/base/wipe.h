/* What concerns a person or a key is wiped, not just released. */
#ifndef FLUX_BASE_WIPE_H
#define FLUX_BASE_WIPE_H

#include <stddef.h>
#include <string.h>

static inline void wipe(void *data, size_t n) { explicit_bzero(data, n); }

#endif
