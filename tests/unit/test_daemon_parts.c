#include <check.h>
#include <stdio.h>
#include <string.h>

#include "flux/daemon/log.h"
#include "flux/daemon/reload.h"
#include "flux/daemon/said.h"
#include "tests/unit/run_suite.h"
#include "tests/unit/spool_home.h"

static void gather(void *ctx, const char *setting)
{
    char *out = ctx;
    size_t n = strlen(out);
    snprintf(out + n, 512 - n, "%s;", setting);
}

START_TEST(reload_takes_what_may_be_taken)
{
    struct spool_home a, b;
    char later[512] = "";
    spool_home_new(&a, "store = s1\n[daemon]\nscan = 5 s\n[source.caf]\nstill = 7 s\nfolder = /x\n[source.old]\nstill = 1 s\n");
    spool_home_new(
        &b, "store = s1\n[daemon]\nscan = 9 s\n[log]\nsink = json\n[source.new]\nstill = 2 s\n[source.caf]\nstill = 8 s\nfolder = /y\n");
    reload_take(a.config, b.config, gather, later);
    ck_assert_int_eq(config_number(a.config, SETTING_daemon_scan), 9);
    ck_assert_int_eq(config_number(a.config, SETTING_log_sink), SINK_AUTO);
    const struct config_source *caf = config_source(a.config, "caf");
    ck_assert_int_eq(source_number(caf, SOURCE_still), 8);
    ck_assert_str_eq(source_text(caf, SOURCE_folder), "/x");
    ck_assert_ptr_null(config_source(a.config, "new"));
    ck_assert_ptr_nonnull(strstr(later, "[log] sink;"));
    ck_assert_ptr_nonnull(strstr(later, "[source.caf] folder;"));
    ck_assert_ptr_nonnull(strstr(later, "[source.old];"));
    ck_assert_ptr_nonnull(strstr(later, "[source.new];"));
    ck_assert_ptr_null(strstr(later, "scan"));
    spool_home_free(&a);
    spool_home_free(&b);
}
END_TEST

START_TEST(sentences_are_filled_and_cleaned)
{
    char text[256], small[24];
    const struct about a = {
        .arrival = "ID", .source = "caf", .file = "a\nb\x1B[1m\xC2\x85\xE2\x80\xAE\xC3\xA9.xml", .detail = "1 held: F_TOTALS {file}"};
    log_sentence(EVENT_HELD, &a, text, sizeof(text));
    ck_assert_str_eq(text, "caf: a?b?[1m??é.xml is held: 1 held: F_TOTALS {file}; see reason.txt in held/ID");
    const struct about bad = {.source = "caf", .file = "\xE9t\xE9", .arrival = NULL};
    log_sentence(EVENT_CLAIMED, &bad, text, sizeof(text));
    ck_assert_str_eq(text, "caf: ?t? has arrived ()");
    const struct about wide = {.detail = "ééééééééééééééééé"};
    log_sentence(EVENT_WORKER, &wide, small, sizeof(small));
    ck_assert_uint_eq(strlen(small), 22);
}
END_TEST

static const int64_t NOW = 1795310403;

START_TEST(what_was_said_is_not_said_again)
{
    struct said first = {0}, next = {0}, last = {0};
    struct buf text;
    const struct about a = {.source = "caf", .file = "a.xml"}, b = {.source = "msa", .file = "a.xml"};
    struct settle_seen file = {.mode = S_IFREG | 0644, .inode = 7, .links = 2, .size = 3, .changed = 4}, dir = {.mode = S_IFDIR | 0700};
    uint64_t keys[] = {said_key(EVENT_ASIDE, &a, &file), said_key(EVENT_CLOSED, &a, &file), said_key(EVENT_ASIDE, &b, &file),
                       said_key(EVENT_ASIDE, &a, &dir), said_key(EVENT_ASIDE, &a, NULL)};
    for (size_t i = 0; i < 5; i++)
        ck_assert(said_judge(&first, keys[i], NOW));
    file.changed = 5;
    ck_assert_uint_ne(said_key(EVENT_ASIDE, &a, &file), keys[0]);
    dir.changed = 9;
    dir.size = dir.links = 9;
    dir.mode = S_IFDIR | 0755;
    ck_assert_uint_eq(said_key(EVENT_ASIDE, &a, &dir), keys[3]);
    buf_init(&text, SAID_TEXT_MAX);
    ck_assert_int_eq(said_write(&first, false, &text), ERR_OK);
    buf_u8(&text, 0);
    said_read(&next, (const char *)text.data);
    ck_assert_uint_eq(next.known, 5);
    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(said_judge(&next, keys[i],
                                    i < 2    ? NOW + SAID_AGAIN_SECONDS - 1
                                    : i == 2 ? NOW + SAID_AGAIN_SECONDS
                                             : NOW - 1),
                         i >= 2);
    buf_reset(&text);
    ck_assert_int_eq(said_write(&next, false, &text), ERR_OK);
    buf_u8(&text, 0);
    said_read(&last, (const char *)text.data);
    ck_assert_uint_eq(last.known, 4);
    ck_assert(!said_judge(&last, keys[2], NOW + SAID_AGAIN_SECONDS + 1) && said_judge(&last, keys[0], NOW + SAID_AGAIN_SECONDS));
    buf_reset(&text);
    ck_assert_int_eq(said_write(&next, true, &text), ERR_OK);
    ck_assert_uint_eq(text.len, 5 * (16 + 1 + 10 + 1));
    buf_free(&text);
    said_free(&first);
    said_free(&next);
    said_free(&last);
}
END_TEST

START_TEST(what_makes_no_sense_was_not_said)
{
    struct said s = {0};
    said_read(&s, "\n0123456789abcdef\n0123456789abcdef 12\n0123456789ABCDEF 12\n123456789012345678 1\n1 \n 1\n1 -1\n1 2 \n"
                  "1 99999999999999999\nfedcba9876543210 9999999999999999\n2 3");
    ck_assert_uint_eq(s.known, 2);
    ck_assert_uint_eq(s.list[0].key, UINT64_C(0x123456789ABCDEF));
    ck_assert_int_eq(s.list[0].at, 12);
    ck_assert(said_judge(&s, UINT64_C(0xFEDCBA9876543210), NOW));
    said_free(&s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("daemon_parts");
    TCase *t = tcase_create("daemon_parts");
    tcase_add_test(t, reload_takes_what_may_be_taken);
    tcase_add_test(t, sentences_are_filled_and_cleaned);
    tcase_add_test(t, what_was_said_is_not_said_again);
    tcase_add_test(t, what_makes_no_sense_was_not_said);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
