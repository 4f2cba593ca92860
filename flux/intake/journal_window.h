/* Lines of the journal's file one after the other, backward from the end or forward from the start, through a window of bounded size. */
#ifndef FLUX_INTAKE_JOURNAL_WINDOW_H
#define FLUX_INTAKE_JOURNAL_WINDOW_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "flux/base/err.h"
#include "flux/base/wire.h"
#include "flux/intake/journal_line.h"

/* At least two lines, so that one line is always whole in it. */
enum { WINDOW = 4 * JOURNAL_LINE_MAX };

struct window {
    int fd;
    off_t at, end;     /* forward: next byte to read, where to stop. Backward: end is that of the bytes not given yet */
    size_t from, used; /* bytes of data not given yet: from .. used */
    bool torn;         /* forward: the last line is not whole */
    uint8_t data[WINDOW + 1];
};

/* Borrows fd, of which the first size bytes are read. To be used in one direction, and freed. NULL without memory. */
struct window *window_new(int fd, off_t size);

/* What stands behind the last newline, which a crash left; to be called first. ERR_CORRUPT when it is longer than any line of ours. */
enum err window_torn(struct window *w, struct span *torn);
/* The line before, without its newline; ERR_NOTFOUND at the start. Valid until the next call. */
enum err window_back(struct window *w, struct span *line);
/* Starts again, behind the newline that ends at end. */
void window_back_from(struct window *w, off_t end);

/* The next line, without its newline and ending with a zero; ERR_NOTFOUND at the end, ERR_CORRUPT when the last one is not whole. */
enum err window_next(struct window *w, struct span *line);

#endif
