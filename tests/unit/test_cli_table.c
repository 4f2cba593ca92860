#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/config_text.h"
#include "cli/progress.h"
#include "cli/render.h"
#include "cli/text.h"
#include "tests/unit/run_suite.h"

static char *help_of(const struct command *c)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    ck_assert_ptr_nonnull(out);
    if (c)
        help_command(out, c);
    else
        help_program(out);
    ck_assert_int_eq(fclose(out), 0);
    return text;
}

START_TEST(every_command_explains_itself)
{
    for (size_t i = 0; i < command_count; i++) {
        const struct command *c = &commands[i];
        char start[64];
        ck_assert_ptr_nonnull(c->run);
        ck_assert_msg(c->summary[0] && c->examples[0], "%s %s has no summary or no example", c->noun, c->verb);
        snprintf(start, sizeof(start), "fluxrsa %s%s%s", c->noun, c->verb[0] ? " " : "", c->verb);
        ck_assert_msg(strncmp(c->examples, start, strlen(start)) == 0, "the example of %s does not show it", start);
        ck_assert(c->args_min <= c->args_max);
        ck_assert_msg((c->args_max > 0) == (c->args[0] != '\0'), "%s does not name its arguments", start);
        ck_assert_msg(!(c->flags & CMD_PERSONAL) || (c->options & OPT(PURPOSE)), "%s shows people without a purpose", start);
        ck_assert_msg(!(c->flags & CMD_PERSONAL) || (c->flags & CMD_PAGED), "%s shows people past the memory that is wiped", start);
        char *help = help_of(c);
        const char *example = strstr(help, start), *usage = strstr(help, "Usage:");
        ck_assert_msg(example && usage && example < usage, "%s: examples do not come first", start);
        ck_assert_ptr_nonnull(strstr(help, "--json"));
        free(help);
    }
}
END_TEST

START_TEST(program_help_names_every_command)
{
    char *help = help_of(NULL);
    for (size_t i = 0; i < command_count; i++)
        ck_assert_msg(strstr(help, commands[i].summary) != NULL, "%s %s is not in the help", commands[i].noun, commands[i].verb);
    free(help);
}
END_TEST

START_TEST(options_are_distinct)
{
    ck_assert_int_le(OPTION_COUNT, 64);
    for (size_t i = 0; i < OPTION_COUNT; i++)
        for (size_t k = i + 1; k < OPTION_COUNT; k++) {
            ck_assert_str_ne(option_rows[i].name, option_rows[k].name);
            ck_assert(!option_rows[i].letter || option_rows[i].letter != option_rows[k].letter);
        }
}
END_TEST

static int parse(struct cli *cli, int count, const char **words)
{
    memset(cli, 0, sizeof(*cli));
    return cli_parse(cli, count, words);
}

START_TEST(options_stand_anywhere)
{
    static const char *before[] = {"fluxrsa", "--json", "-c", "x.conf", "flux", "show", "12", NULL};
    static const char *after[] = {"fluxrsa", "flux", "show", "12", "--config=x.conf", "--json", NULL};
    struct cli a, b;
    ck_assert_int_eq(parse(&a, 7, before), -1);
    ck_assert_int_eq(parse(&b, 6, after), -1);
    ck_assert_ptr_eq(a.command, b.command);
    ck_assert_str_eq(a.args[0], "12");
    ck_assert_str_eq(b.args[0], "12");
    ck_assert_str_eq(a.opt[OPTION_CONFIG], b.opt[OPTION_CONFIG]);
    ck_assert(cli_json(&a) && cli_json(&b));
    cli_forget(&a);
    cli_forget(&b);
}
END_TEST

START_TEST(wrong_use_is_64)
{
    static const char *rows[][6] = {
        {"fluxrsa", "flux", "lst"},
        {"fluxrsa", "nothing"},
        {"fluxrsa", "flux"},
        {"fluxrsa", "flux", "list", "--js"},
        {"fluxrsa", "flux", "list", "--dry"},
        {"fluxrsa", "check"},
        {"fluxrsa", "flux", "show"},
        {"fluxrsa", "status", "x"},
        {"fluxrsa", "status", "--force", "x"},
        {"fluxrsa", "status", "--limit"},
        {"fluxrsa", "stat"},
        {"fluxrsa", "status", "--json=1"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct cli cli;
        int count = 0;
        while (rows[i][count])
            count++;
        ck_assert_msg(parse(&cli, count, rows[i]) == 64, "row %zu was taken", i);
        cli_forget(&cli);
    }
}
END_TEST

START_TEST(near_misses)
{
    static const char *const verb[] = {"flux", "lst"}, *const noun[] = {"imprt"}, *const far[] = {"xyzzy"};
    char near[128];
    size_t words;
    ck_assert_ptr_null(command_find(verb, 2, &words, near, sizeof(near)));
    ck_assert_str_eq(near, "flux list");
    ck_assert_ptr_null(command_find(noun, 1, &words, near, sizeof(near)));
    ck_assert_str_eq(near, "import");
    ck_assert_ptr_null(command_find(far, 1, &words, near, sizeof(near)));
    ck_assert_str_eq(near, "");
}
END_TEST

START_TEST(terminals_are_not_driven_by_flux)
{
    static const char *const rows[][2] = {{"a\x1b[31mb", "a?[31mb"},
                                          {"\xc2\x9b"
                                           "1m",
                                           "?1m"},
                                          {"\xe2\x80\xae"
                                           "abc",
                                           "?abc"},
                                          {"\xff\xc3", "??"},
                                          {"Zoé", "Zoé"},
                                          {"\xc0\xaf", "??"},
                                          {"\xed\xa0\x80", "???"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *clean = text_clean_dup(rows[i][0]);
        ck_assert_str_eq(clean, rows[i][1]);
        free(clean);
    }
}
END_TEST

START_TEST(numbers_and_days)
{
    char out[TEXT_SHORT];
    int64_t iso, french;
    ck_assert_str_eq(text_number(0, out), "0");
    ck_assert_str_eq(text_number(1234567, out), "1,234,567");
    ck_assert_str_eq(text_amount("-1234.50", out), "-1,234.50");
    ck_assert_str_eq(text_duration(850, out), "850 ms");
    ck_assert_str_eq(text_duration(125000, out), "2 min 05 s");
    ck_assert_str_eq(text_bytes(1500000, out), "1.5 MB");
    ck_assert(day_parse("1980-01-31", &iso) && day_parse("31/01/1980", &french));
    ck_assert_int_eq(iso, french);
    ck_assert_int_eq(iso, 3682);
    ck_assert(!day_parse("1980-02-30", &iso) && !day_parse("1980-1-31", &iso) && !day_parse("", &iso) && !day_parse("31/01/198", &iso));
}
END_TEST

static void ck_line(const char *name, size_t width, const char *expected)
{
    const struct intake_progress now = {name, 12345, 45, 100, 9.0};
    struct buf line;
    buf_init(&line, 4096);
    size_t columns = progress_line(&now, width, &line);
    buf_u8(&line, 0);
    ck_assert_str_eq((const char *)line.data, expected);
    ck_assert_uint_eq(columns, text_width(expected));
    ck_assert_uint_le(columns, width);
    buf_free(&line);
}

START_TEST(progress_takes_the_room_there_is)
{
    ck_line("/a/m.xml", 200, "m.xml: [####......] 45 %, 12,345 households, 1,371 a second, 0 min 11 s left");
    ck_line("/a/m.xml", 76, "m.xml: [####......] 45 %, 12,345 households, 1,371 a second, 0 min 11 s left");
    ck_line("/a/m.xml", 75, "m.xml: 45 %, 12,345 households, 1,371 a second, 0 min 11 s left");
    ck_line("/a/m.xml", 62, "m.xml: [####......] 45 %, 12,345 households, 0 min 11 s left");
    ck_line("/a/m.xml", 30, "m.xml: 45 %, 0 min 11 s left");
    ck_line("rsa.RSABEM.202501.xml", 20, "rsa.RS…501.xml: 45 %");
    ck_line("Zoé\x1b[2J-Noël-é.xml", 20, "Zoé?[2…l-é.xml: 45 %");
    ck_line("rsa.RSABEM.202501.xml", 10, "45 %");
    ck_line("rsa.RSABEM.202501.xml", 4, "45 %");
    ck_line("rsa.RSABEM.202501.xml", 3, "");
}
END_TEST

START_TEST(progress_is_never_wider_than_the_terminal)
{
    static const char *const names[] = {"", "x", "rsa.RSABEM.202501.xml", "ééééééééééééééééééééééé",
                                        "長い名前長い名前長い名前長い名前.xml"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        for (size_t width = 0; width < 140; width++) {
            const struct intake_progress now = {names[i], 123456789, 99, 100, 9000.0};
            struct buf line;
            buf_init(&line, 4096);
            size_t columns = progress_line(&now, width, &line);
            buf_u8(&line, 0);
            ck_assert_uint_le(columns, width);
            ck_assert_uint_le(text_width((const char *)line.data), width);
            buf_free(&line);
        }
}
END_TEST

START_TEST(long_values_are_wrapped_between_words)
{
    static const char value[] =
        "an élément that the schema does not know is set aside, and averyveryverylongwordthatfitsnowhereatall ends it";
    for (int width = 0; width < 200; width++) {
        char *text = NULL, joined[512] = "";
        size_t len = 0;
        struct output o = {.width = width};
        o.file = open_memstream(&text, &len);
        field(&o, "Why", value);
        ck_assert_int_eq(fclose(o.file), 0);
        size_t room = 0;
        for (char *rest = text, *line; (line = strsep(&rest, "\n")) && *line; room++) {
            const char *words = line + 29;
            ck_assert_msg(width < 49 || text_width(line) <= (size_t)width || !strchr(words, ' '), "%d columns: %s", width, line);
            snprintf(joined + strlen(joined), sizeof(joined) - strlen(joined), "%s%s", room ? " " : "", words);
        }
        ck_assert_str_eq(joined, value);
        ck_assert(room > 1 || width < 49 || (size_t)width >= 29 + text_width(value));
        free(text);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cli_table");
    TCase *t = tcase_create("cli_table");
    tcase_add_test(t, every_command_explains_itself);
    tcase_add_test(t, program_help_names_every_command);
    tcase_add_test(t, options_are_distinct);
    tcase_add_test(t, options_stand_anywhere);
    tcase_add_test(t, wrong_use_is_64);
    tcase_add_test(t, near_misses);
    tcase_add_test(t, terminals_are_not_driven_by_flux);
    tcase_add_test(t, numbers_and_days);
    tcase_add_test(t, progress_takes_the_room_there_is);
    tcase_add_test(t, progress_is_never_wider_than_the_terminal);
    tcase_add_test(t, long_values_are_wrapped_between_words);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
