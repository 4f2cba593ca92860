/* Persons of a dossier: ids, HMACs and memberships, no value. Within a dossier a person is the same when NOMNAI, PRENOM, DTNAI and RGNAI
 * are; twins that nothing tells apart are told by their order. Source: flux-caf-msa 4.3. */
#ifndef STORE_PERSON_H
#define STORE_PERSON_H

#include "store/history.h"
#include "store/household.h"

struct membership {
    uint64_t dossier;
    uint32_t first; /* flux of the oldest image that names the person */
    uint32_t last;  /* of the newest, 0 while that is the current one: to stay costs no write */
};

struct person {
    uint8_t key[KEY_BLIND], nir[KEY_BLIND];
    uint32_t occurrence; /* among persons of one household with this key, from 0 */
    bool has_nir;
    struct membership *memberships;
    size_t count, cap;
};

/* Reuses the memory of p, which starts as zeros. */
enum err person_read(struct store_txn *t, struct span key, struct span value, struct person *p);
void person_free(struct person *p);

struct persons {
    struct store_txn *t;
    struct known_person {
        uint64_t serial;
        uint8_t key[KEY_BLIND];
        uint32_t occurrence;
        bool gone;  /* the current image does not name it */
        bool taken; /* by a person of the household at hand */
    } * known;
    size_t known_count, known_cap;
    struct person person;
    struct buf value;
};

void persons_init(struct persons *p, struct store_txn *t);
void persons_free(struct persons *p);
/* The serials of the persons of a household that was identified, in its order, new ones made and added to the members of the dossier.
 * newest: its image is about to become the current one; else persons_settle must follow. */
enum err persons_match(struct persons *p, struct history *h, const struct household *household, uint32_t flux, bool newest,
                       struct serials *out);
/* After older images changed: memberships become what the images say, and whom no image names is forgotten. */
enum err persons_settle(struct persons *p, struct history *h);

#endif
