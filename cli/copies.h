/* Copies of what an import applied that wait in the spool, refused or held: they wait for nobody any more. */
#ifndef CLI_COPIES_H
#define CLI_COPIES_H

#include "cli/cli.h"
#include "flux/base/buf.h"
#include "store/store.h"

/* The flux that are applied now, by their digests. */
struct copies {
    struct buf digests;
};

void copies_init(struct copies *c);
void copies_free(struct copies *c);
void copies_note(struct copies *c, const struct flux_entry *applied);
/* Takes each arrival out of refused and held whose flux are all applied, one of those noted among them. Tells what fails. */
void copies_settle(const struct copies *c, const struct config *config, int64_t now);

#endif
