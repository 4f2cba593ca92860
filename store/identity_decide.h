/* Who is one person: a pure decision over what is known of some members, whatever dossiers they stand in. Nothing is guessed: what is
 * ambiguous, or would contradict a certified NIR or a household, stays apart and is listed for review. */
#ifndef STORE_IDENTITY_DECIDE_H
#define STORE_IDENTITY_DECIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flux/base/err.h"
#include "store/keys.h"

/* From the strongest to the weakest. Numbers are on disk: append only. */
enum identity_rule {
    RULE_ALONE = 0,
    RULE_HUMAN = 1,         /* somebody decided */
    RULE_DOSSIER_NIR = 2,   /* one dossier, never together, same NIR and first name; name or birth date too */
    RULE_NIR_NAMES = 3,     /* same NIR, birth date, name and first name */
    RULE_NIR = 4,           /* same NIR, birth date and first name */
    RULE_DOSSIER_NAMES = 5, /* one dossier, never together, same names and birth date, the birth rank is missing on one side */
    RULE_LINKED_NAMES = 6,  /* same names and birth date, the NIR is missing on one side, and a number links the dossiers */
    RULE_COUNT
};

/* What was compared and found equal. Numbers are on disk: append only. */
enum identity_key {
    KEY_NIR = 1,
    KEY_BIRTH = 2,
    KEY_NAME = 4,
    KEY_PRENOM = 8,
    KEY_DOSSIER = 16,
    KEY_PRECE = 32,     /* NUMDEMRSAPRECE of one names the dossier of the other */
    KEY_CEDANT = 64,    /* MATRICULEORGCEDMUT of one is the MATRICULE of the other */
    KEY_MATRICULE = 128 /* same MATRICULE */
};

/* Numbers are on disk: append only. */
enum review_reason {
    REVIEW_HOMONYM = 1,   /* same names and birth date, a NIR is missing, and nothing links the dossiers */
    REVIEW_SEVERAL = 2,   /* linked, but to several who are not one person */
    REVIEW_BIRTH = 3,     /* same NIR and names, another birth date */
    REVIEW_PRENOM = 4,    /* same NIR, birth date and name, another first name: twins, or a correction */
    REVIEW_HOUSEHOLD = 5, /* same NIR and birth date, but as one person they would stand twice in a household */
    REVIEW_DOSSIER = 6,   /* one dossier, and too little is equal */
    REVIEW_NIR = 7,       /* same names and birth date, two certified NIR: homonyms, or a wrong NIR */
    REVIEW_STRANGER = 8,  /* same NIR, and little else */
    REVIEW_DECIDED = 9,   /* somebody decided, and it contradicts a certified NIR or a household */
    REVIEW_NEAR = 10,     /* linked, a NIR is missing, and names and birth date are nearly equal */
    REVIEW_COUNT
};

enum birth_precision { BIRTH_NONE, BIRTH_YEAR, BIRTH_MONTH, BIRTH_DAY };

enum { MEMBER_NUMBER = 16, MEMBER_RANK = MEMBER_NUMBER + 8 };

struct blinds {
    uint8_t (*at)[KEY_BLIND];
    size_t count, cap;
};

/* Nothing is added twice. */
enum err blinds_add(struct blinds *b, const uint8_t blind[KEY_BLIND]);
void blinds_free(struct blinds *b);
/* The last one takes its place. */
void blinds_drop(struct blinds *b, size_t at);
bool blinds_have(const struct blinds *b, const uint8_t blind[KEY_BLIND]);
bool blinds_meet(const struct blinds *a, const struct blinds *b);

/* All that the images of its dossier say of a member, and of the dossier. Blinds of normal forms; equal blinds, equal forms. */
struct member {
    uint64_t serial, dossier;
    uint8_t content[KEY_BLIND]; /* what decisions know it by */
    uint8_t rank[MEMBER_RANK];  /* orders members: its NUMDEMRSA, then where it is named first; knows nothing of serials and keys */
    uint8_t numdemrsa[KEY_BLIND];
    bool certified, provisional; /* the NIR that counts: the last certified one; provisional: none was ever certified */
    bool crowded;                /* so many have it that it joins nobody; it parts all the same */
    uint8_t nir[KEY_BLIND];
    enum birth_precision precision; /* the coarsest ever said */
    int year, month, day;
    struct blinds names;  /* NOMNAI, every NOM */
    struct blinds prenom; /* each beginning of it by whole words, the whole last */
    int64_t rgnai;        /* 0: not known */
    struct blinds days;   /* of a name, PRENOM and DTNAI each: how others are found by name; as prece and the rest, without crowded ones */
    struct blinds prece, matricules, cedants;
    uint8_t *images; /* a bit for each image of the dossier that names it */
    size_t image_bytes;
};

struct human_merge {
    size_t a, b; /* positions of members */
};

struct identity_join {
    size_t group; /* position of the first of its group by rank */
    enum identity_rule rule;
    unsigned compared;
};

struct identity_pair {
    size_t a, b; /* a before b by rank */
    enum review_reason reason;
    unsigned compared;
};

struct identity_result {
    struct identity_join *joins; /* of each member */
    struct identity_pair *pairs;
    size_t pair_count;
};

void identity_result_free(struct identity_result *r);
/* Members must be all that any of them may be. out is freed whatever is returned. */
enum err identity_decide(const struct member *const *members, size_t count, const struct human_merge *merges, size_t merge_count,
                         struct identity_result *out);

/* Whether two members may be candidates at all: they are then worked out together. */
bool member_candidates(const struct member *a, const struct member *b);
/* Whether they cannot be one person: two certified NIR, one household that names both, or two birth ranks. */
bool member_apart(const struct member *a, const struct member *b);

#endif
