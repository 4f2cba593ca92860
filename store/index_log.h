/* What a flux brought to the index for dossiers that were there before it, so that it can be taken out again: their images do not say,
 * since a NIR, or the matricule of the MSA, is in none of them. Chunks of a tagged list of entries; a flux that brought none has none. */
#ifndef STORE_INDEX_LOG_H
#define STORE_INDEX_LOG_H

#include "store/txn.h"

struct index_log {
    uint8_t (*entries)[KEY_INDEX];
    size_t count, cap;
};

void index_log_free(struct index_log *l);
enum err index_log_add(struct index_log *l, const uint8_t entry[KEY_INDEX]);
enum err index_log_put(struct store_txn *t, uint32_t flux, const struct index_log *l);
/* Adds the entries of a flux to l. */
enum err index_log_load(struct store_txn *t, uint32_t flux, struct index_log *l);
/* The entries of one chunk. */
enum err index_log_read(struct store_txn *t, struct span key, struct span value, struct index_log *l);
enum err index_log_forget(struct store_txn *t, uint32_t flux);

#endif
