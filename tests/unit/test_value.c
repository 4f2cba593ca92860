#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "flux/record/value.h"
#include "tests/unit/run_suite.h"

struct row {
    node_id leaf;
    const char *text;
    enum finding_code finding;
    const char *canonical; /* NULL: set aside */
};

static const struct row rows[] = {
    {VRSB_Identification_NOM, "  LEFEVRE ", FINDING_NONE, "LEFEVRE"},
    {VRSB_Identification_NOM, "", FINDING_NONE, ""},
    {VRSB_Identification_NOM,
     "\xc3\x89\xc3\x89\xc3\x89\xc3\x89\xc3\x89\xc3\x89\xc3\x89\xc3\x89\xc3\x89\xc3\x89\xc3\x89\xc3\x89\xc3\x89\xc3\x89\xc3\x89",
     FINDING_NONE,
     "\xc3\x89\xc3\x89\xc3\x89\xc3\x89\xc3\x89\xc3\x89\xc3\x89\xc3\x89\xc3\x89\xc3\x89\xc3\x89\xc3\x89\xc3\x89\xc3\x89\xc3\x89"},
    {VRSB_Identification_NOM, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAA", V_LENGTH, NULL},
    {VRSB_Identification_NOM, "AAAAAAAAAAAAAAAAAAAAAAAAAAAA ", V_PADDED, "AAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
    {VRSB_Identification_NOM, "A\x1b[31m", V_CHARACTER, NULL},
    {VRSB_EtatDossierRSA_ETATDOSRSA, "2", FINDING_NONE, "2"},
    {VRSB_EtatDossierRSA_ETATDOSRSA, "2 ", V_PADDED, "2"},
    {VRSB_EtatDossierRSA_ETATDOSRSA, "7", V_CODE, "7"},
    {VRSB_Partenaire_TYPEPARTE, "CG ", FINDING_NONE, "CG"},
    {VRSB_Organisme_MATRICULE, "034614500000000", FINDING_NONE, "034614500000000"},
    {VRSB_Organisme_MATRICULE, "0000034614500000000", FINDING_NONE, "034614500000000"},
    {VRSB_Organisme_MATRICULE, "2A1234500000000", V_INTEGER, NULL},
    {VRSB_Organisme_MATRICULE, "1234567890123456", V_LENGTH, NULL},
    {VRSB_Organisme_MATRICULE, "-12", V_RANGE, NULL},
    {VRSB_Organisme_MATRICULE, " ", V_EMPTY, NULL},
    {VRSB_TroncCommunAdresse_RGADR, "1", FINDING_NONE, "01"},
    {VRSB_TroncCommunAdresse_RGADR, "01", FINDING_NONE, "01"},
    {VRSB_TroncCommunAdresse_RGADR, "9", V_CODE, "09"},
    {VRSB_GeneraliteRessourcesMensuelles_NBHEUMENTRA, "000", FINDING_NONE, "0"},
    {VRSB_GeneraliteRessourcesMensuelles_NBHEUMENTRA, "+0151", FINDING_NONE, "151"},
    {VRSB_GeneraliteRessourcesMensuelles_NBHEUMENTRA, "1510", V_LENGTH, NULL},
    {VRSB_GeneraliteRessourcesMensuelles_NBHEUMENTRA, "1.0", V_INTEGER, NULL},
    {VRSB_DetailCalculDroitRSA_MTRSAVERS, "0001675.00", FINDING_NONE, "1675.00"},
    {VRSB_DetailCalculDroitRSA_MTRSAVERS, "-12.5", V_NEGATIVE, "-12.50"},
    {VRSB_DetailCalculDroitRSA_MTRSAVERS, "-0.00", FINDING_NONE, "0.00"},
    {VRSB_MontantsCalculDroitRSA_MTTOTDRORSA, "-1", V_NEGATIVE, "-1.00"},
    {VRSB_MontantsCalculDroitRSA_MTPENTRSA, "-1", FINDING_NONE, "-1.00"},
    {VRSB_DetailCalculDroitRSA_MTRSAVERS, ".07", FINDING_NONE, "0.07"},
    {VRSB_DetailCalculDroitRSA_MTRSAVERS, "5.", FINDING_NONE, "5.00"},
    {VRSB_DetailCalculDroitRSA_MTRSAVERS, "5.1000", FINDING_NONE, "5.10"},
    {VRSB_DetailCalculDroitRSA_MTRSAVERS, "1675,00", V_AMOUNT, NULL},
    {VRSB_DetailCalculDroitRSA_MTRSAVERS, "1e3", V_AMOUNT, NULL},
    {VRSB_DetailCalculDroitRSA_MTRSAVERS, ".", V_AMOUNT, NULL},
    {VRSB_DetailCalculDroitRSA_MTRSAVERS, "5.001", V_LENGTH, NULL},
    {VRSB_DetailCalculDroitRSA_MTRSAVERS, "99999999.99", V_LENGTH, NULL},
    {VRSB_Identification_DTNAI, "1964-02-29", FINDING_NONE, "1964-02-29"},
    {VRSB_Identification_DTNAI, " 0001-01-01 ", V_RANGE, NULL},
    {VRSB_Identification_DTNAI, "1799-12-31", V_RANGE, NULL},
    {VRSB_Identification_DTNAI, "1800-01-01", FINDING_NONE, "1800-01-01"},
    {VRSB_Identification_DTNAI, "2199-12-31", FINDING_NONE, "2199-12-31"},
    {VRSB_Identification_DTNAI, "9999-12-31Z", V_RANGE, NULL},
    {VRSB_Identification_DTNAI, "1900-02-29", V_DATE, NULL},
    {VRSB_Identification_DTNAI, "2022-02-30", V_DATE, NULL},
    {VRSB_Identification_DTNAI, "2022-2-3", V_DATE, NULL},
    {VRSB_Identification_DTNAI, "20220203", V_DATE, NULL},
    {VRSB_Identification_DTNAI, "2022-02-03+02:00", V_TIMEZONE, "2022-02-03"},
    {VRSB_Identification_DTNAI, "2022-02-03Z", V_TIMEZONE, "2022-02-03"},
    {VRSB_Identification_DTNAI, "2022-02-03+15:00", V_DATE, NULL},
    {VRSB_Identification_DTNAI, "12022-02-03", V_RANGE, NULL},
    {VRSB_Identification_DTNAI, "-0044-03-15", V_RANGE, NULL},
    {VRSB_Identification_DTNAI, "0000-01-01", V_DATE, NULL},
    {VRSB_Evenement_HEULIQ, "01:18:36.0000", FINDING_NONE, "01:18:36"},
    {VRSB_Evenement_HEULIQ, "23:59:59.25", FINDING_NONE, "23:59:59.25"},
    {VRSB_Evenement_HEULIQ, "24:00:00", FINDING_NONE, "24:00:00"},
    {VRSB_Evenement_HEULIQ, "24:00:01", V_TIME, NULL},
    {VRSB_Evenement_HEULIQ, "1:18:36", V_TIME, NULL},
    {VRSB_DossierCAF_TOPRESPDOS, "1", FINDING_NONE, "true"},
    {VRSB_DossierCAF_TOPRESPDOS, "false", FINDING_NONE, "false"},
    {VRSB_DossierCAF_TOPRESPDOS, "O", V_BOOL, NULL},
};

START_TEST(value_row)
{
    const struct row *row = &rows[_i];
    const struct node *leaf = &schema_vrsb0801.nodes[row->leaf];
    struct buf out;
    buf_init(&out, 4096);
    enum finding_code got = value_encode(leaf, row->text, strlen(row->text), &out);
    ck_assert_msg(got == row->finding, "%s '%s': %s, expected %s", leaf->name, row->text, finding_rule(got)->name,
                  finding_rule(row->finding)->name);
    if (!row->canonical) {
        ck_assert_uint_eq(out.len, 0);
    } else {
        struct wire w;
        struct value v;
        char text[VALUE_TEXT_MAX];
        wire_init(&w, out.data, out.len);
        ck_assert_int_eq(value_decode(leaf, &w, &v), ERR_OK);
        ck_assert_int_eq(wire_done(&w), ERR_OK);
        ck_assert_uint_eq(value_text(&v, text), strlen(row->canonical));
        ck_assert_str_eq(text, row->canonical);
    }
    buf_free(&out);
}
END_TEST

START_TEST(every_day_goes_there_and_back)
{
    int64_t first, last;
    ck_assert(date_to_days(1, 1, 1, &first) && date_to_days(9999, 12, 31, &last));
    int py = 0, pm = 0, pd = 0;
    for (int64_t d = first; d <= last; d++) {
        int year, month, day;
        int64_t back;
        date_from_days(d, &year, &month, &day);
        bool later = year > py || (year == py && (month > pm || (month == pm && day > pd)));
        /* Three and a half million calls of ck_assert would take longer than the days. */
        if (!date_to_days(year, month, day, &back) || back != d || !later)
            ck_abort_msg("day %lld does not come back", (long long)d);
        py = year, pm = month, pd = day;
    }
    int64_t epoch;
    ck_assert(date_to_days(1970, 1, 1, &epoch));
    ck_assert_int_eq(epoch, 0);
}
END_TEST

START_TEST(hostile_values_are_refused)
{
    static const struct {
        node_id leaf;
        const char *bytes;
        size_t len;
    } cases[] = {
        {VRSB_Identification_NOM, "\x02 A", 3},       /* not trimmed */
        {VRSB_Identification_NOM, "\x01\x1b", 2},     /* a control */
        {VRSB_Identification_NOM, "\x02\xc0\x80", 3}, /* overlong NUL */
        {VRSB_Identification_NOM,
         "\x05"
         "AB",
         3},                                      /* shorter than it says */
        {VRSB_Identification_NOM, "\x81\x00", 2}, /* length not in its shortest form */
        {VRSB_Organisme_MATRICULE,
         "\x02"
         "1A",
         3},                                     /* not digits */
        {VRSB_DossierCAF_TOPRESPDOS, "\x02", 1}, /* not a boolean */
        {VRSB_EtatDossierRSA_ETATDOSRSA,
         "\x02"
         "22",
         3}, /* longer than the schema */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wire w;
        struct value v;
        wire_init(&w, cases[i].bytes, cases[i].len);
        ck_assert_msg(value_decode(&schema_vrsb0801.nodes[cases[i].leaf], &w, &v) == ERR_FRAME, "case %zu passed", i);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("value");
    TCase *t = tcase_create("value");
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, value_row, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(t, every_day_goes_there_and_back);
    tcase_add_test(t, hostile_values_are_refused);
    suite_add_tcase(s, t);
    return run_suite(s);
}
