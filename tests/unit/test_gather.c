#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flux/intake/gather.h"
#include "flux/intake/number_set.h"
#include "tests/unit/run_suite.h"

static struct msg_household *household(void)
{
    struct msg_household *m = calloc(1, sizeof *m);
    ck_assert_ptr_nonnull(m);
    m->ordinal = 12;
    m->line = 345;
    return m;
}

START_TEST(what_the_parser_cannot_know_is_added)
{
    struct msg_household *m = household();
    gather_add(m, D_DUPLICATE, VRSB_DemandeRSA_NUMDEMRSA);
    ck_assert_uint_eq(m->finding_count, 1);
    ck_assert_uint_eq(m->findings_kept, 1);
    ck_assert_str_eq(m->findings[0].path, "InfosFoyerRSA[12]/IdentificationRSA/DemandeRSA/NUMDEMRSA");
    ck_assert_int_eq(m->findings[0].cost, COST_WARNING);
    ck_assert_uint_eq(m->findings[0].line, 345);
    for (int i = 0; i < FINDINGS_MAX; i++)
        gather_add(m, V_DATE, VRSB_DemandeRSA_DTDEMRSA);
    gather_add(m, D_DEPARTEMENT, VRSB_Partenaire_IDEPARTE);
    ck_assert_uint_eq(m->findings_kept, FINDINGS_MAX);
    ck_assert_uint_eq(m->finding_count, FINDINGS_MAX + 2);
    ck_assert_int_eq(m->findings[FINDINGS_MAX - 1].code, D_DEPARTEMENT);
    ck_assert(gather_has(m, D_DUPLICATE) && gather_has(m, D_DEPARTEMENT) && !gather_has(m, D_ANOMALIE));
    free(m);
}
END_TEST

START_TEST(a_household_counts_once_for_each_cause)
{
    struct msg_household *m = household();
    struct flux_report r = {0};
    gather_household(&r, m);
    ck_assert_uint_eq(r.causes[V_DATE].count, 0);
    m->findings_kept = m->finding_count = 3;
    m->findings[0] = (struct finding){.code = V_DATE, .cost = COST_WARNING};
    m->findings[1] = (struct finding){.code = V_DATE, .cost = COST_FIELD};
    m->findings[2] = (struct finding){.code = V_CODE, .cost = COST_WARNING};
    gather_household(&r, m);
    m->findings_kept = m->finding_count = 1;
    m->findings[0].cost = COST_WARNING;
    gather_household(&r, m);
    ck_assert_uint_eq(r.causes[V_DATE].count, 3);
    ck_assert_uint_eq(r.causes[V_DATE].households, 2);
    ck_assert_int_eq(r.causes[V_DATE].cost, COST_FIELD);
    ck_assert_uint_eq(r.causes[V_CODE].count, 1);
    ck_assert_int_eq(r.causes[V_CODE].cost, COST_WARNING);
    free(m);
}
END_TEST

START_TEST(only_what_was_never_seen_is_kept_of_the_census)
{
    struct flux_report r = {0};
    struct msg_census known = {.node = VRSB_EtatDossierRSA_ETATDOSRSA, .count = 9, .first_line = 3}, code = known, element = known;
    snprintf(code.path, sizeof code.path, "9");
    code.count = 50;
    element.node = NODE_NONE;
    snprintf(element.path, sizeof element.path, "InfosFoyerRSA/NOUVEAU");
    element.count = 2;
    ck_assert_int_eq(gather_census(&r, &known), ERR_OK);
    ck_assert_int_eq(gather_census(&r, &code), ERR_OK);
    ck_assert_int_eq(gather_census(&r, &element), ERR_OK);
    element.count = 7;
    snprintf(element.path, sizeof element.path, "InfosFoyerRSA/AUTRE");
    ck_assert_int_eq(gather_census(&r, &element), ERR_OK);
    gather_settle(&r);
    ck_assert_uint_eq(r.unknown_count, 3);
    ck_assert_str_eq(r.unknown[0].path, "InfosFoyerRSA/AUTRE");
    ck_assert_str_eq(r.unknown[1].path, "InfosFoyerRSA/NOUVEAU");
    ck_assert_str_eq(r.unknown[1].code, "");
    ck_assert_str_eq(r.unknown[2].path, "InfosFoyerRSA/PrestationRSA/SituationDossierRSA/EtatDossierRSA/ETATDOSRSA");
    ck_assert_str_eq(r.unknown[2].code, "9");
    ck_assert_uint_eq(r.unknown[2].count, 50);
    for (int i = 3; i < FLUX_UNKNOWN_MAX; i++)
        ck_assert_int_eq(gather_census(&r, &element), ERR_OK);
    ck_assert_int_eq(gather_census(&r, &element), ERR_FRAME);
    flux_report_free(&r);
}
END_TEST

START_TEST(a_number_that_stands_twice_is_found)
{
    enum { NUMBERS = 20000 };
    struct number_set *s;
    char text[16];
    ck_assert_int_eq(number_set_new(&s), ERR_OK);
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < NUMBERS; i++) {
            bool was_there;
            int n = snprintf(text, sizeof text, "%08d062", i);
            ck_assert_int_eq(number_set_add(s, (struct span){(const uint8_t *)text, (size_t)n}, &was_there), ERR_OK);
            ck_assert_int_eq(was_there, round);
        }
    number_set_free(s);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("gather");
    TCase *t = tcase_create("gather");
    tcase_add_test(t, what_the_parser_cannot_know_is_added);
    tcase_add_test(t, a_household_counts_once_for_each_cause);
    tcase_add_test(t, only_what_was_never_seen_is_kept_of_the_census);
    tcase_add_test(t, a_number_that_stands_twice_is_found);
    suite_add_tcase(s, t);
    return run_suite(s);
}
