#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/config_text.h"
#include "flux/intake/config.h"
#include "tests/unit/run_suite.h"

static char file[] = "/tmp/test_config_lines_XXXXXX";

static enum err load_bytes(const void *data, size_t len, struct config **c, struct config_faults *faults)
{
    /* A file that is cut and written anew waits for the disk. */
    ck_assert_int_eq(unlink(file), 0);
    FILE *out = fopen(file, "w");
    ck_assert_ptr_nonnull(out);
    ck_assert_uint_eq(fwrite(data, 1, len, out), len);
    ck_assert_int_eq(fclose(out), 0);
    ck_assert_int_eq(chmod(file, 0600), 0);
    return config_load(file, c, faults);
}

struct expected {
    unsigned line;
    enum config_fault_kind kind;
    const char *subject, *near;
};

/* The faults of a text are these and no others. */
static void faults_are(const char *text, size_t len, const struct expected *rows, size_t count)
{
    struct config *c;
    struct config_faults faults;
    ck_assert_int_eq(load_bytes(text, len, &c, &faults), count ? ERR_CONFIG : ERR_OK);
    for (size_t i = 0; i < count; i++) {
        bool found = false;
        for (size_t k = 0; k < faults.count; k++)
            found |= faults.list[k].line == rows[i].line && faults.list[k].kind == rows[i].kind &&
                     strcmp(faults.list[k].subject, rows[i].subject) == 0 && strcmp(faults.list[k].near, rows[i].near) == 0;
        ck_assert_msg(found, "line %u: %s %s is not told", rows[i].line, rows[i].subject, config_fault_text(rows[i].kind));
    }
    ck_assert_uint_eq(faults.count, count);
    config_free(c);
}

#define FAULTS(text, rows) faults_are(text, sizeof(text) - 1, rows, sizeof(rows) / sizeof((rows)[0]))
#define INSTANCE "[instance]\ndepartement = 062\n"

START_TEST(every_fault_of_sources_at_once)
{
    static const char text[] =
        INSTANCE "[source.caf]\nfoldr = x\nstill = 0 s\ndaily_days = sun-mon\ndaily_by = 24:00\nmonthly_by = 29\n" /* 3 to 8 */
                 "[source.CAF]\nemitter = cnaf\nnothing = 1\nstill = 1 s\nstill = 2 s\n"                           /* 9 to 13 */
                 "[source.caf]\nsuffix = .end\nstill = 1 s\nkept = 1\n"                                            /* 14 to 17 */
                 "[source.]\n[source.a b]\n[source]\nfolder = x\n[source.msa]\ncomplete = sidecar\nsuffix = ok\n"  /* 18 to 24 */
                 "[source.pe]\n[source.abcdefghijklmnopqrstuvwxyz-01234]\n[source.abcdefghijklmnopqrstuvwxyz-0123]\n";
    static const struct expected rows[] = {
        {4, CONFIG_UNKNOWN_KEY, "[source.caf] foldr", "folder"},
        {5, CONFIG_NOT_DURATION, "[source.caf] still", ""},
        {6, CONFIG_NOT_WEEKDAYS, "[source.caf] daily_days", ""},
        {7, CONFIG_NOT_TIME, "[source.caf] daily_by", ""},
        {8, CONFIG_NOT_NUMBER, "[source.caf] monthly_by", ""},
        {9, CONFIG_SOURCE_NAME, "[source.CAF]", ""},
        {10, CONFIG_NOT_ONE_OF, "[source.CAF] emitter", "caf"},
        {11, CONFIG_UNKNOWN_KEY, "[source.CAF] nothing", ""},
        {13, CONFIG_REPEATED, "[source.CAF] still", ""},
        {14, CONFIG_SECTION_REPEATED, "[source.caf]", ""},
        {16, CONFIG_REPEATED, "[source.caf] still", ""},
        {17, CONFIG_UNKNOWN_KEY, "[source.caf] kept", ""},
        {18, CONFIG_SOURCE_NAME, "[source.]", ""},
        {19, CONFIG_SOURCE_NAME, "[source.a b]", ""},
        {20, CONFIG_UNKNOWN_SECTION, "[source]", "source.caf"},
        {24, CONFIG_EMPTY_SUFFIX, "[source.msa] suffix", ""},
        {26, CONFIG_SOURCE_NAME, "[source.abcdefghijklmnopqrstuvwxyz-01234]", ""},
    };
    FAULTS(text, rows);
}
END_TEST

START_TEST(sections_without_keys_and_sections_again)
{
    static const char right[] = INSTANCE "[import]\n[source.caf]\n",
                      twice[] = INSTANCE "[import]\nstall_seconds = 7\n[instance]\nlangue = xx\n";
    static const struct expected rows[] = {{5, CONFIG_SECTION_REPEATED, "[instance]", ""}, {6, CONFIG_NOT_ONE_OF, "[instance] langue", ""}};
    struct config *c;
    struct config_faults faults;
    ck_assert_int_eq(load_bytes(right, sizeof(right) - 1, &c, &faults), ERR_OK);
    ck_assert_uint_eq(c->source_count, 1);
    ck_assert_str_eq(c->sources[0].name, "caf");
    ck_assert_uint_eq(c->sources[0].line, 4);
    ck_assert_int_eq(source_number(&c->sources[0], SOURCE_emitter), EMITTER_ANY);
    ck_assert_str_eq(source_text(&c->sources[0], SOURCE_folder), "/tmp/drop/caf");
    config_free(c);
    FAULTS(twice, rows);
}
END_TEST

START_TEST(sources_without_any_section)
{
    static const char *const names[] = {"caf", "msa", "pe"};
    static const int64_t emitters[] = {EMITTER_CAF, EMITTER_MSA, EMITTER_PE};
    struct config *c;
    struct config_faults faults;
    ck_assert_int_eq(load_bytes(INSTANCE, sizeof(INSTANCE) - 1, &c, &faults), ERR_OK);
    ck_assert_uint_eq(c->source_count, 3);
    for (size_t i = 0; i < 3; i++) {
        char folder[64];
        snprintf(folder, sizeof(folder), "/tmp/drop/%s", names[i]);
        ck_assert_str_eq(c->sources[i].name, names[i]);
        ck_assert_uint_eq(c->sources[i].line, 0);
        ck_assert_int_eq(source_number(&c->sources[i], SOURCE_emitter), emitters[i]);
        ck_assert_str_eq(source_text(&c->sources[i], SOURCE_folder), folder);
        ck_assert_ptr_eq(config_source(c, names[i]), &c->sources[i]);
    }
    ck_assert_ptr_null(config_source(c, "cnav"));
    config_free(c);
}
END_TEST

START_TEST(one_folder_by_any_spelling)
{
    static const char text[] = "[instance]\ndepartement = 062\ndrop = /srv//drop/./\n[source.caf]\nfolder = /srv/drop/msa/\n[source.msa]\n"
                               "[source.a]\nfolder = /srv/./drop//msa\n[source.b]\nfolder = /srv/drop/msa2\n[source.c]\nfolder =\n";
    static const struct expected rows[] = {{6, CONFIG_SOURCE_FOLDER, "[source.msa] folder", ""},
                                           {8, CONFIG_SOURCE_FOLDER, "[source.a] folder", ""},
                                           {12, CONFIG_EMPTY_PATH, "[source.c] folder", ""}};
    FAULTS(text, rows);
}
END_TEST

START_TEST(paths_in_one_spelling)
{
    static const char text[] =
        "[instance]\ndepartement = 062\nstore = //srv///a/./b/.\nkeys = ./keys/\nwork = ../work\ndone = /\nheld = .hidden/..x\n";
    struct config *c;
    struct config_faults faults;
    ck_assert_int_eq(load_bytes(text, sizeof(text) - 1, &c, &faults), ERR_OK);
    ck_assert_str_eq(config_text(c, SETTING_instance_store), "/srv/a/b");
    ck_assert_str_eq(config_text(c, SETTING_instance_keys), "/tmp/keys");
    ck_assert_str_eq(config_text(c, SETTING_instance_work), "/tmp/../work");
    ck_assert_str_eq(config_text(c, SETTING_instance_done), "/");
    ck_assert_str_eq(config_text(c, SETTING_instance_held), "/tmp/.hidden/..x");
    config_free(c);
}
END_TEST

static size_t many_sources(char *text, size_t size, int count, const char *keys)
{
    size_t at = (size_t)snprintf(text, size, "%s", INSTANCE);
    for (int i = 0; i < count; i++)
        at += (size_t)snprintf(text + at, size - at, "[source.s%d]\n%s", i, keys);
    return at;
}

START_TEST(thirty_two_sources_and_no_more)
{
    char text[4096];
    struct config *c;
    struct config_faults faults;
    size_t len = many_sources(text, sizeof(text), SOURCES_MAX, "");
    ck_assert_int_eq(load_bytes(text, len, &c, &faults), ERR_OK);
    ck_assert_uint_eq(c->source_count, SOURCES_MAX);
    config_free(c);
    len = many_sources(text, sizeof(text), SOURCES_MAX + 2, "");
    ck_assert_int_eq(load_bytes(text, len, &c, &faults), ERR_CONFIG);
    ck_assert_uint_eq(faults.count, 2);
    ck_assert_int_eq(faults.list[0].kind, CONFIG_SOURCE_MANY);
    ck_assert_uint_eq(faults.list[0].line, 3 + SOURCES_MAX);
    ck_assert_uint_eq(c->source_count, SOURCES_MAX);
    config_free(c);
    /* The keys of those that are too many are judged too, and the count of faults goes on beyond those that are kept. */
    len = many_sources(text, sizeof(text), SOURCES_MAX + 8, "still = x\nfoo = 1\n");
    ck_assert_int_eq(load_bytes(text, len, &c, &faults), ERR_CONFIG);
    ck_assert_uint_eq(faults.count, 8 + 2 * (SOURCES_MAX + 8));
    config_free(c);
}
END_TEST

/* [instance], departement, then one comment or value of so many bytes. */
static enum err load_line(const char *start, size_t len, const char *end, struct config_faults *faults)
{
    char text[512];
    struct config *c;
    size_t at = (size_t)snprintf(text, sizeof(text), "%s[collection]\n%s", INSTANCE, start);
    memset(text + at, 'x', len - strlen(start));
    at += len - strlen(start);
    at += (size_t)snprintf(text + at, sizeof(text) - at, "%s", end);
    enum err e = load_bytes(text, at, &c, faults);
    if (!e && strcmp(start, "legal_ref = ") == 0)
        ck_assert_uint_eq(strlen(config_text(c, SETTING_collection_legal_ref)), len - strlen(start));
    config_free(c);
    return e;
}

START_TEST(lines_of_190_bytes_and_no_more)
{
    static const char *const starts[] = {"legal_ref = ", "# "}, *const ends[] = {"\n", "\r\n", "", "\n[import]\n"};
    struct config_faults faults;
    for (size_t s = 0; s < 2; s++)
        for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
            ck_assert_int_eq(load_line(starts[s], 190, ends[i], &faults), ERR_OK);
            ck_assert_int_eq(load_line(starts[s], 191, ends[i], &faults), ERR_CONFIG);
            ck_assert_uint_eq(faults.count, 1);
            ck_assert_int_eq(faults.list[0].kind, CONFIG_LINE_TOO_LONG);
            ck_assert_uint_eq(faults.list[0].line, 4);
        }
}
END_TEST

START_TEST(line_ends_and_byte_order_mark)
{
    static const char text[] =
        "\xEF\xBB\xBF[instance]\r\ndepartement = 062\r\n\r\n; comment\r\n[source.caf]\r\ndaily_by = 05:00\r\nstill = 5 min\r\n";
    struct config *c;
    struct config_faults faults;
    ck_assert_int_eq(load_bytes(text, sizeof(text) - 1, &c, &faults), ERR_OK);
    ck_assert_int_eq(source_number(&c->sources[0], SOURCE_daily_by), 300);
    ck_assert_uint_eq(c->sources[0].values[SOURCE_still].line, 7);
    config_free(c);
    static const char wrong[] = "\xEF\xBB\xBF[instance]\r\ndepartement = 62\r\n\r\nlangu = fr\r\n\xEF\xBB\xBF[import]\r\n";
    static const struct expected rows[] = {{2, CONFIG_NOT_DEPARTEMENT, "[instance] departement", ""},
                                           {4, CONFIG_UNKNOWN_KEY, "[instance] langu", "langue"},
                                           {5, CONFIG_SYNTAX, "\xEF\xBB\xBF[import]", ""}};
    FAULTS(wrong, rows);
}
END_TEST

START_TEST(bytes_that_are_no_text)
{
    static const char text[] =
        "[instance]\ndepartement = 062\nlangue = fr\0en\nstore = a\x01z\nkeys = \xE9t\xE9\n# \xE9 in a comment\nwork = a\tb\nheld = x\ry\n"
        "done = \xC2\x9B\n[imp\x7Fort]\nstall_seconds = 0\nlang = fr\n";
    static const struct expected rows[] = {{3, CONFIG_NOT_TEXT, "", ""},
                                           {4, CONFIG_NOT_TEXT, "", ""},
                                           {5, CONFIG_NOT_TEXT, "", ""},
                                           {8, CONFIG_NOT_TEXT, "", ""},
                                           {9, CONFIG_NOT_TEXT, "", ""},
                                           {10, CONFIG_NOT_TEXT, "", ""},
                                           {11, CONFIG_UNKNOWN_KEY, "[instance] stall_seconds", ""},
                                           {12, CONFIG_UNKNOWN_KEY, "[instance] lang", "langue"}};
    FAULTS(text, rows);
}
END_TEST

START_TEST(lines_out_of_place)
{
    static const char text[] =
        "departement = 062\n[import] stall_seconds = 5\n[daemon] # right\n  deaths = 2\n\tretry = 0 s\nscan\n= 5\n"
        "[instance ; x]\nlangue = xx\n[log\nsink = xx\n[collection]\nlegal_ref = \"a ; b\"\nkeep = health,\n  # of the household\n  PAYZ\n";
    static const struct expected rows[] = {{0, CONFIG_MISSING, "[instance] departement", ""},
                                           {1, CONFIG_NO_SECTION, "departement", ""},
                                           {2, CONFIG_SYNTAX, "[import] stall_seconds = 5", ""},
                                           {5, CONFIG_NOT_DURATION, "[daemon] retry", ""},
                                           {6, CONFIG_SYNTAX, "scan", ""},
                                           {7, CONFIG_UNKNOWN_KEY, "[daemon] ", ""},
                                           {8, CONFIG_UNKNOWN_SECTION, "[instance ; x]", ""},
                                           {10, CONFIG_SYNTAX, "[log", ""},
                                           {13, CONFIG_QUOTE_OPEN, "[collection] legal_ref", ""},
                                           {14, CONFIG_KEEP_UNKNOWN, "[collection] keep", "PAYZ"}};
    FAULTS(text, rows);
}
END_TEST

START_TEST(only_a_list_goes_on)
{
    static const char text[] = INSTANCE "[collection]\nlegal_ref = D-1\n  profile = gestion\nkeep = health\n  PAYS\nkeep = PAYS\n";
    static const struct expected rows[] = {{8, CONFIG_REPEATED, "[collection] keep", ""}};
    struct config *c;
    struct config_faults faults;
    FAULTS(text, rows);
    ck_assert_int_eq(load_bytes(text, strlen(text) - strlen("keep = PAYS\n"), &c, &faults), ERR_OK);
    ck_assert_str_eq(config_text(c, SETTING_collection_keep), "health,PAYS");
    ck_assert_str_eq(config_text(c, SETTING_collection_profile), "gestion");
    config_free(c);
}
END_TEST

START_TEST(a_file_without_end)
{
    size_t len = (1 << 20) + 10;
    char *text = malloc(len);
    struct config *c;
    struct config_faults faults;
    ck_assert_ptr_nonnull(text);
    memset(text, '\n', len);
    memcpy(text, INSTANCE, sizeof(INSTANCE) - 1);
    ck_assert_int_eq(load_bytes(text, len, &c, &faults), ERR_CONFIG);
    ck_assert_uint_eq(faults.count, 1);
    ck_assert_int_eq(faults.list[0].kind, CONFIG_TOO_LARGE);
    config_free(c);
    ck_assert_int_eq(load_bytes(text, (1 << 20) - 10, &c, &faults), ERR_OK);
    config_free(c);
    free(text);
}
END_TEST

/* ---- whatever the bytes are ---- */

static uint64_t chance(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* A configuration that can be used, or faults with the lines of the file. */
static void never_both(const char *text, size_t len)
{
    struct config *c = NULL;
    struct config_faults faults;
    unsigned lines = 1;
    enum err e = load_bytes(text, len, &c, &faults);
    for (size_t i = 0; i < len; i++)
        lines += text[i] == '\n';
    ck_assert(e == ERR_OK || e == ERR_CONFIG);
    ck_assert_ptr_nonnull(c);
    ck_assert((e == ERR_OK) == (faults.count == 0));
    ck_assert(c->source_count >= 1 && c->source_count <= SOURCES_MAX);
    for (size_t i = 0; i < faults.count && i < CONFIG_FAULTS_MAX; i++) {
        ck_assert_uint_le(faults.list[i].line, lines);
        ck_assert(faults.list[i].line > 0 || faults.list[i].kind == CONFIG_MISSING || faults.list[i].kind == CONFIG_LEGAL_REF ||
                  faults.list[i].kind == CONFIG_EMPTY_SUFFIX);
        ck_assert(faults.list[i].kind < CONFIG_FAULT_KINDS);
    }
    for (size_t i = 0; i < SETTING_COUNT; i++)
        ck_assert(c->values[i].text != NULL && c->values[i].line <= lines);
    for (size_t k = 0; k < c->source_count; k++)
        for (size_t i = 0; i < SOURCE_SETTINGS; i++)
            ck_assert(c->sources[k].values[i].text != NULL && c->sources[k].values[i].line <= lines);
    config_free(c);
}

START_TEST(random_bytes)
{
    uint64_t state = 0x9e3779b97f4a7c15;
    char text[2048];
    for (int round = 0; round < 2000; round++) {
        static const char likely[] = "[]=;#\"\n\r\t -.,:%source.cafkeep0129\xEF\xBB\xBF\xC3\xA9";
        size_t len = chance(&state) % sizeof(text);
        for (size_t i = 0; i < len; i++)
            text[i] = round % 2 ? (char)chance(&state) : likely[chance(&state) % sizeof(likely)];
        never_both(text, len);
    }
}
END_TEST

static char *example(size_t *len)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, len);
    ck_assert_ptr_nonnull(out);
    config_text_write(out, "062", "auto");
    ck_assert_int_eq(fclose(out), 0);
    return text;
}

/* Every default taken out of its comment, so that mutations fall on values. */
static size_t uncomment(char *text, size_t len)
{
    size_t to = 0;
    for (size_t from = 0; from < len; from++)
        if (!(text[from] == '#' && (from == 0 || text[from - 1] == '\n') && from + 1 < len && text[from + 1] != ' '))
            text[to++] = text[from];
    return to;
}

static size_t mutate(char *out, const char *text, size_t len, uint64_t *state)
{
    static const char *const pieces[] = {"\n", "\r\n",         "[",  "]", "=",   "[source.x]\n", "keep = all\n  ", "\"", " ;",
                                         "%",  "999999999999", "\t", "#", "\xFF"};
    size_t from = chance(state) % len, span = chance(state) % 40, at = chance(state) % len, n = len;
    const char *piece = pieces[chance(state) % (sizeof(pieces) / sizeof(pieces[0]))];
    span = from + span > len ? len - from : span;
    memcpy(out, text, len);
    switch (chance(state) % 4) {
    case 0:
        out[from] = (char)chance(state);
        break;
    case 1: /* a piece is lost */
        memmove(out + from, out + from + span, len - from - span);
        n = len - span;
        break;
    case 2: /* a piece comes twice */
        memcpy(out + at + span, text + at, len - at);
        memcpy(out + at, text + from, span);
        n = len + span;
        break;
    default:
        memcpy(out + at + strlen(piece), text + at, len - at);
        memcpy(out + at, piece, strlen(piece));
        n = len + strlen(piece);
        break;
    }
    return n;
}

START_TEST(mutations_of_the_example)
{
    size_t len = 0;
    char *plain = example(&len), *full = example(&len), *out = malloc(2 * len);
    uint64_t state = 0x2545f4914f6cdd1d;
    size_t full_len = uncomment(full, len);
    ck_assert_ptr_nonnull(out);
    never_both(plain, len);
    for (int round = 0; round < 10000; round++) {
        bool commented = round % 4 == 0;
        size_t n = mutate(out, commented ? plain : full, commented ? len : full_len, &state);
        never_both(out, n);
    }
    free(plain);
    free(full);
    free(out);
}
END_TEST

START_TEST(the_example_is_right)
{
    struct config *c;
    struct config_faults faults;
    size_t len = 0;
    char *text = example(&len);
    ck_assert_int_eq(load_bytes(text, len, &c, &faults), ERR_OK);
    ck_assert_uint_eq(c->source_count, 3);
    config_free(c);
    /* So it is with every default written out. */
    len = uncomment(text, len);
    enum err e = load_bytes(text, len, &c, &faults);
    for (size_t i = 0; i < faults.count; i++)
        ck_assert_msg(false, "line %u: %s %s", faults.list[i].line, faults.list[i].subject, config_fault_text(faults.list[i].kind));
    ck_assert_int_eq(e, ERR_OK);
    ck_assert_str_eq(source_text(&c->sources[2], SOURCE_folder), "/tmp/drop/pe");
    ck_assert_uint_gt(c->sources[2].values[SOURCE_folder].line, 0);
    config_free(c);
    free(text);
}
END_TEST

int main(void)
{
    int fd = mkstemp(file);
    if (fd < 0)
        return 1;
    close(fd);
    Suite *suite = suite_create("config lines");
    TCase *t = tcase_create("config lines");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, every_fault_of_sources_at_once);
    tcase_add_test(t, sections_without_keys_and_sections_again);
    tcase_add_test(t, sources_without_any_section);
    tcase_add_test(t, one_folder_by_any_spelling);
    tcase_add_test(t, paths_in_one_spelling);
    tcase_add_test(t, thirty_two_sources_and_no_more);
    tcase_add_test(t, lines_of_190_bytes_and_no_more);
    tcase_add_test(t, line_ends_and_byte_order_mark);
    tcase_add_test(t, bytes_that_are_no_text);
    tcase_add_test(t, lines_out_of_place);
    tcase_add_test(t, only_a_list_goes_on);
    tcase_add_test(t, a_file_without_end);
    tcase_add_test(t, random_bytes);
    tcase_add_test(t, mutations_of_the_example);
    tcase_add_test(t, the_example_is_right);
    suite_add_tcase(suite, t);
    int code = run_suite(suite);
    unlink(file);
    return code;
}
