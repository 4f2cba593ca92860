#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cli/json.h"
#include "cli/record_json.h"
#include "cli/record_text.h"
#include "flux/record/record.h"
#include "tests/unit/run_suite.h"

static const struct node *node(node_id n) { return &schema_vrsb0801.nodes[n]; }

static void leaf(struct buf *b, node_id n, const char *text)
{
    record_leaf(b, node(n));
    ck_assert_int_eq(value_encode(node(n), text, strlen(text), b), FINDING_NONE);
}

static void person(struct buf *b, const char *name, const char *role)
{
    record_enter(b, node(VRSB_Personne));
    record_enter(b, node(VRSB_Identification));
    leaf(b, VRSB_Identification_NOMNAI, name);
    leaf(b, VRSB_Identification_DTNAI, "1980-01-31");
    leaf(b, VRSB_Identification_NIR, "180016207700115");
    record_leave(b);
    record_enter(b, node(VRSB_Prestations));
    leaf(b, VRSB_Prestations_NATPREST, "PFA");
    leaf(b, VRSB_Prestations_ROLEPERS, "ENF");
    record_leave(b);
    record_enter(b, node(VRSB_Prestations));
    leaf(b, VRSB_Prestations_NATPREST, "RSA");
    leaf(b, VRSB_Prestations_ROLEPERS, role);
    leaf(b, VRSB_Prestations_TOPCHAPERS, "1");
    record_leave(b);
    record_leave(b);
}

static void household(struct buf *b, const char *payer)
{
    buf_init(b, RECORD_MAX);
    record_begin(b, &schema_vrsb0801);
    record_enter(b, node(VRSB_IdentificationRSA));
    record_enter(b, node(VRSB_Organisme));
    if (payer)
        leaf(b, VRSB_Organisme_FONORG, payer);
    leaf(b, VRSB_Organisme_MATRICULE, "180016207700115");
    record_leave(b);
    record_enter(b, node(VRSB_DemandeRSA));
    leaf(b, VRSB_DemandeRSA_NUMDEMRSA, "01024041052");
    record_leave(b);
    record_leave(b);
    person(b, "MARTIN", "DEM");
    person(b, "LEFÈVRE", "CJT");
    ck_assert_int_eq(b->err, ERR_OK);
}

static json_t *converted(const char *payer, bool nir)
{
    struct buf b;
    household(&b, payer);
    json_t *record = record_json(schema_vrsb0801.household, (struct span){b.data, b.len}, nir);
    buf_free(&b);
    ck_assert_ptr_nonnull(record);
    return record;
}

START_TEST(follows_the_tree_of_the_flux)
{
    json_t *record = converted("CAF", true);
    json_t *persons = json_object_get(record, "Personne");
    ck_assert_str_eq(json_at(record, "IdentificationRSA/DemandeRSA/NUMDEMRSA"), "01024041052");
    ck_assert_ptr_null(json_at(record, "IdentificationRSA/DemandeRSA/DTDEMRSA"));
    ck_assert_uint_eq(json_array_size(persons), 2);
    ck_assert_str_eq(json_at(json_array_get(persons, 1), "Identification/NOMNAI"), "LEFÈVRE");
    ck_assert_str_eq(json_at(json_array_get(persons, 0), "Identification/DTNAI"), "1980-01-31");
    ck_assert_str_eq(json_at(json_array_get(persons, 0), "Identification/NIR"), "180016207700115");
    json_t *roles = json_object_get(json_array_get(persons, 0), "Prestations");
    ck_assert_uint_eq(json_array_size(roles), 2);
    ck_assert_str_eq(json_at(json_array_get(roles, 1), "TOPCHAPERS"), "true");
    json_decref(record);
}
END_TEST

START_TEST(role_is_that_of_the_rsa)
{
    json_t *record = converted("CAF", false);
    json_t *persons = json_object_get(record, "Personne");
    ck_assert_str_eq(person_role(json_array_get(persons, 0)), "DEM");
    ck_assert_str_eq(person_role(json_array_get(persons, 1)), "CJT");
    json_decref(record);
}
END_TEST

START_TEST(nir_is_masked)
{
    json_t *record = converted("CAF", false);
    ck_assert_str_eq(json_at(json_array_get(json_object_get(record, "Personne"), 0), "Identification/NIR"), NIR_MASK);
    ck_assert_str_eq(json_at(record, "IdentificationRSA/Organisme/MATRICULE"), "180016207700115");
    json_decref(record);
}
END_TEST

START_TEST(matricule_that_may_be_a_nir_is_masked)
{
    static const char *const payers[] = {"MSA", NULL};
    for (size_t i = 0; i < 2; i++) {
        json_t *masked = converted(payers[i], false), *clear = converted(payers[i], true);
        ck_assert_str_eq(json_at(masked, "IdentificationRSA/Organisme/MATRICULE"), NIR_MASK);
        ck_assert_str_eq(json_at(clear, "IdentificationRSA/Organisme/MATRICULE"), "180016207700115");
        json_decref(masked);
        json_decref(clear);
    }
}
END_TEST

START_TEST(malformed_is_nothing)
{
    struct buf b;
    household(&b, "CAF");
    for (size_t cut = 1; cut < b.len; cut++) {
        json_t *record = record_json(schema_vrsb0801.household, (struct span){b.data, cut}, true);
        /* A record cut between two blocks of the household is a shorter record. */
        json_decref(record);
    }
    ck_assert_ptr_null(record_json(schema_vrsb0801.household, (struct span){b.data, b.len - 1}, true));
    b.data[0] = 0xff;
    ck_assert_ptr_null(record_json(schema_vrsb0801.household, (struct span){b.data, b.len}, true));
    buf_free(&b);
}
END_TEST

START_TEST(codes_get_their_label)
{
    char text[128];
    ck_assert_str_eq(coded(LIST_ETATDOSRSA, "2", text, sizeof(text)), "2, Droit ouvert et versable");
    ck_assert_str_eq(coded(LIST_ETATDOSRSA, "?", text, sizeof(text)), "?");
    ck_assert_str_eq(coded(LIST_ETATDOSRSA, NULL, text, sizeof(text)), "");
}
END_TEST

START_TEST(what_is_not_utf8_is_still_json)
{
    json_t *text = json_clean("caf\xe9.xml");
    ck_assert_str_eq(json_string_value(text), "caf?.xml");
    json_decref(text);
}
END_TEST

int main(void)
{
    json_start();
    Suite *suite = suite_create("record_json");
    TCase *t = tcase_create("record_json");
    tcase_add_test(t, follows_the_tree_of_the_flux);
    tcase_add_test(t, role_is_that_of_the_rsa);
    tcase_add_test(t, nir_is_masked);
    tcase_add_test(t, matricule_that_may_be_a_nir_is_masked);
    tcase_add_test(t, malformed_is_nothing);
    tcase_add_test(t, codes_get_their_label);
    tcase_add_test(t, what_is_not_utf8_is_still_json);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
