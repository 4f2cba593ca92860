/* What the store looks at in a household: keys and identities. Spans point into the record. */
#ifndef STORE_HOUSEHOLD_H
#define STORE_HOUSEHOLD_H

#include <string.h>

#include "flux/record/record.h"
#include "store/txn.h"

struct household_person {
    struct span nom, nomnai, prenom, nir, typedtnai;
    int64_t dtnai, rgnai;
    bool has_dtnai, has_rgnai;
};

struct household {
    struct span numdemrsa, fonorg, matricule, fonorgcedmut, matriculeorgcedmut;
    struct household_person *persons;
    size_t count, cap;
    bool whole; /* keep has every block and leaf of it */
};

void household_free(struct household *h);
/* Walks the record once; ERR_FRAME when it is malformed. */
enum err household_read(struct household *h, node_id root, struct span record, const struct keep *keep);

static inline bool span_is(struct span s, const char *text)
{
    size_t len = strlen(text);
    return s.len == len && memcmp(s.data, text, len) == 0;
}

#endif
