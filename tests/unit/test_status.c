#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cli/status_report.h"
#include "tests/unit/run_suite.h"

static enum level judged(enum status_alarm alarm, int64_t setting, int64_t value)
{
    struct limits l = status_limits(alarm, setting);
    return status_level(&l, value);
}

START_TEST(a_value_is_judged_on_both_sides_of_each_limit)
{
    static const struct {
        enum status_alarm alarm;
        int64_t setting, value;
        enum level level;
    } cases[] = {
        {ALARM_NONE, 0, INT64_MAX, LEVEL_OK},
        {ALARM_MUST, 0, 1, LEVEL_OK},
        {ALARM_MUST, 0, 0, LEVEL_CRITICAL},
        {ALARM_SHOULD, 0, 1, LEVEL_OK},
        {ALARM_SHOULD, 0, 0, LEVEL_WARNING},
        {ALARM_NEVER_WARNING, 0, 0, LEVEL_OK},
        {ALARM_NEVER_WARNING, 0, 1, LEVEL_WARNING},
        {ALARM_NEVER_CRITICAL, 0, 0, LEVEL_OK},
        {ALARM_NEVER_CRITICAL, 0, 1, LEVEL_CRITICAL},
        {ALARM_BELOW, 100, 100, LEVEL_OK},
        {ALARM_BELOW, 100, 99, LEVEL_WARNING},
        {ALARM_BELOW, 100, 50, LEVEL_WARNING},
        {ALARM_BELOW, 100, 49, LEVEL_CRITICAL},
        {ALARM_BELOW, 0, 0, LEVEL_OK},
        {ALARM_ABOVE, 800, 800, LEVEL_OK},
        {ALARM_ABOVE, 800, 801, LEVEL_WARNING},
        {ALARM_ABOVE, 800, 900, LEVEL_WARNING},
        {ALARM_ABOVE, 800, 901, LEVEL_CRITICAL},
        {ALARM_ABOVE, 1000, 1000, LEVEL_OK},
        {ALARM_AGE, 60, 60, LEVEL_OK},
        {ALARM_AGE, 60, 61, LEVEL_WARNING},
        {ALARM_AGE, 0, 1, LEVEL_WARNING},
        {ALARM_AGE, 0, -1, LEVEL_OK},
        {ALARM_AGE_OR_OFF, 60, 61, LEVEL_WARNING},
        {ALARM_AGE_OR_OFF, 0, INT64_MAX, LEVEL_OK},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        ck_assert_msg(judged(cases[i].alarm, cases[i].setting, cases[i].value) == cases[i].level, "case %zu", i);
}
END_TEST

/* A report of a few samples, as if gathered. */
static struct status_report *report(struct sample *samples, size_t count)
{
    struct status_report *r = calloc(1, sizeof(*r));
    ck_assert_ptr_nonnull(r);
    r->now = 1000000;
    r->samples = samples;
    r->count = count;
    return r;
}

static char *written(const struct status_report *r, void (*write)(const struct status_report *r, FILE *out))
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    ck_assert_ptr_nonnull(out);
    write(r, out);
    fclose(out);
    return text;
}

static void check_written(struct sample s, void (*write)(const struct status_report *r, FILE *out), const char *expected)
{
    struct status_report *r = report(&s, 1);
    char *text = written(r, write);
    ck_assert_msg(strstr(text, expected), "%s is not in: %s", expected, text);
    free(text);
    free(r);
}

START_TEST(performance_data_have_units_and_ranges)
{
    check_written((struct sample){METRIC_source_last_success, LEVEL_OK, {false, LIMIT_NONE, LIMIT_NONE}, {"caf", ""}, 1000000 - 21600, ""},
                  status_nagios, "FLUXRSA OK - rejects open: 0 | 'caf.age.seconds'=21600s;;;0;\n");
    check_written((struct sample){METRIC_disk_available, LEVEL_WARNING, {true, 105, 52}, {"store", ""}, 99, ""}, status_nagios,
                  " | 'store.free.percentage'=9.9%;10.5:;5.2:;0;100\n");
    check_written((struct sample){METRIC_store_use, LEVEL_CRITICAL, {false, 800, 900}, {"", ""}, 1000, ""}, status_nagios,
                  " | 'store.use.percentage'=100.0%;80.0;90.0;0;100\n");
    check_written((struct sample){METRIC_store_used, LEVEL_OK, {false, LIMIT_NONE, LIMIT_NONE}, {"", ""}, 4096, ""}, status_nagios,
                  " | 'store.used.bytes'=4096B;;;0;\n");
    check_written((struct sample){METRIC_backup_last, LEVEL_OK, {false, 172800, LIMIT_NONE}, {"", ""}, 0, ""}, status_nagios, " |\n");
}
END_TEST

START_TEST(the_text_of_nagios_holds_no_bar_and_no_second_line)
{
    check_written((struct sample){METRIC_up, LEVEL_CRITICAL, {true, LIMIT_NONE, 1}, {"", ""}, 0, "a|b\nc\x1b[1m"}, status_nagios,
                  "FLUXRSA CRITICAL - the store cannot be opened: a/b?c?[1m |\n");
}
END_TEST

START_TEST(samples_of_prometheus_have_base_units)
{
    check_written((struct sample){.metric = METRIC_flux_last_duration, .labels = {"daily"}, .value = 12345}, status_prometheus,
                  "# TYPE fluxrsa_flux_last_duration_seconds gauge\nfluxrsa_flux_last_duration_seconds{frequency=\"daily\"} 12.345\n");
    check_written((struct sample){.metric = METRIC_store_use, .value = 7}, status_prometheus, "\nfluxrsa_store_use_ratio 0.007\n");
    check_written((struct sample){.metric = METRIC_households, .labels = {"read"}, .value = 12}, status_prometheus,
                  "# TYPE fluxrsa_households_total counter\nfluxrsa_households_total{outcome=\"read\"} 12\n");
    check_written((struct sample){.metric = METRIC_flux_late, .labels = {"ca\"f\\", "daily"}, .value = 1}, status_prometheus,
                  "fluxrsa_flux_late{source=\"ca\\\"f\\\\\",frequency=\"daily\"} 1\n");
}
END_TEST

START_TEST(a_metric_stands_in_one_piece)
{
    struct sample samples[] = {{.metric = METRIC_spool_files, .labels = {"work"}, .value = 1},
                               {.metric = METRIC_up, .value = 1},
                               {.metric = METRIC_spool_files, .labels = {"held"}, .value = 2}};
    struct status_report *r = report(samples, 3);
    char *text = written(r, status_prometheus);
    ck_assert_ptr_nonnull(strstr(text, "fluxrsa_spool_files{state=\"work\"} 1\nfluxrsa_spool_files{state=\"held\"} 2\n"));
    free(text);
    free(r);
}
END_TEST

START_TEST(the_worst_comes_first)
{
    struct sample samples[] = {{.metric = METRIC_flux_late, .level = LEVEL_WARNING, .labels = {"a", "daily"}},
                               {.metric = METRIC_dossiers, .level = LEVEL_OK},
                               {.metric = METRIC_store_use, .level = LEVEL_CRITICAL},
                               {.metric = METRIC_flux_missing, .level = LEVEL_CRITICAL, .labels = {"b", "daily"}}};
    const struct sample *list[4];
    struct status_report *r = report(samples, 4);
    ck_assert_int_eq(status_worst(r), LEVEL_CRITICAL);
    ck_assert_uint_eq(status_faults(r, list), 3);
    ck_assert_int_eq(list[0]->metric, METRIC_flux_missing);
    ck_assert_int_eq(list[1]->metric, METRIC_store_use);
    ck_assert_int_eq(list[2]->metric, METRIC_flux_late);
    free(r);
}
END_TEST

START_TEST(a_sentence_says_what_was_found)
{
    char text[256];
    struct sample s = {METRIC_flux_late, LEVEL_WARNING, {false, 0, LIMIT_NONE}, {"msa", "daily"}, 1, "05:00"};
    struct status_report *r = report(&s, 1);
    status_sentence(r, &s, text, sizeof(text));
    ck_assert_str_eq(text, "msa: the daily flux is late, it was expected by 05:00");
    s = (struct sample){.metric = METRIC_backup_last};
    status_sentence(r, &s, text, sizeof(text));
    ck_assert_str_eq(text, "age of the last backup: never");
    s.value = r->now - 7 * 86400;
    status_sentence(r, &s, text, sizeof(text));
    ck_assert_str_eq(text, "age of the last backup: 7 d");
    status_sentence(r, &s, text, 8);
    ck_assert_uint_lt(strlen(text), 8);
    free(r);
}
END_TEST

START_TEST(each_metric_has_a_name_of_its_own_and_what_it_needs)
{
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        const struct metric *m = &metrics[i];
        ck_assert_msg(m->help[0] && m->help[strlen(m->help) - 1] == '.', "%s has no help", m->name);
        ck_assert_msg((m->alarm == ALARM_NONE) == !m->sentence[0], "%s: a sentence for an alarm", m->name);
        ck_assert_msg((m->alarm == ALARM_NONE) == !m->advice[0], "%s: an advice for an alarm", m->name);
        ck_assert_msg(m->labels[0][0] || !m->labels[1][0], "%s: the first label first", m->name);
        for (size_t k = 0; k < i; k++)
            ck_assert_msg(strcmp(m->name, metrics[k].name) != 0, "%s stands twice", m->name);
    }
}
END_TEST

START_TEST(the_most_frequent_causes_come_first)
{
    uint64_t counts[FINDING_COUNT] = {0};
    enum finding_code codes[3];
    counts[V_DATE] = 2;
    counts[D_NO_KEY] = 31;
    ck_assert_uint_eq(status_causes(counts, codes, 3), 2);
    ck_assert_int_eq(codes[0], D_NO_KEY);
    ck_assert_int_eq(codes[1], V_DATE);
    ck_assert_uint_eq(status_causes(counts, codes, 1), 1);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("status");
    TCase *c = tcase_create("status");
    tcase_add_test(c, a_value_is_judged_on_both_sides_of_each_limit);
    tcase_add_test(c, performance_data_have_units_and_ranges);
    tcase_add_test(c, the_text_of_nagios_holds_no_bar_and_no_second_line);
    tcase_add_test(c, samples_of_prometheus_have_base_units);
    tcase_add_test(c, a_metric_stands_in_one_piece);
    tcase_add_test(c, the_worst_comes_first);
    tcase_add_test(c, a_sentence_says_what_was_found);
    tcase_add_test(c, each_metric_has_a_name_of_its_own_and_what_it_needs);
    tcase_add_test(c, the_most_frequent_causes_come_first);
    suite_add_tcase(s, c);
    return run_suite(s);
}
