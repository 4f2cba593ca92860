/* Ways to change one element of a household, as XML and not as bytes. */
#ifndef TESTS_FUZZ_CHANGE_H
#define TESTS_FUZZ_CHANGE_H

#include "tests/fuzz/doc.h"

enum change {
    CHANGE_VALUE, /* one of the texts of tries.h */
    CHANGE_PAD,   /* white space around the content */
    CHANGE_EMPTY, /* no content */
    CHANGE_SPLIT, /* comment, processing instruction, CDATA section or reference inside a text */
    CHANGE_DELETE,
    CHANGE_DOUBLE, /* once more, behind itself or at the end of its block */
    CHANGE_SWAP,   /* with the element behind it */
    CHANGE_MOVE,   /* to anywhere */
    CHANGE_RENAME,
    CHANGE_WRAP,     /* into an element of its own name, or of no name we know */
    CHANGE_UNWRAP,   /* its tags taken away */
    CHANGE_UNKNOWN,  /* an unknown element beside or inside it */
    CHANGE_OFFICIAL, /* an element of the table, in it, where it belongs or anywhere */
    CHANGE_TEXT,     /* text beside it */
    CHANGE_ATTRIBUTE,
    CHANGE_NAMESPACE,
    CHANGE_REMARK,    /* comments and processing instructions beside it: right everywhere */
    CHANGE_REFERENCE, /* references to entities and characters */
    CHANGE_BREAK,     /* not well formed any more */
    CHANGE_PROLOGUE,  /* before and after the root */
    CHANGES
};

/* number: which of its forms, as far as it has several. False when the element cannot be changed so. */
bool change(enum change how, struct doc *d, unsigned element, uint32_t number, uint64_t *state);
const char *change_name(enum change how);

#endif
