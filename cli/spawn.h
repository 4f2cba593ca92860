/* Another program, run to its end: what it reads, what it says, how long it may take. */
#ifndef CLI_SPAWN_H
#define CLI_SPAWN_H

#include <stddef.h>

#include "flux/base/err.h"

struct spawn {
    const char *const *argv; /* argv[0]: absolute path; NULL after the last */
    const void *in;
    size_t in_len;
    char *out; /* what it says on standard output, cut to size, ends with a zero; NULL: not wanted */
    size_t size;
    unsigned seconds;
    const volatile int *stop; /* NULL allowed */
};

/* *code: its exit code. ERR_CHILD when it could not be started, was killed, or was ended because its time was over; ERR_STOPPED when *stop
 * was set. The store must not be open in this process. */
enum err spawn_run(const struct spawn *s, int *code);

#endif
