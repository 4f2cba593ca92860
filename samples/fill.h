/* From a household to the leaves of the schema. Whoever walks the table asks how often a block occurs and what its leaves say; the
 * answers are spread over fill_*.c by subject and listed in fill.def. */
#ifndef SAMPLES_FILL_H
#define SAMPLES_FILL_H

#include <string.h>

#include "flux/record/schema.h"
#include "samples/household.h"

struct fill {
    const struct sample_options *options;
    const struct household *h; /* NULL in the header and the trailer */
    uint64_t written, anomalies;
    uint8_t at[VRSB_COUNT]; /* the present occurrence of each open block, from 0 */
};

/* The value of a leaf: number for dates (days since 1970), times (ten-thousandths of a second), amounts (centimes), integers and
 * booleans; text for the rest. */
struct cell {
    int64_t number;
    const char *text;
    size_t len;
    struct text own;
};

#define COUNT(block) unsigned fill_count_##block(const struct fill *f);
#define LEAVES(block) bool fill_leaf_##block(const struct fill *f, node_id n, struct cell *c);
#include "samples/fill.def"
#undef COUNT
#undef LEAVES

/* Occurrences of a block in the open household. */
unsigned fill_count(const struct fill *f, node_id block);
/* False when the leaf is left out. */
bool fill_leaf(const struct fill *f, node_id leaf, struct cell *c);

static inline bool cell_number(struct cell *c, int64_t number)
{
    c->number = number;
    return true;
}

static inline bool cell_bytes(struct cell *c, const char *text, size_t len)
{
    c->text = text;
    c->len = len;
    return true;
}

static inline bool cell_text(struct cell *c, const char *text) { return cell_bytes(c, text, strlen(text)); }

/* What was composed in c->own. */
static inline bool cell_own(struct cell *c) { return cell_bytes(c, c->own.s, c->own.len); }

static inline bool cell_digits(struct cell *c, uint64_t n, unsigned width)
{
    text_add_number(&c->own, n, width);
    return cell_own(c);
}

static inline const struct person *fill_person(const struct fill *f) { return &f->h->persons[f->at[VRSB_Personne]]; }
static inline bool fill_adult(const struct fill *f) { return f->at[VRSB_Personne] < f->h->adults; }

/* Rarities by number; each is in any file of a thousand households. */
enum rarity {
    RARE_RMI = 70,
    RARE_API,
    RARE_PREVIOUS,
    RARE_ALIMONY,
    RARE_DEROGATION,
    RARE_EXCLUDED,
    RARE_GIFTS,
    RARE_OVERSEAS_PERSON,
    RARE_OVERSEAS_LAND,
    RARE_HOMELESS,
    RARE_CONDITION,
    RARE_REDUCTION,
    RARE_PAYEE,
    RARE_HOSPITAL,
    RARE_RDO,
    RARE_SELF_EMPLOYED
};
static inline bool fill_rare(const struct fill *f, enum rarity rule, unsigned period) { return life_rare(&f->h->origin, rule, period); }

/* What more than one subject needs. */
bool fill_self_employed(const struct fill *f);
bool fill_overseas(const struct fill *f);
/* Whether a demandeur or conjoint owes steps towards work. */
bool fill_subject(const struct household *h, unsigned adult);
/* Days since 1970. */
int64_t fill_request_day(const struct fill *f);

#endif
