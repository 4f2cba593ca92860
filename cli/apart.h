/* Work on files that may be damaged: LMDB reads them through memory, and a page that is not there or makes no sense kills who reads it. */
#ifndef CLI_APART_H
#define CLI_APART_H

#include "flux/base/buf.h"

/* Runs work in a child process and appends to out what it put there. Returns what work returned; ERR_CORRUPT when the child died of what it
 * read, ERR_CHILD when it was ended otherwise. Nothing of the store may be open. */
enum err apart(enum err (*work)(void *ctx, struct buf *out), void *ctx, struct buf *out);
/* For the child: so many seconds of processor from now, unless this is called again, and it is ended as if by what it reads, since a
 * damaged tree can also lead in circles. */
void apart_patience(unsigned seconds);

#endif
