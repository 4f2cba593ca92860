/* What is decided of persons by hand, in one transaction with its act for the journal. */
#ifndef FLUX_INTAKE_PERSON_ACT_H
#define FLUX_INTAKE_PERSON_ACT_H

#include "flux/intake/intake.h"
#include "store/persons.h"

enum person_change_kind { PERSON_MERGE, PERSON_DISMISS, PERSON_UNMERGE };

struct person_change {
    enum person_change_kind kind;
    uint64_t a, b; /* the pair; of an unmerge the person, and 0 */
    int64_t until; /* of a dismissal */
    const char *reason;
};

/* place, journal, user, now, waiting and ctx of o count. undone: of an unmerge. ERR_NOTFOUND, ERR_BAD: see store/persons.h, nothing
 * changed. ERR_JOURNAL: the journal could not be written; *applied says whether the change is done all the same, and the next import brings
 * its line. */
enum err intake_person(const struct intake_options *o, const struct person_change *c, struct decision *undone, bool *applied);

#endif
