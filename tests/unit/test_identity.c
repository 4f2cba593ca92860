/* Who is one person across dossiers: each rule, what it refuses, what goes to review, decisions by hand. */
#include "store/index.h"
#include "store/persons.h"
#include "tests/unit/identity_home.h"
#include "tests/unit/run_suite.h"

#define C "00000000003"
#define NIR_1_KEYED NIR_1 "28"
#define PROVISIONAL "7800162041001"

static const struct made_flux JANUARY = {"2026-01-31", "10:00:00", "M", 1, false, NULL};
static const struct made_flux FEBRUARY = {"2026-02-28", "10:00:00", "M", 2, false, NULL};
static const struct made_flux MARCH = {"2026-03-31", "10:00:00", "M", 3, false, NULL};
static const struct person_act ACT = {1770000000, "clerk", "seen the papers"};

static struct made_person one(const char *nomnai, const char *prenom, const char *dtnai, const char *nir)
{
    return (struct made_person){nomnai, nomnai, prenom, dtnai, "N", nir, NULL};
}

/* Each dossier has a matricule of its own. */
static struct made_household home(const char *numdemrsa, struct made_person p)
{
    static const char *const matricules[] = {"100000100000000", "100000200000000", "100000300000000"};
    return (struct made_household){numdemrsa, "CAF", matricules[numdemrsa[10] - '1'], "2020-01-01", 1, {p}};
}

static struct made_household home_of_two(const char *numdemrsa, struct made_person p, struct made_person q)
{
    struct made_household h = home(numdemrsa, p);
    h.persons[1] = q;
    h.count = 2;
    return h;
}

static void arrive(const struct made_flux *flux, struct made_household h) { flux_apply(fixture(), flux, &h, 1, NULL); }

static void arrive_linked(const struct made_flux *flux, struct made_household h, struct made_links links)
{
    struct run r;
    run_begin(&r, fixture(), flux);
    run_linked(&r, &h, &links);
    run_end(&r);
}

static struct store_txn *writing(void)
{
    struct store_txn *t;
    ck_assert_int_eq(store_write(fixture()->store, &t), ERR_OK);
    return t;
}

/* The member that the current image names at this place. */
static uint64_t member(const char *numdemrsa, size_t index)
{
    struct store_txn *t = reading();
    struct dossier d;
    ck_assert_int_eq(dossier_by_numdemrsa(t, numdemrsa, &d), ERR_OK);
    ck_assert_uint_gt(d.person_count, index);
    uint64_t serial = d.persons[index];
    dossier_free(&d);
    store_abort(t);
    return serial;
}

static enum identity_rule rule_of(uint64_t m, uint64_t *id)
{
    struct store_txn *t = reading();
    enum identity_rule rule;
    ck_assert_int_eq(person_of(t, m, id, &rule), ERR_OK);
    store_abort(t);
    return rule;
}

static bool one_person(uint64_t m, uint64_t n)
{
    uint64_t x, y;
    rule_of(m, &x);
    rule_of(n, &y);
    return x == y;
}

static enum identity_rule rule_between(uint64_t m, uint64_t n)
{
    uint64_t id;
    store_is_sound(fixture());
    return one_person(m, n) ? rule_of(m, &id) : RULE_ALONE;
}

static enum identity_rule rule_a_b(void) { return rule_between(member(A, 0), member(B, 0)); }

static enum review_reason open_between(uint64_t m, uint64_t n)
{
    struct store_txn *t = reading();
    struct review *r = calloc(1, sizeof *r);
    enum err e = review_get(t, m, n, r);
    enum review_reason reason = e ? 0 : r->entry.reason;
    ck_assert(e == ERR_OK || e == ERR_NOTFOUND);
    free(r);
    store_abort(t);
    return reason;
}

static enum review_reason open_a_b(void) { return open_between(member(A, 0), member(B, 0)); }

static bool count_one(void *ctx, const struct review *r)
{
    (void)r;
    ++*(size_t *)ctx;
    return true;
}

static size_t open_pairs(void)
{
    struct store_txn *t = reading();
    size_t n = 0;
    ck_assert_int_eq(reviews_each(t, count_one, &n), ERR_OK);
    store_abort(t);
    return n;
}

/* ---- the rules ---- */

START_TEST(same_nir_and_birth_date)
{
    struct made_person married = one("MARTIN", "Anne-Marie", "1980-01-05", NIR_1_KEYED);
    married.nom = "DURAND";
    arrive(&JANUARY, home(A, one("MARTIN", "ANNE MARIE", "1980-01-05", NIR_1)));
    arrive(&FEBRUARY, home(B, married));
    ck_assert_int_eq(rule_a_b(), RULE_NIR_NAMES);
    ck_assert_uint_eq(open_pairs(), 0);
}
END_TEST

START_TEST(same_nir_and_names_in_each_others_place)
{
    arrive(&JANUARY, home(A, one("MARTIN", "ANNE", "1980-01-05", NIR_1)));
    arrive(&FEBRUARY, home(B, one("ANNE", "MARTIN", "1980-01-05", NIR_1)));
    ck_assert_int_eq(rule_a_b(), RULE_NIR);
}
END_TEST

START_TEST(the_nir_of_a_stranger)
{
    struct made_links links = {{A}, NULL};
    arrive(&JANUARY, home(A, one("MARTIN", "ANNE", "1980-01-05", NIR_1)));
    arrive_linked(&FEBRUARY, home(B, one("DURAND", "LOUISE", "1980-01-05", NIR_1)), links);
    ck_assert_int_eq(rule_a_b(), RULE_ALONE);
    ck_assert_int_eq(open_a_b(), REVIEW_STRANGER);
}
END_TEST

START_TEST(somebody_takes_the_place)
{
    arrive(&JANUARY, home(A, one("MARTIN", "ANNE", "1980-01-05", NIR_1)));
    uint64_t before = member(A, 0);
    arrive(&FEBRUARY, home(A, one("MARTIN", "LOUISE", "1980-01-05", NIR_1)));
    ck_assert_int_eq(rule_between(before, member(A, 0)), RULE_ALONE);
    ck_assert_int_eq(open_between(before, member(A, 0)), REVIEW_DOSSIER);
}
END_TEST

START_TEST(half_a_first_name_is_enough_with_the_nir)
{
    arrive(&JANUARY, home(A, one("MARTIN", "ANNE", "1980-01-05", NIR_1)));
    arrive(&FEBRUARY, home(B, one("MARTIN", "ANNE MARIE", "1980-01-05", NIR_1)));
    ck_assert_int_eq(rule_a_b(), RULE_NIR);
}
END_TEST

START_TEST(same_nir_another_birth_date)
{
    arrive(&JANUARY, home(A, one("MARTIN", "ANNE", "1980-01-05", NIR_1)));
    arrive(&FEBRUARY, home(B, one("MARTIN", "ANNE", "1980-05-01", NIR_1)));
    ck_assert_int_eq(rule_a_b(), RULE_ALONE);
    ck_assert_int_eq(open_a_b(), REVIEW_BIRTH);
    arrive(&MARCH, home(C, one("MARTIN", "PAUL", "2010-05-01", NIR_1)));
    ck_assert_int_eq(rule_between(member(A, 0), member(C, 0)), RULE_ALONE);
    ck_assert_int_eq(open_between(member(A, 0), member(C, 0)), REVIEW_STRANGER);
}
END_TEST

START_TEST(what_is_known_of_a_birth_date_counts)
{
    struct made_person vague = one("MARTIN", "ANNE", "1980-01-01", NIR_1);
    vague.typedtnai = _i ? "J" : "O";
    arrive(&JANUARY, home(A, one("MARTIN", "ANNE", "1980-03-05", NIR_1)));
    arrive(&FEBRUARY, home(B, vague));
    ck_assert_int_eq(rule_a_b(), _i ? RULE_ALONE : RULE_NIR_NAMES);
    ck_assert_int_eq(open_a_b(), _i ? REVIEW_BIRTH : 0);
}
END_TEST

START_TEST(twins_who_were_given_one_nir)
{
    arrive(&JANUARY, home(A, one("MARTIN", "ANNE", "2010-01-05", NIR_1)));
    arrive(&FEBRUARY, home(B, one("MARTIN", "LOUISE", "2010-01-05", NIR_1)));
    ck_assert_int_eq(rule_a_b(), RULE_ALONE);
    ck_assert_int_eq(open_a_b(), REVIEW_PRENOM);
    /* Beside her sister, under the same NIR: she is known by her first name. */
    arrive(&MARCH, home_of_two(C, one("MARTIN", "ANNE", "2010-01-05", NIR_1), one("MARTIN", "LOUISE", "2010-01-05", NIR_1)));
    ck_assert_int_eq(rule_between(member(A, 0), member(C, 0)), RULE_NIR_NAMES);
    ck_assert_int_eq(rule_between(member(B, 0), member(C, 1)), RULE_NIR_NAMES);
    ck_assert(!one_person(member(A, 0), member(B, 0)));
    ck_assert_uint_eq(open_pairs(), 0);
}
END_TEST

START_TEST(two_certified_nir_are_two_persons)
{
    struct made_household twin = home(B, one("MARTIN", "ANNE", "1980-01-05", NIR_2));
    twin.matricule = home(A, twin.persons[0]).matricule;
    arrive(&JANUARY, home(A, one("MARTIN", "ANNE", "1980-01-05", NIR_1)));
    arrive_linked(&FEBRUARY, twin, (struct made_links){{A}, "100000100000000"});
    ck_assert_int_eq(rule_a_b(), RULE_ALONE);
    ck_assert_int_eq(open_a_b(), REVIEW_NIR);
}
END_TEST

START_TEST(a_name_corrected_in_a_dossier)
{
    arrive(&JANUARY, home(A, one("MARTAIN", "ANNE", "1980-01-05", NIR_1)));
    uint64_t before = member(A, 0);
    arrive(&FEBRUARY, home(A, one("MARTIN", "ANNE", "1980-01-05", NIR_1)));
    ck_assert_uint_ne(member(A, 0), before);
    ck_assert_int_eq(rule_between(before, member(A, 0)), RULE_DOSSIER_NIR);
}
END_TEST

START_TEST(two_of_a_household_under_one_nir)
{
    arrive(&JANUARY, home_of_two(A, one("MARTIN", "ANNE", "1980-01-05", NIR_1), one("MARTIN", "PAUL", "2010-01-05", NIR_1)));
    ck_assert_int_eq(rule_between(member(A, 0), member(A, 1)), RULE_ALONE);
    arrive(&FEBRUARY, home(B, one("MARTIN", "PAUL", "2010-01-05", NIR_1)));
    ck_assert_int_eq(rule_between(member(A, 1), member(B, 0)), RULE_NIR_NAMES);
    ck_assert(!one_person(member(A, 0), member(B, 0)));
}
END_TEST

START_TEST(a_birth_rank_that_comes_later)
{
    struct made_person ranked = one("MARTIN", "ANNE", "2010-01-05", NULL), second = ranked;
    ranked.rgnai = "1";
    second.rgnai = "2";
    arrive(&JANUARY, home(A, one("MARTIN", "ANNE", "2010-01-05", NULL)));
    uint64_t before = member(A, 0);
    arrive(&FEBRUARY, home(A, ranked));
    uint64_t after = member(A, 0);
    ck_assert_int_eq(rule_between(before, after), RULE_DOSSIER_NAMES);
    arrive(&MARCH, home(A, second));
    ck_assert(!one_person(after, member(A, 0)));
}
END_TEST

START_TEST(homonyms_born_the_same_day)
{
    arrive(&JANUARY, home(A, one("MARTIN", "ANNE", "1980-01-05", NULL)));
    arrive(&FEBRUARY, home(B, one("Martin", "Anne", "1980-01-05", NIR_1)));
    ck_assert_int_eq(rule_a_b(), RULE_ALONE);
    ck_assert_int_eq(open_a_b(), REVIEW_HOMONYM);
    arrive(&MARCH, home(A, one("MARTIN", "ANNE", "1980-01-05", NIR_2)));
    ck_assert_int_eq(open_a_b(), REVIEW_NIR);
}
END_TEST

START_TEST(names_are_enough_when_a_number_links)
{
    struct made_household next = home(B, one("MARTIN", "ANNE", "1980-01-05", _i % 2 ? NIR_1 : NULL));
    struct made_links links = {0};
    if (_i / 2 == 0)
        links.numdemrsaprece[0] = A;
    else if (_i / 2 == 1)
        links.matriculeorgcedmut = "100000100000000";
    else
        next.matricule = "100000100000000";
    arrive(&JANUARY, home(A, one("MARTIN", "ANNE", "1980-01-05", NULL)));
    arrive_linked(&FEBRUARY, next, links);
    ck_assert_int_eq(rule_a_b(), RULE_LINKED_NAMES);
    ck_assert_uint_eq(open_pairs(), 0);
    arrive(&MARCH, home(C, one("MARTIN", "ANNE", "1981-01-05", NULL)));
    ck_assert_uint_eq(open_pairs(), 0);
}
END_TEST

START_TEST(a_link_to_two_who_are_not_one)
{
    struct made_links links = {{A}, "100000300000000"};
    arrive(&JANUARY, home(A, one("MARTIN", "ANNE", "1980-01-05", NIR_1)));
    arrive(&FEBRUARY, home(C, one("MARTIN", "ANNE", "1980-01-05", NIR_2)));
    arrive_linked(&MARCH, home(B, one("MARTIN", "ANNE", "1980-01-05", NULL)), links);
    ck_assert_int_eq(rule_a_b(), RULE_ALONE);
    ck_assert_int_eq(rule_between(member(B, 0), member(C, 0)), RULE_ALONE);
    ck_assert_int_eq(open_a_b(), REVIEW_SEVERAL);
    ck_assert_int_eq(open_between(member(B, 0), member(C, 0)), REVIEW_SEVERAL);
}
END_TEST

START_TEST(a_provisional_nir_says_nothing)
{
    arrive(&JANUARY, home(A, one("MARTIN", "ANNE", "1980-01-05", PROVISIONAL)));
    arrive(&FEBRUARY, home(B, one("DURAND", "LOUISE", "1980-01-05", PROVISIONAL)));
    ck_assert_int_eq(rule_a_b(), RULE_ALONE);
    ck_assert_uint_eq(open_pairs(), 0);
    arrive(&MARCH, home(B, one("MARTIN", "ANNE", "1980-01-05", NIR_1)));
    ck_assert_int_eq(open_a_b(), REVIEW_HOMONYM);
}
END_TEST

START_TEST(a_provisional_nir_gives_way)
{
    arrive(&JANUARY, home(A, one("MARTIN", "ANNE", "1980-01-05", NIR_1)));
    arrive(&FEBRUARY, home(A, one("MARTIN", "ANNE", "1980-01-05", PROVISIONAL)));
    arrive(&MARCH, home(B, one("MARTIN", "ANNE", "1980-01-05", NIR_1)));
    ck_assert_int_eq(rule_a_b(), RULE_NIR_NAMES);
}
END_TEST

START_TEST(a_corrected_nir_parts)
{
    arrive(&JANUARY, home(A, one("MARTIN", "ANNE", "1980-01-05", NIR_1)));
    arrive(&JANUARY, home(B, one("MARTIN", "ANNE", "1980-01-05", NIR_1)));
    ck_assert_int_eq(rule_a_b(), RULE_NIR_NAMES);
    arrive(&MARCH, home(B, one("MARTIN", "ANNE", "1980-01-05", NIR_2)));
    ck_assert_int_eq(rule_a_b(), RULE_ALONE);
    /* A late flux between the two changes nothing. */
    arrive(&FEBRUARY, home(B, one("MARTIN", "ANNE", "1980-01-05", NIR_1)));
    ck_assert_int_eq(rule_a_b(), RULE_ALONE);
    ck_assert_int_eq(open_a_b(), REVIEW_NIR);
}
END_TEST

/* ---- decisions ---- */

START_TEST(merge_and_unmerge)
{
    struct decision *undone = calloc(1, sizeof *undone);
    arrive(&JANUARY, home(A, one("MARTIN", "ANNE", "1980-01-05", NULL)));
    arrive(&FEBRUARY, home(B, one("MARTIN", "ANNE", "1980-01-05", NIR_1)));
    uint64_t a = member(A, 0), b = member(B, 0);
    char *before = state();
    struct store_txn *t = writing();
    ck_assert_int_eq(person_merge(t, a, b, &ACT), ERR_OK);
    ck_assert_int_eq(store_commit(t), ERR_OK);
    ck_assert_int_eq(rule_a_b(), RULE_HUMAN);
    ck_assert_uint_eq(open_pairs(), 0);
    t = writing();
    ck_assert_int_eq(person_merge(t, a, b, &ACT), ERR_NOTFOUND);
    store_abort(t);
    t = writing();
    ck_assert_int_eq(person_unmerge(t, b, undone), ERR_OK);
    ck_assert_int_eq(store_commit(t), ERR_OK);
    ck_assert_str_eq(undone->reason, ACT.reason);
    char *after = state();
    ck_assert_str_eq(before, after);
    t = writing();
    ck_assert_int_eq(person_unmerge(t, b, undone), ERR_BAD);
    store_abort(t);
    store_is_sound(fixture());
    free(before);
    free(after);
    free(undone);
}
END_TEST

START_TEST(a_merge_that_cannot_be)
{
    arrive(&JANUARY, home(A, one("MARTIN", "ANNE", "1980-01-05", NIR_1)));
    arrive(&FEBRUARY, home(B, one("MARTIN", "ANNE", "1980-01-05", NULL)));
    arrive(&MARCH, home(C, one("MARTIN", "ANNE", "1980-01-05", NIR_2)));
    struct store_txn *t = writing();
    ck_assert_int_eq(person_merge(t, member(A, 0), member(B, 0), &ACT), ERR_OK);
    ck_assert_int_eq(store_commit(t), ERR_OK);
    ck_assert_int_eq(rule_a_b(), RULE_HUMAN);
    ck_assert_int_eq(open_between(member(B, 0), member(C, 0)), 0);
    t = writing();
    ck_assert_int_eq(person_merge(t, member(A, 0), member(C, 0), &ACT), ERR_BAD);
    store_abort(t);
    /* What is learnt later wins over what was decided. */
    struct made_flux april = {"2026-04-30", "10:00:00", "M", 4, false, NULL};
    arrive(&april, home(B, one("MARTIN", "ANNE", "1980-01-05", NIR_2)));
    ck_assert_int_eq(rule_a_b(), RULE_ALONE);
    ck_assert_int_eq(open_a_b(), REVIEW_DECIDED);
    ck_assert_int_eq(rule_between(member(B, 0), member(C, 0)), RULE_NIR_NAMES);
}
END_TEST

START_TEST(a_dismissal_is_remembered)
{
    struct review *r = calloc(1, sizeof *r);
    arrive(&JANUARY, home(A, one("MARTIN", "ANNE", "1980-01-05", NULL)));
    arrive(&FEBRUARY, home(B, one("MARTIN", "ANNE", "1980-01-05", NIR_1)));
    uint64_t a = member(A, 0), b = member(B, 0);
    struct store_txn *t = writing();
    ck_assert_int_eq(person_dismiss(t, b, a, 20700, &ACT), ERR_OK);
    ck_assert_int_eq(store_commit(t), ERR_OK);
    arrive(&MARCH, home(C, one("MARTIN", "ANNE", "1980-01-05", NULL)));
    t = reading();
    ck_assert_int_eq(review_get(t, a, b, r), ERR_OK);
    ck_assert(r->dismissed);
    ck_assert_int_eq(r->decision.until, 20700);
    ck_assert_str_eq(r->decision.user, ACT.user);
    ck_assert_int_eq(review_get(t, a, member(C, 0), r), ERR_OK);
    ck_assert(!r->dismissed);
    store_abort(t);
    store_is_sound(fixture());
    free(r);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("identity");
    TCase *c = tcase_create("rules");
    suite_add_tcase(s, c);
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, same_nir_and_birth_date);
    tcase_add_test(c, same_nir_and_names_in_each_others_place);
    tcase_add_test(c, the_nir_of_a_stranger);
    tcase_add_test(c, somebody_takes_the_place);
    tcase_add_test(c, half_a_first_name_is_enough_with_the_nir);
    tcase_add_test(c, same_nir_another_birth_date);
    tcase_add_loop_test(c, what_is_known_of_a_birth_date_counts, 0, 2);
    tcase_add_test(c, twins_who_were_given_one_nir);
    tcase_add_test(c, two_certified_nir_are_two_persons);
    tcase_add_test(c, a_name_corrected_in_a_dossier);
    tcase_add_test(c, two_of_a_household_under_one_nir);
    tcase_add_test(c, a_birth_rank_that_comes_later);
    tcase_add_test(c, homonyms_born_the_same_day);
    tcase_add_loop_test(c, names_are_enough_when_a_number_links, 0, 6);
    tcase_add_test(c, a_link_to_two_who_are_not_one);
    tcase_add_test(c, a_provisional_nir_says_nothing);
    tcase_add_test(c, a_provisional_nir_gives_way);
    tcase_add_test(c, a_corrected_nir_parts);
    tcase_add_test(c, merge_and_unmerge);
    tcase_add_test(c, a_merge_that_cannot_be);
    tcase_add_test(c, a_dismissal_is_remembered);
    return run_suite(s);
}
