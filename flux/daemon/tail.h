/* Whether the end of a file looks like the end of what its beginning promises: a transfer that broke off and is resumed later leaves a file
 * that is still for a while and is not whole. Only a look, at the first and the last bytes: nothing is unpacked or parsed here.
 * Sources: security IN-1; RFC 1952, 2.3.1; APPNOTE, 4.3.16. */
#ifndef FLUX_DAEMON_TAIL_H
#define FLUX_DAEMON_TAIL_H

#include <stdbool.h>
#include <stdint.h>

/* An empty file is cut off; of what is neither zip, gzip nor XML nothing can be said: it is not. False when it cannot be read. */
bool tail_cut_off(int fd, uint64_t size);

#endif
