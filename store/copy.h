/* All of a store into another one, empty, table by table in key order. */
#ifndef STORE_COPY_H
#define STORE_COPY_H

#include "store/txn.h"

/* What from sees is put into to, committed in parts so that memory stays bounded. With rewrap each wrapped key is unwrapped by the sealer
 * of the one and wrapped by that of the other, else both must have the same KEK; their index secrets must be the same. */
enum err copy_store(struct store_txn *from, struct store *to, bool rewrap, const struct store_watch *w);

enum { WATCH_STEP = 1024 };
/* ERR_STOPPED when it is to stop; shows how far it is. */
enum err watch_now(const struct store_watch *w, uint64_t done, uint64_t total);
/* The same once in WATCH_STEP. */
enum err watch_step(const struct store_watch *w, uint64_t done, uint64_t total);
/* The sum over all tables. */
enum err watch_total(struct store_txn *t, uint64_t *total);

#endif
