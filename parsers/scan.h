/* Reads what the XML of a flux nearly always is, without libxml2 and in a fraction of its time: a stretch of the content of the root that
 * is made of nothing but start tags, empty elements and end tags that match, their names in ASCII letters, digits, `_`, `-` and `.`, at
 * most SCAN_NAME_MAX long, without attribute, with no white space but blanks before the bracket, at most SCAN_DEPTH open at once; text of
 * UTF-8 up to the next tag: no `]]>`, no carriage return but before a line feed, no reference but the five predefined ones, no character
 * that XML does not allow. It tells the engine what it reads, and stops before the first tag or text that is anything else, that has no
 * end, or that is longer than a chunk boundary allows. Handing over there is safe: what was read is well formed whatever follows, and the
 * state of an XML parser between two tags is the names of the open elements. So libxml2 is told to open them, and goes on with the bytes
 * that were not read: it alone refuses, finds the end of the root, and reads the rest. */
#ifndef PARSERS_SCAN_H
#define PARSERS_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "flux/base/wire.h"

enum { SCAN_DEPTH = 64, SCAN_NAME_MAX = 64, SCAN_CARRY = 4096 };

struct engine;

struct scan {
    const uint8_t *at, *end;   /* what can be read now */
    const uint8_t *from;       /* offset stands here */
    uint64_t offset;           /* in bytes of UTF-8 */
    uint32_t line;             /* at `at` */
    unsigned depth;            /* elements open below the root */
    bool carried;              /* `at` is in carry */
    size_t again;              /* so many of the last bytes of carry stand in the engine's input too, right before what is left of it */
    uint8_t carry[SCAN_CARRY]; /* what crosses the end of a chunk, and the bytes around */
    uint8_t name_len[SCAN_DEPTH];
    char name[SCAN_DEPTH][SCAN_NAME_MAX];
    uint8_t tags[SCAN_DEPTH * (SCAN_NAME_MAX + 2)];
};

/* Length of what comes before the content of the root, its tag included, as libxml2 reads it unless it finds a fault; 0 when that is not
 * plain to see: a document type, an empty root, or more than start has. */
size_t scan_prolog(struct span start);
/* From the engine's held and input on, which stand in the content of the root, outside of any tag or text. What was not read is in its held
 * and input afterwards; scan.line and scan.offset say where. */
void scan_run(struct engine *e, uint32_t line, uint64_t offset);
/* The start tags of the elements that are open then. */
struct span scan_open_tags(struct scan *s);

#endif
