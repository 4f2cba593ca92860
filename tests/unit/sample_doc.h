/* A made-up flux in memory, cut into households, for tests. */
#ifndef TESTS_UNIT_SAMPLE_DOC_H
#define TESTS_UNIT_SAMPLE_DOC_H

#include <stddef.h>
#include <stdint.h>

#include "flux/base/wire.h"
#include "samples/sample.h"

struct sample_household {
    struct span xml; /* from <InfosFoyerRSA> to its end tag */
    char number[12]; /* NUMDEMRSA */
};

struct sample_doc {
    char *data;
    size_t len;
    struct sample_household *households; /* sorted by number */
    size_t count;
};

/* 1,500 households of the CAF, January 2025 as month 0. */
struct sample_options sample_doc_options(void);
/* The month of a series that began in January 2025. */
void sample_doc_month(struct sample_options *o, unsigned month_index);
/* Aborts the test when the flux cannot be written. */
void sample_doc_make(const struct sample_options *o, struct sample_doc *d);
void sample_doc_free(struct sample_doc *d);
/* NULL when there is none. */
const struct sample_household *sample_doc_find(const struct sample_doc *d, const char *number);
/* The text of the first element of this name at or after from, inside xml; *next is behind it. False when there is none. */
bool sample_text(struct span xml, const char *name, char *text, size_t size, struct span *next);
/* The content of the first block of this name; *next is behind it. */
bool sample_block(struct span xml, const char *name, struct span *content, struct span *next);
bool sample_has(struct span xml, const char *name);
/* A copy without the blocks of these names (NULL at the end); malloc'ed. */
char *sample_without(struct span xml, const char *const *names, size_t *len);
bool sample_same_without(struct span a, struct span b, const char *const *names);

#endif
