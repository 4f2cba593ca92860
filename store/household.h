/* The facts of a household, and what matching and the index make of them. */
#ifndef STORE_HOUSEHOLD_H
#define STORE_HOUSEHOLD_H

#include "flux/record/facts.h"
#include "store/image.h"
#include "store/normal.h"
#include "store/txn.h"

/* What matching and the index both need of a person. */
struct identity {
    const struct person_facts *facts;
    struct normal nomnai, nom, prenom; /* nom: empty when it is written as nomnai */
    bool has_nir, has_prece;
    enum nir_kind nir_kind; /* of a NIR that is sound; one that is not is only looked up */
    uint8_t nir[KEY_BLIND], prece[KEY_BLIND];
    uint8_t key[KEY_BLIND]; /* filled by persons_match */
    bool key_shared;
};

struct household {
    const struct facts *facts;
    struct identity *ids; /* of its persons, after household_identify */
    size_t ids_cap;
    bool has_matricule, has_cedant;
    uint8_t matricule[KEY_BLIND], cedant[KEY_BLIND];
};

void household_free(struct household *h);
enum err household_identify(struct household *h, struct store_txn *t);
/* What is seen of its persons, whose serials these are in its order, for an image. Replaces the content of out. */
enum err household_seen(const struct household *h, const struct serials *persons, struct buf *out);

#endif
