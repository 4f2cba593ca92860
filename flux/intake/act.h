/* Acts on their way from a transaction of the store to the journal: the outbox carries them, draining appends each once. */
#ifndef FLUX_INTAKE_ACT_H
#define FLUX_INTAKE_ACT_H

#include "flux/intake/journal.h"
#include "store/store.h"

/* Puts an act beside what it speaks of. */
enum err act_put(struct store_txn *t, const struct journal_act *act);
/* Whether acts wait. The store must be open, without a transaction. */
enum err act_pending(struct store *s, bool *pending);
/* Appends what is pending to the journal, then forgets it. The store must be open for writing, without a transaction.
 * ERR_JOURNAL when the journal refuses. */
enum err act_drain(struct store *s, struct journal *j, int64_t now);
/* Appends what is pending and forgets nothing: for a store that is about to be replaced. */
enum err act_copy(struct store_txn *t, struct journal *j, int64_t now);

#endif
