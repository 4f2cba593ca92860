/* Standard streams of a program: whoever starts it may have closed them. */
#ifndef FLUX_BASE_STREAMS_H
#define FLUX_BASE_STREAMS_H

#include <stdbool.h>

/* To be called first. A file opened later must not take the number of a stream that was closed at the start: what is printed would go into
 * it. False, and said as the program's on the standard error when that is open, when nothing can stand in. */
bool streams_fill(const char *program);

#endif
