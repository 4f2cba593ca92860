/* What the schema cannot say of a person, through the parser. Numbers in names are those of flux-caf-msa 7.2 to 7.4. Names and NIR are
 * invented. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/checks_rig.h"
#include "tests/unit/run_suite.h"

/* ---- identification ---- */

START_TEST(same_number_twice_47)
{
    assert_edit("01024042062", "01024041062", "");
    ck_assert_uint_eq(rig.households, 2);
}
END_TEST

START_TEST(matricule_48_to_50)
{
    assert_edit(">1234567<", ">000000000000000<", "V_MATRICULE/FIELD " H1 "/IdentificationRSA/Organisme/MATRICULE\n");
    ck_assert_uint_eq(rig.households, 2);
    assert_edit(">1234567<", ">034614500000000<", "");
    const char *const msa[] = {"<FONORG>CAF<", "<FONORG>MSA<", ">1234567<", ">282026200101119<", NULL};
    assert_edits(msa, "");
}
END_TEST

START_TEST(number_that_lost_its_zero)
{
    assert_edit("01024041062", "1024041062", "V_NUMDEMRSA " H1 "/IdentificationRSA/DemandeRSA/NUMDEMRSA\n");
    assert_edit("<DDRATDOS>2007-05-15</DDRATDOS>", "<DDRATDOS>2007-05-15</DDRATDOS><NUMDEMRSAPRECE>104</NUMDEMRSAPRECE>",
                "V_NUMDEMRSA " P1 "/DossierCAF/NUMDEMRSAPRECE\n");
}
END_TEST

/* ---- NIR ---- */

static void assert_nir(const char *nir, const char *wanted)
{
    assert_edit("2820262001011", nir, wanted);
    ck_assert_uint_eq(rig.households, 2);
}

START_TEST(sound_nir_52_53)
{
    assert_nir("282026200101119", "");
    assert_nir("282026200101100", "");
}
END_TEST

START_TEST(wrong_key_54)
{
    assert_nir("282026200101120", "V_NIR_KEY " NIR1 "\n");
    keep_add(&schema_vrsb0801, &rig.job.keep, VRSB_Identification_NIR);
    assert_nir("282026200101120", "V_NIR_KEY/FIELD " NIR1 "\n");
}
END_TEST

START_TEST(corsica_55)
{
    assert_nir("282022A001011", "");
    assert_nir("282022B001011", "");
    assert_nir("282022C001011", "V_NIR " NIR1 "\n");
}
END_TEST

START_TEST(provisional_nir_56)
{
    assert_nir("7820262001011", "V_NIR_PROVISIONAL " NIR1 "\n");
    assert_nir("8010162001011", "V_NIR_PROVISIONAL " NIR1 "\n");
}
END_TEST

START_TEST(not_a_nir_57)
{
    assert_nir("3820262001011", "V_NIR_PROVISIONAL " NIR1 "\n");
    assert_nir("2821362001011", "V_NIR " NIR1 "\n");
    assert_nir("28202620010A1", "V_NIR " NIR1 "\n");
    assert_nir("5820262001011", "V_NIR " NIR1 "\n");
    assert_nir("28202620010113", "V_NIR " NIR1 "\n");
}
END_TEST

START_TEST(no_nir_58)
{
    assert_nir("", "");
    assert_edit("<NIR>2820262001011</NIR>\n", "", "");
}
END_TEST

START_TEST(nir_and_civil_record)
{
    assert_nir("1820262001011", "V_NIR_CIVIL " NIR1 "\n");
    assert_nir("2830262001011", "V_NIR_CIVIL " NIR1 "\n");
    assert_nir("2823162001011", "");
    assert_nir("2820362001011", "");
    assert_nir("7830262001011", "V_NIR_PROVISIONAL " NIR1 "\n");
}
END_TEST

START_TEST(conventional_birth_date_76)
{
    static const struct {
        const char *kind, *nir, *wanted;
    } rows[] = {
        {"O", "2820962001011", ""},
        {"J", "2820262001011", ""},
        {"J", "2820962001011", "V_NIR_CIVIL " NIR1 "\n"},
        {"N", "2820962001011", "V_NIR_CIVIL " NIR1 "\n"},
        {"O", "2810262001011", "V_NIR_CIVIL " NIR1 "\n"},
        {"", "2820962001011", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char to[200];
        snprintf(to, sizeof to, "<TYPEDTNAI>%s</TYPEDTNAI><NIR>%s</NIR>", rows[i].kind, rows[i].nir);
        assert_edit("<NIR>2820262001011</NIR>", to, rows[i].wanted);
    }
}
END_TEST

/* ---- persons ---- */

#define LOU "<PRENOM>LOU</PRENOM>"

START_TEST(same_nir_twice_62)
{
    const char *const edits[] = {"2150362003013", "2900762002012", "2015-03-09", "1990-11-01", NULL};
    assert_edits(edits, "D_NIR_TWICE " P2 "/Identification/NIR\n");
    const char *const two_forms[] = {"2150362003013", "290076200201264", "2015-03-09", "1990-11-01", NULL};
    assert_edits(two_forms, "D_NIR_TWICE " P2 "/Identification/NIR\n");
    const char *const unsound[] = {"2150362003013", "2901362002012", "2900762002012", "2901362002012", NULL};
    assert_edits(unsound, "V_NIR InfosFoyerRSA[2]/Personne[1]/Identification/NIR\nV_NIR " P2 "/Identification/NIR\n");
}
END_TEST

START_TEST(twins_63)
{
    const char *const rank[] = {LOU, ALIX, "2015-03-09</DTNAI>", "1990-07-14</DTNAI><RGNAI>2</RGNAI>", "2150362003013", "2900762002013",
                                NULL};
    assert_edits(rank, "");
    const char *const names[] = {"2015-03-09", "1990-07-14", "2150362003013", "2900762002013", NULL};
    assert_edits(names, "");
}
END_TEST

START_TEST(same_person_twice_64)
{
    const char *const edits[] = {LOU, "<PRENOM>Alix</PRENOM>", "2015-03-09", "1990-07-14", "2150362003013", "2900762002012", NULL};
    assert_edits(edits, "D_PERSON_TWICE " P2 "\n");
    ck_assert_uint_eq(rig.households, 2);
}
END_TEST

START_TEST(blocks_of_roles_65_66)
{
    assert_lou(ROLES("PFA", "ENF", "RSA", "AUT"), PARENT, "");
    assert_lou(ROLES("PFA", "ENF", "RSA", "AUT"), PARENT MAINTENANCE(""), "D_BLOCK_ROLE " P2 "/PensionAlimentaire/Asf[1]\n");
    assert_lou(ROLES("RSA", "AUT", "PFA", "ENF"), PARENT MAINTENANCE(""), "D_BLOCK_ROLE " P2 "/PensionAlimentaire/Asf[1]\n");
    assert_lou(ROLES("RSA", "ENF", "PFA", "AUT"), PARENT MAINTENANCE(""), "");
    assert_lou(ROLES("RSA", "CJT", "PFA", "ENF"), PARENT PARENT, "D_BLOCK_ROLE " P2 "/Rattachement[1]\n");
    assert_lou(ROLES("RSA", "CJT", "PFA", "ENF"), PREGNANCY(""), "");
    assert_lou(ROLES("RSA", "ENF", "PFA", "CJT"), PREGNANCY(""), "D_BLOCK_ROLE " P2 "/Grossesse\n");
    assert_lou(ROLES("RSA", "RDO", "PFA", "ENF"), PARENT PREGNANCY(""), "");
}
END_TEST

START_TEST(attached_to_somebody_unknown_78) { assert_lou(ROLES("PFA", "ENF", "RSA", "ENF"), PARENT, ""); }
END_TEST

START_TEST(no_role_67)
{
    assert_lou(ROLE("PFA", "ENF") "0</TOPCHAPERS></Prestations>", "", "V_MISSING/FIELD " P2 "/Prestations[2]\nD_NO_ROLE " P2 "\n");
    assert_lou(ROLE("RSA", "ENF") "0</TOPCHAPERS></Prestations>", "", "V_MISSING/FIELD " P2 "/Prestations[2]\n");
    assert_lou(ROLES("PFA", "ENF", "RSA", ""), "", "D_NO_ROLE " P2 "/Prestations[2]/ROLEPERS\n");
    assert_lou(ROLES("PFA", "ENF", "", "ENF"), "", "");
}
END_TEST

START_TEST(role_twice)
{
    assert_lou(ROLES("RSA", "CJT", "RSA", "ENF"), PARENT, "D_ROLE_TWICE " P2 "/Prestations[2]\n");
    assert_lou(ROLES("PFA", "ENF", "PFA", "ENF"), "", "D_ROLE_TWICE " P2 "/Prestations[2]\nD_NO_ROLE " P2 "\n");
}
END_TEST

START_TEST(several_or_no_demandeurs_68)
{
    assert_lou(ROLES("PFA", "ENF", "RSA", "DEM"), "", "D_DEMANDEURS " P2 "/Prestations[2]/ROLEPERS\n");
    assert_lou(ROLES("PFA", "DEM", "RSA", "ENF"), "", "");
    assert_edit(ROLES("PFA", "DEM", "RSA", "DEM"), ROLES("PFA", "DEM", "RSA", "CJT"), "D_NO_DEMANDEUR " H1 "\n");
    assert_edit(ROLES("PFA", "DEM", "RSA", "DEM"), ROLES("PFA", "DEM", "RSA", "DEMX"), "V_LENGTH/FIELD " P1 "/Prestations[2]/ROLEPERS\n");
    char *text = edited((const char *const[]){ROLES("PFA", "ENF", "RSA", "ENF"), ROLES("PFA", "ENF", "RSA", "CJT"), NULL});
    const char *start = strstr(strstr(text, "ALIX"), "<Personne>");
    size_t len = (size_t)(strstr(start, "</Personne>\n") - start) + strlen("</Personne>\n");
    char *person = strndup(start, len), *to = NULL;
    rig_append(&to, person);
    char *other = rig_replace(person, "LOU", "ANNE"), *third = rig_replace(other, "2150362003013", "2150362003014");
    rig_append(&to, third);
    rig_edit(&rig, text, person, to);
    assert_found("D_CONJOINTS InfosFoyerRSA[2]/Personne[3]/Prestations[2]/ROLEPERS\n");
    free(text), free(person), free(to), free(other), free(third);
}
END_TEST

START_TEST(names_77)
{
    static const char *const fine[] = {"JEAN-PIERRE", "JEAN PIERRE", "Ève d’Arc", "N'DIAYE", "J. R.",
                                       "ŒUVRARD",     "ŠÍMA",        "MAX",       "X.A",     "SPA"};
    static const char *const odd[] = {"X", "xx", "SP", "spc", "-", "ANNE2", "A/B", "(ANNE)", "A_B", "A€B", "'"};
    for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++)
        assert_edit("ODILE", fine[i], "");
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
        assert_edit("ODILE", odd[i], "V_NAME " P1 "/Identification/PRENOM\n");
    assert_edit("<NOM>SYLVESTRE", "<NOM>SYLV3STRE", "V_NAME " P1 "/Identification/NOM\n");
    assert_edit("<NOMNAI>SYLVESTRE",
                "<NOMNAI>XX"
                "X",
                "V_NAME " P1 "/Identification/NOMNAI\n");
}
END_TEST

START_TEST(wrong_encoding)
{
    static const char *const fine[] = {"NOÉMIE", "SÃO", "PÂTRE", "ÅSA", "ÄRA", "ÂÂ", "BŒUF"};
    static const char *const odd[] = {"NOÃ‰MIE", "MaÃ«lle", "FRANÃ‡OISE", "Ã\u00a0", "dâ€™Arc", "Å’UVRE", "N° 3 â‚¬", "Â°", "NO\ufffdMIE"};
    for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++)
        assert_edit("ODILE", fine[i], "");
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
        assert_edit("ODILE", odd[i], "V_MOJIBAKE " P1 "/Identification/PRENOM\n");
    assert_edit("DU LAVOIR", "DE L'Ã‰CLUSE", "V_MOJIBAKE " ADDRESS "[1]/AdresseDetailleeFrance/NOMVOIE\n");
    assert_edit("DU LAVOIR", "DU 8 MAI (FOND)", "");
}
END_TEST

START_TEST(births)
{
    const char *const future[] = {"2015-03-09", "2022-03-06", "<NIR>2150362003013</NIR>", "", NULL};
    assert_edits(future, "D_BIRTH " P2 "/Identification/DTNAI\n");
    const char *const today[] = {"2015-03-09", "2022-03-05", "<NIR>2150362003013</NIR>", "", NULL};
    assert_edits(today, "");
    const char *const old[] = {"2015-03-09", "1902-03-04", "<NIR>2150362003013</NIR>", "", NULL};
    assert_edits(old, "D_BIRTH " P2 "/Identification/DTNAI\n");
    const char *const centenarian[] = {"2015-03-09", "1902-03-05", "<NIR>2150362003013</NIR>", "", NULL};
    assert_edits(centenarian, "");
}
END_TEST

#define DUTIES(is, enters)                                                                                                                 \
    "<MontantCalculDroitRSAPersonne><TOPPERSDRODEVORSA>" is "</TOPPERSDRODEVORSA>" enters "</MontantCalculDroitRSAPersonne>"
#define ENTERS(n) "<TOPPERSENTDRODEVORSA>" n "</TOPPERSENTDRODEVORSA>"
#define ALL(n) "<ORIDEMRSA>DEM</ORIDEMRSA>\n<TOPFOYDRODEVORSA>" n "</TOPFOYDRODEVORSA>"
#define FOYER H1 "/PrestationRSA/DetailDroitRSA/TroncCommunDroitRSA/TOPFOYDRODEVORSA\n"

static void assert_duties(const char *person, const char *all, const char *wanted)
{
    char to[1024];
    snprintf(to, sizeof to, "%s</Personne>\n", person);
    const char *const edits[] = {"</Personne>\n", to, "<ORIDEMRSA>DEM</ORIDEMRSA>", all, NULL};
    assert_edits(edits, wanted);
}

START_TEST(rights_and_duties_74)
{
    assert_duties("", ALL("0"), "");
    assert_duties("", ALL("1"), "");
    assert_duties(DUTIES("1", ENTERS("1")), ALL("1"), "");
    assert_duties(DUTIES("0", ENTERS("0")), ALL("0"), "");
    assert_duties(DUTIES("0", ""), "<ORIDEMRSA>DEM</ORIDEMRSA>", "");
    assert_duties(DUTIES("1", ""), ALL("0"), "D_DUTIES " FOYER);
    assert_duties(DUTIES("0", ""), ALL("1"), "D_DUTIES " FOYER);
    assert_duties(DUTIES("0", ENTERS("1")), ALL("0"), "D_DUTIES " P1 "/MontantCalculDroitRSAPersonne/TOPPERSENTDRODEVORSA\n");
}
END_TEST

#define MONTH                                                                                                                              \
    "<RessourcesMensuelles><GeneraliteRessourcesMensuelles><MOISRESS>2021-11-01</MOISRESS></GeneraliteRessourcesMensuelles>"               \
    "<DetailRessourcesMensuelles><NATRESS>001</NATRESS><MTNATRESSMEN>12.00</MTNATRESSMEN></DetailRessourcesMensuelles>"                    \
    "</RessourcesMensuelles>"

START_TEST(resources_88)
{
    assert_edit("</Personne>", QUARTER("1", "2022-01-31") MONTH MONTH "</Ressources></Personne>",
                "D_RESOURCES " P1 "/Ressources/RessourcesMensuelles[1]\n");
    assert_edit("</Personne>", QUARTER("0", "2022-01-31") MONTH "</Ressources></Personne>", "");
    assert_edit("</Personne>", QUARTER("1", "2022-01-31") "</Ressources></Personne>", "");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("checks of persons");
    TCase *c = tcase_create("checks of persons");
    tcase_add_checked_fixture(c, checks_setup, checks_teardown);
    tcase_set_timeout(c, 120);
    const TTest *const tests[] = {
        same_number_twice_47,
        matricule_48_to_50,
        number_that_lost_its_zero,
        sound_nir_52_53,
        wrong_key_54,
        corsica_55,
        provisional_nir_56,
        not_a_nir_57,
        no_nir_58,
        nir_and_civil_record,
        conventional_birth_date_76,
        same_nir_twice_62,
        twins_63,
        same_person_twice_64,
        blocks_of_roles_65_66,
        attached_to_somebody_unknown_78,
        no_role_67,
        role_twice,
        several_or_no_demandeurs_68,
        names_77,
        wrong_encoding,
        births,
        rights_and_duties_74,
        resources_88,
    };
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_test(c, tests[i]);
    suite_add_tcase(s, c);
    return s;
}

int main(void) { return run_suite(suite()); }
