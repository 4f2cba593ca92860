/* What matching, judging and keeping look at in the record of a household: keys, persons, which nodes it has. Taken by the one walk that
 * checks the record, so that nobody walks it again. Spans point into the record. */
#ifndef FLUX_RECORD_FACTS_H
#define FLUX_RECORD_FACTS_H

#include <string.h>

#include "flux/record/record.h"

struct person_facts {
    struct span nom, nomnai, prenom, nir, typedtnai, numdemrsaprece;
    int64_t dtnai, rgnai;
    bool has_dtnai, has_rgnai;
};

struct facts {
    struct span numdemrsa, fonorg, matricule, fonorgcedmut, matriculeorgcedmut, idepartement;
    char etatdosrsa; /* 0: none, or no code of one character */
    struct person_facts *persons;
    size_t count, cap;
    struct keep nodes; /* blocks and leaves that occur */
};

/* Starts as zeros. */
void facts_free(struct facts *f);
/* Walks the whole record of a household as hostile, and replaces what f held. ERR_FRAME when it is malformed: f is of no use then. */
enum err facts_read(struct facts *f, const struct schema *schema, struct span record);
/* Whether keep has every block and leaf of it. */
bool facts_kept(const struct facts *f, const struct keep *keep);

static inline bool span_is(struct span s, const char *text)
{
    size_t len = strlen(text);
    return s.len == len && memcmp(s.data, text, len) == 0;
}

#endif
