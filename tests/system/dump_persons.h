/* Who is one person in a store, said without serials. */
#ifndef TESTS_SYSTEM_DUMP_PERSONS_H
#define TESTS_SYSTEM_DUMP_PERSONS_H

#include <stdio.h>

#include "store/store.h"

/* One line per member, by the place that its newest image gives it, with a digest of the group that it belongs to; then one line per pair
 * that is open for review, and one per decision. */
enum err dump_persons(struct store_txn *t, FILE *out);

#endif
