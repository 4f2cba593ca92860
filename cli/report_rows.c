#include "cli/report_rows.h"

#include <stdlib.h>
#include <string.h>

#include "cli/csv.h"
#include "cli/json.h"
#include "cli/render.h"
#include "cli/text.h"
#include "flux/base/wipe.h"
#include "flux/record/value.h"

enum { REPORT_VERSION = 1, COLUMNS_MAX = 32, ROWS_FIRST = 64 };

static void forget(char **cells, size_t count)
{
    for (size_t i = 0; cells && i < count; i++) {
        if (cells[i])
            wipe(cells[i], strlen(cells[i]));
        free(cells[i]);
    }
    free(cells);
}

void report_rows_free(struct report_rows *r)
{
    for (size_t i = 0; i < r->count; i++)
        forget(r->at[i].cells, r->form->column_count);
    free(r->at);
    r->at = NULL;
    r->count = r->cap = 0;
}

static enum err room(struct report_rows *r)
{
    if (r->count < r->cap)
        return ERR_OK;
    size_t cap = r->cap ? 2 * r->cap : ROWS_FIRST;
    struct report_row *at = realloc(r->at, cap * sizeof(*at));
    if (!at)
        return ERR_NOMEM;
    r->at = at;
    r->cap = cap;
    return ERR_OK;
}

static char **copy_cells(const struct report_rows *r, const char *const *cells)
{
    size_t n = r->form->column_count;
    char **copy = calloc(n, sizeof(*copy));
    bool failed = !copy;
    for (size_t i = 0; !failed && i < n; i++)
        if (cells[i] && cells[i][0] && (r->nominative || !r->form->columns[i].nominative))
            failed = !(copy[i] = strdup(cells[i]));
    if (!failed)
        return copy;
    forget(copy, n);
    return NULL;
}

enum err report_rows_add(struct report_rows *r, uint64_t rank, unsigned kind, const char *const *cells)
{
    enum err e = room(r);
    char **copy = e ? NULL : copy_cells(r, cells);
    if (!copy)
        return ERR_NOMEM;
    r->at[r->count] = (struct report_row){rank, r->count, copy};
    r->count++;
    r->counts[kind]++;
    return ERR_OK;
}

static int by_place(const void *a, const void *b, void *ctx)
{
    const struct report_row *x = a, *y = b;
    size_t number = ((const struct report_form *)ctx)->number_column;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    const char *n = x->cells[number] ? x->cells[number] : "", *m = y->cells[number] ? y->cells[number] : "";
    int d = strcmp(n, m);
    return d ? d : (x->serial > y->serial) - (x->serial < y->serial);
}

void report_rows_sort(struct report_rows *r)
{
    if (r->count)
        qsort_r(r->at, r->count, sizeof(*r->at), by_place, (void *)(uintptr_t)r->form);
}

void report_rows_cut(struct report_rows *r, uint64_t limit)
{
    while (r->count > limit)
        forget(r->at[--r->count].cells, r->form->column_count);
}

static bool shown(const struct report_rows *r, size_t column) { return r->nominative || !r->form->columns[column].nominative; }

/* ---- text ---- */

static bool used(const struct report_rows *r, size_t column)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->at[i].cells[column])
            return true;
    return false;
}

static enum err print_counts(const struct report_rows *r, struct output *o)
{
    static const struct column columns[] = {{N_("KIND"), false, false}, {N_("COUNT"), true, false}, {N_("WHAT"), false, true}};
    char count[TEXT_SHORT];
    struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t k = 0; k < r->form->kind_count; k++) {
        const char *cells[] = {r->form->kinds[k].word, text_number(r->counts[k], count), _(r->form->kinds[k].meaning)};
        if (r->counts[k])
            table_row(t, cells);
    }
    return table_end(t, o, _(r->form->empty));
}

static const char *for_people(const char *cell, enum report_type type, char out[TEXT_SHORT])
{
    if (!cell)
        return NULL;
    if (type == REPORT_DAY)
        return text_date(cell, out);
    return type == REPORT_FLAG ? (strcmp(cell, "true") == 0 ? _("yes") : _("no")) : cell;
}

static enum err print_table(const struct report_rows *r, struct output *o)
{
    struct column columns[COLUMNS_MAX];
    size_t at[COLUMNS_MAX], count = 0;
    for (size_t c = 0; c < r->form->column_count; c++)
        if (used(r, c) && !r->form->columns[c].machine) {
            columns[count] = (struct column){r->form->columns[c].title, r->form->columns[c].type == REPORT_NUMBER, false};
            at[count++] = c;
        }
    struct table *t = table_new(columns, count);
    for (size_t i = 0; i < r->count; i++) {
        const char *cells[COLUMNS_MAX];
        char texts[COLUMNS_MAX][TEXT_SHORT];
        for (size_t c = 0; c < count; c++)
            cells[c] = for_people(r->at[i].cells[at[c]], r->form->columns[at[c]].type, texts[c]);
        table_row(t, cells);
    }
    return table_end(t, o, "");
}

static enum err print_text(const struct report_rows *r, struct output *o)
{
    enum err e = print_counts(r, o);
    if (e || r->count == 0)
        return e;
    fputc('\n', o->file);
    return print_table(r, o);
}

/* ---- CSV ---- */

static enum err print_csv(const struct report_rows *r, struct output *o)
{
    const char *cells[COLUMNS_MAX];
    size_t count = 0;
    for (size_t c = 0; c < r->form->column_count; c++)
        if (shown(r, c))
            cells[count++] = r->form->columns[c].key;
    csv_begin(o->file);
    enum err e = csv_row(o->file, cells, count);
    for (size_t i = 0; !e && i < r->count; i++) {
        count = 0;
        for (size_t c = 0; c < r->form->column_count; c++)
            if (shown(r, c))
                cells[count++] = r->at[i].cells[c];
        e = csv_row(o->file, cells, count);
    }
    return e;
}

/* ---- JSON ---- */

static json_t *value_json(const char *cell, enum report_type type)
{
    if (!cell)
        return json_null();
    if (type == REPORT_NUMBER)
        return json_integer(strtoll(cell, NULL, 10));
    return type == REPORT_FLAG ? json_boolean(strcmp(cell, "true") == 0) : json_clean(cell);
}

static json_t *row_json(const struct report_rows *r, const struct report_row *row)
{
    json_t *object = json_object();
    for (size_t c = 0; c < r->form->column_count; c++)
        if (shown(r, c))
            put_json(object, r->form->columns[c].key, value_json(row->cells[c], r->form->columns[c].type));
    return object;
}

static enum err print_json(const struct report_rows *r, const struct report_setting *asked, size_t count, struct output *o)
{
    json_t *object = json_object(), *counts = json_object(), *rows = json_array();
    put_int(object, "version", REPORT_VERSION);
    put_text(object, "report", r->form->name);
    for (size_t i = 0; i < count; i++)
        put_json(object, asked[i].key, asked[i].value ? json_clean(asked[i].value) : json_null());
    for (size_t k = 0; k < r->form->kind_count; k++)
        put_int(counts, r->form->kinds[k].word, (int64_t)r->counts[k]);
    for (size_t i = 0; i < r->count; i++)
        json_array_append_new(rows, row_json(r, &r->at[i]));
    put_json(object, "counts", counts);
    put_json(object, "rows", rows);
    return json_end(object, o);
}

enum err report_rows_print(const struct report_rows *r, enum report_format format, const struct report_setting *asked, size_t count,
                           struct output *o)
{
    if (format == FORMAT_CSV)
        return print_csv(r, o);
    return format == FORMAT_JSON ? print_json(r, asked, count, o) : print_text(r, o);
}

const char *report_day(int64_t days, char out[16])
{
    int year, month, day;
    date_from_days(days, &year, &month, &day);
    snprintf(out, 16, "%04d-%02d-%02d", year, month, day);
    return out;
}

const char *report_text(struct span text, char out[REPORT_CELL])
{
    size_t len = text.len < REPORT_CELL ? text.len : REPORT_CELL - 1;
    memcpy(out, text.data ? text.data : (const uint8_t *)"", len);
    out[len] = '\0';
    return out;
}
