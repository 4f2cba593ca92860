/* Ways to spoil bytes. Each changes text in place within cap and gives the new length; any length above zero is right for it. */
#ifndef TESTS_FUZZ_BEND_H
#define TESTS_FUZZ_BEND_H

#include "tests/fuzz/bank.h"

enum bend {
    BEND_DIGITS,   /* digits of values, hardly ever of tags: the flux is read to its end */
    BEND_BYTES,    /* bytes changed, removed, repeated */
    BEND_WORDS,    /* words of XML and of the field table put somewhere */
    BEND_TAGS,     /* what stands between two `<` taken away, doubled, exchanged, moved */
    BEND_CROSS,    /* the start of one flux and the end of another */
    BEND_ENCODING, /* the declared encoding, byte order marks, bytes of no encoding */
    BEND_CUT,      /* the end is missing, or something follows it */
    BENDS
};

/* other: what BEND_CROSS takes the end of. */
size_t bend(enum bend how, char *text, size_t len, size_t cap, const struct bytes *other, uint64_t *state);
const char *bend_name(enum bend how);

#endif
