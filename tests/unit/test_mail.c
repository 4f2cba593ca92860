#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cli/summary.h"
#include "tests/unit/run_suite.h"

static enum err make(const char *from, const char *to, const char *subject, const char *body, char *text, size_t size)
{
    struct buf b;
    const struct mail m = {.from = from, .to = to, .subject = subject, .body = body, .now = 1767225600};
    buf_init(&b, 1 << 20);
    enum err e = mail_make(&m, &b);
    snprintf(text, size, "%.*s", (int)b.len, b.data ? (const char *)b.data : "");
    buf_free(&b);
    return e;
}

START_TEST(a_message_has_its_headers_then_its_body)
{
    char text[2048];
    setenv("TZ", "UTC", 1);
    ck_assert_int_eq(make("rsa@dep.example", "it@dep.example, chef@dep.example", "fluxrsa 062: OK", "abc", text, sizeof(text)), ERR_OK);
    ck_assert_str_eq(text, "From: rsa@dep.example\n"
                           "To: it@dep.example, chef@dep.example\n"
                           "Subject: fluxrsa 062: OK\n"
                           "Date: Thu, 01 Jan 2026 00:00:00 +0000\n"
                           "Auto-Submitted: auto-generated\n"
                           "MIME-Version: 1.0\n"
                           "Content-Type: text/plain; charset=UTF-8\n"
                           "Content-Transfer-Encoding: base64\n\n"
                           "YWJj\n");
    ck_assert_int_eq(make("", "root", "s", "abc", text, sizeof(text)), ERR_OK);
    ck_assert_int_eq(strncmp(text, "To: root\n", 9), 0);
}
END_TEST

START_TEST(no_header_can_be_slipped_in)
{
    static const char *const bad[] = {"a@b\nBcc: c@d", "a@b\r\nX: y", "a@b\tc", "\"a\"@b", "<a@b>",
                                      "a@b;c@d",       "a\\@b",       "é@b",    "a@b\x7f", "a:b"};
    char text[2048];
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ck_assert_int_eq(make("", bad[i], "s", "b", text, sizeof(text)), ERR_BAD);
        ck_assert_int_eq(make(bad[i], "a@b", "s", "b", text, sizeof(text)), ERR_BAD);
    }
    ck_assert_int_eq(make("", "", "s", "b", text, sizeof(text)), ERR_BAD);
    ck_assert_int_eq(make("", "a@b", "one\nBcc: c@d", "b", text, sizeof(text)), ERR_OK);
    ck_assert_ptr_null(strstr(text, "Bcc"));
    ck_assert_int_eq(make("", "a@b", "s", "one\n\nBcc: c@d\n.\n", text, sizeof(text)), ERR_OK);
    ck_assert_ptr_null(strstr(text, "Bcc"));
}
END_TEST

START_TEST(a_subject_beyond_ascii_is_cut_into_whole_words)
{
    char text[2048];
    const char *subject = "fluxrsa, département 062 : à regarder, é€é€é€é€é€é€é€é€é€é€é€é€é€é€é€é€, 22/11/2026";
    ck_assert_int_eq(make("", "a@b", subject, "b", text, sizeof(text)), ERR_OK);
    char *line = strstr(text, "Subject: ");
    ck_assert_ptr_nonnull(line);
    for (size_t words = 0;; words++) {
        size_t len = strcspn(line, "\n"), at = strcspn(line, "=");
        ck_assert_uint_le(len, 76 + strlen("Subject: "));
        ck_assert_int_eq(strncmp(line + at, "=?UTF-8?B?", 10), 0);
        ck_assert_uint_le(len - at, 75);
        /* Six bits of a byte that goes on with a character. */
        ck_assert_ptr_null(strchr("ghijklmnopqrstuv", line[at + 10]));
        line += len + 1;
        if (*line != ' ') {
            ck_assert_uint_ge(words, 2);
            return;
        }
    }
}
END_TEST

START_TEST(lines_of_the_body_are_short)
{
    char body[1000], text[4096];
    memset(body, 'x', sizeof(body) - 1);
    body[sizeof(body) - 1] = '\0';
    ck_assert_int_eq(make("", "a@b", "s", body, text, sizeof(text)), ERR_OK);
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
        ck_assert_uint_le(strcspn(line, "\n"), 76);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("mail");
    TCase *c = tcase_create("mail");
    tcase_add_test(c, a_message_has_its_headers_then_its_body);
    tcase_add_test(c, no_header_can_be_slipped_in);
    tcase_add_test(c, a_subject_beyond_ascii_is_cut_into_whole_words);
    tcase_add_test(c, lines_of_the_body_are_short);
    suite_add_tcase(s, c);
    return run_suite(s);
}
