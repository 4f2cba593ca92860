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
enum cost { COST_REFUSED, COST_HELD, COST_HOUSEHOLD, COST_FIELD, COST_WARNING };

struct finding_rule {
    const char *name; /* "V_DATE" */
    enum cost cost;
    bool schema;                            /* the CNAF schema forbids it too */
    const char *sentence, *advice, *source; /* English, gettext msgids; "" where there is none */
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

#endif
