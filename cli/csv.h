/* CSV for spreadsheets, as French ones read it: UTF-8 with a mark, ";" between cells, lines ending in CR LF, RFC 4180 quoting. A cell that
 * a spreadsheet would take for a formula begins with an apostrophe; control characters and changes of direction become "?". Sources: RFC
 * 4180; OWASP, CSV injection. */
#ifndef CLI_CSV_H
#define CLI_CSV_H

#include <stddef.h>
#include <stdio.h>

#include "flux/base/buf.h"

/* Appends one cell, without separator. */
void csv_cell(struct buf *out, const char *text);
/* Prints what tells a spreadsheet that this is UTF-8; first. */
void csv_begin(FILE *file);
/* A line; NULL is an empty cell. */
enum err csv_row(FILE *file, const char *const *cells, size_t count);

#endif
