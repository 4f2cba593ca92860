#include "flux/record/finding.h"

#include <stddef.h>
#include <string.h>

static const struct finding_rule rules[FINDING_COUNT] = {
    [FINDING_NONE] = {"", COST_WARNING, false, "", "", ""},
#define FINDING(code, cost, schema, sentence, advice, source) [code] = {#code, COST_##cost, schema, sentence, advice, source},
#include "flux/record/finding.def"
#undef FINDING
};

static const struct cost_row costs[COST_COUNT] = {
#define COST(name, word, label, meaning) [COST_##name] = {word, label, meaning},
#include "flux/record/cost.def"
#undef COST
};

const struct finding_rule *finding_rule(enum finding_code code) { return &rules[(size_t)code < FINDING_COUNT ? code : FINDING_NONE]; }

const struct cost_row *cost_row(enum cost c) { return &costs[(size_t)c < COST_COUNT ? c : COST_WARNING]; }

enum finding_code finding_by_name(const char *name)
{
    for (size_t i = FINDING_NONE + 1; i < FINDING_COUNT; i++)
        if (strcmp(rules[i].name, name) == 0)
            return (enum finding_code)i;
    return FINDING_NONE;
}
