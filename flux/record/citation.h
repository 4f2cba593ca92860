/* Where rules come from, in public texts and programs. The table is citation.def. */
#ifndef FLUX_RECORD_CITATION_H
#define FLUX_RECORD_CITATION_H

#include <stddef.h>

struct citation {
    const char *name;
    const char *meaning; /* English, a gettext msgid */
    const char *where;
};

extern const struct citation citations[];
extern const size_t citation_count;

/* The source named at *text, as the source column of finding.def has them; moves *text past it and its place. NULL at the end, and where
 * the table has no such name, which leaves *text where it is. */
const struct citation *citation_next(const char **text);

#endif
