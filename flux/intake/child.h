/* fluxrsa-parse, started and watched: fork and exec of an absolute path, three descriptors and no other, an empty environment, ended with
 * its parent. Nothing it says is believed before it is checked. Source: security HI-10. */
#ifndef FLUX_INTAKE_CHILD_H
#define FLUX_INTAKE_CHILD_H

#include <stdbool.h>
#include <stdint.h>

#include "flux/base/err.h"
#include "flux/base/wire.h"
#include "flux/record/keep.h"

struct child;

struct child_job {
    const char *parser; /* absolute path */
    int archive_fd;     /* regular file; rewound here; shared with the child until it ends */
    int32_t member;     /* -1: whatever is in the file */
    struct keep_rule keep;
    unsigned member_gib; /* of one flux, unpacked; all of an archive: twice that */
};

enum child_event {
    CHILD_MESSAGE,
    CHILD_CLOSED,  /* it closed its output between two messages */
    CHILD_STUCK,   /* no message in stall_seconds of our waiting, without those in which the machine stood still: it tells of its
                      progress once a mebibyte at least */
    CHILD_LIED,    /* malformed frame */
    CHILD_STOPPED, /* *stop was set */
    CHILD_FAILED   /* our side: reading its output failed */
};

enum err child_start(const struct child_job *job, struct child **ret);
/* payload is valid until the next call. */
enum child_event child_next(struct child *c, unsigned stall_seconds, const volatile int *stop, unsigned *kind, struct span *payload);
/* Kills it if it is still there, and reaps it. NULL allowed. */
void child_end(struct child *c);

#endif
