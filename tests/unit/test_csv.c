#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cli/csv.h"
#include "cli/report_rows.h"
#include "tests/unit/run_suite.h"

static void check_cell(const char *text, const char *expected)
{
    struct buf b;
    buf_init(&b, 1024);
    csv_cell(&b, text);
    buf_u8(&b, 0);
    ck_assert_int_eq(b.err, ERR_OK);
    ck_assert_str_eq((const char *)b.data, expected);
    buf_free(&b);
}

START_TEST(a_cell_is_text_whatever_it_holds)
{
    check_cell("", "");
    check_cell("DUPONT", "DUPONT");
    check_cell("GRANDFOSSÉ-LE-SEC", "GRANDFOSSÉ-LE-SEC");
    check_cell("a;b", "\"a;b\"");
    check_cell("say \"no\"", "\"say \"\"no\"\"\"");
    check_cell("a,b", "\"a,b\"");
    check_cell("a\nb", "a?b");
}
END_TEST

START_TEST(no_cell_is_a_formula)
{
    static const char *const marks[] = {"=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"};
    static const char *const indents[] = {"", " ", "\t", "\r", "\n", " \t "};
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        for (size_t k = 0; k < sizeof(indents) / sizeof(indents[0]); k++) {
            char text[64];
            struct buf b;
            snprintf(text, sizeof(text), "%s%scmd|x", indents[k], marks[i]);
            buf_init(&b, 1024);
            csv_cell(&b, text);
            size_t quoted = b.data[0] == '"';
            ck_assert_msg(b.data[quoted] == '\'', "%s is a formula", text);
            buf_free(&b);
        }
    check_cell("=1+1", "'=1+1");
    check_cell("=1;2", "\"'=1;2\"");
    check_cell("A-B", "A-B");
}
END_TEST

START_TEST(nothing_steers_a_terminal_or_turns_the_line)
{
    check_cell("a\x1b[31mb", "a?[31mb");
    check_cell("a\u202eb", "a?b");
    check_cell("\x1b=1", "?=1");
    check_cell("a\xff", "a?");
}
END_TEST

START_TEST(rows_are_lines)
{
    char *text = NULL;
    size_t len = 0;
    FILE *file = open_memstream(&text, &len);
    const char *const cells[] = {"a", NULL, "b;c"};
    csv_begin(file);
    ck_assert_int_eq(csv_row(file, cells, 3), ERR_OK);
    fclose(file);
    ck_assert_str_eq(text, "\ufeffa;;\"b;c\"\r\n");
    free(text);
}
END_TEST

/* ---- rows ---- */

static const struct report_column columns[] = {{"kind", "KIND", REPORT_TEXT, false, false},
                                               {"NUMDEMRSA", "NUMDEMRSA", REPORT_TEXT, false, false},
                                               {"NOM", "NAME", REPORT_TEXT, true, false}};
static const struct report_kind kinds[] = {{"x", "what x is"}, {"y", "what y is"}};
static const struct report_form form = {
    .name = "made", .columns = columns, .column_count = 3, .number_column = 1, .kinds = kinds, .kind_count = 2, .empty = "nothing"};

static char *printed(const struct report_rows *r, enum report_format format)
{
    char *text = NULL;
    size_t len = 0;
    struct output o = {.file = open_memstream(&text, &len)};
    ck_assert_int_eq(report_rows_print(r, format, NULL, 0, &o), ERR_OK);
    fclose(o.file);
    return text;
}

static void fill(struct report_rows *r)
{
    const char *const second[] = {"y", "2", "CANARI"}, *const first[] = {"x", "1", "CANARI"}, *const last[] = {"x", "0", NULL};
    ck_assert_int_eq(report_rows_add(r, 7, 1, second), ERR_OK);
    ck_assert_int_eq(report_rows_add(r, 7, 0, first), ERR_OK);
    ck_assert_int_eq(report_rows_add(r, 8, 0, last), ERR_OK);
    report_rows_sort(r);
}

START_TEST(rows_come_by_rank_then_number)
{
    struct report_rows r = {.form = &form, .nominative = true};
    fill(&r);
    char *csv = printed(&r, FORMAT_CSV);
    ck_assert_str_eq(csv, "\ufeffkind;NUMDEMRSA;NOM\r\nx;1;CANARI\r\ny;2;CANARI\r\nx;0;\r\n");
    report_rows_cut(&r, 1);
    ck_assert_uint_eq(r.count, 1);
    ck_assert_uint_eq(r.counts[0], 2);
    free(csv);
    report_rows_free(&r);
}
END_TEST

START_TEST(names_are_not_even_kept_unless_asked_for)
{
    struct report_rows r = {.form = &form};
    fill(&r);
    for (size_t i = 0; i < r.count; i++)
        ck_assert_ptr_null(r.at[i].cells[2]);
    for (int format = FORMAT_TEXT; format <= FORMAT_JSON; format++) {
        char *text = printed(&r, (enum report_format)format);
        ck_assert_ptr_null(strstr(text, "CANARI"));
        ck_assert_ptr_null(strstr(text, "NOM\""));
        free(text);
    }
    report_rows_free(&r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("csv");
    TCase *tests = tcase_create("csv");
    tcase_add_test(tests, a_cell_is_text_whatever_it_holds);
    tcase_add_test(tests, no_cell_is_a_formula);
    tcase_add_test(tests, nothing_steers_a_terminal_or_turns_the_line);
    tcase_add_test(tests, rows_are_lines);
    tcase_add_test(tests, rows_come_by_rank_then_number);
    tcase_add_test(tests, names_are_not_even_kept_unless_asked_for);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
