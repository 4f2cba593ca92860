/* Persons of a dossier, its members: ids, HMACs and memberships, no value. Within a dossier a person is the same when NOMNAI, PRENOM, DTNAI
 * and RGNAI are: named twice in a household, it is one, unless each has a certified NIR of its own. Whether members of one dossier or of
 * several are one human being is for store/identity.h. Source: flux-caf-msa 4.3, cases 63 and 64. */
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
    enum nir_kind nir_kind; /* of the last one that is certified, else of the last one */
    uint64_t leader;        /* of its group; 0 when it is alone */
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
        bool gone;  /* the current image does not name it */
        bool taken; /* the household at hand names it */
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
/* Whether the household matched last lacks someone that an image of the dossier names. */
bool persons_lack(const struct persons *p);
enum err person_load(struct store_txn *t, uint64_t serial, struct person *p);
enum err person_save(struct store_txn *t, uint64_t serial, const struct person *p, struct buf *scratch);
/* After older images changed: memberships become what the images say, and whom no image names is forgotten. */
enum err persons_settle(struct persons *p, struct history *h);
/* Before the dossier is removed: nobody is a member of it any more. */
enum err persons_leave(struct persons *p, struct history *h);

#endif
