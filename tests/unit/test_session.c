/* The importer's side of the parser's door, with a parser that misbehaves in each way. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "flux/intake/session.h"
#include "tests/unit/run_suite.h"

static enum err on_header(void *ctx, const struct msg_header *m)
{
    (void)ctx;
    (void)m;
    return ERR_OK;
}

static enum err on_household(void *ctx, struct msg_household *m, const struct facts *facts)
{
    (void)m;
    ck_assert_uint_eq(facts->idepartement.len, 0);
    ++*(unsigned *)ctx;
    return ERR_OK;
}

static enum err on_reject(void *ctx, struct msg_household *m, const struct facts *facts)
{
    (void)ctx;
    (void)m;
    (void)facts;
    return ERR_OK;
}

/* Only one that is stuck on purpose may be called so, however slow the machine is. */
static unsigned patience(char how) { return how == 's' || how == 'b' ? 1 : 3600; }

static enum err run(char how, const volatile int *stop, struct session_end *end, unsigned *households)
{
    const struct session_handler handler = {.ctx = households, .header = on_header, .household = on_household, .reject = on_reject};
    struct session s;
    int fd = memfd_create("archive", MFD_CLOEXEC);
    ck_assert(fd >= 0 && write(fd, &how, 1) == 1);
    const struct child_job job = {getenv("FAKE_PARSER"), fd, -1, {PROFILE_MONJOB62, "", false}, 4};
    *households = 0;
    enum err e = session_start(&s, &job, &handler, patience(how), stop);
    ck_assert_int_eq(e, ERR_OK);
    e = session_run(&s, end);
    session_close(&s);
    session_close(&s);
    close(fd);
    /* Nothing is left behind, not even a zombie. */
    ck_assert(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
    return e;
}

static const struct {
    char how;
    enum finding_code expected;
    unsigned households;
} rows[] = {
    {'g', F_PARSER_LIED, 0},  /* a message of 4 GB */
    {'v', F_PARSER_LIED, 0},  /* another version */
    {'k', F_PARSER_DIED, 0},  /* killed */
    {'c', F_PARSER_DIED, 0},  /* killed inside a message */
    {'s', F_PARSER_STUCK, 0}, /* sleeps */
    {'b', F_PARSER_STUCK, 0}, /* spins */
    {'e', F_PARSER_LIED, 0},  /* an end without a header */
    {'w', F_PARSER_LIED, 0},  /* a record that does not walk */
    {'l', F_PARSER_LIED, 0},  /* totals of households that did not come */
    {'d', FINDING_NONE, 1},   /* behaves */
    {'p', FINDING_NONE, 0},   /* behaves, and sends a household per stray descriptor */
};

START_TEST(each_misbehaviour_has_its_verdict)
{
    struct session_end end;
    unsigned households;
    ck_assert_int_eq(run(rows[_i].how, NULL, &end, &households), ERR_OK);
    ck_assert_msg(end.fatal.finding.code == rows[_i].expected, "%c: %s", rows[_i].how, finding_rule(end.fatal.finding.code)->name);
    ck_assert_uint_eq(households, rows[_i].households);
}
END_TEST

START_TEST(a_signal_stops_the_run_at_once)
{
    struct session_end end;
    unsigned households;
    const volatile int stop = 1;
    ck_assert_int_eq(run('s', &stop, &end, &households), ERR_STOPPED);
}
END_TEST

/* An installation that is broken is not the fault of a file. */
START_TEST(a_parser_that_says_nothing_is_our_fault)
{
    struct session_end end;
    unsigned households;
    ck_assert_int_eq(run('q', NULL, &end, &households), ERR_CHILD);
}
END_TEST

START_TEST(a_parser_that_is_not_there_is_told)
{
    const struct session_handler handler = {.header = on_header, .household = on_household, .reject = on_reject};
    struct session s;
    struct session_end end;
    int fd = memfd_create("archive", MFD_CLOEXEC);
    const struct child_job job = {"/nonexistent/fluxrsa-parse", fd, -1, {PROFILE_MONJOB62, "", false}, 4};
    ck_assert_int_eq(session_start(&s, &job, &handler, 3600, NULL), ERR_OK);
    ck_assert_int_eq(session_run(&s, &end), ERR_CHILD);
    session_close(&s);
    close(fd);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("session");
    TCase *t = tcase_create("session");
    tcase_set_timeout(t, 30);
    tcase_add_loop_test(t, each_misbehaviour_has_its_verdict, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(t, a_signal_stops_the_run_at_once);
    tcase_add_test(t, a_parser_that_says_nothing_is_our_fault);
    tcase_add_test(t, a_parser_that_is_not_there_is_told);
    suite_add_tcase(s, t);
    return run_suite(s);
}
