/* The keys by which others are found: what the index has under them. */
#ifndef STORE_IDENTITY_KEYS_H
#define STORE_IDENTITY_KEYS_H

#include "store/member_load.h"

/* Adds the dossiers, its own too, that may name whoever this member is. Keys that a crowd shares lead nowhere, and are taken from it: a
 * member is compared after that. */
enum err keys_lead(struct store_txn *t, struct loaded *m, struct serials *out);

#endif
