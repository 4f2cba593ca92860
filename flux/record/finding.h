/* Findings: what is wrong, where, and what it costs. The rule table is finding.def. A path is made of official names and positions
 * ("InfosFoyerRSA[12]/Personne[2]/Identification/NIR"); no finding ever holds the value of a field. */
#ifndef FLUX_RECORD_FINDING_H
#define FLUX_RECORD_FINDING_H

#include <stdbool.h>
#include <stdint.h>

enum finding_code {
    FINDING_NONE = 0,
#define FINDING(code, cost, schema, sentence, advice, source) code,
#include "flux/record/finding.def"
#undef FINDING
    FINDING_COUNT
};

/* From dear to cheap. */
enum cost {
#define COST(name, word, label, meaning) COST_##name,
#include "flux/record/cost.def"
#undef COST
    COST_COUNT
};

struct cost_row {
    const char *word;            /* "refused": for machines */
    const char *label, *meaning; /* English, gettext msgids */
};

struct finding_rule {
    const char *name; /* "V_DATE" */
    enum cost cost;
    bool schema;                   /* the CNAF schema forbids it too */
    const char *sentence, *advice; /* English, gettext msgids */
    const char *source;            /* names of source.h; "" for FINDING_NONE only */
};

enum { FINDING_PATH_MAX = 200 };

struct finding {
    enum finding_code code;
    enum cost cost; /* of the rule, or COST_WARNING where the field is not kept */
    uint32_t line;  /* in the decoded member, from 1; 0 when unknown */
    char path[FINDING_PATH_MAX];
};

/* The rule of a code; the rule of FINDING_NONE has an empty name. */
const struct finding_rule *finding_rule(enum finding_code code);
/* FINDING_NONE when no rule has this name. */
enum finding_code finding_by_name(const char *name);
const struct cost_row *cost_row(enum cost c);

#endif
