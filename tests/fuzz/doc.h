/* An XML text that is cut and pasted, with the places of its elements: no parser's idea of what may be written stands in between. */
#ifndef TESTS_FUZZ_DOC_H
#define TESTS_FUZZ_DOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flux/record/schema.h"

enum { DOC_ROOM = 256 << 10, DOC_ELEMENTS = 4096, DOC_NONE = 0xffff };

/* start: of its first tag; in: of its content; out: of its last tag, in when it has none; end: behind it. */
struct element {
    uint32_t start, in, out, end;
    uint16_t parent; /* DOC_NONE of the root */
    node_id node;    /* NODE_NONE when the table does not have it there */
};

struct doc {
    size_t len;
    unsigned count;
    struct element elements[DOC_ELEMENTS];
    char text[DOC_ROOM];
};

/* A made-up flux with its elements; number picks its kind, payer and encoding. False when it has no room. */
bool doc_make(struct doc *d, unsigned number, uint64_t seed, uint32_t households, bool indent);
/* Finds the elements; false when tags do not match, and then there are those found until there. */
bool doc_scan(struct doc *d);
void doc_copy(struct doc *to, const struct doc *from);
/* In place of the bytes from .. to; false when there is no room. Elements are not found again. */
bool doc_replace(struct doc *d, size_t from, size_t to, const char *text, size_t len);
bool doc_insert(struct doc *d, size_t at, const char *text);
/* Length of the name in a first tag. */
size_t doc_name_len(const struct doc *d, const struct element *e);
bool doc_is_leaf(const struct element *e);

#endif
