/* Whatever the order in which flux arrive, the store holds the same: current images, history, persons. Checked against a model, for every
 * permutation of small random sets of flux, some of which share all but their digest. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/apply.h"
#include "tests/unit/run_suite.h"
#include "tests/unit/store_fixture.h"

enum { FLUX = 4, DOSSIERS = 5, CONTENTS = 3, ABSENT = CONTENTS, ROUNDS = 12, PERMUTATIONS = 24 };

/* What each flux, in its true order, says of each dossier: a content, or ABSENT. */
struct plan {
    struct made_flux flux[FLUX];
    unsigned says[FLUX][DOSSIERS];
};

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

static struct made_household household(unsigned dossier, unsigned content)
{
    static const char *const numbers[DOSSIERS] = {"00000000001", "00000000002", "00000000003", "00000000004", "00000000005"};
    static const char *const dates[CONTENTS] = {"2020-01-01", "2020-01-02", "2020-01-03"};
    static const char *const names[CONTENTS] = {"JEAN", "PAUL", "LUC"};
    return (struct made_household){
        numbers[dossier],
        "CAF",
        "123456700000000",
        dates[content],
        2,
        {{"MARTIN", "MARTIN", "ANNE", "1980-01-01", "N", NULL, NULL}, {"MARTIN", "MARTIN", names[content], "2010-01-01", "N", NULL, NULL}}};
}

static void make_plan(struct plan *p, uint32_t *state)
{
    static const char *const days[] = {"2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"};
    unsigned day = 0;
    for (unsigned i = 0; i < FLUX; i++) {
        /* One flux in two has the identity of the one before it. */
        day += i > 0 && next_random(state) % 2;
        p->flux[i] = (struct made_flux){days[day], "10:00:00", "M", (uint8_t)(10 + i), false, NULL};
        for (unsigned d = 0; d < DOSSIERS; d++)
            p->says[i][d] = next_random(state) % (CONTENTS + 1);
    }
}

/* What a dossier looked like after flux i: its content, and how many images the history needs to say so. */
struct expected {
    unsigned content, versions;
};

static struct expected model(const struct plan *p, unsigned dossier, unsigned last)
{
    struct expected e = {ABSENT, 0};
    for (unsigned i = 0; i <= last; i++)
        if (p->says[i][dossier] != ABSENT && p->says[i][dossier] != e.content) {
            e.content = p->says[i][dossier];
            e.versions++;
        }
    return e;
}

static void apply_one(struct fixture *f, const struct plan *p, unsigned i, uint32_t ids[FLUX])
{
    struct made_household h[DOSSIERS];
    struct totals n;
    size_t count = 0;
    for (unsigned d = 0; d < DOSSIERS; d++)
        if (p->says[i][d] != ABSENT)
            h[count++] = household(d, p->says[i][d]);
    ids[i] = flux_apply(f, &p->flux[i], h, count, &n);
    ck_assert_uint_eq(n.created + n.updated + n.unchanged + n.superseded, count);
}

static void check_content(const struct span record, unsigned content)
{
    struct made_household h = household(0, content);
    struct value v;
    char text[VALUE_TEXT_MAX];
    ck_assert(record_find(schema_vrsb0801.household, record.data, record.len, VRSB_DemandeRSA_DTDEMRSA, &v));
    value_text(&v, text);
    ck_assert_str_eq(text, h.dtdemrsa);
}

/* What each flux said, read back from history; the transaction is given up. */
static void check_history(struct fixture *f, const struct plan *p, const uint32_t ids[FLUX], unsigned dossier, uint64_t serial)
{
    struct store_txn *t;
    struct flux_orders orders;
    struct history h;
    ck_assert_int_eq(store_write(f->store, &t), ERR_OK);
    ck_assert_int_eq(orders_load(t, &orders), ERR_OK);
    history_init(&h, t, &orders);
    for (unsigned i = 0; i < FLUX; i++) {
        struct image_source s;
        if (model(p, dossier, i).content == ABSENT)
            continue;
        ck_assert_int_eq(history_load(&h, serial), ERR_OK);
        ck_assert_int_eq(history_at(&h, ids[i], &s), ERR_OK);
        check_content(s.record, model(p, dossier, i).content);
        ck_assert_uint_eq(s.seen.data[0], 2);
    }
    history_free(&h);
    orders_free(&orders);
    store_abort(t);
}

/* The second person of a household goes by its content: memberships must say when it first came, and when it was last seen if it left. */
static void check_memberships(struct fixture *f, const struct plan *p, const uint32_t ids[FLUX], unsigned dossier, uint64_t serial)
{
    struct store_txn *t;
    struct span value, bytes;
    struct head head = {0};
    struct person person = {0};
    size_t gone = 0, expected_gone = 0, members = 1;
    uint64_t firsts = 0, expected_firsts = 0;
    for (unsigned c = 0; c < CONTENTS; c++) {
        unsigned first = FLUX;
        for (unsigned i = FLUX; i-- > 0;)
            first = p->says[i][dossier] == c ? i : first;
        if (first == FLUX)
            continue;
        members++;
        expected_firsts += 1u << (8 * first);
        expected_gone += model(p, dossier, FLUX - 1).content != c;
    }
    ck_assert_int_eq(store_read(f->store, &t), ERR_OK);
    ck_assert_int_eq(txn_get(t, TABLE_DOSSIER, key_dossier(serial), &value), ERR_OK);
    ck_assert_int_eq(head_read(value, &head, &bytes), ERR_OK);
    ck_assert_uint_eq(head.members.count, members);
    for (size_t i = 0; i < members; i++) {
        struct key key = key_person(head.members.at[i]);
        ck_assert_int_eq(txn_get(t, TABLE_PERSON, key, &value), ERR_OK);
        ck_assert_int_eq(person_read(t, key_span(&key), value, &person), ERR_OK);
        gone += person.memberships[0].last != 0;
        for (unsigned k = 0; k < FLUX; k++)
            firsts += ids[k] == person.memberships[0].first ? 1u << (8 * k) : 0;
    }
    ck_assert_uint_eq(gone, expected_gone);
    unsigned start = 0;
    while (p->says[start][dossier] == ABSENT)
        start++;
    ck_assert_uint_eq(firsts, expected_firsts + (1u << (8 * start)));
    person_free(&person);
    head_free(&head);
    store_abort(t);
}

static uint64_t contents_seen(const struct plan *p, unsigned dossier)
{
    uint64_t seen = 0;
    for (unsigned c = 0; c < CONTENTS; c++)
        for (unsigned i = 0; i < FLUX; i++)
            if (p->says[i][dossier] == c) {
                seen++;
                break;
            }
    return seen;
}

static void check_dossier(struct fixture *f, const struct plan *p, const uint32_t ids[FLUX], unsigned dossier, uint64_t *persons)
{
    struct expected e = model(p, dossier, FLUX - 1);
    struct made_household h = household(dossier, 0);
    struct store_txn *t;
    struct dossier d;
    uint64_t serial;
    size_t found = search_count(f, SEARCH_NUMDEMRSA, h.numdemrsa, NULL, NULL, &serial);
    ck_assert_uint_eq(found, e.content != ABSENT);
    if (!found)
        return;
    ck_assert_int_eq(store_read(f->store, &t), ERR_OK);
    ck_assert_int_eq(dossier_get(t, serial, &d), ERR_OK);
    store_abort(t);
    ck_assert_uint_eq(d.versions, e.versions);
    ck_assert_uint_eq(d.person_count, 2);
    check_content((struct span){d.record.data, d.record.len}, e.content);
    dossier_free(&d);
    check_history(f, p, ids, dossier, serial);
    check_memberships(f, p, ids, dossier, serial);
    *persons += 1 + contents_seen(p, dossier);
}

static void check_all(struct fixture *f, const struct plan *p, const uint32_t ids[FLUX])
{
    struct store_txn *t;
    struct store_status s;
    uint64_t persons = 0;
    for (unsigned d = 0; d < DOSSIERS; d++)
        check_dossier(f, p, ids, d, &persons);
    ck_assert_int_eq(store_read(f->store, &t), ERR_OK);
    ck_assert_int_eq(store_status(t, &s), ERR_OK);
    store_abort(t);
    ck_assert_uint_eq(s.persons, persons);
    store_is_sound(f);
}

/* Permutation number n of 0 .. FLUX-1. */
static void permutation(unsigned n, unsigned out[FLUX])
{
    unsigned left[FLUX], count = FLUX;
    for (unsigned i = 0; i < FLUX; i++)
        left[i] = i;
    for (unsigned i = 0; i < FLUX; i++) {
        unsigned at = n % count;
        n /= count;
        out[i] = left[at];
        memmove(left + at, left + at + 1, (count - at - 1) * sizeof left[0]);
        count--;
    }
}

START_TEST(order_of_arrival_does_not_matter)
{
    uint32_t state = (uint32_t)_i * 7919u + 1;
    struct plan p;
    make_plan(&p, &state);
    for (unsigned n = 0; n < PERMUTATIONS; n++) {
        struct fixture f;
        unsigned order[FLUX];
        uint32_t ids[FLUX];
        permutation(n, order);
        fixture_make(&f);
        for (unsigned i = 0; i < FLUX; i++)
            apply_one(&f, &p, order[i], ids);
        check_all(&f, &p, ids);
        fixture_remove(&f);
    }
}
END_TEST

START_TEST(older_image_does_not_overwrite)
{
    static const struct made_flux march = {"2026-03-31", "01:02:03", "M", 3, false, NULL},
                                  april = {"2026-04-30", "01:02:03", "M", 4, false, NULL};
    struct made_household newer = household(0, 1), older = household(0, 0);
    struct fixture f;
    struct totals n;
    struct store_txn *t;
    struct dossier d;
    older.matricule = "765432100000000";
    fixture_make(&f);
    uint32_t id = flux_apply(&f, &april, &newer, 1, NULL);
    flux_apply(&f, &march, &older, 1, &n);
    ck_assert_uint_eq(n.superseded, 1);
    ck_assert_int_eq(store_read(f.store, &t), ERR_OK);
    ck_assert_int_eq(dossier_by_numdemrsa(t, newer.numdemrsa, &d), ERR_OK);
    store_abort(t);
    ck_assert_uint_eq(d.flux, id);
    ck_assert_uint_eq(d.versions, 2);
    check_content((struct span){d.record.data, d.record.len}, 1);
    dossier_free(&d);
    ck_assert_uint_eq(search_count(&f, SEARCH_MATRICULE, "7654321", NULL, NULL, NULL), 1);
    store_is_sound(&f);
    fixture_remove(&f);
}
END_TEST

START_TEST(older_flux_with_the_same_content_is_unchanged)
{
    static const struct made_flux march = {"2026-03-31", "01:02:03", "M", 3, false, NULL},
                                  april = {"2026-04-30", "01:02:03", "M", 4, false, NULL};
    struct made_household h = household(0, 1);
    struct fixture f;
    struct totals n;
    fixture_make(&f);
    flux_apply(&f, &april, &h, 1, NULL);
    flux_apply(&f, &march, &h, 1, &n);
    ck_assert_uint_eq(n.unchanged, 1);
    store_is_sound(&f);
    fixture_remove(&f);
}
END_TEST

START_TEST(digest_settles_a_tie)
{
    static const struct made_flux low = {"2026-03-31", "01:02:03", "M", 3, false, NULL},
                                  high = {"2026-03-31", "01:02:03", "M", 4, false, NULL};
    struct made_household a = household(0, 0), b = household(0, 1);
    for (int swapped = 0; swapped < 2; swapped++) {
        struct fixture f;
        struct totals n;
        struct store_txn *t;
        struct dossier d;
        fixture_make(&f);
        flux_apply(&f, swapped ? &high : &low, swapped ? &b : &a, 1, NULL);
        flux_apply(&f, swapped ? &low : &high, swapped ? &a : &b, 1, &n);
        ck_assert_uint_eq(swapped ? n.superseded : n.updated, 1);
        ck_assert_int_eq(store_read(f.store, &t), ERR_OK);
        ck_assert_int_eq(dossier_by_numdemrsa(t, a.numdemrsa, &d), ERR_OK);
        store_abort(t);
        ck_assert_uint_eq(d.versions, 2);
        check_content((struct span){d.record.data, d.record.len}, 1);
        dossier_free(&d);
        store_is_sound(&f);
        fixture_remove(&f);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("store order");
    TCase *c = tcase_create("order");
    suite_add_tcase(s, c);
    tcase_set_timeout(c, 120);
    tcase_add_test(c, older_image_does_not_overwrite);
    tcase_add_test(c, older_flux_with_the_same_content_is_unchanged);
    tcase_add_test(c, digest_settles_a_tie);
    tcase_add_loop_test(c, order_of_arrival_does_not_matter, 0, ROUNDS);
    return run_suite(s);
}
