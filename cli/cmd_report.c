#include "cli/cmd_report.h"

#include <stdlib.h>
#include <string.h>

static bool read_format(const struct cli *cli, enum report_format *format)
{
    static const char *const words[] = {[FORMAT_TEXT] = "text", [FORMAT_CSV] = "csv", [FORMAT_JSON] = "json"};
    const char *wanted = cli->opt[OPTION_FORMAT];
    *format = cli_json(cli) ? FORMAT_JSON : FORMAT_TEXT;
    if (!wanted)
        return true;
    for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++)
        if (strcmp(words[k], wanted) == 0) {
            *format = (enum report_format)k;
            return !cli_json(cli) || *format == FORMAT_JSON;
        }
    return false;
}

int report_request(const struct cli *cli, const char *op, struct report_request *out)
{
    *out = (struct report_request){.op = op, .nominative = cli->opt[OPTION_NOMINATIVE] != NULL, .limit = UINT64_MAX};
    if (!read_format(cli, &out->format))
        return usage_error(_("--format: one of text, csv, json is expected"));
    return cli_number(cli, OPTION_LIMIT, 1, 1000000, &out->limit) ? 0 : err_exit_code(ERR_USAGE);
}

static int by_text(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

/* Different NUMDEMRSA of the rows, into numbers. */
static size_t households_of(const struct report_rows *rows, const char **numbers)
{
    size_t all = 0, count = 0;
    for (size_t k = 0; k < rows->count; k++)
        if (rows->at[k].cells[rows->form->number_column])
            numbers[all++] = rows->at[k].cells[rows->form->number_column];
    qsort(numbers, all, sizeof(*numbers), by_text);
    for (size_t k = 0; k < all; k++)
        if (count == 0 || strcmp(numbers[k], numbers[count - 1]) != 0)
            numbers[count++] = numbers[k];
    return count;
}

/* Who looked at whom must be found from the household. */
static int log_households(struct cli *cli, struct instance *i, const char *op, const struct report_rows *rows)
{
    enum { LONG = 1000 };
    char pseudonym[33];
    int code = 0;
    const char **numbers = calloc(rows->count + 1, sizeof(*numbers));
    if (!numbers)
        return failure(ERR_NOMEM, NULL);
    size_t count = households_of(rows, numbers);
    if (count > LONG)
        say(_("%zu households are written into the journal, one after the other"), count);
    for (size_t k = 0; k < count && code == 0; k++) {
        store_pseudonym(i->store, numbers[k], pseudonym);
        code = instance_log(cli, i, op, pseudonym, "nominative");
    }
    free(numbers);
    return code;
}

int report_show(struct cli *cli, struct instance *i, const struct report_request *q, struct report_rows *rows,
                const struct report_setting *asked, size_t count)
{
    char detail[64];
    size_t all = rows->count;
    report_rows_sort(rows);
    report_rows_cut(rows, q->limit);
    snprintf(detail, sizeof(detail), "%zu shown%s", rows->count, q->nominative ? ", nominative" : "");
    int code = instance_log(cli, i, q->op, "", detail);
    if (code == 0 && q->nominative)
        code = log_households(cli, i, q->op, rows);
    if (code)
        return code;
    enum err e = report_rows_print(rows, q->format, asked, count, &cli->out);
    if (!e && rows->count < all)
        say(_("only the first %zu of %zu rows are shown: --limit"), rows->count, all);
    return e ? failure(e, NULL) : 0;
}

const struct right_person *report_head(const struct right *r)
{
    for (size_t i = 0; i < r->count; i++)
        if (role_is(&r->persons[i], "DEM"))
            return &r->persons[i];
    return r->count ? &r->persons[0] : NULL;
}

const char *report_address(const struct right_home *h, char *out, size_t size)
{
    const struct span *lines = h->inside ? h->lines_inside : h->lines_outside;
    size_t count = h->inside ? HOME_INSIDE_LEAVES : HOME_OUTSIDE_LEAVES, at = 0;
    const size_t numcom = VRSB_AdresseDetailleeFrance_NUMCOM - VRSB_AdresseDetailleeFrance - 1;
    out[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        if (lines[i].len == 0 || (h->inside && i == numcom) || lines[i].len + 2 > size - at)
            continue;
        at += (size_t)snprintf(out + at, size - at, "%s%.*s", at ? " " : "", (int)lines[i].len, (const char *)lines[i].data);
    }
    return out;
}
