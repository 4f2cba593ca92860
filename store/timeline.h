/* The flux that were applied, and those undone, in their total order, with the day each one speaks of and when it arrived. */
#ifndef STORE_TIMELINE_H
#define STORE_TIMELINE_H

#include "store/order.h"

struct moment {
    uint32_t id;
    struct order order;
    int64_t day;         /* DTREF; that of creation when it was not readable */
    int64_t imported_at; /* seconds since 1970, UTC */
    char typeflux, applieme[4];
    bool undone;
};

struct timeline {
    struct moment *at;
    size_t count;
    uint32_t *place; /* by id: position in at; TIMELINE_NONE for a flux that left nothing */
    size_t ids;
};

#define TIMELINE_NONE UINT32_MAX

/* Belongs to the transaction. Read once in a read transaction; in a write transaction each call reads it anew, over the one before. */
enum err timeline_of(struct store_txn *t, const struct timeline **ret);
/* NULL allowed. */
void timeline_free(struct timeline *tl);
/* NULL for a flux that left nothing. */
const struct moment *timeline_find(const struct timeline *tl, uint32_t id);

#endif
