/* Entries of the ledger as they lie in TABLE_FLUX. */
#ifndef STORE_LEDGER_H
#define STORE_LEDGER_H

#include "store/order.h"

enum err ledger_read_head(struct span value, enum flux_status *status, struct order *order);
/* Whether an entry is one that this digest finds: of its bytes, of its archive, or of its header. */
bool ledger_is_found_by(const struct flux_entry *f, struct span digest);
/* Writes f, whose id is given, and what finds it when it was applied. */
enum err ledger_write(struct store_txn *t, const struct flux_entry *f);
/* Nothing finds f any more; what it hid is found again. */
enum err ledger_forget_finders(struct store_txn *t, const struct flux_entry *f);
enum err ledger_next_id(struct store_txn *t, uint32_t *id);

#endif
