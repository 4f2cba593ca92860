#include "cli/csv.h"

#include <stdbool.h>
#include <string.h>

#include "cli/text.h"

enum { CSV_ROW_MAX = 1 << 20 };

/* What begins a formula, ASCII or full width, however it is indented. */
static bool is_formula(const char *text)
{
    static const char *const marks[] = {"=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"};
    text += strspn(text, " \t\r\n");
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (strncmp(text, marks[i], strlen(marks[i])) == 0)
            return true;
    return false;
}

static void put_quoted(struct buf *out, const struct buf *text)
{
    buf_u8(out, '"');
    for (size_t i = 0; i < text->len; i++) {
        if (text->data[i] == '"')
            buf_u8(out, '"');
        buf_u8(out, text->data[i]);
    }
    buf_u8(out, '"');
}

void csv_cell(struct buf *out, const char *text)
{
    struct buf clean;
    buf_init(&clean, CSV_ROW_MAX);
    if (is_formula(text))
        buf_u8(&clean, '\'');
    text_clean(&clean, text, strlen(text));
    if (clean.err)
        out->err = clean.err;
    else if (strpbrk(text, ";,\"") || text[0] == ' ')
        put_quoted(out, &clean);
    else
        buf_put(out, clean.data, clean.len);
    buf_free(&clean);
}

void csv_begin(FILE *file) { fputs("\ufeff", file); }

enum err csv_row(FILE *file, const char *const *cells, size_t count)
{
    struct buf row;
    buf_init(&row, CSV_ROW_MAX);
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_u8(&row, ';');
        if (cells[i])
            csv_cell(&row, cells[i]);
    }
    buf_put(&row, "\r\n", 2);
    bool failed = !row.err && fwrite(row.data, 1, row.len, file) != row.len;
    enum err e = row.err ? row.err : failed ? ERR_IO : ERR_OK;
    buf_free(&row);
    return e;
}
