#include <check.h>
#include <fcntl.h>
#include <iconv.h>
#include <locale.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "flux/record/schema.h"
#include "samples/household.h"
#include "tests/unit/run_suite.h"
#include "tests/unit/sample_doc.h"

extern char **environ;

START_TEST(same_options_same_bytes)
{
    struct sample_options o = sample_doc_options();
    struct sample_doc a, b, c;
    sample_doc_make(&o, &a);
    (void)setlocale(LC_ALL, "fr_FR.UTF-8");
    sample_doc_make(&o, &b);
    (void)setlocale(LC_ALL, "C");
    o.seed++;
    sample_doc_make(&o, &c);
    ck_assert_uint_eq(a.len, b.len);
    ck_assert_mem_eq(a.data, b.data, a.len);
    ck_assert(a.len != c.len || memcmp(a.data, c.data, a.len) != 0);
    sample_doc_free(&a);
    sample_doc_free(&b);
    sample_doc_free(&c);
}
END_TEST

/* The first households of a larger file are those of a smaller one. */
START_TEST(a_household_does_not_depend_on_how_many_there_are)
{
    struct sample_options o = sample_doc_options();
    struct sample_doc few, many;
    sample_doc_month(&o, 7);
    o.households = 300;
    sample_doc_make(&o, &few);
    o.households = 1500;
    sample_doc_make(&o, &many);
    for (size_t i = 0; i < few.count; i++) {
        const struct sample_household *h = sample_doc_find(&many, few.households[i].number);
        ck_assert_ptr_nonnull(h);
        ck_assert_uint_eq(h->xml.len, few.households[i].xml.len);
        ck_assert_mem_eq(h->xml.data, few.households[i].xml.data, h->xml.len);
    }
    sample_doc_free(&few);
    sample_doc_free(&many);
}
END_TEST

static node_id child_named(node_id block, const char *name, size_t len)
{
    const struct node *nodes = schema_vrsb0801.nodes;
    for (node_id n = (node_id)(block + 1); n < nodes[block].end; n = nodes[n].end)
        if (strlen(nodes[n].name) == len && memcmp(nodes[n].name, name, len) == 0)
            return n;
    return NODE_NONE;
}

/* Reads tags by hand: the writer is not its own witness. */
static void count_nodes(const struct sample_doc *d, unsigned *seen)
{
    const char *at = strstr(d->data, "<Racine");
    node_id open = NODE_NONE;
    for (; at != NULL; at = strchr(at + 1, '<')) {
        bool closes = at[1] == '/';
        const char *name = at + 1 + closes;
        size_t len = strcspn(name, " />");
        if (closes) {
            ck_assert_uint_eq(strlen(schema_vrsb0801.nodes[open].name), len);
            open = schema_vrsb0801.nodes[open].parent;
            continue;
        }
        node_id n = open == NODE_NONE ? 0 : child_named(open, name, len);
        ck_assert_uint_ne(n, NODE_NONE);
        seen[n]++;
        if (strncmp(name + len, " />", 3) != 0)
            open = n;
    }
    ck_assert_uint_eq(open, NODE_NONE);
}

static bool within(node_id n, node_id block) { return n >= block && n < schema_vrsb0801.nodes[block].end; }

static bool only_msa(node_id n)
{
    return within(n, VRSB_InformationsAgricoles) || n == VRSB_IdentificationCibleControleAdministratif_CIBCONTROMSA;
}

static void check_coverage(const unsigned *seen, bool msa)
{
    char path[200];
    for (node_id n = 0; n < VRSB_COUNT; n++) {
        bool none = within(n, VRSB_Evenement) || (!msa && only_msa(n));
        schema_path(&schema_vrsb0801, n, path, sizeof path);
        ck_assert_msg((seen[n] > 0) != none, "%s: %u times", path, seen[n]);
    }
    ck_assert_uint_le(seen[VRSB_Anomalie], seen[VRSB_InfosFoyerRSA] / 1000);
}

START_TEST(every_node_of_the_table_occurs)
{
    struct sample_options o = sample_doc_options();
    struct sample_doc d;
    o.households = 1000;
    for (unsigned i = 0; i < 6; i++) {
        unsigned seen[VRSB_COUNT] = {0};
        o.seed = 1000 + i;
        o.emitter = i % 2 == 0 ? SAMPLE_CAF : SAMPLE_MSA;
        sample_doc_make(&o, &d);
        count_nodes(&d, seen);
        check_coverage(seen, i % 2 == 1);
        sample_doc_free(&d);
    }
}
END_TEST

START_TEST(daily_files_have_events_and_no_controls)
{
    struct sample_options o = sample_doc_options();
    struct sample_doc d;
    unsigned seen[VRSB_COUNT] = {0};
    o.daily = true;
    sample_doc_month(&o, 2);
    o.day = 14;
    sample_doc_make(&o, &d);
    count_nodes(&d, seen);
    ck_assert_uint_gt(d.count, 5);
    ck_assert_uint_ge(seen[VRSB_Evenement], d.count);
    ck_assert_uint_eq(seen[VRSB_Controle] + seen[VRSB_Anomalie], 0);
    ck_assert_ptr_nonnull(strstr(d.data, "<TYPEFLUX>I</TYPEFLUX>"));
    ck_assert_ptr_nonnull(strstr(d.data, "<DTREF>2025-03-14</DTREF>"));
    ck_assert_ptr_nonnull(strstr(d.data, "<DTCREAFLUX>2025-03-14</DTCREAFLUX>"));
    sample_doc_free(&d);
}
END_TEST

START_TEST(monthly_files_are_made_the_month_after)
{
    struct sample_options o = sample_doc_options();
    struct sample_doc d;
    sample_doc_month(&o, 11);
    sample_doc_make(&o, &d);
    ck_assert_ptr_nonnull(strstr(d.data, "<DTREF>2025-12-31</DTREF>"));
    ck_assert_ptr_nonnull(strstr(d.data, "<DTCREAFLUX>2026-01-05</DTCREAFLUX>"));
    ck_assert_ptr_nonnull(strstr(d.data, "<HEUCREAFLUX>01:18:36.0000</HEUCREAFLUX>"));
    char announced[64];
    (void)snprintf(announced, sizeof announced, "<NBTOTDOSRSATRANSM>%08zu</NBTOTDOSRSATRANSM>", d.count);
    ck_assert_ptr_nonnull(strstr(d.data, announced));
    sample_doc_free(&d);
}
END_TEST

/* The key by hand: Corsica's letter as a number, then the remainder digit by digit. */
static unsigned key_by_hand(const char *nir)
{
    unsigned rest = 0;
    for (unsigned i = 0; i < 13; i++) {
        char c = nir[i];
        if (i == 5 && nir[6] >= 'A')
            c = '1';
        if (i == 6 && nir[6] >= 'A')
            c = nir[6] == 'A' ? '9' : '8';
        rest = (rest * 10 + (unsigned)(c - '0')) % 97;
    }
    return 97 - rest;
}

static void tally_nir(const char *nir, unsigned *kinds)
{
    kinds[0] += nir[6] == 'A';
    kinds[1] += nir[6] == 'B';
    kinds[2] += nir[5] == '9' && nir[6] == '7';
    kinds[3] += nir[5] == '9' && nir[6] == '9';
    kinds[4] += nir[0] >= '7';
}

static void check_person(struct span person, size_t width, unsigned *kinds)
{
    struct span identity, next;
    char nir[16], born[16], sexe[4];
    ck_assert(sample_block(person, "Identification", &identity, &next));
    if (!sample_text(identity, "NIR", nir, sizeof nir, &next))
        return;
    ck_assert_uint_eq(strlen(nir), width);
    ck_assert(sample_text(identity, "DTNAI", born, sizeof born, &next));
    ck_assert(sample_text(identity, "SEXE", sexe, sizeof sexe, &next));
    ck_assert_mem_eq(nir + 1, born + 2, 2);
    ck_assert_mem_eq(nir + 3, born + 5, 2);
    ck_assert_int_eq((nir[0] - '1') % 6 + '1', sexe[0]);
    if (width == 15)
        ck_assert_uint_eq(key_by_hand(nir), (unsigned)strtoul(nir + 13, NULL, 10));
    tally_nir(nir, kinds);
}

static void check_all_nir(enum sample_emitter emitter, size_t width)
{
    struct sample_options o = sample_doc_options();
    struct sample_doc d;
    unsigned kinds[5] = {0};
    o.emitter = emitter;
    sample_doc_make(&o, &d);
    struct span rest = {.data = (const uint8_t *)d.data, .len = d.len}, person, next;
    for (; sample_block(rest, "Personne", &person, &next); rest = next)
        check_person(person, width, kinds);
    for (unsigned i = 0; i < 5; i++)
        ck_assert_uint_gt(kinds[i], 0);
    sample_doc_free(&d);
}

START_TEST(nir_have_right_keys)
{
    ck_assert_uint_eq(nir_key("2550814168025"), 38);
    ck_assert_uint_eq(nir_key("255081416802X"), 0);
    ck_assert_uint_eq(nir_key("25508B4168025"), 0);
    ck_assert_uint_eq(nir_key("156022A004001"), key_by_hand("156022A004001"));
    ck_assert_uint_eq(nir_key("156022A004001"), nir_key("1560219004001"));
    ck_assert_uint_eq(nir_key("156022B004001"), nir_key("1560218004001"));
    check_all_nir(SAMPLE_CAF, 13);
    check_all_nir(SAMPLE_MSA, 15);
}
END_TEST

static int by_nir(const void *a, const void *b) { return strcmp(a, b); }

START_TEST(nir_differ)
{
    enum { MANY = 200000 };
    char(*all)[NIR_FULL + 1] = calloc(MANY, sizeof *all);
    ck_assert_ptr_nonnull(all);
    for (uint32_t i = 0; i < MANY; i++) {
        uint32_t serial = (uint32_t)rng_permute(7, i, 32000, NIR_SERIES / 32000);
        ck_assert_uint_lt(serial, NIR_SERIES);
        struct nir_birth birth = {.year = 1970 + 10 * (i % 2), .month = nir_month(serial), .serial = serial};
        nir_make(&birth, all[i]);
    }
    qsort(all, MANY, sizeof *all, by_nir);
    for (uint32_t i = 1; i < MANY; i++)
        ck_assert_str_ne(all[i - 1], all[i]);
    free(all);
}
END_TEST

static char *decoded(const struct sample_doc *d, const char *from, size_t *len)
{
    char *out = malloc(d->len * 2), *to = out, *in = d->data;
    size_t left = d->len, room = d->len * 2;
    iconv_t cd = iconv_open("UTF-8", from);
    ck_assert_ptr_nonnull(out);
    ck_assert(iconv(cd, &in, &left, &to, &room) == 0 && left == 0);
    (void)iconv_close(cd);
    *len = (size_t)(to - out);
    return out;
}

static size_t respell(const char *text, size_t len, char *out)
{
    static const char *const pairs[][2] = {{"Œ", "OE"}, {"œ", "oe"}, {"€", "EUR"}};
    size_t n = 0;
    for (size_t i = 0; i < len;) {
        size_t took = 0;
        for (unsigned p = 0; p < 3 && took == 0; p++)
            if (strncmp(text + i, pairs[p][0], strlen(pairs[p][0])) == 0) {
                memcpy(out + n, pairs[p][1], strlen(pairs[p][1]));
                n += strlen(pairs[p][1]);
                took = strlen(pairs[p][0]);
            }
        if (took == 0)
            out[n++] = text[i];
        i += took == 0 ? 1 : took;
    }
    return n;
}

static const char *body(const char *text) { return strchr(text, '\n') + 1; }

START_TEST(encodings_say_the_same)
{
    static const char *const names[] = {[SAMPLE_UTF8_BOM] = "UTF-8",
                                        [SAMPLE_WINDOWS_1252] = "WINDOWS-1252",
                                        [SAMPLE_ISO_8859_1] = "ISO-8859-1",
                                        [SAMPLE_ISO_8859_15] = "ISO-8859-15"};
    struct sample_options o = sample_doc_options();
    struct sample_doc plain, d;
    sample_doc_make(&o, &plain);
    ck_assert_ptr_nonnull(strstr(plain.data, "Œ"));
    ck_assert_ptr_nonnull(strstr(plain.data, "€"));
    ck_assert_ptr_nonnull(strstr(plain.data, "Ç"));
    size_t wanted = plain.len - (size_t)(body(plain.data) - plain.data);
    for (unsigned i = SAMPLE_UTF8_BOM; i <= SAMPLE_ISO_8859_15; i++) {
        o.encoding = (enum sample_encoding)i;
        sample_doc_make(&o, &d);
        ck_assert_int_eq(memcmp(d.data, "\xEF\xBB\xBF", 3) == 0, i == SAMPLE_UTF8_BOM);
        size_t len, n = wanted;
        char *text = decoded(&d, names[i], &len), *other = malloc(plain.len * 2);
        ck_assert_ptr_nonnull(other);
        memcpy(other, body(plain.data), wanted);
        if (i == SAMPLE_ISO_8859_1)
            n = respell(body(plain.data), wanted, other);
        ck_assert_uint_eq(len - (size_t)(body(text) - text), n);
        ck_assert_mem_eq(body(text), other, n);
        free(other);
        free(text);
        sample_doc_free(&d);
    }
    sample_doc_free(&plain);
}
END_TEST

START_TEST(not_indented_is_the_same_without_white_space)
{
    struct sample_options o = sample_doc_options();
    struct sample_doc a, b;
    o.households = 50;
    sample_doc_make(&o, &a);
    o.indent = false;
    sample_doc_make(&o, &b);
    size_t n = 0, at = (size_t)(body(a.data) - a.data);
    for (size_t i = at; i < a.len; i++)
        if (a.data[i] != '\t' && a.data[i] != '\n')
            a.data[at + n++] = a.data[i];
    ck_assert_uint_eq(n, b.len - at);
    ck_assert_mem_eq(a.data + at, b.data + at, n);
    sample_doc_free(&a);
    sample_doc_free(&b);
}
END_TEST

static int by_text(const void *a, const void *b) { return memcmp(a, b, NUMDEMRSA_LEN); }

START_TEST(numdemrsa_are_unique)
{
    enum { MANY = 100000, RANGES = 4 };
    static const uint32_t from[RANGES] = {0, LIFE_FIRST_MAX, LIFE_SERIES, LIFE_ELSEWHERE};
    struct sample_options o = sample_doc_options();
    char(*all)[NUMDEMRSA_LEN + 1] = calloc((size_t)RANGES * MANY, sizeof *all);
    ck_assert_ptr_nonnull(all);
    for (unsigned r = 0; r < RANGES; r++)
        for (uint32_t i = 0; i < MANY; i++)
            household_number(&o, from[r] + i, all[r * MANY + i]);
    qsort(all, (size_t)RANGES * MANY, sizeof *all, by_text);
    for (size_t i = 1; i < (size_t)RANGES * MANY; i++)
        ck_assert_str_ne(all[i - 1], all[i]);
    ck_assert_str_eq(all[0] + 8, "062");
    free(all);
}
END_TEST

static enum err refusal(const struct sample_options *o)
{
    uint64_t written = 1;
    FILE *out = fopen("/dev/null", "we");
    ck_assert_ptr_nonnull(out);
    enum err e = sample_write(o, out, &written);
    ck_assert_uint_eq(written, 0);
    (void)fclose(out);
    return e;
}

#define REFUSED(error, field)                                                                                                              \
    do {                                                                                                                                   \
        struct sample_options o = sample_doc_options();                                                                                    \
        o.field;                                                                                                                           \
        ck_assert_int_eq(refusal(&o), error);                                                                                              \
    } while (0)

START_TEST(nonsense_is_refused)
{
    REFUSED(ERR_USAGE, households = 0);
    REFUSED(ERR_USAGE, households = 20000001);
    REFUSED(ERR_USAGE, month = 13);
    REFUSED(ERR_USAGE, month = 0);
    REFUSED(ERR_USAGE, year = 1900);
    REFUSED(ERR_USAGE, month_index = 61);
    REFUSED(ERR_USAGE, changed_per_mille = 1001);
    REFUSED(ERR_USAGE, daily = true);
    REFUSED(ERR_BAD, departement[2] = '\0');
    REFUSED(ERR_BAD, departement[1] = 'x');
    struct sample_options o = sample_doc_options();
    o.daily = true;
    o.month = 2;
    o.day = 29;
    ck_assert_int_eq(refusal(&o), ERR_USAGE);
}
END_TEST

START_TEST(a_full_disk_is_told)
{
    struct sample_options o = sample_doc_options();
    uint64_t written;
    FILE *out = fopen("/dev/full", "we");
    ck_assert_ptr_nonnull(out);
    ck_assert_int_eq(sample_write(&o, out, &written), ERR_NOSPACE);
    (void)fclose(out);
    o.households = 1;
    out = fopen("/dev/full", "we");
    ck_assert_ptr_nonnull(out);
    ck_assert_int_eq(sample_write(&o, out, &written), ERR_NOSPACE);
    (void)fclose(out);
}
END_TEST

static bool valid(const struct sample_options *o, const char *schema)
{
    struct sample_doc d;
    char name[] = "/tmp/fluxrsa-sample-XXXXXX";
    int fd = mkstemp(name), status = -1;
    pid_t pid;
    sample_doc_make(o, &d);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, d.data, d.len), (ssize_t)d.len);
    ck_assert_int_eq(close(fd), 0);
    char *const argv[] = {(char[]){"xmllint"},
                          (char[]){"--noout"},
                          (char[]){"--nonet"},
                          (char[]){"--stream"},
                          (char[]){"--schema"},
                          (char *)(uintptr_t)schema,
                          name,
                          NULL};
    posix_spawn_file_actions_t quiet;
    ck_assert_int_eq(posix_spawn_file_actions_init(&quiet), 0);
    ck_assert_int_eq(posix_spawn_file_actions_addopen(&quiet, STDERR_FILENO, "/dev/null", O_WRONLY, 0), 0);
    ck_assert_int_eq(posix_spawnp(&pid, "xmllint", &quiet, NULL, argv, environ), 0);
    ck_assert_int_eq(posix_spawn_file_actions_destroy(&quiet), 0);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(unlink(name), 0);
    sample_doc_free(&d);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

START_TEST(files_are_schema_valid)
{
    const char *shared = getenv("FLUXRSA_SHARED");
    char schema[4096];
    (void)snprintf(schema, sizeof schema, "%s/schemas/vrsb0801.xsd", shared != NULL ? shared : "/nonexistent");
    if (access(schema, R_OK) != 0 || access("/usr/bin/xmllint", X_OK) != 0) {
        puts("schema validation: skipped, no xmllint or no $FLUXRSA_SHARED/schemas/vrsb0801.xsd");
        return;
    }
    struct sample_options o = sample_doc_options();
    o.households = 2000;
    for (unsigned i = 0; i < 10; i++) {
        o.encoding = (enum sample_encoding)(i % 5);
        o.emitter = i % 4 == 3 ? SAMPLE_MSA : SAMPLE_CAF;
        o.daily = i % 3 == 2;
        o.day = 1 + (int)i;
        o.indent = i % 2 == 0;
        sample_doc_month(&o, i * 5);
        ck_assert_msg(valid(&o, schema), "file %u", i);
    }
    memcpy(o.departement, "971", 4);
    ck_assert(valid(&o, schema));
    memcpy(o.departement, "02A", 4);
    ck_assert(valid(&o, schema));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sample");
    TCase *tests = tcase_create("file");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, same_options_same_bytes);
    tcase_add_test(tests, a_household_does_not_depend_on_how_many_there_are);
    tcase_add_test(tests, every_node_of_the_table_occurs);
    tcase_add_test(tests, daily_files_have_events_and_no_controls);
    tcase_add_test(tests, monthly_files_are_made_the_month_after);
    tcase_add_test(tests, nir_have_right_keys);
    tcase_add_test(tests, nir_differ);
    tcase_add_test(tests, encodings_say_the_same);
    tcase_add_test(tests, not_indented_is_the_same_without_white_space);
    tcase_add_test(tests, numdemrsa_are_unique);
    tcase_add_test(tests, nonsense_is_refused);
    tcase_add_test(tests, a_full_disk_is_told);
    tcase_add_test(tests, files_are_schema_valid);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
