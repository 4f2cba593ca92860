#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "flux/daemon/queue.h"
#include "flux/daemon/result.h"
#include "tests/unit/run_suite.h"

static const char applied[] = "[{\"flux\":12,\"status\":\"applied\",\"reasons\":[]}]";
static const char already[] = "[{\"flux\":12,\"status\":\"already\",\"reasons\":[]},{\"flux\":13,\"status\":\"applied\",\"reasons\":[]}]";
static const char held[] = "[{\"flux\":1,\"status\":\"refused\",\"reasons\":[{\"code\":\"F_ILLFORMED\"}]},"
                           "{\"flux\":2,\"status\":\"held\",\"reasons\":[{\"code\":\"F_TOTALS\"}]},{\"flux\":3,\"status\":\"applied\"}]";
static const char refused[] = "[{\"flux\":1,\"status\":\"refused\",\"reasons\":[{\"code\":\"F_PARSER_DIED\"}]},"
                              "{\"flux\":null,\"status\":\"refused\",\"reasons\":[{\"code\":\"F_ILLFORMED\"}]}]";
static const char died[] =
    "[{\"flux\":1,\"status\":\"refused\",\"reasons\":[{\"code\":\"F_PARSER_DIED\"}]},{\"flux\":2,\"status\":\"applied\"}]";
static const char stuck[] = "[{\"flux\":1,\"status\":\"refused\",\"reasons\":[{\"code\":\"F_PARSER_STUCK\"}]}]";
static const char unexplained[] = "[{\"flux\":1,\"status\":\"refused\",\"reasons\":[]}]";

static struct told told(const char *text)
{
    struct result r;
    result_read(text, strlen(text), &r);
    struct told t = r.told;
    result_free(&r);
    return t;
}

START_TEST(every_row)
{
    static const struct {
        enum end_how how;
        int code;
        const char *json;
        enum outcome expected;
    } rows[] = {
        {END_EXIT, 0, applied, OUTCOME_DONE},
        {END_EXIT, 0, already, OUTCOME_DONE},
        {END_EXIT, 1, applied, OUTCOME_DONE},
        {END_EXIT, 65, held, OUTCOME_HELD},
        {END_EXIT, 65, refused, OUTCOME_REFUSED},
        {END_EXIT, 65, unexplained, OUTCOME_REFUSED},
        {END_EXIT, 65, died, OUTCOME_DEATH},
        {END_EXIT, 65, stuck, OUTCOME_DEATH},
        {END_EXIT, 0, "", OUTCOME_DEATH},
        {END_EXIT, 0, "[]", OUTCOME_DEATH},
        {END_EXIT, 65, "[{\"status\":\"applied\"}", OUTCOME_DEATH},
        {END_EXIT, 65, "[{\"status\":\"dry-run\"}]", OUTCOME_DEATH},
        {END_EXIT, 65, "{\"status\":\"applied\"}", OUTCOME_DEATH},
        {END_EXIT, 70, "", OUTCOME_DEATH},
        {END_EXIT, 70, applied, OUTCOME_DEATH},
        {END_EXIT, 2, "", OUTCOME_DEATH},
        {END_EXIT, 126, "", OUTCOME_WRONG},
        {END_EXIT, 127, "", OUTCOME_WRONG},
        {END_EXIT, 66, "", OUTCOME_VANISHED},
        {END_EXIT, 69, "", OUTCOME_MACHINE},
        {END_EXIT, 74, applied, OUTCOME_MACHINE},
        {END_EXIT, 75, "[]", OUTCOME_MACHINE},
        {END_EXIT, 64, "", OUTCOME_WRONG},
        {END_EXIT, 77, "", OUTCOME_WRONG},
        {END_EXIT, 78, "", OUTCOME_WRONG},
        {END_SIGNAL, SIGSEGV, "", OUTCOME_DEATH},
        {END_SIGNAL, SIGKILL, applied, OUTCOME_DEATH},
        {END_TIMEOUT, 75, "[]", OUTCOME_DEATH},
        {END_TIMEOUT, 69, "[]", OUTCOME_MACHINE},
        {END_TIMEOUT, SIGKILL, applied, OUTCOME_DEATH},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct ending e = {rows[i].how, rows[i].code, told(rows[i].json)};
        enum outcome last = rows[i].expected == OUTCOME_DEATH ? OUTCOME_POISON : rows[i].expected;
        ck_assert_msg(outcome_judge(&e, 0, 3) == rows[i].expected, "row %zu: %d", i, (int)outcome_judge(&e, 0, 3));
        ck_assert_msg(outcome_judge(&e, 1, 3) == rows[i].expected, "row %zu, second time", i);
        ck_assert_msg(outcome_judge(&e, 2, 3) == last, "row %zu, third time", i);
        ck_assert_msg(outcome_judge(&e, 0, 1) == last, "row %zu, the only time", i);
    }
}
END_TEST

START_TEST(delays_double_up_to_the_longest)
{
    const unsigned waits[] = {1, 2, 4, 8, 16, 32, 60, 60};
    for (unsigned n = 0; n < 8; n++)
        ck_assert_uint_eq(outcome_delay(1, n, 60), waits[n]);
    ck_assert_uint_eq(outcome_delay(60, 1, 3600), 120);
    ck_assert_uint_eq(outcome_delay(60, 4000000000U, 3600), 3600);
    ck_assert_uint_eq(outcome_delay(7, 0, 3), 3);
    unsigned told = 0;
    for (unsigned n = 1; n <= 480; n++)
        told += outcome_is_news(n);
    ck_assert_uint_eq(told, 9);
}
END_TEST

START_TEST(results_in_short)
{
    char text[128];
    struct result r;
    result_read(held, strlen(held), &r);
    result_flux(&r, text, sizeof(text));
    ck_assert_str_eq(text, "1, 2, 3");
    result_summary(&r, text, sizeof(text));
    ck_assert_str_eq(text, "1 applied, 1 refused, 1 held: F_ILLFORMED F_TOTALS");
    result_flux(&r, text, 4);
    ck_assert_str_eq(text, "1, ");
    result_free(&r);
}
END_TEST

static struct waiting row(const char *id, const char *order, unsigned deaths, int64_t ready_at)
{
    struct waiting w = {.deaths = deaths, .ready_at = ready_at};
    snprintf(w.id, sizeof(w.id), "%s", id);
    snprintf(w.order, sizeof(w.order), "%s", order);
    return w;
}

START_TEST(headers_first_then_arrival)
{
    const struct waiting rows[] = {row("5", "", 0, 0),
                                   row("4", "", 0, 0),
                                   row("3", "2025-01-05T01:20:00 I", 1, 0),
                                   row("2", "2025-01-05T01:20:00 I", 0, 0),
                                   row("1", "2025-01-05T01:20:00 M", 0, 0),
                                   row("6", "2025-01-04T01:20:00 M", 0, 0),
                                   row("7", "2025-01-04T01:20:00 M", 0, 0),
                                   row("0", "2024-01-01T00:00:00 M", 0, 500)};
    static const char *const expected[] = {"6", "7", "2", "1", "4", "5", "3"};
    struct queue q = {0};
    int64_t until = 0;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_int_eq(queue_add(&q, &rows[i]), ERR_OK);
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        const struct waiting *w = queue_next(&q, 100, &until);
        ck_assert_str_eq(w->id, expected[i]);
        queue_remove(&q, expected[i]);
    }
    ck_assert_ptr_null(queue_next(&q, 100, &until));
    ck_assert_int_eq(until, 500);
    ck_assert_str_eq(queue_next(&q, 500, &until)->id, "0");
    queue_remove(&q, "0");
    ck_assert_ptr_null(queue_next(&q, 500, &until));
    ck_assert_int_eq(until, INT64_MAX);
    queue_free(&q);
}
END_TEST

START_TEST(what_fails_the_machine_again_and_again_lets_others_pass)
{
    struct waiting rows[] = {row("0", "2025-01-01 M", 1, 0), row("1", "2025-01-02 M", 0, 0), row("2", "2025-01-03 M", 0, 0)};
    rows[1].tries = 2;
    ck_assert_int_lt(queue_compare(&rows[1], &rows[2]), 0);
    rows[1].tries = 3;
    ck_assert_int_gt(queue_compare(&rows[1], &rows[2]), 0);
    ck_assert_int_lt(queue_compare(&rows[1], &rows[0]), 0);
    rows[2].tries = 9;
    ck_assert_int_lt(queue_compare(&rows[1], &rows[2]), 0);
    rows[2].tries = 0;
    struct queue q = {.list = rows, .count = 3};
    rows[1].tries = 2;
    queue_failed(&q, "1");
    ck_assert_int_gt(queue_compare(&rows[1], &rows[2]), 0);
    queue_try_again(&q);
    ck_assert_int_lt(queue_compare(&rows[1], &rows[2]), 0);
}
END_TEST

START_TEST(peeks_are_shared_until_one_fails)
{
    struct queue q = {0};
    const struct waiting *list[3];
    for (int i = 0; i < 5; i++) {
        char id[8];
        snprintf(id, sizeof(id), "%d", i);
        struct waiting w = row(id, "", 0, 0);
        w.peeked = i == 0;
        w.alone = i == 2;
        ck_assert_int_eq(queue_add(&q, &w), ERR_OK);
    }
    ck_assert_uint_eq(queue_unpeeked(&q, list, 3), 3);
    ck_assert_str_eq(list[1]->id, "3");
    queue_find(&q, "1")->peeked = true;
    ck_assert_uint_eq(queue_unpeeked(&q, list, 3), 1);
    ck_assert_str_eq(list[0]->id, "2");
    queue_free(&q);
}
END_TEST

static void took(void *ctx, const char *file, const char *order)
{
    char *out = ctx;
    size_t n = strlen(out);
    snprintf(out + n, 256 - n, "%s=%s;", file, order);
}

START_TEST(peeks_read)
{
    char out[256] = "";
    static const char good[] = "{\"schema\":1,\"files\":[{\"file\":\"/a\",\"readable\":true,\"order\":\"2025\",\"flux\":[]},"
                               "{\"file\":\"/b\",\"readable\":false,\"order\":null,\"flux\":[]}]}";
    ck_assert(peek_read(good, strlen(good), took, out));
    ck_assert_str_eq(out, "/a=2025;/b=;");
    ck_assert(!peek_read(good, strlen(good) - 1, took, out));
    ck_assert(!peek_read("[]", 2, took, out));
    ck_assert(!peek_read("", 0, took, out));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("outcome");
    TCase *t = tcase_create("outcome");
    tcase_add_test(t, every_row);
    tcase_add_test(t, delays_double_up_to_the_longest);
    tcase_add_test(t, results_in_short);
    tcase_add_test(t, headers_first_then_arrival);
    tcase_add_test(t, what_fails_the_machine_again_and_again_lets_others_pass);
    tcase_add_test(t, peeks_are_shared_until_one_fails);
    tcase_add_test(t, peeks_read);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
