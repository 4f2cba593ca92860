#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "flux/base/fdio.h"
#include "flux/intake/journal.h"
#include "tests/unit/run_suite.h"

static const uint8_t key[32] = {1, 2, 3, 4, 5}, other_key[32] = {9};
static const int64_t now = 1700000000; /* 2023-11-14T22:13:20Z */

static char folder[64], path[96];

static void setup(void)
{
    snprintf(folder, sizeof folder, "/tmp/test_journal.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/journal", folder);
}

static void teardown(void)
{
    unlink(path);
    rmdir(folder);
}

static struct journal *opened(void)
{
    struct journal *j = NULL;
    ck_assert_int_eq(journal_open(path, key, &j), ERR_OK);
    return j;
}

static void append(struct journal *j, const char *op, const char *detail)
{
    struct journal_act act = {.op = op, .subject = "D42", .purpose = "suivi", .detail = detail};
    ck_assert_int_eq(journal_append(j, &act, now), ERR_OK);
}

static void fill(unsigned n)
{
    struct journal *j = opened();
    char detail[32];
    for (unsigned i = 1; i <= n; i++) {
        snprintf(detail, sizeof detail, "line %u", i);
        append(j, "dossier.show", detail);
    }
    journal_close(j);
}

static char *slurp(size_t *len)
{
    uint8_t *data = NULL;
    ck_assert_int_eq(file_read(AT_FDCWD, path, 64 << 20, &data, len), ERR_OK);
    return (char *)data;
}

static void spill(const char *data, size_t len)
{
    int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fd_write_all(fd, data, len), ERR_OK);
    close(fd);
}

/* Start of line n (from 1) in text; its end for n = last + 1. */
static char *line_at(char *text, unsigned n)
{
    while (--n)
        text = strchr(text, '\n') + 1;
    return text;
}

static void verifies(enum err want, uint64_t want_lines)
{
    struct journal *j = opened();
    uint64_t lines = 99;
    ck_assert_int_eq(journal_verify(j, &lines), want);
    ck_assert_uint_eq(lines, want_lines);
    journal_close(j);
}

static void refused(enum err want, const uint8_t *with)
{
    struct journal *j = NULL;
    ck_assert_int_eq(journal_open(path, with, &j), want);
    ck_assert_ptr_null(j);
}

/* Changes the first byte of what in line n, and cuts bytes off the end. */
static void spoil(unsigned n, const char *what, size_t cut)
{
    size_t len;
    char *text = slurp(&len);
    *strstr(line_at(text, n), what) ^= 1;
    spill(text, len - cut);
    free(text);
}

static unsigned count_of(const char *what)
{
    size_t len;
    char *text = slurp(&len);
    unsigned n = 0;
    for (const char *at = text; (at = strstr(at, what)); at++)
        n++;
    free(text);
    return n;
}

START_TEST(file_is_ours_alone)
{
    fill(1);
    struct stat st;
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(st.st_mode & 0777, 0600);
}
END_TEST

START_TEST(chain_verifies)
{
    verifies(ERR_OK, 0);
    fill(50);
    verifies(ERR_OK, 50);
    refused(ERR_CORRUPT, other_key);
}
END_TEST

START_TEST(tampered_line_found)
{
    fill(20);
    spoil(12, "D42", 0);
    verifies(ERR_CORRUPT, 11);
}
END_TEST

/* Any one bit of the file: never "all lines verify". */
START_TEST(any_bit_found)
{
    fill(3);
    size_t len;
    char *text = slurp(&len);
    for (size_t i = 0; i < len; i++) {
        char was = text[i];
        text[i] = (char)(was ^ 1);
        spill(text, len);
        text[i] = was;
        struct journal *j = NULL;
        uint64_t lines = 0;
        enum err err = journal_open(path, key, &j);
        if (!err)
            err = journal_verify(j, &lines);
        ck_assert_int_eq(err, ERR_CORRUPT);
        ck_assert_uint_lt(lines, 3);
        journal_close(j);
    }
    free(text);
}
END_TEST

START_TEST(tampered_last_line_refused)
{
    fill(5);
    spoil(5, "line 5", 0);
    refused(ERR_CORRUPT, key);
}
END_TEST

START_TEST(removed_line_found)
{
    fill(20);
    size_t len;
    char *text = slurp(&len);
    char *from = line_at(text, 7), *to = line_at(text, 8);
    size_t gone = (size_t)(to - from);
    memmove(from, to, len - (size_t)(to - text));
    spill(text, len - gone);
    free(text);
    verifies(ERR_CORRUPT, 6);
}
END_TEST

START_TEST(cut_head_found)
{
    fill(20);
    size_t len;
    char *text = slurp(&len);
    char *from = line_at(text, 2);
    spill(from, len - (size_t)(from - text));
    free(text);
    verifies(ERR_CORRUPT, 0);
}
END_TEST

START_TEST(reordered_lines_found)
{
    fill(9);
    size_t len;
    char *text = slurp(&len);
    char *a = line_at(text, 4), *b = line_at(text, 5), *c = line_at(text, 6);
    ck_assert_int_eq(b - a, c - b);
    char *copy = strndup(a, (size_t)(b - a));
    memcpy(a, b, (size_t)(c - b));
    memcpy(b, copy, (size_t)(c - b));
    spill(text, len);
    free(copy);
    free(text);
    verifies(ERR_CORRUPT, 3);
}
END_TEST

START_TEST(repeated_line_found)
{
    fill(3);
    size_t len;
    char *text = slurp(&len), *twice = malloc(2 * len);
    char *last = line_at(text, 3);
    size_t n = len - (size_t)(last - text);
    memcpy(twice, text, len);
    memcpy(twice + len, last, n);
    spill(twice, len + n);
    free(text);
    free(twice);
    verifies(ERR_CORRUPT, 3);
}
END_TEST

START_TEST(cut_tail_found)
{
    fill(20);
    struct journal *j = opened();
    uint64_t seq;
    uint8_t mac[32], wrong[32];
    journal_head(j, &seq, mac);
    ck_assert_uint_eq(seq, 20);
    append(j, "audit.show", "");
    ck_assert_int_eq(journal_anchored(j, seq, mac), ERR_OK);
    memcpy(wrong, mac, sizeof wrong);
    wrong[3] ^= 1;
    ck_assert_int_eq(journal_anchored(j, seq, wrong), ERR_CORRUPT);

    size_t len;
    char *text = slurp(&len);
    spill(text, (size_t)(line_at(text, 20) - text));
    free(text);
    struct journal_act act = {.op = "x"};
    ck_assert_int_eq(journal_append(j, &act, now), ERR_CORRUPT);
    journal_close(j);

    verifies(ERR_OK, 19);
    j = opened();
    ck_assert_int_eq(journal_anchored(j, seq, mac), ERR_CORRUPT);
    append(j, "forged", "");
    ck_assert_int_eq(journal_anchored(j, seq, mac), ERR_CORRUPT);
    journal_close(j);
}
END_TEST

START_TEST(torn_line_repaired)
{
    fill(5);
    size_t len;
    char *text = slurp(&len);
    size_t last = len - (size_t)(line_at(text, 5) - text);
    /* From one byte of a sixth line to all of it but its newline. */
    for (size_t n = 1; n < last; n += 13) {
        char *torn = malloc(len + n);
        memcpy(torn, text, len);
        memcpy(torn + len, line_at(text, 5), n);
        spill(torn, len + n);
        free(torn);
        verifies(ERR_CORRUPT, 5);
        struct journal *j = opened();
        append(j, "after", "");
        journal_close(j);
        verifies(ERR_OK, 7);
        ck_assert_uint_eq(count_of("\"op\":\"journal.repaired\""), 1);
        char detail[48];
        snprintf(detail, sizeof detail, "\"detail\":\"bytes=%zu\"", n);
        ck_assert_uint_eq(count_of(detail), 1);
    }
    free(text);
}
END_TEST

START_TEST(torn_first_line_repaired)
{
    fill(1);
    size_t len;
    char *text = slurp(&len);
    spill(text, len - 40);
    free(text);
    fill(1);
    verifies(ERR_OK, 2);
    ck_assert_uint_eq(count_of("journal.repaired"), 1);
}
END_TEST

START_TEST(torn_after_bad_line_refused)
{
    fill(5);
    spoil(4, "line 4", 10);
    size_t before, after;
    char *text = slurp(&before);
    refused(ERR_CORRUPT, key);
    char *left = slurp(&after);
    ck_assert_uint_eq(after, before);
    ck_assert_mem_eq(left, text, after);
    free(left);
    free(text);
}
END_TEST

START_TEST(other_files_left_alone)
{
    fill(1);
    spill("[store]", 7);
    refused(ERR_CORRUPT, key);
    spill("[store]\n", 8);
    refused(ERR_CORRUPT, key);
    char *wide = malloc(1 << 20);
    memset(wide, 'x', 1 << 20);
    spill(wide, 1 << 20);
    refused(ERR_CORRUPT, key);
    free(wide);
    spill("", 0);
    ck_assert_int_eq(chmod(path, 0640), 0);
    refused(ERR_PERM, key);
    char link[128];
    snprintf(link, sizeof link, "%s/link", folder);
    ck_assert_int_eq(symlink(path, link), 0);
    struct journal *j = NULL;
    int in = dup(0);
    ck_assert_int_ge(dup2(open("/dev/null", O_RDONLY), 0), 0);
    ck_assert_int_eq(journal_open(link, key, &j), ERR_PERM);
    ck_assert_int_ge(fcntl(0, F_GETFD), 0);
    ck_assert_int_ge(in < 0 ? 0 : dup2(in, 0), 0);
    unlink(link);
}
END_TEST

START_TEST(once_is_once)
{
    struct journal *j = opened();
    struct journal_act act = {.op = "import", .subject = "F1", .detail = "created=3"};
    ck_assert_int_eq(journal_append_once(j, &act, now, 4), ERR_OK);
    for (unsigned i = 0; i < 600; i++)
        append(j, "dossier.show", "a consultation between the append and the drain that a crash prevented");
    struct journal *second = opened();
    ck_assert_int_eq(journal_append_once(second, &act, now + 60, 4), ERR_OK);
    ck_assert_int_eq(journal_append_once(j, &act, now + 60, 4), ERR_OK);
    ck_assert_uint_eq(count_of("\"op\":\"import\""), 1);
    ck_assert_int_eq(journal_append_once(second, &act, now, 5), ERR_OK);
    ck_assert_int_eq(journal_append_once(j, &act, now, 4), ERR_OK);
    ck_assert_int_eq(journal_append_once(j, &act, now, 5), ERR_OK);
    ck_assert_uint_eq(count_of("\"op\":\"import\""), 2);
    journal_close(second);
    journal_close(j);
    verifies(ERR_OK, 602);
}
END_TEST

/* A store restored from a backup gives the same sequences to other acts, and those are not lost. */
START_TEST(once_of_a_restored_store)
{
    struct journal *j = opened();
    struct journal_act old = {.op = "import", .subject = "F1"}, fresh = {.op = "import", .subject = "F2"};
    for (uint64_t seq = 1; seq <= 3; seq++)
        ck_assert_int_eq(journal_append_once(j, &old, now, seq), ERR_OK);
    for (unsigned again = 0; again < 2; again++)
        for (uint64_t seq = 2; seq <= 3; seq++)
            ck_assert_int_eq(journal_append_once(j, &fresh, now, seq), ERR_OK);
    journal_close(j);
    verifies(ERR_OK, 5);
    ck_assert_uint_eq(count_of("\"subject\":\"F2\""), 2);
}
END_TEST

START_TEST(mark_in_a_text_does_not_count)
{
    struct journal *j = opened();
    struct journal_act act = {.op = "import", .subject = "F1"};
    append(j, "note", "\",\"outbox\":9,\"prev\":\"");
    ck_assert_int_eq(journal_append_once(j, &act, now, 9), ERR_OK);
    journal_close(j);
    verifies(ERR_OK, 2);
}
END_TEST

static void child(void)
{
    struct journal *j = NULL;
    if (journal_open(path, key, &j))
        _exit(1);
    struct journal_act act = {.op = "dossier.show", .subject = "D1", .purpose = "suivi"};
    for (unsigned i = 0; i < 200; i++)
        if (journal_append(j, &act, now + i))
            _exit(2);
    journal_close(j);
    _exit(0);
}

START_TEST(two_processes)
{
    pid_t pids[2];
    for (unsigned i = 0; i < 2; i++) {
        pids[i] = fork();
        ck_assert_int_ge(pids[i], 0);
        if (pids[i] == 0)
            child();
    }
    for (unsigned i = 0; i < 2; i++) {
        int status = -1;
        ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
        ck_assert_int_eq(status, 0);
    }
    verifies(ERR_OK, 400);
}
END_TEST

static bool stop_at_seven(void *ctx, const char *line)
{
    unsigned *n = ctx;
    ck_assert_int_eq(line[0], '{');
    ck_assert_int_eq(line[strlen(line) - 1], '}');
    return ++*n < 7;
}

START_TEST(each_stops_and_skips_a_torn_end)
{
    fill(20);
    struct journal *j = opened();
    unsigned n = 0;
    ck_assert_int_eq(journal_each(j, stop_at_seven, &n), ERR_OK);
    ck_assert_uint_eq(n, 7);
    size_t len;
    char *text = slurp(&len);
    spill(line_at(text, 16), len - (size_t)(line_at(text, 16) - text) - 1);
    n = 0;
    ck_assert_int_eq(journal_each(j, stop_at_seven, &n), ERR_OK);
    ck_assert_uint_eq(n, 4);
    free(text);
    journal_close(j);
}
END_TEST

START_TEST(long_texts)
{
    struct journal *j = opened();
    char *text = malloc(16001);
    memset(text, 'a', 16000);
    text[16000] = 0;
    struct journal_act act = {.op = "import", .detail = text};
    for (unsigned i = 0; i < 12; i++)
        ck_assert_int_eq(journal_append(j, &act, now), ERR_OK);
    memset(text, '\n', 200);
    ck_assert_int_eq(journal_append(j, &act, now), ERR_TOOBIG);
    free(text);
    journal_close(j);
    verifies(ERR_OK, 12);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("journal");
    TCase *t = tcase_create("journal");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 120);
    tcase_add_test(t, file_is_ours_alone);
    tcase_add_test(t, chain_verifies);
    tcase_add_test(t, tampered_line_found);
    tcase_add_test(t, any_bit_found);
    tcase_add_test(t, tampered_last_line_refused);
    tcase_add_test(t, removed_line_found);
    tcase_add_test(t, cut_head_found);
    tcase_add_test(t, reordered_lines_found);
    tcase_add_test(t, repeated_line_found);
    tcase_add_test(t, cut_tail_found);
    tcase_add_test(t, torn_line_repaired);
    tcase_add_test(t, torn_first_line_repaired);
    tcase_add_test(t, torn_after_bad_line_refused);
    tcase_add_test(t, other_files_left_alone);
    tcase_add_test(t, once_is_once);
    tcase_add_test(t, once_of_a_restored_store);
    tcase_add_test(t, mark_in_a_text_does_not_count);
    tcase_add_test(t, two_processes);
    tcase_add_test(t, each_stops_and_skips_a_torn_end);
    tcase_add_test(t, long_texts);
    suite_add_tcase(s, t);
    return run_suite(s);
}
