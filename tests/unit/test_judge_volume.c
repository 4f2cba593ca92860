/* Volumes beyond what the last comparable flux makes expect: the pure decision. */
#include <check.h>
#include <string.h>

#include "flux/intake/judge.h"
#include "flux/record/record.h"
#include "tests/unit/run_suite.h"

static enum finding_code judge(const char *typeflux, struct volume_counts v, enum volume_figure which, unsigned share, char detail[64])
{
    const struct node *node = &schema_vrsb0801.nodes[VRSB_IdentificationFlux_TYPEFLUX];
    struct buf b;
    buf_init(&b, 256);
    record_begin(&b, &schema_vrsb0801);
    record_leaf(&b, node);
    ck_assert_int_eq(value_encode(node, typeflux, strlen(typeflux), &b), FINDING_NONE);
    enum finding_code code = judge_volume((struct span){b.data, b.len}, &v, which, share, detail);
    buf_free(&b);
    return code;
}

static enum finding_code monthly(uint64_t count, uint64_t carried, unsigned months, unsigned share)
{
    char detail[64];
    return judge("M", (struct volume_counts){{count, 0, 0}, carried, months}, VOLUME_CREATED, share, detail);
}

START_TEST(a_share_is_passed_and_not_reached)
{
    ck_assert_int_eq(monthly(200, 1000, 1, 200), FINDING_NONE);
    ck_assert_int_eq(monthly(201, 1000, 1, 200), F_VOLUME);
    ck_assert_int_eq(monthly(1, 1000, 1, 1), FINDING_NONE);
    ck_assert_int_eq(monthly(2, 1000, 1, 1), F_VOLUME);
    ck_assert_int_eq(monthly(1000000000000, 1000, 1, 1000), F_VOLUME);
}
END_TEST

START_TEST(each_month_without_a_flux_adds_its_share)
{
    ck_assert_int_eq(monthly(400, 1000, 2, 200), FINDING_NONE);
    ck_assert_int_eq(monthly(401, 1000, 2, 200), F_VOLUME);
    ck_assert_int_eq(monthly(201, 1000, 0, 200), F_VOLUME);
    ck_assert_int_eq(monthly(1000, 1000, 24, 200), FINDING_NONE);
}
END_TEST

START_TEST(small_flux_and_those_beside_nothing_never_trip)
{
    ck_assert_int_eq(monthly(5000, 0, 0, 200), FINDING_NONE);
    ck_assert_int_eq(monthly(5000, VOLUME_FLOOR - 1, 1, 200), FINDING_NONE);
    ck_assert_int_eq(monthly(5000, VOLUME_FLOOR, 1, 200), F_VOLUME);
}
END_TEST

START_TEST(a_share_of_zero_turns_it_off) { ck_assert_int_eq(monthly(5000, 100, 1, 0), FINDING_NONE); }
END_TEST

START_TEST(monthlies_are_held_dailies_warned_and_reprises_let_through)
{
    char detail[64];
    const struct volume_counts v = {{3000, 20, 15000}, 100000, 1};
    ck_assert_int_eq(judge("M", v, VOLUME_CREATED, 20, detail), F_VOLUME);
    ck_assert_str_eq(detail, "created 3000/100000");
    ck_assert_int_eq(judge("M", v, VOLUME_CLOSED, 20, detail), FINDING_NONE);
    ck_assert_str_eq(detail, "");
    ck_assert_int_eq(judge("M", v, VOLUME_MISSING, 100, detail), F_VOLUME);
    ck_assert_str_eq(detail, "missing 15000/100000");
    ck_assert_int_eq(judge("I", v, VOLUME_CREATED, 20, detail), F_VOLUME_DAILY);
    ck_assert_int_eq(judge("R", v, VOLUME_CREATED, 20, detail), FINDING_NONE);
    ck_assert_int_eq(judge("I", (struct volume_counts){{0, 31, 0}, 100, 0}, VOLUME_CLOSED, 300, detail), F_VOLUME_DAILY);
    ck_assert_str_eq(detail, "closed 31/100");
    ck_assert_int_eq(finding_rule(F_VOLUME)->cost, COST_HELD);
    ck_assert_int_eq(finding_rule(F_VOLUME_DAILY)->cost, COST_WARNING);
    ck_assert_int_eq(finding_rule(D_REVERSED)->cost, COST_WARNING);
}
END_TEST

START_TEST(a_detail_is_read_as_it_was_written)
{
    static const char *const bad[] = {"",
                                      "created",
                                      "created ",
                                      "created 1",
                                      "created 1/",
                                      "created /1",
                                      "created 1/2x",
                                      "opened 1/2",
                                      "created -1/2",
                                      "created  1/2",
                                      " created 1/2",
                                      "created 1/0x2",
                                      "created 1000000000000000000/2"};
    const struct volume_counts v = {{3000, 31, 999999999999999999}, 1000, 1};
    char detail[64];
    for (enum volume_figure k = 0; k < VOLUME_FIGURES; k++) {
        enum volume_figure which;
        uint64_t count, carried;
        ck_assert_int_eq(judge("M", v, k, 20, detail), F_VOLUME);
        ck_assert(judge_volume_read(detail, &which, &count, &carried));
        ck_assert_int_eq(which, k);
        ck_assert(count == v.counts[k] && carried == v.carried);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        enum volume_figure which;
        uint64_t count, carried;
        ck_assert_msg(!judge_volume_read(bad[i], &which, &count, &carried), "%s", bad[i]);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("judge_volume");
    TCase *t = tcase_create("judge_volume");
    tcase_add_test(t, a_share_is_passed_and_not_reached);
    tcase_add_test(t, each_month_without_a_flux_adds_its_share);
    tcase_add_test(t, small_flux_and_those_beside_nothing_never_trip);
    tcase_add_test(t, a_share_of_zero_turns_it_off);
    tcase_add_test(t, monthlies_are_held_dailies_warned_and_reprises_let_through);
    tcase_add_test(t, a_detail_is_read_as_it_was_written);
    suite_add_tcase(s, t);
    return run_suite(s);
}
