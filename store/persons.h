/* Persons across dossiers as commands see them, and what is decided of them by hand. */
#ifndef STORE_PERSONS_H
#define STORE_PERSONS_H

#include "store/identity.h"

struct person_place {
    uint64_t member, dossier;
    enum nir_kind nir_kind;
    enum identity_rule rule; /* RULE_ALONE when it is the only one */
    unsigned compared;
    uint32_t first; /* flux of the oldest image that names it */
    uint32_t last;  /* flux of the newest one, 0 when that is the current one */
};

/* One human being: the member asked for stands alone, or in a group. */
struct person_places {
    uint64_t id; /* the smallest serial */
    struct person_place *at;
    size_t count;
    struct decision *merges; /* by hand, the last one first */
    size_t merge_count;
};

void person_places_free(struct person_places *p);
/* id: serial of any member. ERR_NOTFOUND when there is none. out is freed whatever is returned. */
enum err person_places(struct store_txn *t, uint64_t id, struct person_places *out);
/* The person that a member is, and how it was joined. */
enum err person_of(struct store_txn *t, uint64_t member, uint64_t *id, enum identity_rule *rule);

struct review {
    uint64_t a, b; /* members, a < b */
    struct review_entry entry;
    bool dismissed; /* then by this decision, until its day included */
    struct decision decision;
};

/* Ascending pairs; visit returns false to stop. */
enum err reviews_each(struct store_txn *t, bool (*visit)(void *ctx, const struct review *r), void *ctx);
enum err review_get(struct store_txn *t, uint64_t a, uint64_t b, struct review *out);

struct person_act {
    int64_t at; /* seconds since 1970, UTC */
    const char *user, *reason;
};

/* The two members of an open pair are one person from now on. ERR_NOTFOUND when the pair is not open; ERR_BAD when they cannot be one: two
 * certified NIR, or one household that names both. After a failure the transaction is of no use. */
enum err person_merge(struct store_txn *t, uint64_t a, uint64_t b, const struct person_act *act);
/* The pair is not to be shown again until that day is over. ERR_NOTFOUND when it is not open. */
enum err person_dismiss(struct store_txn *t, uint64_t a, uint64_t b, int64_t until, const struct person_act *act);
/* Takes back the last merge by hand of a person: everything is as if it had never been. ERR_NOTFOUND when there is no such person, ERR_BAD
 * when no merge by hand holds it together. */
enum err person_unmerge(struct store_txn *t, uint64_t id, struct decision *undone);

#endif
