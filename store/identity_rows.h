/* Groups, open pairs and decisions as they are written. A pair and a decision stand under either side. */
#ifndef STORE_IDENTITY_ROWS_H
#define STORE_IDENTITY_ROWS_H

#include "store/identity.h"

enum err group_add(struct group *g, struct joined j);
/* Two members at least; sorts them, and the first one leads. */
enum err group_put(struct store_txn *t, struct group *g);
enum err group_forget(struct store_txn *t, uint64_t leader);

enum err review_put(struct store_txn *t, uint64_t a, uint64_t b, const struct review_entry *r);
enum err review_forget(struct store_txn *t, uint64_t a, uint64_t b);
/* Replaces out by those with whom the person makes an open pair. */
enum err review_partners(struct store_txn *t, uint64_t person, struct serials *out);

enum err decision_keys(struct store_txn *t, const struct decision *d, struct key keys[2]);
enum err decision_put(struct store_txn *t, const struct decision *d);
enum err decision_forget(struct store_txn *t, const struct decision *d);

#endif
