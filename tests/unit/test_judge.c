#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "flux/intake/judge.h"
#include "flux/record/record.h"
#include "tests/unit/run_suite.h"

static struct msg_end totals(uint64_t read, int64_t transm, int64_t ano)
{
    return (struct msg_end){.read = read, .accepted = read, .transm = transm, .transm_ano = ano};
}

START_TEST(totals_agree_in_three_ways_and_no_other)
{
    static const struct {
        uint64_t read;
        int64_t transm, ano, announced;
        enum finding_code code;
    } rows[] = {
        {2, 2, 0, 2, FINDING_NONE}, {2, 3, 1, 2, FINDING_NONE}, {1, 3, 1, 1, FINDING_NONE}, {2, 1, 0, 1, F_TOTALS},
        {0, 1, 0, 1, F_TOTALS},     {0, 0, 0, 0, FINDING_NONE}, {2, -1, 0, -1, F_TOTALS},   {4, 3, 1, 3, F_TOTALS},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct msg_end end = totals(rows[i].read, rows[i].transm, rows[i].ano);
        ck_assert_int_eq(judge_announced(&end), rows[i].announced);
        ck_assert_int_eq(judge_totals(&end), rows[i].code);
    }
}
END_TEST

START_TEST(shares_hold_a_flux_beyond_their_threshold)
{
    ck_assert_int_eq(judge_rejects(&(struct tally){.read = 100, .rejected = 10}, 100), FINDING_NONE);
    ck_assert_int_eq(judge_rejects(&(struct tally){.read = 100, .rejected = 11}, 100), F_REJECTS);
    ck_assert_int_eq(judge_rejects(&(struct tally){.read = 1, .rejected = 1}, 100), FINDING_NONE);
    ck_assert_int_eq(judge_departement(&(struct tally){.read = 4, .foreign = 2}), FINDING_NONE);
    ck_assert_int_eq(judge_departement(&(struct tally){.read = 4, .foreign = 3}), F_DEPARTEMENT);
    ck_assert_int_eq(judge_departement(&(struct tally){0}), FINDING_NONE);
}
END_TEST

START_TEST(a_flux_of_anomalies_alone_is_held)
{
    static const struct {
        uint64_t read, anomalies;
        int64_t ano;
        enum finding_code code;
    } rows[] = {{5, 5, 5, F_ANOMALIES},  {5, 5, 1, F_ANOMALIES},  {5, 4, 5, FINDING_NONE}, {5, 1, 1, FINDING_NONE},
                {5, 0, 5, FINDING_NONE}, {5, 5, 0, FINDING_NONE}, {0, 0, 3, FINDING_NONE}, {5, 5, -1, FINDING_NONE}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct msg_end end = totals(rows[i].read, 5, rows[i].ano);
        struct tally tally = {.read = rows[i].read, .anomalies = rows[i].anomalies};
        ck_assert_int_eq(judge_anomalies(&tally, &end), rows[i].code);
    }
    ck_assert_int_eq(finding_rule(F_ANOMALIES)->cost, COST_HELD);
}
END_TEST

static void leaf(struct buf *b, node_id n, const char *text)
{
    const struct node *node = &schema_vrsb0801.nodes[n];
    record_leaf(b, node);
    (void)value_encode(node, text, strlen(text), b);
}

START_TEST(what_the_header_says_is_named)
{
    static const struct {
        const char *type, *nature;
        enum finding_code code;
        const char *detail;
    } rows[] = {{"M", "D", FINDING_NONE, ""}, {"I", "D", FINDING_NONE, ""}, {"R", "D", FINDING_NONE, ""},
                {"Z", "D", F_TYPEFLUX, "Z"},  {"M", "I", F_NATFLUX, "I"},   {"Z", "X", F_NATFLUX, "X"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf b;
        char detail[64];
        buf_init(&b, 4096);
        record_begin(&b, &schema_vrsb0801);
        leaf(&b, VRSB_IdentificationFlux_TYPEFLUX, rows[i].type);
        leaf(&b, VRSB_IdentificationFlux_NATFLUX, rows[i].nature);
        ck_assert_int_eq(judge_header((struct span){b.data, b.len}, detail), rows[i].code);
        ck_assert_str_eq(detail, rows[i].detail);
        buf_free(&b);
    }
}
END_TEST

START_TEST(a_flux_of_the_day_after_tomorrow_is_held)
{
    const int64_t now = (int64_t)20000 * 86400 + 80000;
    static const struct {
        const char *day;
        enum finding_code code;
    } rows[] = {{"2024-10-04", FINDING_NONE}, {"2024-10-05", FINDING_NONE}, {"2024-10-06", F_FUTURE}, {"2199-12-31", F_FUTURE}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf b;
        buf_init(&b, 4096);
        record_begin(&b, &schema_vrsb0801);
        leaf(&b, VRSB_IdentificationFlux_DTCREAFLUX, rows[i].day);
        ck_assert_int_eq(judge_date((struct span){b.data, b.len}, now), rows[i].code);
        buf_free(&b);
    }
}
END_TEST

START_TEST(a_flux_of_another_payer_is_held)
{
    static const struct {
        const char *applieme;
        uint64_t read, caf, msa;
        enum emitter_choice wanted;
        enum finding_code code;
    } rows[] = {
        {"CRI", 10, 10, 0, EMITTER_CAF, FINDING_NONE}, {"CRI", 10, 10, 0, EMITTER_MSA, F_EMITTER},
        {"CRI", 10, 10, 0, EMITTER_PE, F_EMITTER},     {"CRI", 10, 10, 0, EMITTER_ANY, FINDING_NONE},
        {"AGO", 10, 0, 10, EMITTER_MSA, FINDING_NONE}, {"AGO", 10, 0, 10, EMITTER_CAF, F_EMITTER},
        {"CRI", 0, 0, 0, EMITTER_CAF, FINDING_NONE},   {"CRI", 10, 5, 5, EMITTER_CAF, FINDING_NONE},
        {"CRI", 10, 4, 6, EMITTER_CAF, F_EMITTER},     {"CRI", 10, 0, 0, EMITTER_CAF, FINDING_NONE},
        {"AGO", 10, 6, 4, EMITTER_MSA, F_EMITTER},     {"XYZ", 10, 6, 4, EMITTER_CAF, FINDING_NONE},
        {"XYZ", 10, 5, 5, EMITTER_CAF, F_EMITTER},     {"XYZ", 10, 4, 6, EMITTER_MSA, FINDING_NONE},
        {"XYZ", 0, 0, 0, EMITTER_CAF, F_EMITTER},      {"XYZ", 10, 10, 0, EMITTER_PE, F_EMITTER},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf b;
        buf_init(&b, 4096);
        record_begin(&b, &schema_vrsb0801);
        leaf(&b, VRSB_IdentificationFlux_APPLIEME, rows[i].applieme);
        const struct tally t = {.read = rows[i].read, .caf = rows[i].caf, .msa = rows[i].msa};
        ck_assert_msg(judge_emitter((struct span){b.data, b.len}, &t, rows[i].wanted) == rows[i].code, "row %zu", i);
        buf_free(&b);
    }
    ck_assert_int_eq(finding_rule(F_EMITTER)->cost, COST_HELD);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("judge");
    TCase *t = tcase_create("judge");
    tcase_add_test(t, totals_agree_in_three_ways_and_no_other);
    tcase_add_test(t, shares_hold_a_flux_beyond_their_threshold);
    tcase_add_test(t, a_flux_of_anomalies_alone_is_held);
    tcase_add_test(t, what_the_header_says_is_named);
    tcase_add_test(t, a_flux_of_the_day_after_tomorrow_is_held);
    tcase_add_test(t, a_flux_of_another_payer_is_held);
    suite_add_tcase(s, t);
    return run_suite(s);
}
