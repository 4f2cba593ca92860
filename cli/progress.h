/* How far a long work is: one rewritten line on a terminal, else a line every half minute. On standard error. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>

#include "flux/base/buf.h"
#include "flux/intake/intake.h"

/* As households of work that counts none. */
#define PROGRESS_UNCOUNTED UINT64_MAX

struct progress {
    bool tty;
    size_t columns; /* of the line that is shown, 0 for none */
    double told;    /* seconds into the file when a line was last written to a log */
};

void progress_init(struct progress *p);
void progress_show(struct progress *p, const struct intake_progress *now);
/* Takes the line away, before something else is printed. */
void progress_clear(struct progress *p);
/* Appends the line, in at most width columns: parts are left out, then the name is cut in its middle. Returns the columns it takes. */
size_t progress_line(const struct intake_progress *now, size_t width, struct buf *out);

#endif
