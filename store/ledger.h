/* Entries of the ledger as they lie in TABLE_FLUX. */
#ifndef STORE_LEDGER_H
#define STORE_LEDGER_H

#include "store/order.h"

enum err ledger_read_head(struct span value, enum flux_status *status, struct order *order);
/* The header of out points into value. */
enum err ledger_read(uint32_t id, struct span value, struct flux_entry *out);
/* Writes f, whose id is given, and what finds it when it was applied. */
enum err ledger_write(struct store_txn *t, const struct flux_entry *f);
enum err ledger_next_id(struct store_txn *t, uint32_t *id);

#endif
