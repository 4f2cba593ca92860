/* What the schema cannot say of a household, through the parser. Numbers in names are those of flux-caf-msa 7.2 to 7.4. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/checks_rig.h"
#include "tests/unit/run_suite.h"

START_TEST(the_rig_is_sound)
{
    rig_text(&rig, rig_flux);
    assert_found("");
    ck_assert_uint_eq(rig.households, 2);
}
END_TEST

/* ---- state ---- */

static void assert_state(const char *state, const char *blocks, const char *wanted)
{
    char to[4096];
    snprintf(to, sizeof to, "<ETATDOSRSA>%s</ETATDOSRSA>\n</EtatDossierRSA>\n%s", state, blocks);
    assert_edit("<ETATDOSRSA>2</ETATDOSRSA>\n</EtatDossierRSA>\n", to, wanted);
}

START_TEST(states_with_their_block_25_to_32_37)
{
    assert_state("0", "", "");
    assert_state("4", UNPAID("06"), "");
    assert_state("3", STOPPED STOPPED, "");
    assert_state("4", UNPAID("06") UNPAID("01") UNPAID("36"), "");
    assert_state("2", "", "");
    assert_state("5", CLOSED("ECH", "2022-01-31"), "");
    assert_state("6", CLOSED_BEFORE("2021-06-30"), "");
    assert_state("6", CLOSED("RAU", "2021-06-30"), "");
    assert_state("1", REFUSED("2022-02-10"), "");
}
END_TEST

START_TEST(state_without_its_block_33)
{
    for (unsigned i = 0; i < 5; i++)
        assert_state((const char *[]){"1", "3", "4", "5", "6"}[i], "", "D_STATE_BLOCK " STATE "\n");
}
END_TEST

START_TEST(block_of_another_state_34)
{
    assert_state("2", CLOSED("ECH", "2022-01-31"), "D_STATE_OTHER " STATE "/FinDroit\n");
    assert_state("2", STOPPED STOPPED, "D_STATE_OTHER " STATE "/SuspensionDroit[1]\n");
    assert_state("4", UNPAID("06") CLOSED_BEFORE("2021-06-30"), "D_STATE_OTHER " STATE "/FinDroitMoisAnterieur\n");
    assert_state("5", REFUSED("2022-02-10") CLOSED("ECH", "2022-01-31"), "D_STATE_OTHER " STATE "/Refus\n");
    assert_state("5", CLOSED_BEFORE("2021-06-30"), "D_STATE_BLOCK " STATE "\nD_STATE_OTHER " STATE "/FinDroitMoisAnterieur\n");
    assert_state("3", UNPAID("06"), "D_STATE_BLOCK " STATE "\nD_STATE_OTHER " STATE "/SuspensionVersement[1]\n");
}
END_TEST

START_TEST(unknown_state_38)
{
    assert_state("7", "", "V_CODE " STATE "/EtatDossierRSA/ETATDOSRSA\nD_STATE " STATE "/EtatDossierRSA/ETATDOSRSA\n");
    ck_assert_str_eq(rig.codes, "ETATDOSRSA=7*1@71\n");
    assert_state("", "", "D_STATE " STATE "/EtatDossierRSA/ETATDOSRSA\n");
    assert_state("22", "", "V_LENGTH/FIELD " STATE "/EtatDossierRSA/ETATDOSRSA\n");
    assert_edit("<ETATDOSRSA>2</ETATDOSRSA>\n", "", "V_MISSING/FIELD " STATE "/EtatDossierRSA/ETATDOSRSA\n");
}
END_TEST

START_TEST(padded_state_39)
{
    assert_state("2 ", "", "V_PADDED " STATE "/EtatDossierRSA/ETATDOSRSA\n");
    assert_state("5 ", "", "V_PADDED " STATE "/EtatDossierRSA/ETATDOSRSA\nD_STATE_BLOCK " STATE "\n");
}
END_TEST

START_TEST(unknown_reason_40)
{
    assert_state("5", CLOSED("XYZ", "2022-01-31"), "V_CODE " STATE "/FinDroit/MOTICLORSA\n");
    ck_assert_str_eq(rig.codes, "MOTICLORSA=XYZ*1@73\n");
    ck_assert_uint_eq(rig.households, 2);
}
END_TEST

/* ---- addresses ---- */

#define RANK(n) "<RGADR>" n "</RGADR>"
#define ABROAD                                                                                                                             \
    "<AdresseHorsFrance><LIBLIG2ADR/><LIBLIG3ADR/><LIBLIG4ADR/><LIBLIG5ADR/><LIBLIG6ADR/><LIBLIG7ADR>MAROC</LIBLIG7ADR></"                 \
    "AdresseHorsFrance>"
#define OTHER_ADDRESS(rank, pays, detail)                                                                                                  \
    "<Adresse><TroncCommunAdresse>" RANK(rank) "<PAYS>" pays                                                                               \
                                               "</PAYS><TYPEADR>D</TYPEADR><ETATADR>CO</ETATADR></TroncCommunAdresse>" detail "</Adresse>"

START_TEST(ranks_79_to_81)
{
    assert_edit(RANK("01"), RANK("1"), "");
    assert_edit("</Adresse>", "</Adresse>" OTHER_ADDRESS("2", "HOR", ABROAD) OTHER_ADDRESS("03", "HOR", ABROAD), "");
    assert_edit(RANK("01"), RANK("02"), "D_RANK_MISSING " H1 "/DonneesAdministratives\n");
    assert_edit("</Adresse>", "</Adresse>" OTHER_ADDRESS("1", "HOR", ABROAD), "D_RANK_TWICE " ADDRESS "[2]/TroncCommunAdresse/RGADR\n");
    assert_edit(RANK("01"), RANK("AB"), "V_INTEGER/FIELD " ADDRESS "[1]/TroncCommunAdresse/RGADR\n");
    assert_edit(RANK("01"), RANK("9"), "V_CODE " ADDRESS "[1]/TroncCommunAdresse/RGADR\nD_RANK_MISSING " H1 "/DonneesAdministratives\n");
    ck_assert_str_eq(rig.codes, "RGADR=09*1@61\n");
}
END_TEST

START_TEST(countries_82_83)
{
    assert_edit("</Adresse>", "</Adresse>" OTHER_ADDRESS("02", "HOR", ABROAD), "");
    assert_edit("</Adresse>", "</Adresse>" OTHER_ADDRESS("02", "FRA", ""), "D_COUNTRY " ADDRESS "[2]\n");
    assert_edit("</Adresse>", "</Adresse>" OTHER_ADDRESS("02", "HOR", ""), "D_COUNTRY " ADDRESS "[2]\n");
    assert_edit("</Adresse>", "</Adresse>" OTHER_ADDRESS("02", "FRA", ABROAD), "D_COUNTRY " ADDRESS "[2]/AdresseHorsFrance\n");
    assert_edit("<PAYS>FRA", "<PAYS>HOR", "D_COUNTRY " ADDRESS "[1]/AdresseDetailleeFrance\n");
}
END_TEST

START_TEST(communes_84)
{
    static const struct {
        const char *departement, *commune;
        bool away;
    } rows[] = {
        {"062", "62041", false}, {"062", "59350", true},  {"02A", "2A004", false}, {"02A", "2B033", true},  {"02B", "20033", false},
        {"020", "2A004", false}, {"974", "97411", false}, {"974", "97101", true},  {"075", "75056", false}, {"62", "62041", false},
        {"62", "59350", true},   {"69M", "69123", false}, {"988", "98818", false}, {"062", "", false},      {"062", "6204", false},
        {"010", "10387", false}, {"001", "01004", false}, {"001", "10387", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char departement[64], commune[64];
        snprintf(departement, sizeof departement, "<IDEPARTE>%s<", rows[i].departement);
        snprintf(commune, sizeof commune, "<NUMCOM>%s<", rows[i].commune);
        const char *const edits[] = {"<IDEPARTE>062<", departement, "<NUMCOM>62041<", commune, NULL};
        assert_edits(edits, rows[i].away ? "D_COMMUNE " ADDRESS "[1]/AdresseDetailleeFrance/NUMCOM\n" : "");
    }
    const char *const former[] = {RANK("01"), RANK("02"), "62041", "59350", "</Adresse>", "</Adresse>" OTHER_ADDRESS("01", "HOR", ABROAD),
                                  NULL};
    assert_edits(former, "");
}
END_TEST

START_TEST(way_number_85) { assert_edit("<NUMVOIE>7<", "<NUMVOIE>12BIS <", ""); }
END_TEST

/* ---- amounts and dates ---- */

#define RIGHT(nature, detail, rest)                                                                                                        \
    "<DetailCalculDroitRSA><NATPF>" nature "</NATPF><SOUSNATPF>" detail "</SOUSNATPF><DDNATDRO>2021-01-01</DDNATDRO>" rest                 \
    "</DetailCalculDroitRSA>"
#define DETAIL H1 "/PrestationRSA/DetailDroitRSA/DetailCalculDroitRSA"

static void assert_right(const char *block, const char *wanted)
{
    char to[1024];
    snprintf(to, sizeof to, "</TroncCommunDroitRSA>%s", block);
    assert_edit("</TroncCommunDroitRSA>", to, wanted);
}

START_TEST(amounts_86)
{
    assert_right(RIGHT("RSD", "RSDN1", "<MTRSAVERS>0001675.00</MTRSAVERS>"), "");
    assert_right(RIGHT("RSD", "RSDN1", "<MTRSAVERS>-12.5</MTRSAVERS>"), "V_NEGATIVE " DETAIL "[1]/MTRSAVERS\n");
    assert_right(RIGHT("RSD", "RSDN1", "<MTRSAVERS>1675,00</MTRSAVERS>"), "V_AMOUNT/FIELD " DETAIL "[1]/MTRSAVERS\n");
}
END_TEST

START_TEST(dates_87)
{
    assert_edit("2018-08-06", "2022-02-30", "V_DATE/FIELD " H1 "/IdentificationRSA/DemandeRSA/DTDEMRSA\n");
    assert_edit("2018-08-06", "0001-01-01", "V_RANGE/FIELD " H1 "/IdentificationRSA/DemandeRSA/DTDEMRSA\n");
    assert_edit("2007-05-15</DDRATDOS>", "2007-05-15</DDRATDOS><DFRATDOS>9999-12-31</DFRATDOS>",
                "V_RANGE/FIELD " P1 "/DossierCAF/DFRATDOS\n");
    assert_edit("1982-02-01", "0001-01-01",
                "V_RANGE/FIELD " P1 "/Identification/DTNAI\nD_PERSON_KEY/HOUSEHOLD " P1 "/Identification/DTNAI\n");
}
END_TEST

START_TEST(absent_rights_93)
{
    assert_right(RIGHT("ABS", "ABSEN", "<MTRSAVERS>12.00</MTRSAVERS>"), "D_NO_RIGHT " DETAIL "[1]/MTRSAVERS\n");
    assert_right(RIGHT("RSD", "RSDN1", "") RIGHT("RSD", "ABSEN", "<MTRSAVERS>12.00</MTRSAVERS>"), "D_NO_RIGHT " DETAIL "[2]/MTRSAVERS\n");
    assert_right(RIGHT("ABS", "ABSEN", ""), "");
    assert_right(RIGHT("ABS", "RSDN1", "<MTRSAVERS>0</MTRSAVERS>"), "");
}
END_TEST

START_TEST(periods)
{
    assert_edit("2007-05-15</DDRATDOS>", "2007-05-15</DDRATDOS><DFRATDOS>2007-05-14</DFRATDOS>", "D_PERIOD " P1 "/DossierCAF/DFRATDOS\n");
    assert_edit("2007-05-15</DDRATDOS>", "2007-05-15</DDRATDOS><DFRATDOS>2007-05-15</DFRATDOS>", "");
    assert_edit("</Personne>", QUARTER("1", "2021-10-31") "</Ressources></Personne>",
                "D_PERIOD " P1 "/Ressources/GeneraliteRessourcesTrimestre/DFRESS\n");
    assert_edit("</Personne>",
                "<Activite><ACT>CHO</ACT><DDACT>2021-01-01</DDACT></Activite>"
                "<Activite><ACT>CHO</ACT><DDACT>2020-01-01</DDACT><DFACT>2020-06-30</DFACT></Activite>"
                "<Activite><ACT>CHO</ACT><DDACT>2020-01-01</DDACT><DFACT>2019-06-30</DFACT></Activite></Personne>",
                "D_PERIOD " P1 "/Activite[3]/DFACT\n");
    assert_lou(ROLES("PFA", "ENF", "RSA", "ENF"), MAINTENANCE("<DFASF>2019-12-31</DFASF>"),
               "D_PERIOD " P2 "/PensionAlimentaire/Asf[1]/DFASF\n");
    assert_edit("</Personne>", PREGNANCY("<DFGRO>2021-05-01</DFGRO>") "</Personne>", "D_PERIOD " P1 "/Grossesse/DFGRO\n");
    assert_right(RIGHT("RSD", "RSDN1", "<DFNATDRO>2020-12-31</DFNATDRO>"), "D_PERIOD " DETAIL "[1]/DFNATDRO\n");
    /* A start that cannot be read says nothing. */
    assert_edit("2007-05-15</DDRATDOS>", "2007-02-31</DDRATDOS><DFRATDOS>2007-01-01</DFRATDOS>",
                "V_DATE/FIELD " P1 "/DossierCAF/DDRATDOS\n");
}
END_TEST

START_TEST(dates_that_contradict)
{
    assert_state("5", CLOSED("ECH", "2018-08-05"), "D_DATES " STATE "/FinDroit/DTCLORSA\n");
    assert_state("5", CLOSED("ECH", "2018-08-06"), "");
    assert_state("6", CLOSED_BEFORE("2018-07-31"), "D_DATES " STATE "/FinDroitMoisAnterieur/DTCLORSA\n");
    assert_state("1", REFUSED("2018-08-05"), "D_DATES " STATE "/Refus/DTREFURSA\n");
    assert_state("1", REFUSED("2022-03-06"), "D_DATES " STATE "/Refus/DTREFURSA\n");
    assert_edit("2018-08-06", "2022-03-06", "D_DATES " H1 "/IdentificationRSA/DemandeRSA/DTDEMRSA\n");
    assert_edit("</DemandeRSA>\n",
                "</DemandeRSA>\n<OrganismePrenant><FONORGPRENMUT>CAF</FONORGPRENMUT><NUMORGPRENMUT>751</NUMORGPRENMUT>"
                "<DDDEPAMUT>2018-08-05</DDDEPAMUT></OrganismePrenant>",
                "D_DATES " H1 "/IdentificationRSA/OrganismePrenant/DDDEPAMUT\n");
}
END_TEST

/* ---- the flux ---- */

#define EVENT(day) "<Evenement><DTLIQ>" day "</DTLIQ><HEULIQ>10:00:00</HEULIQ><FG>SUS</FG></Evenement>"
#define CONTROL                                                                                                                            \
    "<Controle><ControleAdministratif><IdentificationCibleControleAdministratif><DTEFFCIBCONTRO>2021-10-01</DTEFFCIBCONTRO>"               \
    "<CIBCONTRO>R01</CIBCONTRO></IdentificationCibleControleAdministratif><IdentificationControleAdministratif>"                           \
    "<DTDETECCONTRO>2021-12-01</DTDETECCONTRO><DTCLOCONTRO>2022-01-01</DTCLOCONTRO></IdentificationControleAdministratif>"                 \
    "<ModaliteControleAdministratif><LIBCIBCONTRO>X</LIBCIBCONTRO><FAMCIBCONTRO>01</FAMCIBCONTRO><NATCIBCONTRO>RSA</NATCIBCONTRO>"         \
    "<COMMACONTRO>CAF</COMMACONTRO><TYPECONTRO>AG</TYPECONTRO></ModaliteControleAdministratif><ResultatControleAdministratif>"             \
    "<TYPEIMPACCONTRO>0</TYPEIMPACCONTRO></ResultatControleAdministratif></ControleAdministratif></Controle>"

static void assert_flux(const char *type, const char *blocks, const char *wanted)
{
    char header[64], to[4096];
    snprintf(header, sizeof header, "<TYPEFLUX>%s<", type);
    snprintf(to, sizeof to, "</PrestationRSA>\n%s", blocks);
    const char *const edits[] = {"<TYPEFLUX>M<", header, "</PrestationRSA>\n", to, NULL};
    assert_edits(edits, wanted);
}

START_TEST(blocks_of_kinds_of_flux_91)
{
    assert_flux("M", EVENT("2022-02-10") EVENT("2022-02-10"), "D_WRONG_FLUX " H1 "/Evenement[1]\n");
    assert_flux("I", EVENT("2022-02-10"), "");
    assert_flux("R", EVENT("2022-02-10") CONTROL, "");
    assert_flux("I", CONTROL, "D_WRONG_FLUX " H1 "/Controle\n");
    assert_flux("M", CONTROL, "");
    assert_flux("I", EVENT("2022-03-06"), "D_DATES " H1 "/Evenement[1]/DTLIQ\n");
}
END_TEST

START_TEST(anomalies)
{
    assert_flux("M", "<Anomalie><LIBANO>Adresse</LIBANO></Anomalie><Anomalie><LIBANO>Montant</LIBANO></Anomalie>",
                "D_ANOMALIE " H1 "/Anomalie[1]\n");
}
END_TEST

/* ---- the checks themselves ---- */

START_TEST(places_have_lines)
{
    rig_edit(&rig, rig_flux, "<ETATDOSRSA>2</ETATDOSRSA>", "<ETATDOSRSA>5</ETATDOSRSA>");
    ck_assert_str_eq(rig.findings, "H1:D_STATE_BLOCK/WARNING@69 " STATE "\n");
    rig_edit(&rig, rig_flux, "</EtatDossierRSA>\n", "</EtatDossierRSA>\n" STOPPED "\n" STOPPED);
    ck_assert_str_eq(rig.findings, "H1:D_STATE_OTHER/WARNING@73 " STATE "/SuspensionDroit[1]\n");
    rig_edit(&rig, rig_flux, "2820262001011", "1820262001011");
    ck_assert_str_eq(rig.findings, "H1:V_NIR_CIVIL/WARNING@36 " NIR1 "\n");
}
END_TEST

START_TEST(a_rejected_household_is_not_judged_further)
{
    const char *const edits[] = {"<PRENOM>ODILE</PRENOM>\n", "", "<ETATDOSRSA>2<", "<ETATDOSRSA>5<", NULL};
    assert_edits(edits, "V_MISSING/FIELD " P1 "/Identification/PRENOM\nD_PERSON_KEY/HOUSEHOLD " P1 "/Identification/PRENOM\n");
    ck_assert_uint_eq(rig.rejects, 1);
}
END_TEST

/* One household says nothing of the next one. */
START_TEST(households_are_apart)
{
    const char *const edits[] = {"BRINDOR</NOMNAI>\n" ALIX,
                                 "SYLVESTRE</NOMNAI>\n<PRENOM>ODILE</PRENOM>",
                                 "1990-07-14",
                                 "1982-02-01",
                                 "2900762002012",
                                 "2820262001011",
                                 NULL};
    assert_edits(edits, "");
    const char *const last[] = {"<ETATDOSRSA>2</ETATDOSRSA>\n</EtatDossierRSA>\n",
                                "<ETATDOSRSA>5</ETATDOSRSA>\n</EtatDossierRSA>\n" CLOSED("ECH", "2022-01-31"), NULL};
    assert_edits(last, "");
}
END_TEST

START_TEST(many_persons)
{
    char *text = NULL, *flux;
    char person[2048];
    for (unsigned i = 0; i < 200; i++) {
        snprintf(person, sizeof person,
                 "<Personne><Identification><NOM>BRIN</NOM><NOMNAI>BRIN</NOMNAI><PRENOM>%c%c</PRENOM><NOMCOMNAI/>"
                 "<DTNAI>2015-03-09</DTNAI><SEXE>2</SEXE></Identification><DossierCAF><TOPRESPDOS>0</TOPRESPDOS>"
                 "<DDRATDOS>2016-01-01</DDRATDOS></DossierCAF>%s</Personne>",
                 'A' + i % 26, 'A' + i / 26, ROLES("PFA", "ENF", "RSA", "ENF"));
        rig_append(&text, person);
    }
    rig_append(&text, "<DonneesAdministratives>");
    flux = rig_replace(rig_flux, "<DonneesAdministratives>", text);
    rig_text(&rig, flux);
    assert_found("");
    free(text);
    free(flux);
}
END_TEST

START_TEST(codes_are_counted_by_value)
{
    char *text = NULL, code[64];
    for (unsigned i = 0; i < 300; i++) {
        snprintf(code, sizeof code, "<Activite><ACT>%03u</ACT><DDACT>2021-01-01</DDACT></Activite>", i);
        rig_append(&text, code);
    }
    for (unsigned i = 0; i < 3; i++)
        rig_append(&text, "<Activite><REG>?</REG><ACT>CHO</ACT><DDACT>2021-01-01</DDACT></Activite>");
    rig_append(&text, "</Personne>");
    rig_edit(&rig, rig_flux, "</Personne>", text);
    ck_assert_uint_eq(rig.households, 2);
    ck_assert_ptr_nonnull(strstr(rig.codes, "ACT=000*1@53\n"));
    ck_assert_ptr_nonnull(strstr(rig.codes, "\nACT=255*1@53\n"));
    ck_assert_ptr_null(strstr(rig.codes, "ACT=256"));
    ck_assert_ptr_nonnull(strstr(rig.codes, "\nACT=…*44@53\n"));
    ck_assert_ptr_nonnull(strstr(rig.codes, "\nREG=…*3@53\n"));
    free(text);
}
END_TEST

/* The parser is not trusted to have shown codes only. */
START_TEST(codes_of_a_message_are_codes)
{
    static const struct {
        const char *code;
        bool fine;
    } rows[] = {{"", true},         {"XYZ", true},  {"123456789", true}, {"…", true}, {"1234567890", false}, {"2820262001011", false},
                {"DUPONT-", false}, {"xyz", false}, {"A B", false},      {"É", false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct msg_census m = {.node = VRSB_Identification_SEXE, .count = 1}, back;
        struct buf b;
        buf_init(&b, 4096);
        snprintf(m.path, sizeof m.path, "%s", rows[i].code);
        message_census(&b, &m);
        ck_assert_int_eq(message_read_census((struct span){b.data, b.len}, &back), rows[i].fine ? ERR_OK : ERR_FRAME);
        buf_reset(&b);
        m.node = NODE_NONE;
        message_census(&b, &m);
        ck_assert_int_eq(message_read_census((struct span){b.data, b.len}, &back), ERR_OK);
        buf_free(&b);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("checks");
    TCase *c = tcase_create("checks");
    tcase_add_checked_fixture(c, checks_setup, checks_teardown);
    tcase_set_timeout(c, 120);
    const TTest *const tests[] = {
        the_rig_is_sound,
        states_with_their_block_25_to_32_37,
        state_without_its_block_33,
        block_of_another_state_34,
        unknown_state_38,
        padded_state_39,
        unknown_reason_40,
        ranks_79_to_81,
        countries_82_83,
        communes_84,
        way_number_85,
        amounts_86,
        dates_87,
        absent_rights_93,
        periods,
        dates_that_contradict,
        blocks_of_kinds_of_flux_91,
        anomalies,
        places_have_lines,
        a_rejected_household_is_not_judged_further,
        households_are_apart,
        many_persons,
        codes_are_counted_by_value,
        codes_of_a_message_are_codes,
    };
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_test(c, tests[i]);
    suite_add_tcase(s, c);
    return s;
}

int main(void) { return run_suite(suite()); }
