#include "cli/render.h"

#include <libsmartcols.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/i18n.h"
#include "cli/text.h"
#include "flux/base/wipe.h"

enum { LABEL_WIDTH = 26, TEXT_LEAST = 20 };

struct table {
    struct libscols_table *scols;
    size_t columns, rows;
    bool failed;
};

static bool add_column(struct libscols_table *scols, const struct column *c)
{
    int flags = (c->right ? SCOLS_FL_RIGHT : 0) | (c->wrap ? SCOLS_FL_WRAP : 0);
    return scols_table_new_column(scols, _(c->title), 0, flags) != NULL;
}

struct table *table_new(const struct column *columns, size_t count)
{
    struct table *t = calloc(1, sizeof(*t));
    if (!t)
        return NULL;
    t->columns = count;
    t->scols = scols_new_table();
    t->failed = !t->scols;
    for (size_t i = 0; i < count && !t->failed; i++)
        t->failed = !add_column(t->scols, &columns[i]);
    return t;
}

void table_row(struct table *t, const char *const *cells)
{
    if (!t || t->failed)
        return;
    struct libscols_line *line = scols_table_new_line(t->scols, NULL);
    t->failed = !line;
    t->rows++;
    for (size_t i = 0; i < t->columns && !t->failed; i++) {
        char *text = text_clean_dup(cells[i] ? cells[i] : "");
        t->failed = !text || scols_line_refer_data(line, i, text) != 0;
    }
}

static void print_rows(struct table *t, struct output *o)
{
    scols_table_set_stream(t->scols, o->file);
    scols_table_set_termforce(t->scols, o->width > 0 ? SCOLS_TERMFORCE_ALWAYS : SCOLS_TERMFORCE_NEVER);
    if (o->width > 0)
        scols_table_set_termwidth(t->scols, (size_t)o->width);
    scols_table_enable_nolinesep(t->scols, 0);
    t->failed = scols_print_table(t->scols) != 0;
}

void table_drop(struct table *t)
{
    if (!t)
        return;
    scols_unref_table(t->scols);
    free(t);
}

enum err table_end(struct table *t, struct output *o, const char *empty)
{
    if (!t)
        return ERR_NOMEM;
    if (!t->failed && t->rows == 0)
        fprintf(o->file, "%s\n", empty);
    else if (!t->failed)
        print_rows(t, o);
    bool failed = t->failed;
    table_drop(t);
    return failed ? ERR_NOMEM : ERR_OK;
}

/* What is surely harmless on a terminal, for want of memory. */
static void put_ascii(FILE *out, const char *text)
{
    for (; *text; text++)
        fputc(*text >= ' ' && *text <= '~' ? *text : '?', out);
}

void put_clean(FILE *out, const char *text)
{
    char *clean = text_clean_dup(text);
    if (!clean) {
        put_ascii(out, text);
        return;
    }
    fputs(clean, out);
    wipe(clean, strlen(clean));
    free(clean);
}

void heading(struct output *o, const char *title) { fprintf(o->file, "%s%s%s\n", paint(o, BOLD), title, paint(o, PLAIN)); }

/* Bytes of the words at the start of text that fit into room columns; at least one word. The text may be personal: no copy of it is made.
 */
static size_t words_that_fit(const char *text, size_t room)
{
    size_t fit = strcspn(text, " "), whole = text_width(text);
    for (size_t end = fit; text[end];) {
        end += 1 + strcspn(text + end + 1, " ");
        if (whole - text_width(text + end) > room)
            break;
        fit = end;
    }
    return fit;
}

void put_wrapped(FILE *out, int columns, const char *text, size_t indent)
{
    size_t width = columns > 0 ? (size_t)columns : SIZE_MAX;
    if (width < indent + TEXT_LEAST) {
        fputs(text, out);
        return;
    }
    for (;;) {
        size_t n = words_that_fit(text, width - indent);
        fprintf(out, "%.*s", (int)n, text);
        text += n;
        if (!*text)
            return;
        text++;
        fprintf(out, "\n%*s", (int)indent, "");
    }
}

void put_wrapped_clean(FILE *out, int columns, const char *text, size_t indent)
{
    char *clean = text_clean_dup(text);
    if (!clean) {
        put_ascii(out, text);
        return;
    }
    put_wrapped(out, columns, clean, indent);
    wipe(clean, strlen(clean));
    free(clean);
}

void field(struct output *o, const char *label, const char *value)
{
    char *clean = value && value[0] ? text_clean_dup(value) : NULL;
    if (!clean)
        return;
    size_t width = text_width(label), pad = width < LABEL_WIDTH ? LABEL_WIDTH - width : 0;
    fprintf(o->file, "  %s%*s ", label, (int)pad, "");
    put_wrapped(o->file, o->width, clean, 3 + width + pad);
    fputc('\n', o->file);
    wipe(clean, strlen(clean));
    free(clean);
}

void fieldf(struct output *o, const char *label, const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&text, format, args);
    va_end(args);
    if (n < 0)
        return;
    field(o, label, text);
    wipe(text, (size_t)n);
    free(text);
}
