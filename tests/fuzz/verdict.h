/* What any input must end in: accepted, rejected or refused, said once, in order, with numbers that add up. Source: design 9. */
#ifndef TESTS_FUZZ_VERDICT_H
#define TESTS_FUZZ_VERDICT_H

#include <stdbool.h>

#include "parsers/parsers.h"

struct verdict {
    uint64_t accepted, rejected, scanned;
    unsigned headers, ended, refused;
    enum err err;      /* of parse_run */
    bool after;        /* something was said after the verdict */
    const char *wrong; /* what a message has that it may not have; NULL when all is well */
};

/* v is reset by it. */
struct parse_sink verdict_sink(struct verdict *v);
/* Runs bytes through the parser in a memory file; NULL when all is right, else what is not. */
const char *verdict_of(struct parse_setup *setup, const struct parse_job *base, const void *data, size_t len, struct verdict *v);

#endif
