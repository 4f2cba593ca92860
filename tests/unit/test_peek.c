/* Looking into a file with a parser that misbehaves in each way, and into what is no file. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "flux/intake/peek.h"
#include "tests/unit/run_suite.h"

static char folder[64];

static void setup(void)
{
    snprintf(folder, sizeof folder, "/tmp/fluxrsa-peek-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void path_of(char path[96]) { snprintf(path, 96, "%s/flux", folder); }

static void teardown(void)
{
    char path[96];
    path_of(path);
    (void)unlink(path);
    ck_assert_int_eq(rmdir(folder), 0);
}

/* The parser has a second where it is stuck on purpose, else as long as a slow machine needs. */
static enum err look(unsigned stall_seconds, const volatile int *stop, struct peek *out)
{
    char path[96];
    path_of(path);
    const struct peek_options o = {.parser = getenv("FAKE_PARSER"), .stall_seconds = stall_seconds, .member_gib = 4, .stop = stop};
    enum err e = peek_file(&o, path, out);
    ck_assert(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
    return e;
}

static void put(char how)
{
    char path[96];
    path_of(path);
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    ck_assert_int_eq(fputc(how, f), how);
    ck_assert_int_eq(fclose(f), 0);
}

static const struct {
    char how;
    enum finding_code code;
    size_t flux;
} rows[] = {
    {'g', F_PARSER_LIED, 0},  /* a message of 4 GB */
    {'v', F_PARSER_LIED, 0},  /* another version */
    {'k', F_PARSER_DIED, 0},  /* killed */
    {'s', F_PARSER_STUCK, 0}, /* sleeps */
    {'e', F_PARSER_LIED, 0},  /* an end without a header */
    {'d', FINDING_NONE, 1},   /* behaves */
    {'w', FINDING_NONE, 1},   /* lies after the header: nobody listens any more */
};

START_TEST(each_misbehaviour_has_its_code)
{
    struct peek p;
    put(rows[_i].how);
    ck_assert_int_eq(look(rows[_i].code == F_PARSER_STUCK ? 1 : 3600, NULL, &p), ERR_OK);
    ck_assert_msg(p.code == rows[_i].code, "%c: %s", rows[_i].how, finding_rule(p.code)->name);
    ck_assert_uint_eq(p.flux.count, rows[_i].flux);
    ck_assert(p.flux.count == 0 || p.flux.members[0].header.len == 1);
    peek_free(&p);
}
END_TEST

START_TEST(nothing_behind_the_header_is_waited_for)
{
    char path[96];
    struct peek p;
    path_of(path);
    put('h');
    const struct peek_options o = {.parser = getenv("FAKE_PARSER"), .stall_seconds = 3600, .member_gib = 4};
    ck_assert_int_eq(peek_file(&o, path, &p), ERR_OK);
    ck_assert_uint_eq(p.flux.count, 1);
    peek_free(&p);
}
END_TEST

START_TEST(what_is_no_file_is_not_waited_for)
{
    char path[96];
    struct peek p;
    path_of(path);
    ck_assert_int_eq(look(3600, NULL, &p), ERR_NOFILE);
    peek_free(&p);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_int_eq(look(3600, NULL, &p), ERR_BAD);
    peek_free(&p);
}
END_TEST

START_TEST(failures_of_ours_are_not_the_files)
{
    struct peek p;
    const volatile int stop = 1;
    put('q');
    ck_assert_int_eq(look(3600, NULL, &p), ERR_CHILD);
    peek_free(&p);
    put('s');
    ck_assert_int_eq(look(3600, &stop, &p), ERR_STOPPED);
    peek_free(&p);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("peek");
    TCase *t = tcase_create("peek");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, each_misbehaviour_has_its_code, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(t, nothing_behind_the_header_is_waited_for);
    tcase_add_test(t, what_is_no_file_is_not_waited_for);
    tcase_add_test(t, failures_of_ours_are_not_the_files);
    suite_add_tcase(s, t);
    return run_suite(s);
}
