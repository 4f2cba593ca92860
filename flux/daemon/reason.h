/* The text that lies beside a file that was settled: what came, what was said of it, what to do, until when it is kept. */
#ifndef FLUX_DAEMON_REASON_H
#define FLUX_DAEMON_REASON_H

#include <stdio.h>

#include "flux/daemon/result.h"
#include "flux/daemon/spool.h"

struct reason {
    const char *id;
    const struct slip *slip; /* settled */
    enum spool_state to;
    const struct result *result; /* NULL or without list: nothing was said */
    const char *why;             /* in words, translated; NULL when the result says it */
    const struct config *config;
};

/* malloc'ed; NULL without memory. */
char *reason_text_make(const struct reason *r);
/* The command that imports a file which lies refused or held, all the same, as a shell takes it; no line end. False, and nothing, for a
 * path that is too long. */
bool reason_command(FILE *out, const struct config *c, enum spool_state state, const char *id, const struct slip *slip);
/* As a shell takes it; out is cut when it is too small, and then no command can be given. */
bool reason_quote(const char *text, char *out, size_t size);

#endif
