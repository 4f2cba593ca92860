/* Numbers that link dossiers, whichever comes first; keys that too many share, as their crowd grows and shrinks. */
#include "store/index.h"
#include "store/persons.h"
#include "tests/unit/identity_home.h"
#include "tests/unit/run_suite.h"

static void undo(uint32_t flux)
{
    struct store_txn *t;
    struct flux_undone done;
    const struct flux_undo how = {.flux = flux, .now = 1769904000, .user = "tester", .reason = "a test"};
    ck_assert_int_eq(store_write(fixture()->store, &t), ERR_OK);
    ck_assert_int_eq(store_undo(t, &how, &done), ERR_OK);
    ck_assert_int_eq(store_commit(t), ERR_OK);
    store_is_sound(fixture());
}

/* ---- links ---- */

struct open_pair {
    size_t count, by_nir;
    enum review_reason reason; /* of the last one */
};

static bool note_pair(void *ctx, const struct review *r)
{
    struct open_pair *p = ctx;
    p->count++;
    p->by_nir += (r->entry.compared & KEY_NIR) != 0;
    p->reason = r->entry.reason;
    return true;
}

static struct open_pair open_pairs(void)
{
    struct open_pair p = {0};
    struct store_txn *t;
    ck_assert_int_eq(store_read(fixture()->store, &t), ERR_OK);
    ck_assert_int_eq(reviews_each(t, note_pair, &p), ERR_OK);
    store_abort(t);
    return p;
}

/* The reason of the only pair; 0: there is none. */
static int only_reason(void)
{
    struct open_pair p = open_pairs();
    ck_assert_uint_le(p.count, 1);
    return p.count ? (int)p.reason : 0;
}

enum link { LINK_NONE, LINK_PRECE, LINK_CEDANT, LINK_MATRICULE, LINK_COUNT };

struct two {
    struct made_person a, b;
    enum link link; /* what the dossier of b says of that of a */
};

static uint32_t arrive_one(const struct two *two, bool second, const struct made_flux *flux)
{
    struct made_household h = {second ? B : A, "CAF", "100000100000000", "2020-01-01", 1, {second ? two->b : two->a}};
    struct made_links links = {0};
    struct run r;
    if (second && two->link == LINK_PRECE)
        links.numdemrsaprece[0] = A;
    if (second && two->link == LINK_CEDANT)
        links.matriculeorgcedmut = "100000100000000";
    if (second && two->link != LINK_MATRICULE)
        h.matricule = "100000200000000";
    run_begin(&r, fixture(), flux);
    run_linked(&r, &h, &links);
    return run_end(&r);
}

static const struct made_flux FIRST = {"2026-01-31", "10:00:00", "M", 1, false, NULL};
static const struct made_flux SECOND = {"2026-02-28", "10:00:00", "M", 2, false, NULL};
static const struct made_flux THIRD = {"2026-03-31", "10:00:00", "M", 3, false, NULL};

static struct made_person one(const char *nomnai, const char *prenom, const char *dtnai, const char *nir)
{
    return (struct made_person){nomnai, nomnai, prenom, dtnai, "N", nir, NULL};
}

/* Whichever comes first, and whichever goes again. */
static void expect(const struct two *two, int reason)
{
    for (unsigned way = 0; way < 4; way++) {
        bool turned = way & 1, headers_turned = way & 2;
        setup();
        arrive_one(two, turned, headers_turned ? &SECOND : &FIRST);
        ck_assert_int_eq(only_reason(), 0);
        uint32_t last = arrive_one(two, !turned, headers_turned ? &FIRST : &SECOND);
        store_is_sound(fixture());
        ck_assert_int_eq(only_reason(), reason);
        char *both = state();
        undo(last);
        ck_assert_int_eq(only_reason(), 0);
        arrive_one(two, !turned, headers_turned ? &FIRST : &SECOND);
        char *again = state();
        ck_assert_str_eq(both, again);
        free(both);
        free(again);
        teardown();
    }
}

START_TEST(nearly_equal_and_linked)
{
    const struct made_person a = one("STOPHEL", "ANNE", "1980-01-05", NIR_1);
    struct two two = {a, one("STOFEL", "ANNE", "1980-01-05", NULL), (enum link)_i};
    int reason = _i == LINK_NONE ? 0 : REVIEW_NEAR;
    expect(&two, reason);
    two.b = one("STOPHEL", "ANNE MARIE", "1980-01-05", NULL);
    expect(&two, reason);
    two.b = one("STOPHEL", "LOUISE", "1980-01-05", NULL);
    expect(&two, reason);
    two.b = one("STOPHEL", "ANNE", "1980-01-07", NULL);
    expect(&two, reason);
    two.b = one("STOPHEL", "ANNE", "1980-05-01", NULL);
    expect(&two, reason);
    two.b = one("STOPHEL", "ANNE", "1980-01-01", NULL);
    two.b.typedtnai = "J";
    expect(&two, reason);
}
END_TEST

START_TEST(linked_and_somebody_else)
{
    const struct made_person a = one("STOPHEL", "ANNE", "1980-01-05", NIR_1);
    struct two two = {a, one("STOFEL", "ANNE", "1980-01-05", NIR_2), (enum link)_i};
    expect(&two, 0);
    two.b = one("STOPHEL", "ANNE", "2005-01-05", NULL);
    expect(&two, 0);
    two.b = one("STOPHEL", "LOUISE", "1980-01-06", NULL);
    expect(&two, 0);
    two.b = one("MARTIN", "LOUISE", "1980-01-05", NULL);
    expect(&two, 0);
}
END_TEST

START_TEST(a_name_that_comes_later)
{
    struct two two = {one("STOPHEL", "ANNE", "1980-01-05", NIR_1), one("MARTIN", "LOUISE", "1980-01-05", NULL), LINK_PRECE};
    setup();
    arrive_one(&two, false, &FIRST);
    arrive_one(&two, true, &SECOND);
    ck_assert_int_eq(only_reason(), 0);
    two.a.nom = "MARTIN";
    uint32_t last = arrive_one(&two, false, &THIRD);
    ck_assert_int_eq(only_reason(), REVIEW_NEAR);
    undo(last);
    ck_assert_int_eq(only_reason(), 0);
    teardown();
}
END_TEST

START_TEST(a_correction_in_one_dossier)
{
    struct two two = {one("ANTIER", "ANNE", "1980-01-05", NULL), one("", "", "", NULL), LINK_NONE};
    setup();
    arrive_one(&two, false, &FIRST);
    two.a = one("ATNIER", "ANNE", "1980-01-05", NULL);
    arrive_one(&two, false, &SECOND);
    ck_assert_int_eq(only_reason(), REVIEW_DOSSIER);
    teardown();
}
END_TEST

/* ---- crowds ---- */

enum { FLUX = 3, PER_FLUX = INDEX_CROWD / 2 + 3, ORDERS = 6, SHARE_COUNT = 6 };

enum share { SHARE_NIR, SHARE_NAMES, SHARE_MATRICULE, SHARE_PRECE, SHARE_CEDANT, SHARE_ALL };

static bool shares(enum share asked, enum share what) { return asked == what || asked == SHARE_ALL; }

static void text_of(char *out, size_t size, const char *prefix, uint32_t n)
{
    snprintf(out, size, "%s%c%c%c", prefix, 'A' + (int)(n / 676 % 26), 'A' + (int)(n / 26 % 26), 'A' + (int)(n % 26));
}

/* One household of a crowd: those of each flux overlap those of the one before by four, which come back with another name. */
static void crowd_household(struct run *r, enum share share, unsigned flux, unsigned n)
{
    unsigned who = flux * (PER_FLUX - 4) + n;
    char number[12], matricule[16], name[16], nir[16];
    snprintf(number, sizeof number, "%011u", who + 1);
    snprintf(matricule, sizeof matricule, "%07u00000000", shares(share, SHARE_MATRICULE) || who == 0 ? 1000001 : 1000002 + who);
    snprintf(nir, sizeof nir, "1800162041%03u", who % 900 + 10);
    text_of(name, sizeof name, "NOM", shares(share, SHARE_NAMES) ? 0 : who % 9);
    struct made_person p =
        one(name, "ANNE", shares(share, SHARE_NAMES) || who % 3 ? "1980-01-05" : "1980-01-06", who % 4 == 3 ? NULL : nir);
    if (shares(share, SHARE_NIR))
        p.nir = who % 8 == 7 ? NULL : NIR_1;
    if (n < 4 && flux > 0)
        p.nom = "AUTRE";
    struct made_household h = {number, "CAF", matricule, "2020-01-01", 1, {p}};
    struct made_links links = {0};
    if (shares(share, SHARE_PRECE))
        links.numdemrsaprece[0] = A;
    if (shares(share, SHARE_CEDANT))
        links.matriculeorgcedmut = "100000100000000";
    run_linked(r, &h, &links);
}

static uint32_t crowd_arrives(enum share share, unsigned flux)
{
    static const struct made_flux *const made[FLUX] = {&FIRST, &SECOND, &THIRD};
    struct run r;
    run_begin(&r, fixture(), made[flux]);
    for (unsigned n = 0; n < PER_FLUX; n++)
        crowd_household(&r, share, flux, n);
    return run_end(&r);
}

static void order_of(unsigned n, unsigned out[FLUX])
{
    static const unsigned orders[ORDERS][FLUX] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    memcpy(out, orders[n], sizeof orders[n]);
}

/* Of a store into which the first flux of this order came, so many of them. */
static char *state_of(enum share share, const unsigned order[FLUX], unsigned count)
{
    setup();
    for (unsigned i = 0; i < count; i++)
        crowd_arrives(share, order[i]);
    store_is_sound(fixture());
    char *text = state();
    teardown();
    return text;
}

START_TEST(a_crowd_in_any_order)
{
    unsigned order[FLUX];
    order_of(0, order);
    char *expected = state_of((enum share)_i, order, FLUX);
    for (unsigned n = 1; n < ORDERS; n++) {
        order_of(n, order);
        char *got = state_of((enum share)_i, order, FLUX);
        ck_assert_msg(strcmp(got, expected) == 0, "key %d, order %u", _i, n);
        free(got);
    }
    free(expected);
}
END_TEST

START_TEST(a_crowd_that_shrinks)
{
    unsigned order[FLUX];
    uint32_t ids[FLUX];
    for (unsigned n = 0; n < ORDERS; n++) {
        order_of(n, order);
        char *less[FLUX] = {NULL, state_of((enum share)_i, order, 1), state_of((enum share)_i, order, 2)};
        setup();
        for (unsigned i = 0; i < FLUX; i++)
            ids[i] = crowd_arrives((enum share)_i, order[i]);
        for (unsigned i = FLUX; i-- > 1;) {
            undo(ids[i]);
            char *left = state();
            ck_assert_msg(strcmp(left, less[i]) == 0, "key %d, order %u, %u left", _i, n, i);
            free(left);
            free(less[i]);
        }
        teardown();
    }
}
END_TEST

START_TEST(a_crowd_compares_nobody)
{
    setup();
    crowd_arrives(SHARE_NIR, 0);
    ck_assert_uint_gt(open_pairs().by_nir, 0);
    crowd_arrives(SHARE_NIR, 1);
    ck_assert_uint_gt(open_pairs().by_nir, 0);
    crowd_arrives(SHARE_NIR, 2);
    ck_assert_uint_eq(open_pairs().by_nir, 0);
    teardown();
}
END_TEST

/* The NIR comes to those of these dossiers whose number is odd, or even. */
static uint32_t nir_comes(const struct made_flux *made, unsigned odd, bool all)
{
    struct run r;
    run_begin(&r, fixture(), made);
    for (unsigned who = 0; who < 2 * INDEX_CROWD - 2; who++) {
        char number[12], matricule[16], name[16], born[16];
        snprintf(number, sizeof number, "%011u", who + 1);
        snprintf(matricule, sizeof matricule, "%07u00000000", 1000001 + who);
        snprintf(born, sizeof born, "%u-01-05", 1950 + who % 40);
        text_of(name, sizeof name, "NOM", who / 2);
        struct made_household h = {number, "CAF", matricule, "2020-01-01", 1, {one(name, "ANNE", born, NULL)}};
        if (who % 2 == odd)
            h.persons[0].nir = NIR_1;
        if (who % 2 == odd || all)
            run_household(&r, &h);
    }
    return run_end(&r);
}

START_TEST(a_crowd_of_older_dossiers)
{
    setup();
    nir_comes(&FIRST, 0, true);
    char *before = state();
    uint32_t last = nir_comes(&SECOND, 1, false);
    ck_assert_uint_eq(open_pairs().by_nir, 0);
    undo(last);
    char *after = state();
    ck_assert_str_eq(before, after);
    ck_assert_uint_gt(open_pairs().by_nir, 0);
    free(before);
    free(after);
    teardown();
}
END_TEST

int main(void)
{
    Suite *s = suite_create("identity crowd");
    TCase *links = tcase_create("links"), *crowds = tcase_create("crowds");
    suite_add_tcase(s, links);
    tcase_set_timeout(links, 60);
    tcase_add_loop_test(links, nearly_equal_and_linked, LINK_NONE, LINK_COUNT);
    tcase_add_loop_test(links, linked_and_somebody_else, LINK_PRECE, LINK_COUNT);
    tcase_add_test(links, a_name_that_comes_later);
    tcase_add_test(links, a_correction_in_one_dossier);
    suite_add_tcase(s, crowds);
    tcase_set_timeout(crowds, 180);
    tcase_add_loop_test(crowds, a_crowd_in_any_order, 0, SHARE_COUNT);
    tcase_add_loop_test(crowds, a_crowd_that_shrinks, 0, SHARE_COUNT);
    tcase_add_test(crowds, a_crowd_compares_nobody);
    tcase_add_test(crowds, a_crowd_of_older_dossiers);
    return run_suite(s);
}
