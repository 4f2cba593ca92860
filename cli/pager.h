/* A pager that can neither run commands nor remember what was searched for: search strings are people's names. */
#ifndef CLI_PAGER_H
#define CLI_PAGER_H

#include <stdbool.h>

#include "flux/base/buf.h"

/* False when there is no pager: nothing was shown then. */
bool pager_show(const struct buf *text);

#endif
