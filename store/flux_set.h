/* The dossiers a flux carried: chunks of 8,192 serials, each a list when that is shorter, else a bitmap; empty chunks are absent. A chunk
 * fits an engine's page with others. */
#ifndef STORE_FLUX_SET_H
#define STORE_FLUX_SET_H

#include "store/txn.h"

enum { SET_CHUNK_BITS = 8192, SET_CHUNK_BYTES = SET_CHUNK_BITS / 8 };

struct flux_set {
    uint8_t **chunks;
    size_t count;
};

void flux_set_free(struct flux_set *s);
enum err flux_set_add(struct flux_set *s, uint64_t serial, bool *was_there);
bool flux_set_holds(const struct flux_set *s, uint64_t serial);
/* Every dossier of s, ascending. */
enum err flux_set_visit(const struct flux_set *s, enum err (*visit)(void *ctx, uint64_t serial), void *ctx);
/* Adds nothing to the store for a flux that carried nothing. */
enum err flux_set_put(struct store_txn *t, uint32_t flux, const struct flux_set *s);
/* Whether an applied flux carried the dossier. */
enum err flux_set_has(struct store_txn *t, uint32_t flux, uint64_t serial, bool *has);
/* Adds what a flux carried to s. */
enum err flux_set_load(struct store_txn *t, uint32_t flux, struct flux_set *s);
enum err flux_set_forget(struct store_txn *t, uint32_t flux);
/* visit puts and deletes nothing. */
enum err flux_set_each(struct store_txn *t, uint32_t flux, enum err (*visit)(void *ctx, uint64_t serial), void *ctx);

#endif
