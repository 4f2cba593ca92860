/* Taking an applied flux back, as a whole, in one transaction with its act for the journal. */
#ifndef FLUX_INTAKE_UNDO_FLUX_H
#define FLUX_INTAKE_UNDO_FLUX_H

#include "flux/intake/intake.h"

/* place, journal, user, now, progress, waiting, ctx, stop and dry_run of o count. ERR_BAD, ERR_NOTFOUND: see store_undo. ERR_JOURNAL: the
 * journal could not be written; *applied says whether the flux is undone all the same, and the next import or undo brings its line. */
enum err intake_undo(const struct intake_options *o, uint32_t flux, const char *reason, struct flux_undone *out, bool *applied);

#endif
