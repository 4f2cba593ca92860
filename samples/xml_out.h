/* XML written as the payers do: tabs, one element a line, empty elements as <NAME />. Texts come in UTF-8 and leave in the encoding of
 * the flux; what that encoding lacks is spelled out (OE, EUR). Failures stick and are returned at the end. */
#ifndef SAMPLES_XML_OUT_H
#define SAMPLES_XML_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "flux/base/err.h"
#include "samples/sample.h"

enum { XML_OUT_BUFFER = 256 * 1024, XML_OUT_ROOM = 4096 };

struct xml_out {
    FILE *file;
    enum sample_encoding encoding;
    bool indent;
    unsigned depth;
    uint32_t line; /* that the next byte is on, from 1 */
    bool cut;      /* the file ended early: the rest is made, and goes nowhere */
    enum err err;
    size_t len;
    char *buffer; /* XML_OUT_BUFFER */
};

enum err xml_out_init(struct xml_out *x, FILE *file, enum sample_encoding encoding, bool indent);
/* The XML declaration, with the byte order mark where the encoding has one. */
void xml_declaration(struct xml_out *x);
/* attributes: verbatim, with a leading space, or "". */
void xml_open(struct xml_out *x, const char *name, const char *attributes);
void xml_close(struct xml_out *x, const char *name);
/* text: UTF-8, at most 255 characters. */
void xml_leaf(struct xml_out *x, const char *name, const char *text, size_t len);

/* What no payer writes: the pieces of one line, the bytes of which nobody looks at. */
void xml_line_start(struct xml_out *x);
void xml_line_end(struct xml_out *x);
/* Escaped and encoded as that of a leaf. */
void xml_text(struct xml_out *x, const char *text, size_t len);
void xml_verbatim(struct xml_out *x, const char *bytes);
/* The file ends here. */
void xml_cut(struct xml_out *x);
/* Flushes to the file, releases the buffer, and says whether everything went well. */
enum err xml_out_done(struct xml_out *x);

#endif
