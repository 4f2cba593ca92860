#include <check.h>
#include <stdio.h>
#include <string.h>

#include "flux/daemon/log.h"
#include "flux/daemon/reload.h"
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
    const struct about a = {.arrival = "ID", .source = "caf", .file = "a\nb\x1B[1m\xC2\x85.xml", .detail = "1 held: F_TOTALS {file}"};
    log_sentence(EVENT_HELD, &a, text, sizeof(text));
    ck_assert_str_eq(text, "caf: a?b?[1m??.xml is held: 1 held: F_TOTALS {file}; see reason.txt in held/ID");
    const struct about bad = {.source = "caf", .file = "\xE9t\xE9", .arrival = NULL};
    log_sentence(EVENT_CLAIMED, &bad, text, sizeof(text));
    ck_assert_str_eq(text, "caf: ?t? has arrived ()");
    const struct about wide = {.detail = "ééééééééééééééééé"};
    log_sentence(EVENT_WORKER, &wide, small, sizeof(small));
    ck_assert_uint_eq(strlen(small), 22);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("daemon_parts");
    TCase *t = tcase_create("daemon_parts");
    tcase_add_test(t, reload_takes_what_may_be_taken);
    tcase_add_test(t, sentences_are_filled_and_cleaned);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
