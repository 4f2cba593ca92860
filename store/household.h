/* What the store looks at in a household: keys and identities. Spans point into the record. */
#ifndef STORE_HOUSEHOLD_H
#define STORE_HOUSEHOLD_H

#include <string.h>

#include "flux/record/record.h"
#include "store/normal.h"
#include "store/txn.h"

/* What matching and the index both need of a person. */
struct identity {
    struct normal nomnai, nom, prenom;
    bool has_nir;
    uint8_t nir[KEY_BLIND];
};

struct household_person {
    struct span nom, nomnai, prenom, nir, typedtnai;
    int64_t dtnai, rgnai;
    bool has_dtnai, has_rgnai;
    const struct identity *id; /* after household_identify */
};

struct household {
    struct span numdemrsa, fonorg, matricule, fonorgcedmut, matriculeorgcedmut;
    struct household_person *persons;
    size_t count, cap;
    struct identity *ids;
    size_t ids_cap;
    bool whole; /* keep has every block and leaf of it */
};

void household_free(struct household *h);
/* Forgets content, keeps the memory. */
void household_reset(struct household *h);
/* Walks a record whose values were judged before (record_check); ERR_FRAME when it is malformed. */
enum err household_read(struct household *h, node_id root, struct span record, const struct keep *keep);
enum err household_identify(struct household *h, struct store_txn *t);

static inline bool span_is(struct span s, const char *text)
{
    size_t len = strlen(text);
    return s.len == len && memcmp(s.data, text, len) == 0;
}

#endif
