/* The NIR's grammar and key. The vectors are those of law 1.8: made up, but for the first two, which textbooks use. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "flux/record/nir.h"
#include "flux/record/value.h"
#include "tests/unit/run_suite.h"

static enum finding_code judge(const char *text)
{
    struct nir nir;
    return nir_judge(text, strlen(text), &nir);
}

static void assert_judged(const char *text, enum finding_code wanted)
{
    enum finding_code got = judge(text);
    ck_assert_msg(got == wanted, "%s: %s, expected %s", text, finding_rule(got)->name, finding_rule(wanted)->name);
}

static const char *const valid[] = {
    "269054958815780", "151024610204325", "155082A00402820", "155082B03301563", "285017505600196", "199129935001746",
    "262319935100261", "150629910900315", "185019710500320", "279059873501216", "165086204100397", "165086204100201",
};

START_TEST(valid_vectors_with_and_without_key)
{
    char text[16];
    for (size_t i = 0; i < sizeof valid / sizeof valid[0]; i++) {
        assert_judged(valid[i], FINDING_NONE);
        snprintf(text, sizeof text, "%.13s", valid[i]);
        assert_judged(text, FINDING_NONE);
        snprintf(text, sizeof text, "%.13s00", valid[i]);
        assert_judged(text, FINDING_NONE);
    }
    assert_judged("1810693050030", FINDING_NONE);
    assert_judged("181069305003000", FINDING_NONE);
}
END_TEST

START_TEST(every_other_key_is_wrong)
{
    char text[16];
    for (size_t i = 0; i < sizeof valid / sizeof valid[0]; i++)
        for (unsigned key = 1; key < 100; key++) {
            snprintf(text, sizeof text, "%.13s%02u", valid[i], key);
            assert_judged(text, strcmp(text, valid[i]) == 0 ? FINDING_NONE : V_NIR_KEY);
        }
    assert_judged("155082A00402890", V_NIR_KEY); /* as if 2A were 20 */
    assert_judged("165086204100298", V_NIR_KEY);
}
END_TEST

START_TEST(provisional_numbers)
{
    assert_judged("789019922200136", V_NIR_PROVISIONAL);
    assert_judged("891019940401243", V_NIR_PROVISIONAL);
    assert_judged("3890199222001", V_NIR_PROVISIONAL);
    assert_judged("4890199222001", V_NIR_PROVISIONAL);
    assert_judged("789019922200137", V_NIR_KEY);
}
END_TEST

START_TEST(spaces_and_case_do_not_count)
{
    assert_judged("2 69 05 49 588 157 80", FINDING_NONE);
    assert_judged(" 155082a00402820 ", FINDING_NONE);
    assert_judged("155082b033015", FINDING_NONE);
}
END_TEST

/* The body of a valid one, with a part replaced. */
static void assert_part(unsigned at, const char *part, enum finding_code wanted)
{
    char text[14] = "1650862041003";
    memcpy(text + at, part, strlen(part));
    assert_judged(text, wanted);
}

START_TEST(first_digits)
{
    for (char c = '0'; c <= '9'; c++)
        assert_part(0, (char[]){c, 0}, strchr("12", c) ? FINDING_NONE : strchr("3478", c) ? V_NIR_PROVISIONAL : V_NIR);
}
END_TEST

START_TEST(months)
{
    char month[3];
    for (unsigned m = 0; m < 100; m++) {
        bool good = (m >= 1 && m <= 12) || (m >= 20 && m <= 42) || m >= 50;
        snprintf(month, sizeof month, "%02u", m);
        assert_part(3, month, good ? FINDING_NONE : V_NIR);
    }
}
END_TEST

START_TEST(places)
{
    static const struct {
        const char *place;
        bool good;
    } rows[] = {
        {"01001", true},  {"96999", true},  {"00001", false}, {"62000", false}, {"20001", true},  {"2A001", true},  {"2B999", true},
        {"2A000", false}, {"2B000", false}, {"97101", true},  {"97100", false}, {"97699", true},  {"98735", true},  {"98700", false},
        {"99001", true},  {"99999", true},  {"99000", false}, {"2C001", false}, {"A2001", false}, {"3A001", false}, {"2AA01", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_part(5, rows[i].place, rows[i].good ? FINDING_NONE : V_NIR);
    assert_part(10, "000", V_NIR);
    assert_part(10, "001", FINDING_NONE);
    assert_part(10, "999", FINDING_NONE);
}
END_TEST

START_TEST(letters_stand_at_the_seventh_place_only)
{
    char part[2] = "A";
    for (unsigned i = 0; i < 13; i++)
        assert_part(i, part, V_NIR);
    assert_part(5, "2A", FINDING_NONE);
    assert_judged("1650862041003A7", V_NIR);
    assert_judged("16508620410039A", V_NIR);
}
END_TEST

START_TEST(lengths)
{
    static const char digits[] = "16508620410039716508620410039";
    char text[32];
    for (unsigned n = 0; n < sizeof digits; n++) {
        snprintf(text, sizeof text, "%.*s", (int)n, digits);
        assert_judged(text, n == 13 || n == 15 ? FINDING_NONE : V_NIR);
    }
    assert_judged("000000000000000", V_NIR);
    assert_judged("16508620410é3", V_NIR);
    assert_judged("1650862-41003", V_NIR);
}
END_TEST

START_TEST(what_a_nir_says)
{
    struct nir n, other;
    ck_assert_int_eq(nir_judge("269054958815780", 15, &n), FINDING_NONE);
    ck_assert_uint_eq(n.sex, 2);
    ck_assert_uint_eq(n.year, 69);
    ck_assert_uint_eq(n.month, 5);
    ck_assert(!n.provisional);
    ck_assert_int_eq(nir_judge("2690549588157", 13, &other), FINDING_NONE);
    ck_assert_uint_eq(nir_identity(&n), nir_identity(&other));
    ck_assert_int_eq(nir_judge("262319935100261", 15, &n), FINDING_NONE);
    ck_assert_uint_eq(n.month, 0);
    ck_assert_int_eq(nir_judge("789019922200136", 15, &n), V_NIR_PROVISIONAL);
    ck_assert(n.provisional);
    ck_assert_uint_eq(n.sex, 0);
    /* Corsica's letters count as 19 and 18 for the key, and are not those départements. */
    ck_assert_int_eq(nir_judge("155082A004028", 13, &n), FINDING_NONE);
    ck_assert_int_eq(nir_judge("1550819004028", 13, &other), FINDING_NONE);
    ck_assert_uint_ne(nir_identity(&n), nir_identity(&other));
    ck_assert_int_eq(nir_judge("9", 1, &n), V_NIR);
    ck_assert_uint_eq(nir_identity(&n), 0);
}
END_TEST

/* A leaf that is none, or whose key is wrong, is set aside; and what the parser sends is held to the same rule. */
START_TEST(leaves)
{
    static const struct {
        const char *text;
        enum finding_code code;
        bool taken;
    } rows[] = {
        {"269054958815780", FINDING_NONE, true},
        {"", FINDING_NONE, true},
        {"  ", FINDING_NONE, true},
        {"2690549588157", FINDING_NONE, true},
        {"269054958815781", V_NIR_KEY, false},
        {"5690549588157", V_NIR, false},
        {"7890199222001", V_NIR_PROVISIONAL, true},
        {"26905495881578000", V_LENGTH, false},
        {"269054958815780 ", V_PADDED, true},
    };
    const struct node *leaf = &schema_vrsb0801.nodes[VRSB_Identification_NIR];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf b;
        struct wire w;
        struct value v;
        buf_init(&b, 4096);
        ck_assert_int_eq(value_encode(leaf, rows[i].text, strlen(rows[i].text), &b), rows[i].code);
        ck_assert_uint_eq(b.len > 0, rows[i].taken);
        if (rows[i].taken) {
            wire_init(&w, b.data, b.len);
            ck_assert_int_eq(value_decode(leaf, &w, &v), ERR_OK);
        }
        buf_reset(&b);
        buf_text(&b, rows[i].text);
        wire_init(&w, b.data, b.len);
        if (rows[i].code == V_NIR || rows[i].code == V_NIR_KEY)
            ck_assert_int_eq(value_decode(leaf, &w, &v), ERR_FRAME);
        buf_free(&b);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("nir");
    TCase *c = tcase_create("nir");
    const TTest *const tests[] = {
        valid_vectors_with_and_without_key,
        every_other_key_is_wrong,
        provisional_numbers,
        spaces_and_case_do_not_count,
        first_digits,
        months,
        places,
        letters_stand_at_the_seventh_place_only,
        lengths,
        what_a_nir_says,
        leaves,
    };
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_test(c, tests[i]);
    suite_add_tcase(s, c);
    return run_suite(s);
}
