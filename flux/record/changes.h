/* What differs between two records of a household, as an operator says it. A record is taken apart into traits; what is in one set of
 * traits and not in the other has changed. Kinds and official names say nothing of a person; values do. */
#ifndef FLUX_RECORD_CHANGES_H
#define FLUX_RECORD_CHANGES_H

#include <stdbool.h>

#include "flux/base/wire.h"
#include "flux/record/schema.h"

enum change_kind {
#define CHANGE(name, word) CHANGE_##name,
#include "flux/record/change.def"
#undef CHANGE
    CHANGE_COUNT
};

/* A set of kinds. */
typedef uint32_t change_set;
static inline change_set change_bit(enum change_kind k) { return UINT32_C(1) << k; }

/* "state", "closing"…: for machines. */
const char *change_word(enum change_kind k);

/* One thing a record says. CHANGE_COMPOSITION: that the person is there, without a value. */
struct trait {
    enum change_kind kind;
    node_id node;      /* a leaf, or a block that counts as one thing */
    bool of_person;    /* subject is a person */
    uint64_t subject;  /* person, or rank of an address; 0 for the household */
    struct span value; /* encoded, inside the record: of a leaf its value, of a block its content */
};

struct traits {
    struct trait *at; /* sorted */
    size_t count, cap;
};

void traits_free(struct traits *t);
/* Replaces what t held. persons: who each Personne is, in the order of the record: the same person has the same number in every record; of
 * one named twice the last counts.
 * ERR_FRAME when the record is malformed or has another number of persons. An empty record has no trait. The closing of a right counts
 * while the right is closed, whichever block says it; elsewhere it is CHANGE_OTHER. */
enum err traits_read(struct traits *t, const struct schema *schema, struct span record, const uint64_t *persons, size_t count);
/* Whether two traits are about the same thing, whatever they say of it. */
bool trait_same_thing(const struct trait *a, const struct trait *b);

/* What was said and is not any more (now NULL), what is new (before NULL), what is said otherwise. */
void changes_each(const struct traits *before, const struct traits *now,
                  void (*visit)(void *ctx, const struct trait *before, const struct trait *now), void *ctx);
/* The kinds of what changed; of whom came or left only that. Adds what follows from the state: the right was closed, opened again, or a
 * closed one set right afterwards (ETATDOSRSA 6). person: without what concerns others, 0: everything. */
change_set changes_between(const struct traits *before, const struct traits *now, uint64_t person);
/* ETATDOSRSA of a record, 0 when it has none. */
char traits_state(const struct traits *t);

#endif
