/* Where the two judges may differ, by rule and not by case. Each rule amends a copy of the document, so that what it is about is gone, and
 * the referee judges again: it must then say what we say. Reasons: XML Schema, and what we promise to tell. */
#ifndef TESTS_FUZZ_EXCLUSIONS_H
#define TESTS_FUZZ_EXCLUSIONS_H

#include "tests/fuzz/verdicts.h"

enum exclusion {
    EXCLUDED_BLANKS, /* faults of libxml2 */
    EXCLUDED_DECIMALS,
    EXCLUDED_SECONDS,
    EXCLUDED_YEARS,
    EXCLUDED_ENVELOPE, /* what we do not tell, or do not take */
    EXCLUDED_HEADER,
    EXCLUDED_XSI_TYPE,
    EXCLUSIONS
};

/* Whether there was anything to amend. */
bool exclusion_amend(enum exclusion which, xmlDocPtr doc, const struct ours *o);
const char *exclusion_name(enum exclusion which);
const char *exclusion_reason(enum exclusion which);

#endif
