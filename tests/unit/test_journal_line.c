#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "flux/intake/journal_line.h"
#include "tests/unit/run_suite.h"

static const uint8_t key[32] = {1, 2, 3};
static const uint64_t outbox = 7;

/* One line made of detail, with its newline; malloc'ed. */
static char *made(struct journal_link *link, const char *detail, const uint64_t *number)
{
    struct journal_act act = {.op = "import", .subject = "F1", .detail = detail};
    struct journal_entry e = {.act = &act, .outbox = number, .now = 1700000000, .user = "fluxrsa", .uid = 998};
    struct buf out;
    buf_init(&out, 1 << 20);
    ck_assert_int_eq(journal_line_make(&out, key, link, &e), ERR_OK);
    char *line = strndup((const char *)out.data, out.len);
    ck_assert_uint_eq(strlen(line), out.len);
    buf_free(&out);
    return line;
}

static json_t *parsed(const char *line)
{
    json_t *root = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_ptr_nonnull(root);
    return root;
}

static struct span whole(const char *line) { return (struct span){(const uint8_t *)line, strlen(line) - 1}; }

START_TEST(members_in_order)
{
    static const char *const names[] = {"seq", "time", "user", "uid", "op", "subject", "purpose", "detail", "outbox", "prev", "mac"};
    struct journal_link link = {.seq = 41};
    char *line = made(&link, "rejected=2", &outbox);
    json_t *root = parsed(line);
    ck_assert_uint_eq(json_object_size(root), sizeof names / sizeof *names);
    size_t i = 0;
    for (void *at = json_object_iter(root); at; at = json_object_iter_next(root, at))
        ck_assert_str_eq(json_object_iter_key(at), names[i++]);
    ck_assert_int_eq(json_integer_value(json_object_get(root, "seq")), 42);
    ck_assert_uint_eq(link.seq, 42);
    ck_assert_str_eq(json_string_value(json_object_get(root, "time")), "2023-11-14T22:13:20Z");
    ck_assert_str_eq(json_string_value(json_object_get(root, "user")), "fluxrsa");
    ck_assert_int_eq(json_integer_value(json_object_get(root, "uid")), 998);
    ck_assert_str_eq(json_string_value(json_object_get(root, "purpose")), "");
    ck_assert_int_eq(json_integer_value(json_object_get(root, "outbox")), 7);
    json_decref(root);
    free(line);
    line = made(&link, "", NULL);
    root = parsed(line);
    ck_assert_ptr_null(json_object_get(root, "outbox"));
    json_decref(root);
    free(line);
}
END_TEST

static const struct {
    const char *given, *read;
} texts[] = {
    {"said \"no\"\\", "said \"no\"\\"},
    {"two\nlines\r\t", "two\nlines\r\t"},
    {"\x1b[31mred\x7f", "\x1b[31mred\x7f"},
    {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"},
    {"C1 \xc2\x9b", "C1 \xc2\x9b"},
    {"latin1 \xe9", "latin1 \xef\xbf\xbd"},
    {"long form \xc0\xaf", "long form \xef\xbf\xbd\xef\xbf\xbd"},
    {"surrogate \xed\xa0\x80", "surrogate \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    {"cut \xe2\x82", "cut \xef\xbf\xbd\xef\xbf\xbd"},
    {"far \xf4\x90\x80\x80", "far \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    {"\",\"outbox\":9,\"prev\":\"", "\",\"outbox\":9,\"prev\":\""},
};

START_TEST(texts_are_escaped)
{
    struct journal_link link = {0};
    char *line = made(&link, texts[_i].given, NULL);
    json_t *root = parsed(line);
    ck_assert_str_eq(json_string_value(json_object_get(root, "detail")), texts[_i].read);
    json_decref(root);
    uint64_t number;
    ck_assert(!journal_line_outbox(whole(line), &number));
    ck_assert_ptr_eq(strchr(line, '\n'), line + strlen(line) - 1);
    for (const char *c = line; c[1]; c++)
        ck_assert((unsigned char)*c >= 0x20 && *c != 0x7f);
    ck_assert_ptr_null(strstr(line, "\xc2\x9b"));
    free(line);
}
END_TEST

START_TEST(lines_follow)
{
    struct journal_link link = {0}, check = {0};
    char *one = made(&link, "1", NULL), *two = made(&link, "2", &outbox);
    ck_assert_int_eq(journal_line_follow(key, whole(two), &check), ERR_CORRUPT);
    ck_assert_int_eq(journal_line_follow(key, whole(one), &check), ERR_OK);
    ck_assert_int_eq(journal_line_follow(key, whole(one), &check), ERR_CORRUPT);
    ck_assert_int_eq(journal_line_follow(key, whole(two), &check), ERR_OK);
    ck_assert_mem_eq(&check, &link, sizeof link);
    uint64_t number = 0;
    ck_assert(journal_line_outbox(whole(two), &number));
    ck_assert_uint_eq(number, 7);
    free(one);
    free(two);
}
END_TEST

/* Two pasts under one key, as after a restored backup: the right number is not enough. */
START_TEST(other_past_refused)
{
    struct journal_link a = {0}, b = {0}, check = {0};
    char *a1 = made(&a, "a", NULL), *b1 = made(&b, "b", NULL), *b2 = made(&b, "c", NULL);
    ck_assert_int_eq(journal_line_follow(key, whole(a1), &check), ERR_OK);
    ck_assert_int_eq(journal_line_follow(key, whole(b2), &check), ERR_CORRUPT);
    ck_assert_mem_eq(&check, &a, sizeof a);
    free(a1);
    free(b1);
    free(b2);
}
END_TEST

/* Read at every length, in a block of just that size: the sanitizer sees a step too far. */
START_TEST(short_lines)
{
    struct journal_link link = {0}, check;
    struct span op;
    uint8_t prev[JOURNAL_MAC];
    char *line = made(&link, "x", NULL);
    for (size_t n = 0; n + 1 < strlen(line); n++) {
        uint8_t *part = malloc(n ? n : 1);
        memcpy(part, line, n);
        ck_assert_int_eq(journal_line_check(key, (struct span){part, n}, prev, &check), ERR_CORRUPT);
        ck_assert(!journal_line_said((struct span){part, n}, &check, &op));
        free(part);
    }
    ck_assert(journal_line_said(whole(line), &check, &op));
    ck_assert_uint_eq(check.seq, link.seq);
    ck_assert_mem_eq(check.mac, link.mac, JOURNAL_MAC);
    ck_assert(op.len == 6 && !memcmp(op.data, "import", 6));
    free(line);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("journal_line");
    TCase *t = tcase_create("journal_line");
    tcase_add_test(t, members_in_order);
    tcase_add_loop_test(t, texts_are_escaped, 0, sizeof texts / sizeof *texts);
    tcase_add_test(t, lines_follow);
    tcase_add_test(t, other_past_refused);
    tcase_add_test(t, short_lines);
    suite_add_tcase(s, t);
    return run_suite(s);
}
