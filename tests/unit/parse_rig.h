/* Runs the parser on bytes in memory and writes down what it says, as text that a test can compare. */
#ifndef TESTS_UNIT_PARSE_RIG_H
#define TESTS_UNIT_PARSE_RIG_H

#include "parsers/parsers.h"

enum { RIG_LOG = 64 << 10, RIG_SCANS = 8 };

struct rig {
    struct parse_setup *setup;
    struct parse_job job; /* a test may change limits, keep, mode */
    enum err err;
    unsigned headers, households, rejects, ends, fatals, scans, progress;
    struct msg_header header;
    struct msg_end end;
    struct msg_fatal fatal;
    struct msg_scanned scanned[RIG_SCANS];
    struct buf record;      /* of the last household or reject */
    char findings[RIG_LOG]; /* "R1:V_DATE/FIELD@12 path\n", "H" for accepted */
    char faulty[RIG_LOG];   /* "path=text\n", of rejects */
    char census[RIG_LOG];   /* "path*count@line\n", of unknown names only */
    char codes[RIG_LOG];    /* "ETATDOSRSA=7*count@line\n", of codes in no list */
    uint64_t census_known;  /* sum of the counts of known names */
};

/* keep: the default profile. */
void rig_open(struct rig *r);
void rig_close(struct rig *r);
/* Runs on these bytes; what was seen before is forgotten. */
void rig_run(struct rig *r, const void *data, size_t len);
void rig_text(struct rig *r, const char *text);
/* The same on a copy of a flux where the first place of `from` says `to`. */
void rig_edit(struct rig *r, const char *flux, const char *from, const char *to);
/* The name of why it was refused, "" when it was not. */
const char *rig_refusal(const struct rig *r);

/* A sound flux of two made-up households, one element a line. */
extern const char rig_flux[];

/* Grows a text: malloc'ed, in place of *text. */
void rig_append(char **text, const char *more);
/* A copy of text with the first place of from replaced; fails the test when there is none. */
char *rig_replace(const char *text, const char *from, const char *to);
int rig_memfd(const void *data, size_t len);

#endif
