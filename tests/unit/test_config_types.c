#include <check.h>
#include <stdio.h>
#include <string.h>

#include "flux/intake/config.h"
#include "tests/unit/run_suite.h"

struct row {
    const char *text;
    int64_t number; /* -2: refused */
};

enum { REFUSED = -2 };

static void judge_rows(const struct setting *s, enum config_fault_kind kind, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int64_t number;
        char near[64];
        enum config_fault_kind found = setting_judge(s, rows[i].text, &number, near, sizeof(near));
        if (rows[i].number == REFUSED)
            ck_assert_msg(found == kind, "%s: \"%s\" is taken", s->key, rows[i].text);
        else
            ck_assert_msg(found == CONFIG_FAULT_KINDS && number == rows[i].number, "%s: \"%s\" is %lld", s->key, rows[i].text,
                          (long long)number);
    }
}

#define JUDGE(setting, kind, rows) judge_rows(setting, kind, rows, sizeof(rows) / sizeof((rows)[0]))

START_TEST(durations)
{
    static const struct setting s = {"x", "x", SETTING_TYPE_DURATION, "60 s", 60, 7200, true, ""};
    static const struct row rows[] = {{"60 s", 60},
                                      {"60s", 60},
                                      {"1 min", 60},
                                      {"1min", 60},
                                      {"2 h", 7200},
                                      {"120 min", 7200},
                                      {"7200   s", 7200},
                                      {"59 s", REFUSED},
                                      {"0 d", REFUSED},
                                      {"7201 s", REFUSED},
                                      {"3 h", REFUSED},
                                      {"1 d", REFUSED},
                                      {"60", REFUSED},
                                      {"", REFUSED},
                                      {"s", REFUSED},
                                      {"1 m", REFUSED},
                                      {"1 H", REFUSED},
                                      {"-60 s", REFUSED},
                                      {"+60 s", REFUSED},
                                      {" 60 s", REFUSED},
                                      {"60 s ", REFUSED},
                                      {"60 seconds", REFUSED},
                                      {"1,5 h", REFUSED},
                                      {"1 h 30 min", REFUSED},
                                      {"0x40 s", REFUSED},
                                      {"999999999 d", REFUSED},
                                      {"9999999999 s", REFUSED},
                                      {"99999999999999999999999999 s", REFUSED}};
    JUDGE(&s, CONFIG_NOT_DURATION, rows);
}
END_TEST

START_TEST(times_of_day)
{
    const struct setting *s = &source_settings[SOURCE_daily_by];
    static const struct row rows[] = {{"", -1},           {"00:00", 0},       {"05:00", 300},       {"23:59", 1439},   {"24:00", REFUSED},
                                      {"23:60", REFUSED}, {"5:00", REFUSED},  {"05h00", REFUSED},   {"05:0", REFUSED}, {"05:000", REFUSED},
                                      {"-5:00", REFUSED}, {"0 :00", REFUSED}, {"05:00:00", REFUSED}};
    JUDGE(s, CONFIG_NOT_TIME, rows);
}
END_TEST

START_TEST(days_of_the_week)
{
    const struct setting *s = &source_settings[SOURCE_daily_days];
    static const struct row rows[] = {{"mon", 1},
                                      {"sun", 64},
                                      {"mon-fri", 31},
                                      {"mon-sun", 127},
                                      {"mon,wed,fri", 21},
                                      {"mon, wed , fri", 21},
                                      {"mon-tue,sat-sun", 99},
                                      {"fri,mon", 17},
                                      {"tue-tue", 2},
                                      {"sun-mon", REFUSED},
                                      {"fri-mon", REFUSED},
                                      {"", REFUSED},
                                      {"mon-", REFUSED},
                                      {"-fri", REFUSED},
                                      {"mon,", REFUSED},
                                      {",mon", REFUSED},
                                      {"monday", REFUSED},
                                      {"Mon", REFUSED},
                                      {"lun", REFUSED},
                                      {"mon fri", REFUSED},
                                      {"mon-wed-fri", REFUSED},
                                      {"mo", REFUSED}};
    JUDGE(s, CONFIG_NOT_WEEKDAYS, rows);
}
END_TEST

START_TEST(numbers)
{
    const struct setting *s = &settings[SETTING_daemon_deaths];
    static const struct row rows[] = {{"1", 1},
                                      {"100", 100},
                                      {"007", 7},
                                      {"0", REFUSED},
                                      {"101", REFUSED},
                                      {"", REFUSED},
                                      {"-1", REFUSED},
                                      {"3 ", REFUSED},
                                      {"3.0", REFUSED},
                                      {"0x3", REFUSED},
                                      {"3a", REFUSED},
                                      {"1e1", REFUSED},
                                      {"4294967297", REFUSED},
                                      {"18446744073709551617", REFUSED}};
    JUDGE(s, CONFIG_NOT_NUMBER, rows);
}
END_TEST

START_TEST(shares)
{
    const struct setting *s = &settings[SETTING_alert_free_space];
    static const struct row rows[] = {{"0 %", 0},           {"0", 0},
                                      {"100 %", 1000},      {"100", 1000},
                                      {"2,5 %", 25},        {"2.5%", 25},
                                      {"10%", 100},         {"100,0 %", 1000},
                                      {"100,1 %", REFUSED}, {"101 %", REFUSED},
                                      {"", REFUSED},        {"%", REFUSED},
                                      {"-1 %", REFUSED},    {"2,55 %", REFUSED},
                                      {"2, %", REFUSED},    {"10 % %", REFUSED},
                                      {"1000 %", REFUSED},  {"ten", REFUSED}};
    JUDGE(s, CONFIG_NOT_SHARE, rows);
}
END_TEST

START_TEST(mail_addresses)
{
    static const struct row many[] = {{"", 0},
                                      {"root", 1},
                                      {"a@b", 1},
                                      {"exploitation.rsa+nuit@si.departement.example", 1},
                                      {"a@b.example, c@d.example,root", 3},
                                      {"a@b.example,", REFUSED},
                                      {",", REFUSED},
                                      {"a b@c.example", REFUSED},
                                      {"a@b@c", REFUSED},
                                      {"@b", REFUSED},
                                      {"a@", REFUSED},
                                      {"a@.b", REFUSED},
                                      {"a@b.", REFUSED},
                                      {"a..b@c", REFUSED},
                                      {".a@c", REFUSED},
                                      {"a.@c", REFUSED},
                                      {"-oQ/tmp", REFUSED},
                                      {"-f@c", REFUSED},
                                      {"a@-c", REFUSED},
                                      {"|/bin/sh", REFUSED},
                                      {"/etc/passwd", REFUSED},
                                      {"Service <a@b.example>", REFUSED},
                                      {"\"a\"@b", REFUSED},
                                      {"a@b;c@d", REFUSED},
                                      {"é@b.example", REFUSED},
                                      {"a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a", 16},
                                      {"a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a", REFUSED}};
    static const struct row one[] = {{"", 0}, {"a@b.example", 1}, {"a@b.example,c@d.example", REFUSED}};
    int64_t number;
    char near[64];
    JUDGE(&settings[SETTING_summary_to], CONFIG_NOT_MAIL, many);
    JUDGE(&settings[SETTING_summary_from], CONFIG_NOT_MAIL, one);
    setting_judge(&settings[SETTING_summary_to], "a@b.example, c d, e", &number, near, sizeof(near));
    ck_assert_str_eq(near, "c d");
}
END_TEST

START_TEST(choices)
{
    const struct setting *sink = &settings[SETTING_log_sink], *emitter = &source_settings[SOURCE_emitter],
                         *complete = &source_settings[SOURCE_complete];
    static const struct row sinks[] = {{"auto", SINK_AUTO}, {"journal", SINK_JOURNAL}, {"syslog", SINK_SYSLOG}, {"stderr", SINK_STDERR},
                                       {"json", SINK_JSON}, {"Auto", REFUSED},         {"", REFUSED},           {"jso", REFUSED}};
    static const struct row emitters[] = {
        {"any", EMITTER_ANY}, {"caf", EMITTER_CAF}, {"msa", EMITTER_MSA}, {"pe", EMITTER_PE}, {"CAF", REFUSED}};
    static const struct row completes[] = {
        {"still", COMPLETE_STILL}, {"rename", COMPLETE_RENAME}, {"sidecar", COMPLETE_SIDECAR}, {"side", REFUSED}};
    static const struct row languages[] = {{"auto", 0}, {"fr", 1}, {"en", 2}, {"de", REFUSED}};
    static const struct row profiles[] = {{"monjob62", 0}, {"accompagnement", 1}, {"gestion", 2}, {"all", REFUSED}};
    static const struct row nirs[] = {{"hmac", 0}, {"sealed", 1}, {"clear", REFUSED}};
    static const struct row purposes[] = {{"suivi", 0}, {"orientation", 1}, {"controle", 2}, {"statistiques", 3}, {"curiosite", REFUSED}};
    JUDGE(sink, CONFIG_NOT_ONE_OF, sinks);
    JUDGE(emitter, CONFIG_NOT_ONE_OF, emitters);
    JUDGE(complete, CONFIG_NOT_ONE_OF, completes);
    JUDGE(&settings[SETTING_instance_langue], CONFIG_NOT_ONE_OF, languages);
    JUDGE(&settings[SETTING_collection_profile], CONFIG_NOT_ONE_OF, profiles);
    JUDGE(&settings[SETTING_collection_nir], CONFIG_NOT_ONE_OF, nirs);
    JUDGE(&settings[SETTING_journal_purpose], CONFIG_NOT_ONE_OF, purposes);
}
END_TEST

START_TEST(paths_and_texts)
{
    static const struct row paths[] = {{"a", 0}, {"/", 0}, {"", REFUSED}}, texts[] = {{"", 0}, {"anything at all", 0}};
    JUDGE(&settings[SETTING_instance_store], CONFIG_EMPTY_PATH, paths);
    JUDGE(&settings[SETTING_collection_legal_ref], CONFIG_FAULT_KINDS, texts);
}
END_TEST

static void sound(const struct setting *s)
{
    int64_t number;
    char near[64], low[SETTING_BOUND_MAX], high[SETTING_BOUND_MAX];
    ck_assert_msg(s->doc[0] != '\0' && setting_type_text(s->type)[0] != '\0', "%s is not explained", s->key);
    ck_assert_int_le(s->min, s->max);
    if (s->fallback[0])
        ck_assert_msg(setting_judge(s, s->fallback, &number, near, sizeof(near)) == CONFIG_FAULT_KINDS, "default of %s is wrong", s->key);
    if (!setting_bounds(s, low, high) || s->type == SETTING_TYPE_MAIL)
        return;
    ck_assert_int_eq(setting_judge(s, low, &number, near, sizeof(near)), CONFIG_FAULT_KINDS);
    ck_assert_int_eq(number, s->min);
    ck_assert_int_eq(setting_judge(s, high, &number, near, sizeof(near)), CONFIG_FAULT_KINDS);
    ck_assert_int_eq(number, s->max);
}

/* What the bounds read like is taken back as what they are. */
START_TEST(every_setting_is_sound)
{
    for (size_t i = 0; i < SETTING_COUNT; i++)
        sound(&settings[i]);
    for (size_t i = 0; i < SOURCE_SETTINGS; i++)
        sound(&source_settings[i]);
    for (int k = 0; k < CONFIG_FAULT_KINDS; k++)
        ck_assert(config_fault_text((enum config_fault_kind)k)[0] != '\0');
}
END_TEST

START_TEST(bounds_as_people_write_them)
{
    static const struct setting s = {"x", "x", SETTING_TYPE_DURATION, "", 90, 31536000, true, ""},
                                share = {"x", "x", SETTING_TYPE_SHARE, "", 25, 1000, true, ""};
    char low[SETTING_BOUND_MAX], high[SETTING_BOUND_MAX];
    ck_assert(setting_bounds(&s, low, high));
    ck_assert_str_eq(low, "90 s");
    ck_assert_str_eq(high, "365 d");
    ck_assert(setting_bounds(&share, low, high));
    ck_assert_str_eq(low, "2,5 %");
    ck_assert_str_eq(high, "100 %");
    ck_assert(!setting_bounds(&settings[SETTING_instance_store], low, high));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("config types");
    TCase *t = tcase_create("config types");
    tcase_add_test(t, durations);
    tcase_add_test(t, times_of_day);
    tcase_add_test(t, days_of_the_week);
    tcase_add_test(t, numbers);
    tcase_add_test(t, shares);
    tcase_add_test(t, mail_addresses);
    tcase_add_test(t, choices);
    tcase_add_test(t, paths_and_texts);
    tcase_add_test(t, every_setting_is_sound);
    tcase_add_test(t, bounds_as_people_write_them);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
