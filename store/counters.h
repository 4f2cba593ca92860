/* The counters of a store: one entry of TABLE_META, rewritten by each transaction that changes them. */
#ifndef STORE_COUNTERS_H
#define STORE_COUNTERS_H

#include "store/txn.h"

enum err counters_load(struct store_txn *t);
enum err counters_save(struct store_txn *t); /* nothing is written when nothing changed */
void counters_first(struct counters *c);

#endif
