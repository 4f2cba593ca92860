#include <check.h>
#include <string.h>

#include "cli/config_judge.h"
#include "flux/intake/config_fault.h"
#include "tests/unit/run_suite.h"

START_TEST(file_systems)
{
    static const struct {
        uint64_t magic;
        enum fs_kind kind;
    } rows[] = {{0xEF53, FS_LOCAL},    {0x58465342, FS_LOCAL},  {0x9123683E, FS_LOCAL},  {0, FS_LOCAL},
                {0x6969, FS_REMOTE},   {0xFF534D42, FS_REMOTE}, {0xFE534D42, FS_REMOTE}, {0x517B, FS_REMOTE},
                {0x65735546, FS_USER}, {0x794C7630, FS_LAYERS}, {0x01021994, FS_MEMORY}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_msg(fs_kind(rows[i].magic) == rows[i].kind, "%llx", (unsigned long long)rows[i].magic);
}
END_TEST

START_TEST(folders_in_folders)
{
    ck_assert(path_within("/a/b", "/a/b"));
    ck_assert(path_within("/a/b", "/a/b/c"));
    ck_assert(path_within("/", "/a"));
    ck_assert(!path_within("/a/b", "/a/bc"));
    ck_assert(!path_within("/a/b/c", "/a/b"));
    ck_assert(!path_within("/a/b", "/a"));
}
END_TEST

static uint32_t bits(int count, const enum folder_verdict *list)
{
    uint32_t all = 0;
    for (int i = 0; i < count; i++)
        all |= UINT32_C(1) << list[i];
    return all;
}

#define BITS(...)                                                                                                                          \
    bits(sizeof((enum folder_verdict[]){__VA_ARGS__}) / sizeof(enum folder_verdict), (const enum folder_verdict[]){__VA_ARGS__})

START_TEST(folders_by_themselves)
{
    static const uid_t us = 990, other = 1000;
    static const struct {
        enum folder_kind kind;
        struct folder_facts facts;
    } right[] = {{FOLDER_OWN, {040700, us, us, true}},     {FOLDER_DROP, {040700, us, us, true}}, {FOLDER_DROP, {042770, us, us, true}},
                 {FOLDER_DROP, {042770, other, us, true}}, {FOLDER_DROP, {043770, us, us, true}}, {FOLDER_DROP, {041770, other, 0, true}},
                 {FOLDER_ABOVE, {040755, 0, us, false}},   {FOLDER_ABOVE, {041777, 0, us, true}}};
    for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
        ck_assert_msg(folder_judge(right[i].kind, &right[i].facts) == 0, "row %zu", i);
    ck_assert_uint_eq(folder_judge(FOLDER_OWN, &(struct folder_facts){040750, us, us, true}), BITS(FOLDER_OPEN));
    ck_assert_uint_eq(folder_judge(FOLDER_OWN, &(struct folder_facts){040701, us, us, true}), BITS(FOLDER_OPEN));
    ck_assert_uint_eq(folder_judge(FOLDER_OWN, &(struct folder_facts){040500, us, us, true}), BITS(FOLDER_SHUT));
    ck_assert_uint_eq(folder_judge(FOLDER_OWN, &(struct folder_facts){040777, other, us, true}), BITS(FOLDER_OWNER, FOLDER_OPEN));
    ck_assert_uint_eq(folder_judge(FOLDER_DROP, &(struct folder_facts){040770, other, us, false}), BITS(FOLDER_RIGHTS));
    ck_assert_uint_eq(folder_judge(FOLDER_DROP, &(struct folder_facts){041770, other, us, true}), BITS(FOLDER_STICKY));
    ck_assert_uint_eq(folder_judge(FOLDER_DROP, &(struct folder_facts){040775, us, us, true}), BITS(FOLDER_WORLD_READS));
    ck_assert_uint_eq(folder_judge(FOLDER_DROP, &(struct folder_facts){041777, other, us, false}),
                      BITS(FOLDER_RIGHTS, FOLDER_WORLD_WRITES, FOLDER_STICKY));
    ck_assert_uint_eq(folder_judge(FOLDER_ABOVE, &(struct folder_facts){040777, us, us, true}), BITS(FOLDER_WORLD_WRITES));
}
END_TEST

START_TEST(clocks)
{
    static const int64_t now = 1790000000, day = 86400;
    ck_assert_int_eq(clock_judge(now, 0), CLOCK_RIGHT);
    ck_assert_int_eq(clock_judge(now, now), CLOCK_RIGHT);
    ck_assert_int_eq(clock_judge(now, now + day), CLOCK_RIGHT);
    ck_assert_int_eq(clock_judge(now, now + day + 1), CLOCK_BEFORE_STORE);
    ck_assert_int_eq(clock_judge(1767225600, 0), CLOCK_RIGHT);
    ck_assert_int_eq(clock_judge(1767225599, 0), CLOCK_BEFORE_PROGRAM);
    ck_assert_int_eq(clock_judge(0, now), CLOCK_BEFORE_PROGRAM);
}
END_TEST

START_TEST(moments)
{
    static const char *const bad[] = {"",
                                      "2026-01-31",
                                      "2026-02-30T00:00:00Z",
                                      "2026-01-31T24:00:00Z",
                                      "2026-01-31T05:60:00Z",
                                      "2026-01-31 05:00:00Z",
                                      "2026-01-31T05:00:00",
                                      "2026-01-31T05:00:00+",
                                      "2026-01-31T-5:00:00Z",
                                      "2026-01-31T05:00:00ZZ"};
    int64_t seconds;
    ck_assert(moment_parse("2026-01-01T00:00:00Z", &seconds));
    ck_assert_int_eq(seconds, 1767225600);
    ck_assert(moment_parse("2026-01-31T05:06:07Z", &seconds));
    ck_assert_int_eq(seconds, 1767225600 + 30 * 86400 + 5 * 3600 + 6 * 60 + 7);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ck_assert_msg(!moment_parse(bad[i], &seconds), "%s", bad[i]);
}
END_TEST

START_TEST(room)
{
    ck_assert(share_below(99, 1000, 100));
    ck_assert(!share_below(100, 1000, 100));
    ck_assert(!share_below(0, 1000, 0));
    ck_assert(!share_below(0, 0, 100));
    ck_assert(!share_below(1000, 1000, 1000));
    ck_assert(share_below(999, 1000, 1000));
    ck_assert(share_below(UINT64_MAX / 10 - 1, UINT64_MAX, 100));
    ck_assert(!share_below(UINT64_MAX / 10 + 1, UINT64_MAX, 100));
    ck_assert(watches_needed(32) >= 32 && watches_needed(3) >= 3);
    ck_assert(descriptors_needed(32) > 32 && descriptors_needed(32) < 1024);
}
END_TEST

START_TEST(faults_say_what_is_allowed)
{
    static const struct {
        struct config_fault fault;
        const char *sentence;
    } rows[] = {
        {{CONFIG_NOT_NUMBER, 3, "", "", &settings[SETTING_daemon_deaths]},
         "the value is not a whole number within the bounds (from 1 to 100)"},
        {{CONFIG_NOT_DURATION, 3, "", "", &settings[SETTING_daemon_scan]},
         "the value is not a number with s, min, h or d, within the bounds (from 1 s to 1 h)"},
        {{CONFIG_NOT_ONE_OF, 3, "", "", &settings[SETTING_collection_nir]}, "the value is not one of those allowed (hmac, sealed)"},
        {{CONFIG_NOT_ONE_OF, 3, "", "sealed", &settings[SETTING_collection_nir]},
         "the value is not one of those allowed; did you mean \"sealed\"?"},
        {{CONFIG_KEEP_UNKNOWN, 3, "", "NIRX", &settings[SETTING_collection_keep]},
         "neither a data class nor an official field name (NIRX)"},
        {{CONFIG_UNKNOWN_KEY, 3, "", "", NULL}, "there is no such key in this section"},
    };
    char out[FAULT_SENTENCE_MAX];
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_str_eq(config_fault_sentence(&rows[i].fault, out), rows[i].sentence);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("config judge");
    TCase *t = tcase_create("config judge");
    tcase_add_test(t, file_systems);
    tcase_add_test(t, folders_in_folders);
    tcase_add_test(t, folders_by_themselves);
    tcase_add_test(t, clocks);
    tcase_add_test(t, moments);
    tcase_add_test(t, room);
    tcase_add_test(t, faults_say_what_is_allowed);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
