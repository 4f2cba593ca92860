#include <check.h>
#include <string.h>
#include <sys/stat.h>

#include "flux/daemon/settle.h"
#include "tests/unit/run_suite.h"

static const struct settle_rule by_still = {COMPLETE_STILL, 60000, ".ok"};
static const struct settle_rule by_rename = {COMPLETE_RENAME, 60000, ".ok"};
static const struct settle_rule by_sidecar = {COMPLETE_SIDECAR, 60000, ".ok"};

static struct stat plain(off_t size, time_t changed)
{
    return (struct stat){.st_mode = S_IFREG | 0644, .st_nlink = 1, .st_ino = 7, .st_size = size, .st_mtim = {.tv_sec = changed}};
}

static struct settle_verdict judge(const struct settle_seen *seen, const struct settle_rule *rule, int64_t now)
{
    return settle_judge("x.xml", seen, rule, now);
}

START_TEST(still_means_that_nothing_changed)
{
    struct settle_seen seen = {0};
    struct stat st = plain(10, 1);
    settle_look(&seen, &st, HINT_NONE, false, 1000);
    ck_assert_int_eq(judge(&seen, &by_still, 1000).act, SETTLE_WAIT);
    ck_assert_int_eq(judge(&seen, &by_still, 1000).until, 61000);
    settle_look(&seen, &st, HINT_NONE, false, 60999);
    ck_assert_int_eq(judge(&seen, &by_still, 60999).act, SETTLE_WAIT);
    settle_look(&seen, &st, HINT_NONE, false, 61000);
    ck_assert_int_eq(judge(&seen, &by_still, 61000).act, SETTLE_READY);
    st.st_size = 11;
    settle_look(&seen, &st, HINT_NONE, false, 61000);
    ck_assert_int_eq(judge(&seen, &by_still, 61000).until, 121000);
    st.st_mtim.tv_nsec = 1;
    settle_look(&seen, &st, HINT_NONE, false, 100000);
    ck_assert_int_eq(judge(&seen, &by_still, 121000).until, 160000);
    st.st_ino = 8;
    settle_look(&seen, &st, HINT_NONE, false, 130000);
    ck_assert_int_eq(judge(&seen, &by_still, 160000).act, SETTLE_WAIT);
}
END_TEST

START_TEST(moved_in_is_whole_until_it_changes)
{
    struct settle_seen seen = {0};
    struct stat st = plain(10, 1);
    settle_look(&seen, &st, HINT_MOVED_IN, false, 1000);
    ck_assert_int_eq(judge(&seen, &by_still, 1000).act, SETTLE_READY);
    ck_assert_int_eq(judge(&seen, &by_rename, 1000).act, SETTLE_READY);
    st.st_size = 20;
    settle_look(&seen, &st, HINT_NONE, false, 2000);
    ck_assert_int_eq(judge(&seen, &by_still, 2000).act, SETTLE_WAIT);
}
END_TEST

START_TEST(made_under_its_name_is_not_moved_in)
{
    struct settle_seen seen = {0};
    struct stat st = plain(10, 1);
    settle_look(&seen, &st, HINT_NONE, false, 0);
    ck_assert_int_eq(judge(&seen, &by_rename, 0).until, 60000);
    ck_assert_int_eq(judge(&seen, &by_rename, 60000).act, SETTLE_READY);
    settle_look(&seen, &st, HINT_MADE_HERE, false, 0);
    ck_assert_int_eq(judge(&seen, &by_rename, 0).act, SETTLE_WAIT);
    st.st_size = 20;
    settle_look(&seen, &st, HINT_NONE, false, 1000);
    ck_assert_int_eq(judge(&seen, &by_rename, 1000).until, 601000);
    ck_assert_int_eq(judge(&seen, &by_rename, 600999).act, SETTLE_WAIT);
    ck_assert_int_eq(judge(&seen, &by_rename, 601000).act, SETTLE_READY);
    settle_look(&seen, &st, HINT_MOVED_IN, false, 1000);
    ck_assert_int_eq(judge(&seen, &by_rename, 1000).act, SETTLE_READY);
}
END_TEST

START_TEST(cut_off_must_be_still_for_longer)
{
    struct settle_seen seen = {0};
    struct stat st = plain(10, 1);
    settle_look(&seen, &st, HINT_NONE, false, 0);
    ck_assert_int_eq(judge(&seen, &by_still, 60000).act, SETTLE_READY);
    seen.cut_off = true;
    ck_assert_int_eq(judge(&seen, &by_still, 599999).act, SETTLE_WAIT);
    ck_assert_int_eq(judge(&seen, &by_still, 60000).until, 600000);
    ck_assert_int_eq(judge(&seen, &by_still, 600000).act, SETTLE_READY);
    ck_assert_int_eq(judge(&seen, &by_rename, 60000).act, SETTLE_WAIT);
    st.st_size = 20;
    settle_look(&seen, &st, HINT_NONE, false, 700000);
    ck_assert(!seen.cut_off);
    ck_assert_int_eq(judge(&seen, &by_still, 760000).act, SETTLE_READY);
}
END_TEST

START_TEST(sidecar_alone_says_whole)
{
    struct settle_seen seen = {0};
    struct stat st = plain(10, 1);
    settle_look(&seen, &st, HINT_MOVED_IN, false, 0);
    ck_assert_int_eq(judge(&seen, &by_sidecar, 1000000).act, SETTLE_WAIT);
    ck_assert_int_eq(judge(&seen, &by_sidecar, 1000000).until, INT64_MAX);
    settle_look(&seen, &st, HINT_NONE, true, 1000000);
    ck_assert_int_eq(judge(&seen, &by_sidecar, 1000000).act, SETTLE_READY);
    ck_assert(settle_ignored("x.xml.ok", &by_sidecar));
    ck_assert(!settle_ignored("x.xml.ok", &by_still));
}
END_TEST

START_TEST(names_that_say_not_yet)
{
    static const char *const names[] = {".x", "x.part", "x.filepart", "x.xml.tmp", ".x.swp", "x.swp", "."};
    static const char *const others[] = {"x", "part", "-rf", "x.part.xml", "tmp"};
    struct settle_seen seen = {0};
    struct stat st = plain(10, 1);
    settle_look(&seen, &st, HINT_MOVED_IN, false, 0);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        ck_assert_msg(settle_judge(names[i], &seen, &by_still, 0).act == SETTLE_IGNORE, "%s", names[i]);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        ck_assert_msg(settle_judge(others[i], &seen, &by_still, 0).act == SETTLE_READY, "%s", others[i]);
}
END_TEST

START_TEST(what_is_no_plain_file_is_set_aside)
{
    static const mode_t modes[] = {S_IFLNK, S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK, S_IFDIR};
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        struct settle_seen seen = {0};
        struct stat st = plain(10, 1);
        st.st_mode = modes[i] | 0777;
        settle_look(&seen, &st, HINT_MOVED_IN, true, 0);
        ck_assert_int_eq(judge(&seen, &by_still, 0).act, SETTLE_ASIDE);
        ck_assert_int_eq(judge(&seen, &by_sidecar, 0).act, SETTLE_ASIDE);
    }
}
END_TEST

START_TEST(two_names_are_waited_for_then_set_aside)
{
    struct settle_seen seen = {0};
    struct stat st = plain(10, 1);
    st.st_nlink = 2;
    settle_look(&seen, &st, HINT_MOVED_IN, false, 0);
    ck_assert_int_eq(judge(&seen, &by_still, 0).act, SETTLE_WAIT);
    ck_assert_int_eq(judge(&seen, &by_still, 60000).act, SETTLE_ASIDE);
    st.st_nlink = 1;
    settle_look(&seen, &st, HINT_NONE, false, 1000);
    ck_assert_int_eq(judge(&seen, &by_still, 61000).act, SETTLE_READY);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("settle");
    TCase *t = tcase_create("settle");
    tcase_add_test(t, still_means_that_nothing_changed);
    tcase_add_test(t, moved_in_is_whole_until_it_changes);
    tcase_add_test(t, made_under_its_name_is_not_moved_in);
    tcase_add_test(t, cut_off_must_be_still_for_longer);
    tcase_add_test(t, sidecar_alone_says_whole);
    tcase_add_test(t, names_that_say_not_yet);
    tcase_add_test(t, what_is_no_plain_file_is_set_aside);
    tcase_add_test(t, two_names_are_waited_for_then_set_aside);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
