/* Tables and lists for people. Machines read JSON. */
#ifndef CLI_RENDER_H
#define CLI_RENDER_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/output.h"

struct column {
    const char *title; /* gettext msgid */
    bool right;        /* a number */
    bool wrap;         /* takes the room that is left on a terminal */
};

struct table;

/* NULL without memory, and then the functions below do nothing. */
struct table *table_new(const struct column *columns, size_t count);
/* Cells are copied and neutralised; NULL is an empty one. */
void table_row(struct table *t, const char *const *cells);
/* Prints, frees. With no row: prints empty (translated) instead. ERR_NOMEM when something was lost on the way. */
enum err table_end(struct table *t, struct output *o, const char *empty);
/* Frees without printing; NULL allowed. */
void table_drop(struct table *t);

void heading(struct output *o, const char *title);
/* "  label        value", the value neutralised; nothing for an empty value. */
void field(struct output *o, const char *label, const char *value);
void fieldf(struct output *o, const char *label, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Prints text neutralised. */
void put_clean(FILE *out, const char *text);
/* Prints text by words, from column indent on, in a terminal of so many columns; 0: there is none, and all goes on one line. */
void put_wrapped(FILE *out, int columns, const char *text, size_t indent);
/* Same, neutralised. */
void put_wrapped_clean(FILE *out, int columns, const char *text, size_t indent);

#endif
