/* What the schema cannot say of a household, judged while it comes in: roles, states, addresses, dates, persons. Fed with the leaves and
 * blocks of checks.def, whether the profile keeps them or not; holds what one household needs and forgets it, wiped, at its end. Knows no
 * XML: what it finds is told by place. Sources: flux-caf-msa 1.3, 2.1, 4.10, 5, 7.2 to 7.4; law INT-06. */
#ifndef PARSERS_CHECKS_H
#define PARSERS_CHECKS_H

#include "flux/base/wire.h"
#include "flux/record/finding.h"
#include "flux/record/nir.h"
#include "flux/record/schema.h"

enum { PLACE_STEPS = 3, CHECKS_PERSONS = 64 };

enum watch {
    WATCH_NONE, /* and the household itself, as a scope */
#define WATCH_BLOCK(name, level) WATCH_##name,
#define WATCH_LEAF(name) WATCH_##name,
#define ORDER(later, earlier, scope, code)
#define FLUX(leaf, code)
#include "parsers/checks.def"
#undef WATCH_BLOCK
#undef WATCH_LEAF
#undef ORDER
#undef FLUX
    WATCH_COUNT
};

/* Where something stands in the household: the positions of the repeated blocks around it, and its own, from the outside in. */
struct place {
    node_id node;
    uint16_t at[PLACE_STEPS];
    uint32_t line;
};

/* A leaf that came, or the last of a block that came. Later ones of a block have a later when, and so has what they hold. */
struct fact {
    uint64_t when;  /* 0: never */
    int64_t number; /* a code's characters in base 256; of a name, its digest; of a NIR, its identity */
    struct place place;
    uint32_t first_line; /* of a block: that of its first */
    bool readable;       /* its value was taken */
};

enum role { ROLE_UNKNOWN, ROLE_OTHER, ROLE_DEMANDEUR, ROLE_CONJOINT, ROLE_ENFANT, ROLE_AUTRE };

/* The person at hand. */
struct check_person {
    bool rsa, pfa;  /* a role for this benefit came */
    bool doubtful;  /* a role came that cannot be told for which benefit */
    enum role role; /* for the RSA */
    struct place role_place;
};

struct checks {
    void (*tell)(void *ctx, enum finding_code code, const struct place *place);
    void *ctx;
    char typeflux;           /* 0 when not known */
    int64_t created, oldest; /* day of creation of the flux; the same day 120 years before */
    uint64_t clock;
    uint16_t at[PLACE_STEPS];
    struct fact facts[WATCH_COUNT];
    struct place household;
    struct check_person person;
    struct nir nir; /* of the person */
    unsigned persons, demandeurs, conjoints, compared;
    unsigned subject, exempt,
        untold; /* to rights and duties: persons who are; demandeur and conjoint who are not, or of whom nobody says */
    bool role_unreadable, duty_unreadable, rank_unreadable;
    uint8_t ranks; /* bit per rank of an address that came */
    unsigned addresses;
    uint64_t key[CHECKS_PERSONS], nirs[CHECKS_PERSONS];
};

/* Which nodes are watched: WATCH_NONE for the others, and for all of a schema without checks. As many as a schema may have. */
const uint8_t *checks_watched(const struct schema *s);

/* header: a sound record of IdentificationFlux. */
void checks_flux(struct checks *c, const struct schema *s, struct span header);
void checks_begin(struct checks *c, node_id household, uint32_t line);
void checks_open(struct checks *c, enum watch w, node_id block, uint32_t position, uint32_t line);
void checks_close(struct checks *c, enum watch w);
/* encoded: as value_encode wrote it; empty when the value was set aside. */
void checks_leaf(struct checks *c, enum watch w, const struct node *leaf, node_id n, struct span encoded, uint32_t line);
/* The household is whole: says what could not be said before. */
void check_household(struct checks *c);
void checks_wipe(struct checks *c);

#endif
