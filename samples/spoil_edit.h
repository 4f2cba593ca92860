/* Inside of spoil: what is done to a node, and texts that are made from the household. */
#ifndef SAMPLES_SPOIL_EDIT_H
#define SAMPLES_SPOIL_EDIT_H

#include "samples/spoil.h"

enum effect {
    EFFECT_TEXT, /* the leaf says this, present or not */
    EFFECT_MADE, /* the same, from a function */
    EFFECT_OMIT, /* the leaf is left out */
    EFFECT_TWICE,
    EFFECT_SWAP, /* it changes places with what follows */
    EFFECT_NOTED,
    EFFECT_INNER,
    EFFECT_STRAY,
    EFFECT_NEW_ELEMENT,
    EFFECT_THOUSANDS, /* of them */
    EFFECT_NONE,      /* occurrences of a block */
    EFFECT_ONE,
    EFFECT_MORE,
    EFFECT_LESS,
    EFFECT_AGAIN,
    EFFECT_MISNESTED,
    EFFECT_CUT,
    EFFECT_BYTES,
    EFFECT_DEEP,
    EFFECT_LONG_TEXT,
    EFFECT_LONG_TAG,
    EFFECT_MANY_NOTES,
    EFFECT_NOTHING, /* of the root */
    EFFECT_TABLE,
    EFFECT_DECLARED,
    EFFECT_AS_UTF8,
    EFFECT_DOCTYPE,
    EFFECT_RENAMED,
    EFFECT_OTHER_SCHEMA
};

struct edit {
    enum fault fault;
    node_id node;
    unsigned occurrence;
    enum effect effect;
    const char *text;
    void (*made)(const struct fill *f, struct text *t);
};

/* Of an element that no schema has. */
extern const char spoil_new_name[];

/* The fault of the file that is wanted, FAULT_NONE without. */
enum fault spoil_file_fault(const struct spoil *s);
/* The fault that has an edit of this kind, FAULT_NONE without. */
enum fault spoil_fault_with(enum effect effect);
/* The nearest block of several, but the person and the household, from this node up. */
node_id spoil_repeated(node_id n);
bool spoil_of_person(node_id n);

/* The first edit of a kind at the root for the fault of a file, NULL without. */
const struct edit *spoil_root_edit(const struct spoil *s, enum effect effect);

/* The person is that of f->at. NIR: of someone who has one. */
void nir_month_13(const struct fill *f, struct text *t);
void nir_wrong_key(const struct fill *f, struct text *t);
void nir_provisional(const struct fill *f, struct text *t);
void nir_other_sex(const struct fill *f, struct text *t);
void nir_other_year(const struct fill *f, struct text *t);
void nir_of_demandeur(const struct fill *f, struct text *t);
void sex_of_demandeur(const struct fill *f, struct text *t);
void birth_of_demandeur(const struct fill *f, struct text *t);
void born_in_100_years(const struct fill *f, struct text *t);
void born_100_years_before(const struct fill *f, struct text *t);
void short_numdemrsa(const struct fill *f, struct text *t);
void other_departement(const struct fill *f, struct text *t);
void other_commune(const struct fill *f, struct text *t);
void first_commune(const struct fill *f, struct text *t);
void one_household_more(const struct fill *f, struct text *t);

#endif
