/* What is found in the households of a flux, where, and what it costs. Names are invented. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flux/record/record.h"
#include "tests/unit/parse_rig.h"
#include "tests/unit/run_suite.h"

static struct rig rig;

static void setup(void) { rig_open(&rig); }

static void teardown(void) { rig_close(&rig); }

static void assert_edit_finds(const char *from, const char *to, const char *findings)
{
    rig_edit(&rig, rig_flux, from, to);
    ck_assert_str_eq(rig_refusal(&rig), "");
    ck_assert_str_eq(rig.findings, findings);
}

static void assert_value(node_id leaf, const char *wanted)
{
    struct value v;
    char text[VALUE_TEXT_MAX];
    bool found = record_find(schema_vrsb0801.household, rig.record.data, rig.record.len, leaf, &v);
    ck_assert_int_eq(found, wanted != NULL);
    if (!found)
        return;
    value_text(&v, text);
    ck_assert_str_eq(text, wanted);
}

/* A flux with `times` times `what` in place of the first given name. */
static char *flood(const char *before, const char *what, size_t times, const char *after)
{
    char *text = malloc(strlen(before) + times * strlen(what) + strlen(after) + 1);
    ck_assert_ptr_nonnull(text);
    size_t len = strlen(before), n = strlen(what);
    memcpy(text, before, len);
    for (size_t i = 0; i < times; i++, len += n)
        memcpy(text + len, what, n);
    memcpy(text + len, after, strlen(after) + 1);
    char *flux = rig_replace(rig_flux, "ODILE", text);
    free(text);
    return flux;
}

START_TEST(household_limits)
{
    char *text = flood("", "<x/>", 10001, "");
    rig_text(&rig, text);
    ck_assert_str_eq(rig_refusal(&rig), "");
    ck_assert_uint_eq(rig.rejects, 1);
    ck_assert_uint_eq(rig.households, 1);
    ck_assert_ptr_nonnull(strstr(rig.findings, "R1:D_LIMIT/HOUSEHOLD@33 InfosFoyerRSA[1]\n"));
    free(text);
    rig.job.limits.household_bytes = 3000;
    text = flood("</PRENOM>", "<!-- 0123456789 0123456789 0123456789 -->", 100, "<PRENOM>");
    rig_text(&rig, text);
    ck_assert_ptr_nonnull(strstr(rig.findings, "R1:D_LIMIT/HOUSEHOLD@33 InfosFoyerRSA[1]\n"));
    assert_value(VRSB_DemandeRSA_NUMDEMRSA, "01024042062");
    ck_assert_uint_eq(rig.households, 1);
    free(text);
}
END_TEST

#define H1 "InfosFoyerRSA[1]/"
#define ID H1 "IdentificationRSA/"
#define P1 H1 "Personne[1]/"

START_TEST(values)
{
    assert_edit_finds("2007-05-15", "2007-02-29", "H1:V_DATE/FIELD@41 " P1 "DossierCAF/DDRATDOS\n");
    ck_assert_str_eq(rig.faulty, "");
    assert_edit_finds("<NIR>2820262001011", "<NIR>28202620010112233", "H1:V_LENGTH/WARNING@36 " P1 "Identification/NIR\n");
    assert_edit_finds(">CEL<", ">?!?<", "H1:V_CODE/WARNING@56 " H1 "DonneesAdministratives/SituationFamille/SITFAM\n");
    assert_edit_finds(">CG<", ">CG    <", "H1:V_PADDED/WARNING@20 " ID "Partenaire/TYPEPARTE\n");
}
END_TEST

START_TEST(keys)
{
    assert_edit_finds("01024041062", "010240410620",
                      "R1:V_LENGTH/FIELD@25 " ID "DemandeRSA/NUMDEMRSA\nR1:D_NO_KEY/HOUSEHOLD@25 " ID "DemandeRSA/NUMDEMRSA\n");
    ck_assert_str_eq(rig.faulty, ID "DemandeRSA/NUMDEMRSA=010240410620\n");
    ck_assert_uint_eq(rig.rejects, 1);
    ck_assert_uint_eq(rig.households, 1);
    ck_assert_uint_eq(rig.end.rejected, 1);
    assert_edit_finds("01024041062", "  ", "R1:D_NO_KEY/HOUSEHOLD@25 " ID "DemandeRSA/NUMDEMRSA\n");
    assert_edit_finds("1982-02-01", "1982-02-31",
                      "R1:V_DATE/FIELD@35 " P1 "Identification/DTNAI\nR1:D_PERSON_KEY/HOUSEHOLD@35 " P1 "Identification/DTNAI\n");
    assert_edit_finds("<PRENOM>ODILE</PRENOM>\n", "",
                      "R1:V_MISSING/FIELD@37 " P1 "Identification/PRENOM\nR1:D_PERSON_KEY/HOUSEHOLD@37 " P1 "Identification/PRENOM\n");
    assert_edit_finds("<PRENOM>LOU</PRENOM>", "<PRENOM/>",
                      "R2:D_PERSON_KEY/HOUSEHOLD@129 InfosFoyerRSA[2]/Personne[2]/Identification/PRENOM\n");
}
END_TEST

START_TEST(missing)
{
    assert_edit_finds("<SEXE>2</SEXE>\n", "", "H1:V_MISSING/FIELD@37 " P1 "Identification/SEXE\n");
    assert_edit_finds("<TYPEADR>D</TYPEADR>\n", "",
                      "H1:V_MISSING/WARNING@64 " H1 "DonneesAdministratives/Adresse[1]/TroncCommunAdresse/TYPEADR\n");
    assert_edit_finds("<DemandeRSA>\n<DTDEMRSA>2018-08-06</DTDEMRSA>\n<NUMDEMRSA>01024041062</NUMDEMRSA>\n</DemandeRSA>\n", "",
                      "R1:V_MISSING/FIELD@23 " ID "DemandeRSA\nR1:D_NO_KEY/HOUSEHOLD@23 " ID "DemandeRSA\n");
    assert_edit_finds("<Prestations>\n<NATPREST>PFA</NATPREST>\n<ROLEPERS>DEM</ROLEPERS>\n<TOPCHAPERS>0</TOPCHAPERS>\n</Prestations>\n", "",
                      "H1:V_MISSING/FIELD@48 " P1 "Prestations[2]\n");
}
END_TEST

START_TEST(no_person)
{
    char *text = NULL;
    rig_append(&text, rig_flux);
    char *from = strstr(text, "<Personne>"), *to = strstr(text, "</Personne>\n") + strlen("</Personne>\n");
    memmove(from, to, strlen(to) + 1);
    rig_text(&rig, text);
    ck_assert_str_eq(rig.findings, "R1:V_MISSING/FIELD@55 " H1 "Personne[1]\nR1:D_NO_PERSON/HOUSEHOLD@55 " H1 "Personne[1]\n");
    free(text);
}
END_TEST

START_TEST(order)
{
    assert_edit_finds("<QUAL>MME</QUAL>\n<NOM>SYLVESTRE</NOM>\n", "<NOM>SYLVESTRE</NOM>\n<QUAL>MME</QUAL>\n",
                      "R1:D_ORDER/HOUSEHOLD@31 " P1 "Identification/QUAL\n");
    assert_edit_finds("</Personne>\n", "</Personne>\n<IdentificationRSA><Organisme><FONORG>CAF</FONORG></Organisme></IdentificationRSA>\n",
                      "R1:D_ORDER/HOUSEHOLD@54 " H1 "IdentificationRSA\nR1:V_REPEATED/FIELD@54 " H1
                      "IdentificationRSA\nR1:D_NO_KEY/HOUSEHOLD@54 " H1 "IdentificationRSA\n");
}
END_TEST

START_TEST(repeated)
{
    assert_edit_finds("<SEXE>2</SEXE>", "<SEXE>2</SEXE><SEXE>1</SEXE>", "H1:V_REPEATED/FIELD@37 " P1 "Identification/SEXE\n");
    assert_value(VRSB_Identification_SEXE, "2");
    assert_edit_finds("<Prestations>", "<Prestations><ZZ/></Prestations><Prestations>",
                      "H1:V_MISSING/FIELD@43 " P1 "Prestations[1]/NATPREST\nH1:V_MISSING/FIELD@43 " P1
                      "Prestations[1]/ROLEPERS\nH1:V_MISSING/FIELD@43 " P1 "Prestations[1]/TOPCHAPERS\nH1:V_REPEATED/FIELD@48 " P1
                      "Prestations[3]\n");
    ck_assert_str_eq(rig.census, "InfosFoyerRSA/Personne/Prestations/ZZ*1@43\n");
}
END_TEST

START_TEST(unknown_names)
{
    assert_edit_finds("<NOMNAI>", "<SURNOM><NOM>x</NOM></SURNOM><NOMNAI>", "");
    ck_assert_str_eq(rig.census, "InfosFoyerRSA/Personne/Identification/SURNOM*1@32\n");
    ck_assert_uint_eq(rig.households, 2);
    assert_edit_finds("<SEXE>2</SEXE>", "<x:SEXE xmlns:x='urn:x'>2</x:SEXE><SEXE>2</SEXE>", "");
    ck_assert_str_eq(rig.census, "InfosFoyerRSA/Personne/Identification/SEXE*1@37\n");
    assert_edit_finds("</IdentificationFlux>", "</IdentificationFlux><Bonus/>", "");
    ck_assert_str_eq(rig.census, "Bonus*1@11\n");
}
END_TEST

START_TEST(unknown_names_are_bounded)
{
    char *text = NULL, name[32];
    for (unsigned i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "<z%u/>", i);
        rig_append(&text, name);
    }
    rig_append(&text, "<NOMNAI>");
    rig_edit(&rig, rig_flux, "<NOMNAI>", text);
    ck_assert_uint_eq(rig.households, 2);
    ck_assert_ptr_nonnull(strstr(rig.census, "\n…*44@32\n"));
    free(text);
}
END_TEST

START_TEST(attributes_texts_children)
{
    assert_edit_finds("<SEXE>", "<SEXE a='1'>", "H1:V_ATTRIBUTE/WARNING@37 " P1 "Identification/SEXE\n");
    assert_edit_finds("<SEXE>", "<SEXE xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:nil='false'>",
                      "H1:V_ATTRIBUTE/WARNING@37 " P1 "Identification/SEXE\n");
    assert_edit_finds("<Racine>", "<Racine xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:noNamespaceSchemaLocation='vrsb0801.xsd'>",
                      "");
    assert_edit_finds("<InfosFoyerRSA>", "<InfosFoyerRSA x=''>", "H1:V_ATTRIBUTE/WARNING@12 InfosFoyerRSA[1]\n");
    assert_edit_finds("<SEXE>2</SEXE>", "word<SEXE>2</SEXE>", "H1:V_TEXT/WARNING@37 " P1 "Identification\n");
    assert_edit_finds("<SEXE>2</SEXE>", "\n \nword\n\n<SEXE>2</SEXE>", "H1:V_TEXT/WARNING@39 " P1 "Identification\n");
    assert_edit_finds("<SEXE>2</SEXE>", "<!--\n-->\n<SEXE a='1'>2</SEXE>word",
                      "H1:V_ATTRIBUTE/WARNING@39 " P1 "Identification/SEXE\nH1:V_TEXT/WARNING@39 " P1 "Identification\n");
    assert_edit_finds("<SEXE>2</SEXE>", "<SEXE>2</SEXE>\r\n&amp;", "H1:V_TEXT/WARNING@38 " P1 "Identification\n");
    assert_edit_finds("<SEXE>2</SEXE>", "<![CDATA[ ]]><SEXE>2</SEXE>", "H1:V_TEXT/WARNING@37 " P1 "Identification\n");
    assert_edit_finds(">MME<", "><b/>MME<", "H1:V_CHILD/FIELD@30 " P1 "Identification/QUAL\n");
    assert_edit_finds(">ODILE<", ">OD<b>x</b>ILE<",
                      "R1:V_CHILD/FIELD@33 " P1 "Identification/PRENOM\nR1:D_PERSON_KEY/HOUSEHOLD@33 " P1 "Identification/PRENOM\n");
    ck_assert_str_eq(rig.faulty, P1 "Identification/PRENOM=ODILE\n");
}
END_TEST

START_TEST(findings_are_bounded)
{
    char *text = NULL;
    for (unsigned i = 0; i < 150; i++)
        rig_append(&text, "<SEXE>3</SEXE>");
    rig_append(&text, "</Identification>");
    char *flux = rig_replace(rig_flux, "</Identification>", text);
    rig_edit(&rig, flux, "<ETATDOSRSA>2</ETATDOSRSA>", "<ETATDOSRSA>2</ETATDOSRSA></EtatDossierRSA><EtatDossierRSA>");
    ck_assert_uint_eq(rig.households, 2);
    free(text);
    text = rig_replace(flux, "</PrestationRSA>\n", "</PrestationRSA>\n<Personne/>");
    rig_text(&rig, text);
    ck_assert_uint_eq(rig.rejects, 1);
    unsigned lines = 0;
    for (const char *p = rig.findings; *p; p++)
        lines += *p == '\n';
    ck_assert_uint_eq(lines, FINDINGS_MAX);
    ck_assert_ptr_nonnull(strstr(rig.findings, "/HOUSEHOLD@"));
    free(text);
    free(flux);
}
END_TEST

START_TEST(faulty_text_is_cut_between_characters)
{
    char *text = flood("", "é", 200, "");
    rig_text(&rig, text);
    ck_assert_uint_eq(rig.rejects, 1);
    char *value = strchr(rig.faulty, '=');
    ck_assert_ptr_nonnull(value);
    ck_assert_uint_eq(strlen(value + 1), FAULTY_TEXT_MAX + 1);
    free(text);
}
END_TEST

static Suite *households_suite(void)
{
    Suite *s = suite_create("households");
    TCase *c = tcase_create("households");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_set_timeout(c, 120);
    const TTest *const tests[] = {
        household_limits,
        values,
        keys,
        missing,
        no_person,
        order,
        repeated,
        unknown_names,
        unknown_names_are_bounded,
        attributes_texts_children,
        findings_are_bounded,
        faulty_text_is_cut_between_characters,
    };
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_test(c, tests[i]);
    suite_add_tcase(s, c);
    return s;
}

int main(void) { return run_suite(households_suite()); }
