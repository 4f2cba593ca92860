#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "store/normal.h"
#include "tests/unit/run_suite.h"

typedef bool normal_fn(struct span text, struct normal *out);

static const char *form(normal_fn *fn, const char *text, struct normal *out)
{
    bool ok = fn((struct span){(const uint8_t *)text, strlen(text)}, out);
    ck_assert(ok == (out->len > 0));
    ck_assert(out->len < sizeof out->text);
    out->text[out->len] = 0;
    return out->text;
}

static void is(normal_fn *fn, const char *text, const char *expected)
{
    struct normal n;
    ck_assert_str_eq(form(fn, text, &n), expected);
}

START_TEST(names)
{
    is(normal_name, "DUPONT", "dupont");
    is(normal_name, "  Dupont   d'Ésaü-Légère ", "dupont d esau legere");
    is(normal_name, "ŒUVRÉ", "oeuvre");
    is(normal_name, "LÆTITIA", "laetitia");
    is(normal_name, "e\xcc\x81lodie", "elodie");
    is(normal_name, "Élodie", "elodie");
    is(normal_name, "JEAN--PIERRE", "jean pierre");
    is(normal_name, "JEAN PIERRE 2", "jean pierre");
    is(normal_name, "Strauß", "strauss");
    is(normal_name, "N\xc2\xa0GUYEN", "n guyen");
    is(normal_name, "L’HERMITE", "l hermite");
    is(normal_name, "-", "");
    is(normal_name, "", "");
    is(normal_name, "\xff\xfe", "");
}
END_TEST

START_TEST(name_too_long_is_none)
{
    char text[4096];
    struct normal n;
    memset(text, 'A', sizeof text - 1);
    text[sizeof text - 1] = 0;
    ck_assert(!normal_name((struct span){(const uint8_t *)text, sizeof text - 1}, &n));
    ck_assert_uint_eq(n.len, 0);
}
END_TEST

START_TEST(matricules)
{
    is(normal_matricule, "034614500000000", "0346145");
    is(normal_matricule, "0346145", "0346145");
    is(normal_matricule, "346145", "0346145");
    is(normal_matricule, " 346 145 ", "0346145");
    is(normal_matricule, "000000000346145", "0346145");
    is(normal_matricule, "123450000000000", "1234500");
    is(normal_matricule, "000000000000000", "");
    is(normal_matricule, "0000000", "");
    is(normal_matricule, "", "");
    is(normal_matricule, "12-34", "");
    is(normal_matricule, "185056203412345", "1850562034123");
    is(normal_matricule, "1850562034123", "1850562034123");
    is(normal_matricule, "12345678901234567890", "");
}
END_TEST

START_TEST(nirs)
{
    is(normal_nir, "1850562034123", "1850562034123");
    is(normal_nir, "185056203412345", "1850562034123");
    is(normal_nir, "1 85 05 62 034 123 45", "1850562034123");
    is(normal_nir, "185052a03412345", "185052A034123");
    is(normal_nir, "185052B034123", "185052B034123");
    is(normal_nir, "1850562A34123", "");
    is(normal_nir, "18505620341234", "");
    is(normal_nir, "185056203412", "");
    is(normal_nir, "0000000000000", "");
    is(normal_nir, "", "");
}
END_TEST

START_TEST(numdemrsas)
{
    is(normal_numdemrsa, "1013473008", "01013473008");
    is(normal_numdemrsa, "01013473008", "01013473008");
    is(normal_numdemrsa, " 0101347300a ", "0101347300A");
    is(normal_numdemrsa, "", "");
    is(normal_numdemrsa, "00000000000", "");
    is(normal_numdemrsa, "12345678901234567", "");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("normal");
    TCase *c = tcase_create("forms");
    suite_add_tcase(s, c);
    tcase_add_test(c, names);
    tcase_add_test(c, name_too_long_is_none);
    tcase_add_test(c, matricules);
    tcase_add_test(c, nirs);
    tcase_add_test(c, numdemrsas);
    return run_suite(s);
}
