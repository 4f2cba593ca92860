/* Who plays in a case, and how they are written. */
#ifndef SAMPLES_TRUTH_CAST_H
#define SAMPLES_TRUTH_CAST_H

#include "samples/truth.h"

enum cast_subject { SUBJECT_DEM, SUBJECT_CJT, SUBJECT_CHILD, SUBJECT_GROWN, SUBJECT_TWINS };
enum cast_where {
    WHERE_OTHER,      /* another dossier of the CAF, from the month of the case on */
    WHERE_ONCE,       /* the same, from the first month on */
    WHERE_MSA,        /* a dossier of the MSA */
    WHERE_MOVED,      /* the same dossier, at the MSA */
    WHERE_CHILDREN,   /* another dossier, with the children of the first */
    WHERE_SPOUSE,     /* beside the spouse of A, who leaves for another dossier */
    WHERE_LATER,      /* in the place of A, from the month of the case on */
    WHERE_BESIDE,     /* in the first dossier, in the place that is theirs */
    WHERE_CHILD_SEAT, /* in the first dossier, as the first child */
    WHERE_CJT_SEAT    /* in the first dossier, as the conjoint */
};
enum cast_other {
    OTHER_SAME,
    OTHER_HOMONYM,     /* equal names and birth date */
    OTHER_TWIN,        /* the second child, born with the first */
    OTHER_SON,         /* equal names; or father, where the dossier is another one */
    OTHER_STRANGER,    /* nothing in common */
    OTHER_BORN_ALIKE,  /* the birth date only */
    OTHER_NAMESAKE,    /* birth date and NOMNAI */
    OTHER_FIRST_ALIKE, /* birth date and PRENOM */
    OTHER_SPOUSE
};
enum cast_nir { CAST_OWN, CAST_ABSENT, CAST_PROVISIONAL, CAST_BAD_KEY, CAST_TYPED, CAST_THEIRS };
enum cast_change {
    CHANGE_NONE,
    CHANGE_ACCENTS, /* of NOMNAI */
    CHANGE_HYPHEN,
    CHANGE_PH_F,
    CHANGE_DOUBLED,
    CHANGE_LETTERS,
    CHANGE_CUT,
    CHANGE_SWAPPED, /* of NOM */
    CHANGE_MARRIED,
    CHANGE_SECOND, /* of PRENOM */
    CHANGE_FIRST,
    CHANGE_PLACEHOLDER,
    CHANGE_PREFIX,
    CHANGE_SOUND,
    CHANGE_SOUND_RANKED,
    CHANGE_DAY, /* of the rest */
    CHANGE_MONTH,
    CHANGE_BIRTH,
    CHANGE_SEX,
    CHANGE_RANK
};
enum cast_link { LINK_NONE, LINK_PRECE, LINK_CEDANT, LINK_MATRICULE, LINK_RGD };

struct cast_rule {
    const char *name, *reason;
    enum truth_sort sort;
    unsigned weight;
    enum cast_subject subject;
    enum cast_where where;
    enum cast_other other;
    enum cast_nir nir_a, nir_b;
    enum cast_change change;
    enum cast_link link;
};

struct cast {
    const struct cast_rule *rule;
    uint64_t word; /* of chance, of the case */
    struct person a, b;
};

/* first: the household of A; other: that of the further dossier, whose demandeur lends B what is not A's; both in their first month. */
void cast_make(struct cast *c, const struct household *first, const struct household *other, bool msa);
/* A NIR by the certified one of the person. */
void cast_own_nir(struct person *p, bool msa);
/* The person of a place; NULL when nobody holds it. */
const struct person *cast_slot(const struct household *h, unsigned slot);

enum { SLOT_DEM = 0, SLOT_CJT = 1, SLOT_CHILD = 2, SLOT_TWIN = 3 };

#endif
