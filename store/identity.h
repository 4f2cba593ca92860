/* Persons across dossiers. A member is a person of one dossier; members found to be one human being are a group, led by the one with the
 * smallest serial. Who is grouped is a function of what the images of the dossiers say, in the order of the flux, and of what was decided
 * by hand: it is worked out anew for whoever a transaction touched. Sources: flux-pole-emploi 3.3, flux-caf-msa 4.3 to 4.5. */
#ifndef STORE_IDENTITY_H
#define STORE_IDENTITY_H

#include "store/identity_decide.h"
#include "store/image.h"
#include "store/txn.h"

/* The dossier changes: to be said before its persons or images do. */
enum err identity_touch(struct store_txn *t, uint64_t dossier);
/* A person is about to be forgotten. */
enum err identity_lost(struct store_txn *t, uint64_t person, uint64_t leader);
/* Works out anew who is one person, for all that was touched since the last call, index entries put. */
enum err identity_settle(struct store_txn *t);

/* What a transaction touched. */
struct touched {
    struct serials dossiers, persons, leaders; /* may repeat */
};

void touched_free(struct touched *d); /* NULL allowed */

/* A group as it lies in TABLE_IDENTITY. */
struct group {
    struct joined {
        uint64_t person;
        enum identity_rule rule; /* that joined it to the others best */
        unsigned compared;
    } * at;
    size_t count, cap;
};

void group_free(struct group *g);
enum err group_read(struct store_txn *t, struct span key, struct span value, struct group *out); /* out: freed whatever is returned */
enum err group_load(struct store_txn *t, uint64_t leader, struct group *out);

struct review_entry {
    enum review_reason reason;
    unsigned compared;
    uint32_t since;
};

enum err review_read(struct store_txn *t, struct span key, struct span value, struct review_entry *out);

/* What names a member whatever its serial: its NUMDEMRSA and its key. */
enum err identity_content(struct store_txn *t, const uint8_t numdemrsa[KEY_BLIND], const uint8_t key[KEY_BLIND], uint8_t out[KEY_BLIND]);

enum decision_kind { DECISION_MERGE = 1, DECISION_DISMISS = 2 };

enum { DECISION_TEXT_MAX = 256 };

struct decision_side {
    uint8_t numdemrsa[KEY_BLIND], key[KEY_BLIND];
};

struct decision {
    enum decision_kind kind;
    struct decision_side sides[2]; /* the one whose content key begins the entry's key first */
    int64_t at, until;             /* seconds since 1970, UTC; until: day since 1970, of a dismissal */
    char user[64], reason[DECISION_TEXT_MAX];
};

enum err decision_read(struct store_txn *t, struct span key, struct span value, struct decision *out);

/* Entries of the tables above, and what a person refers to there. */
enum err identity_verify_group(struct store_txn *t, struct span key, struct span value);
enum err identity_verify_person(struct store_txn *t, uint64_t person, uint64_t leader);
enum err identity_verify_review(struct store_txn *t, struct span key, struct span value);
enum err identity_verify_decision(struct store_txn *t, struct span key, struct span value);

#endif
