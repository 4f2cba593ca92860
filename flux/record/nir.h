/* The NIR, judged from its characters alone. Sources: law INT-02 to INT-04; décret 82-103, article 4. */
#ifndef FLUX_RECORD_NIR_H
#define FLUX_RECORD_NIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flux/record/finding.h"

/* What the characters of a sound NIR say. It tells who a person is: wiped by who holds it. */
struct nir {
    uint64_t number;  /* of the 13 characters, Corsica's letter as a zero */
    uint8_t corsica;  /* 0, or 1 for 2A and 2B for 2 */
    uint8_t sex;      /* 1 man, 2 woman; 0 where the number is provisional */
    uint8_t year;     /* of birth, of its century: 0 to 99 */
    uint8_t month;    /* of birth, 1 to 12; 0 where the civil record was incomplete */
    bool provisional; /* waits for the one that INSEE certifies */
};

/* Spaces and case do not count. FINDING_NONE or V_NIR_PROVISIONAL: sound; V_NIR: not of the form; V_NIR_KEY: the key is wrong. A key 00
 * stands for none. out is zeros where the NIR is not sound. */
enum finding_code nir_judge(const char *text, size_t len, struct nir *out);

/* Different for different NIR, never 0. */
static inline uint64_t nir_identity(const struct nir *n) { return n->number * 3 + n->corsica; }

#endif
