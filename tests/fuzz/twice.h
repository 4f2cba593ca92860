/* One document through the engine twice: as it runs, and with libxml2 alone. Prints no value. */
#ifndef TESTS_FUZZ_TWICE_H
#define TESTS_FUZZ_TWICE_H

#include "flux/base/buf.h"
#include "parsers/engine.h"

/* What a reading is besides its document; chunks: bytes at a time, of each reading. */
struct plan {
    struct parse_limits limits;
    const struct keep *keep;
    bool header_only;
    size_t chunks[2];
};

struct twice {
    struct parse_setup *setup;
    struct buf logs[2]; /* every call of the sink, and the verdict */
    uint64_t seed, sound, refused[FINDING_COUNT], rejects, differ;
    uint64_t scanned, handed_over; /* the scanner read something: to where no element below the root is open, or not so far */
};

enum err twice_open(struct twice *t, uint64_t seed);
void twice_close(struct twice *t);
/* Whether both say the same, byte for byte; else says so on standard error. */
bool twice_agree(struct twice *t, const struct plan *p, struct span text, const char *what);

#endif
