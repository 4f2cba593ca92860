/* Which département a commune belongs to, from the two codes alone. */
#ifndef FLUX_RECORD_COMMUNE_H
#define FLUX_RECORD_COMMUNE_H

#include <stdbool.h>

#include "flux/base/wire.h"

/* Whether a commune (NUMCOM) is surely outside a département (IDEPARTE); false where a code is not understood. */
bool commune_elsewhere(struct span ideparte, struct span numcom);
/* Whether it is surely inside. */
bool commune_inside(struct span ideparte, struct span numcom);

#endif
