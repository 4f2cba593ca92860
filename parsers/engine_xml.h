/* The front end that libxml2 is: the whole flux, or what parsers/scan.h does not read. Its word is the last one on what is well formed. */
#ifndef PARSERS_ENGINE_XML_H
#define PARSERS_ENGINE_XML_H

#include <libxml/parser.h>
#include <stdbool.h>
#include <stdint.h>

#include "flux/base/err.h"
#include "flux/base/wire.h"

struct engine;

struct xml {
    xmlParserCtxtPtr ctxt;
    bool taking;    /* libxml2 is taking bytes: it cannot be stopped then, and its pointers into them may be stale */
    bool heard;     /* something was read since bytes were taken last */
    size_t unheard; /* bytes taken since */
    uint64_t given; /* bytes that it took */

    int error; /* the first one; nothing that libxml2 tells afterwards counts */
    bool error_at_end;
    uint32_t error_line, end_line; /* end_line: of the last byte given then */

    bool padding;       /* it gets blanks, for want of which it would not read the root's tag, until it has read that and them */
    unsigned pads;      /* so many */
    struct span reopen; /* markup that it must read before the rest of the flux, in place of what the scanner read */
    unsigned muted;     /* tells of it that were not heard yet */
    uint64_t shift;     /* from an offset in what it was given to one in the flux, modulo 2^64 */
};

enum err libxml_open(struct engine *e);
void libxml_close(struct engine *e);
/* Reads the flux to its end, or until the engine stops. */
void libxml_run(struct engine *e);
/* Makes it stop as soon as it can. */
void libxml_halt(struct engine *e);

#endif
