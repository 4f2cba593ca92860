/* A made-up population of which the truth is known: who each person of each flux really is, where names, birth dates, NIR and links say
 * too little, too much or something wrong. The situations stand in truth.def. Cases stand on households of the CAF's first month; what
 * they need besides are further dossiers, in the CAF's flux or the MSA's. Streams like the rest of the generator. */
#ifndef SAMPLES_TRUTH_H
#define SAMPLES_TRUTH_H

#include "samples/household.h"

enum situation {
#define SITUATION(id, ...) SITUATION_##id,
#include "samples/truth.def"
#undef SITUATION
    SITUATION_COUNT,
    SITUATION_NONE = SITUATION_COUNT
};

enum truth_sort { TRUTH_ONE, TRUTH_TWO, TRUTH_UNTOLD };

const char *situation_name(enum situation s); /* "twins-apart" */
enum truth_sort situation_sort(enum situation s);
const char *situation_reason(enum situation s);
/* SITUATION_NONE when there is no such one. */
enum situation situation_by_name(const char *name, size_t len);

/* A person as written. */
struct truth_seen {
    const char *numdemrsa;
    unsigned ordinal;         /* in the household, from 0 */
    uint32_t human;           /* equal numbers, one human; in every flux of a seed */
    enum situation situation; /* that it is part of */
    uint32_t rank;            /* of the household that its case stands on */
};

struct truth_options {
    struct sample_options caf; /* in the month written */
    bool wanted[SITUATION_COUNT];
    void (*seen)(void *ctx, const struct truth_seen *s);
    void *ctx;
};

/* The flux of the MSA beside that of o->caf. */
void truth_msa(const struct truth_options *o, struct sample_options *msa);
enum err truth_write(const struct truth_options *o, enum sample_emitter emitter, FILE *out, uint64_t *written);

/* ---- for sample.c ---- */

struct truth {
    const struct truth_options *o;
    bool msa;
    struct household first, other; /* of a case, in their first month */
    enum situation situation;
    uint32_t rank;   /* of the case */
    unsigned marked; /* humans of the case in the household at hand */
    uint32_t serial[PERSONS_MAX];
};

/* A household of the series, about to be written: what its case, if it has one, makes of it. */
void truth_change(struct truth *t, struct household *h, unsigned start, uint32_t rank);
/* The further dossier of the case on a household of the CAF; false when this flux has none. */
bool truth_further(struct truth *t, uint32_t rank, struct household *h);
/* It was written. */
void truth_tell(const struct truth *t, const struct household *h);

#endif
