/* The rows of a report, and its three faces: text for people, CSV for spreadsheets, JSON for machines. Cells are canonical text; a cell
 * that says nothing is empty. Rows may be personal: wiped. */
#ifndef CLI_REPORT_ROWS_H
#define CLI_REPORT_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/cli.h"
#include "flux/base/wire.h"

enum report_type { REPORT_TEXT, REPORT_NUMBER, REPORT_DAY, REPORT_FLAG };

struct report_column {
    const char *key;   /* in JSON and CSV */
    const char *title; /* gettext msgid */
    enum report_type type;
    bool nominative; /* only when names were asked for */
    bool machine;    /* not in the text, which is wide enough */
};

struct report_kind {
    const char *word, *meaning; /* meaning: gettext msgid */
};

struct report_form {
    const char *name; /* "movements" */
    const struct report_column *columns;
    size_t column_count, number_column; /* number_column: that of NUMDEMRSA */
    const struct report_kind *kinds;
    size_t kind_count;
    const char *empty; /* gettext msgid: what to say of no row */
};

struct report_rows {
    const struct report_form *form;
    bool nominative;
    struct report_row {
        uint64_t rank; /* rows come by rank, then NUMDEMRSA, then as they were added */
        size_t serial;
        char **cells;
    } * at;
    size_t count, cap;
    uint64_t counts[64]; /* by kind */
};

void report_rows_free(struct report_rows *r);
/* cells: copied; NULL is an empty one. */
enum err report_rows_add(struct report_rows *r, uint64_t rank, unsigned kind, const char *const *cells);
void report_rows_sort(struct report_rows *r);
/* Keeps the first ones; the counts stay. */
void report_rows_cut(struct report_rows *r, uint64_t limit);

enum report_format { FORMAT_TEXT, FORMAT_CSV, FORMAT_JSON };

struct report_setting {
    const char *key, *value; /* what was asked for, for JSON; canonical */
};

enum err report_rows_print(const struct report_rows *r, enum report_format format, const struct report_setting *asked, size_t count,
                           struct output *o);

enum { REPORT_CELL = 256 };

/* ISO date. */
const char *report_day(int64_t days, char out[16]);
/* Copy of a text of a record, cut to the size of a cell. */
const char *report_text(struct span text, char out[REPORT_CELL]);

#endif
