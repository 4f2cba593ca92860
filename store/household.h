/* The facts of a household, and what matching and the index make of them. */
#ifndef STORE_HOUSEHOLD_H
#define STORE_HOUSEHOLD_H

#include "flux/record/facts.h"
#include "store/normal.h"
#include "store/txn.h"

/* What matching and the index both need of a person. */
struct identity {
    const struct person_facts *facts;
    struct normal nomnai, nom, prenom; /* nom: empty when it is written as nomnai */
    bool has_nir;
    uint8_t nir[KEY_BLIND];
};

struct household {
    const struct facts *facts;
    struct identity *ids; /* of its persons, after household_identify */
    size_t ids_cap;
};

void household_free(struct household *h);
enum err household_identify(struct household *h, struct store_txn *t);

#endif
