#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "store/txn.h"
#include "tests/unit/run_suite.h"
#include "tests/unit/store_fixture.h"

static const struct made_flux MARCH = {"2026-03-31", "01:02:03", "M", 3, false, NULL},
                              APRIL = {"2026-04-30", "01:02:03", "M", 4, false, NULL},
                              MAY = {"2026-05-31", "01:02:03", "M", 5, false, NULL};

static const struct made_household LEBLANC = {"01013473008",
                                              "CAF",
                                              "034614500000000",
                                              "2020-01-02",
                                              2,
                                              {{"LEBLANC-MARTIN", "LEBLANC", "ÉLODIE", "1985-05-12", "N", "2850562034123", NULL},
                                               {"LEBLANC", "LEBLANC", "HUGO", "2015-07-01", "J", NULL, "1"}}};
static const struct made_household TERRIEN = {
    "02000000017", "MSA", "179026203456789", "2021-03-04", 1, {{"TERRIEN", "TERRIEN", "PAUL", "1979-02-01", "O", "1790262034567", NULL}}};

static struct fixture *fixture(void)
{
    static struct fixture f;
    return &f;
}

static void setup(void) { fixture_make(fixture()); }
static void teardown(void) { fixture_remove(fixture()); }

static struct made_household changed(const struct made_household *h, const char *dtdemrsa)
{
    struct made_household out = *h;
    out.dtdemrsa = dtdemrsa;
    return out;
}

static void get(const char *numdemrsa, struct dossier *d)
{
    struct store_txn *t;
    ck_assert_int_eq(store_read(fixture()->store, &t), ERR_OK);
    ck_assert_int_eq(dossier_by_numdemrsa(t, numdemrsa, d), ERR_OK);
    store_abort(t);
}

static struct store_status status(void)
{
    struct store_txn *t;
    struct store_status s;
    ck_assert_int_eq(store_read(fixture()->store, &t), ERR_OK);
    ck_assert_int_eq(store_status(t, &s), ERR_OK);
    store_abort(t);
    return s;
}

START_TEST(what_went_in_comes_out)
{
    struct fixture *f = fixture();
    const struct made_household both[] = {LEBLANC, TERRIEN};
    struct totals n;
    struct dossier d;
    char text[VALUE_TEXT_MAX];
    uint32_t id = flux_apply(f, &MARCH, both, 2, &n);
    ck_assert_uint_eq(n.created, 2);
    ck_assert_uint_gt(store_bytes_written(f->store), 0);
    fixture_close(f);
    fixture_open(f);
    get("1013473008", &d);
    ck_assert_uint_eq(d.flux, id);
    ck_assert_uint_eq(d.line, 2);
    ck_assert_uint_eq(d.versions, 1);
    ck_assert_uint_eq(d.person_count, 2);
    ck_assert_uint_ne(d.persons[0], d.persons[1]);
    ck_assert_str_eq(d.member, "member.xml");
    ck_assert(record_has(&d.record, VRSB_Identification_PRENOM, text));
    ck_assert_str_eq(text, "ÉLODIE");
    ck_assert(record_has(&d.record, VRSB_Organisme_MATRICULE, text));
    dossier_free(&d);
    struct store_status s = status();
    ck_assert_uint_eq(s.dossiers, 2);
    ck_assert_uint_eq(s.persons, 3);
    ck_assert_uint_eq(s.flux, 1);
    ck_assert_uint_eq(s.versions, 0);
    ck_assert_uint_eq(s.rejects_open, 0);
    ck_assert_uint_eq(s.generation, 1);
    store_is_sound(f);
}
END_TEST

START_TEST(other_keys_are_refused)
{
    struct fixture *f = fixture(), other;
    struct store *s;
    fixture_make(&other);
    struct store_place mixed = {f->store_dir, other.keys_dir, other.master};
    ck_assert_int_eq(store_open(&mixed, false, "test", NULL, NULL, &s), ERR_KEY);
    ck_assert_ptr_null(s);
    char a[33], b[33];
    uint8_t x[32], y[32];
    store_pseudonym(f->store, "agent", a);
    store_pseudonym(other.store, "agent", b);
    ck_assert_str_ne(a, b);
    store_journal_key(f->store, x);
    store_journal_key(other.store, y);
    ck_assert(memcmp(x, y, 32) != 0);
    fixture_remove(&other);
    fixture_close(f);
    fixture_open(f);
    store_pseudonym(f->store, "agent", b);
    ck_assert_str_eq(a, b);
}
END_TEST

START_TEST(replay_changes_nothing)
{
    struct fixture *f = fixture();
    const struct made_household both[] = {LEBLANC, TERRIEN};
    struct totals n;
    struct dossier d;
    uint32_t first = flux_apply(f, &MARCH, both, 2, NULL);
    flux_apply(f, &APRIL, both, 2, &n);
    ck_assert_uint_eq(n.unchanged, 2);
    get("01013473008", &d);
    ck_assert_uint_eq(d.versions, 1);
    ck_assert_uint_eq(d.flux, first);
    dossier_free(&d);
    ck_assert_uint_eq(status().persons, 3);
    store_is_sound(f);
}
END_TEST

START_TEST(update_keeps_the_older_image)
{
    struct fixture *f = fixture();
    struct made_household later = changed(&LEBLANC, "2022-09-09");
    struct totals n;
    struct dossier a, b;
    char text[VALUE_TEXT_MAX];
    later.matricule = "765432100000000";
    flux_apply(f, &MARCH, &LEBLANC, 1, NULL);
    get("01013473008", &a);
    uint32_t id = flux_apply(f, &APRIL, &later, 1, &n);
    ck_assert_uint_eq(n.updated, 1);
    get("01013473008", &b);
    ck_assert_uint_eq(b.flux, id);
    ck_assert_uint_eq(b.versions, 2);
    ck_assert_uint_eq(b.person_count, 2);
    ck_assert_uint_eq(a.persons[0], b.persons[0]);
    ck_assert_uint_eq(a.persons[1], b.persons[1]);
    ck_assert(record_has(&b.record, VRSB_DemandeRSA_DTDEMRSA, text));
    ck_assert_str_eq(text, "2022-09-09");
    dossier_free(&a);
    dossier_free(&b);
    ck_assert_uint_eq(status().versions, 1);
    ck_assert_uint_eq(search_count(f, SEARCH_MATRICULE, "346145", NULL, NULL, NULL), 1);
    ck_assert_uint_eq(search_count(f, SEARCH_MATRICULE, "7654321", NULL, NULL, NULL), 1);
    store_is_sound(f);
}
END_TEST

START_TEST(persons_come_and_go)
{
    struct fixture *f = fixture();
    struct made_household alone = LEBLANC, twins = LEBLANC;
    struct dossier a, b, c;
    alone.count = 1;
    twins.count = 4;
    twins.persons[2] = twins.persons[3] = twins.persons[1];
    twins.persons[1].nir = "2100162765432";
    twins.persons[2].nir = "2100162765433";
    flux_apply(f, &MARCH, &LEBLANC, 1, NULL);
    get("01013473008", &a);
    flux_apply(f, &APRIL, &alone, 1, NULL);
    get("01013473008", &b);
    ck_assert_uint_eq(b.person_count, 1);
    ck_assert_uint_eq(b.persons[0], a.persons[0]);
    flux_apply(f, &MAY, &twins, 1, NULL);
    get("01013473008", &c);
    ck_assert_uint_eq(c.person_count, 4);
    ck_assert_uint_eq(c.persons[0], a.persons[0]);
    /* Two certified NIR under one key are two; without one it is the person known under that key. */
    ck_assert(c.persons[1] != c.persons[2] && c.persons[1] != a.persons[1] && c.persons[2] != a.persons[1]);
    ck_assert_uint_eq(c.persons[3], a.persons[1]);
    ck_assert_uint_eq(status().persons, 4);
    dossier_free(&a);
    dossier_free(&b);
    dossier_free(&c);
    store_is_sound(f);
}
END_TEST

START_TEST(named_twice_is_one)
{
    struct fixture *f = fixture();
    struct made_household twice = LEBLANC;
    struct dossier d;
    twice.count = 3;
    twice.persons[2] = twice.persons[1];
    flux_apply(f, &MARCH, &twice, 1, NULL);
    get("01013473008", &d);
    ck_assert_uint_eq(d.person_count, 3);
    ck_assert_uint_eq(d.persons[2], d.persons[1]);
    ck_assert_uint_eq(status().persons, 2);
    dossier_free(&d);
    store_is_sound(f);
}
END_TEST

START_TEST(last_of_a_flux_wins)
{
    struct fixture *f = fixture();
    struct made_household again = changed(&LEBLANC, "2022-01-01");
    struct run r;
    struct dossier d;
    char text[VALUE_TEXT_MAX];
    run_begin(&r, f, &MARCH);
    ck_assert_int_eq(run_household(&r, &LEBLANC), OUTCOME_CREATED);
    ck_assert_int_eq(run_household(&r, &again), OUTCOME_UPDATED);
    ck_assert_int_eq(run_household(&r, &again), OUTCOME_UNCHANGED);
    run_end(&r);
    ck_assert_uint_eq(r.totals.duplicates, 2);
    get("01013473008", &d);
    ck_assert_uint_eq(d.versions, 1);
    ck_assert(record_has(&d.record, VRSB_DemandeRSA_DTDEMRSA, text));
    ck_assert_str_eq(text, "2022-01-01");
    dossier_free(&d);
    ck_assert_uint_eq(status().versions, 0);
    store_is_sound(f);
    run_begin(&r, f, &APRIL);
    ck_assert_int_eq(run_household(&r, &LEBLANC), OUTCOME_UPDATED);
    ck_assert_int_eq(run_household(&r, &again), OUTCOME_UPDATED);
    run_end(&r);
    get("01013473008", &d);
    ck_assert_uint_eq(d.versions, 1);
    dossier_free(&d);
    store_is_sound(f);
}
END_TEST

START_TEST(abort_leaves_nothing)
{
    struct fixture *f = fixture();
    struct run r;
    struct store_txn *t;
    struct dossier d;
    run_begin(&r, f, &MARCH);
    run_household(&r, &LEBLANC);
    apply_free(r.apply);
    store_abort(r.t);
    ck_assert_uint_eq(status().dossiers, 0);
    ck_assert_int_eq(store_read(f->store, &t), ERR_OK);
    ck_assert_int_eq(dossier_by_numdemrsa(t, "01013473008", &d), ERR_NOTFOUND);
    store_abort(t);
    ck_assert_uint_eq(search_count(f, SEARCH_NUMDEMRSA, "01013473008", NULL, NULL, NULL), 0);
    flux_apply(f, &MARCH, &LEBLANC, 1, NULL);
    ck_assert_uint_eq(status().dossiers, 1);
    store_is_sound(f);
}
END_TEST

START_TEST(searches)
{
    struct fixture *f = fixture();
    const struct made_household both[] = {LEBLANC, TERRIEN};
    uint64_t a, b;
    flux_apply(f, &MARCH, both, 2, NULL);
    ck_assert_uint_eq(search_count(f, SEARCH_NUMDEMRSA, "1013473008", NULL, NULL, &a), 1);
    ck_assert_uint_eq(search_count(f, SEARCH_NUMDEMRSA, "02000000017", NULL, NULL, &b), 1);
    ck_assert_uint_ne(a, b);
    static const struct {
        enum search_by by;
        const char *text, *prenom, *dtnai;
        bool first, second;
    } cases[] = {
        {SEARCH_MATRICULE, "346145", NULL, NULL, true, false},
        {SEARCH_MATRICULE, "0346145", NULL, NULL, true, false},
        {SEARCH_MATRICULE, "034614500000000", NULL, NULL, true, false},
        {SEARCH_MATRICULE, "179026203456789", NULL, NULL, false, true},
        {SEARCH_MATRICULE, "0346146", NULL, NULL, false, false},
        {SEARCH_NIR, "2850562034123", NULL, NULL, true, false},
        {SEARCH_NIR, "2 85 05 62 034 123 99", NULL, NULL, true, false},
        {SEARCH_NIR, "179026203456789", NULL, NULL, false, true},
        {SEARCH_NIR, "2850562034124", NULL, NULL, false, false},
        {SEARCH_NAME, "Leblanc Martin", "Elodie", "1985-05-12", true, false},
        {SEARCH_NAME, "leblanc", "élodie", "1985-05-12", true, false},
        {SEARCH_NAME, "leblanc", "élodie", "1985-05-13", false, false},
        {SEARCH_NAME, "leblanc", "hugo", "2015-07-30", true, false},
        {SEARCH_NAME, "leblanc", "hugo", "2015-08-01", false, false},
        {SEARCH_NAME, "terrien", "paul", "1979-11-30", false, true},
        {SEARCH_NAME, "terrien", "paul", "1980-02-01", false, false},
        {SEARCH_NAME, "terrien", "pierre", "1979-02-01", false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t found = 0;
        size_t n = search_count(f, cases[i].by, cases[i].text, cases[i].prenom, cases[i].dtnai, &found);
        ck_assert_msg(n == (size_t)cases[i].first + cases[i].second, "case %zu", i);
        ck_assert_msg(n == 0 || found == (cases[i].first ? a : b), "case %zu", i);
    }
}
END_TEST

START_TEST(nothing_personal_in_clear)
{
    struct fixture *f = fixture();
    const struct made_household both[] = {LEBLANC, TERRIEN};
    static const char *const secrets[] = {"2850562034123", "1790262034567", "179026203456789", "LEBLANC", "ÉLODIE",
                                          "TERRIEN",       "01013473008",   "034614500000000", "leblanc", "2990162999999"};
    struct dossier d;
    struct run r;
    char text[VALUE_TEXT_MAX];
    flux_apply(f, &MARCH, both, 2, NULL);
    run_begin(&r, f, &APRIL);
    run_reject(&r, &LEBLANC, "1985-99-99");
    run_end(&r);
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
        ck_assert_msg(!fixture_holds(f, secrets[i]), "secret %zu", i);
    ck_assert(!fixture_holds(f, "1985-99-99"));
    get("01013473008", &d);
    ck_assert(!record_has(&d.record, VRSB_Identification_NIR, text));
    ck_assert(record_has(&d.record, VRSB_Identification_NOM, text));
    dossier_free(&d);
    get("02000000017", &d);
    ck_assert(!record_has(&d.record, VRSB_Identification_NIR, text));
    ck_assert(!record_has(&d.record, VRSB_Organisme_MATRICULE, text));
    dossier_free(&d);
    ck_assert_uint_eq(search_count(f, SEARCH_NIR, "1790262034567", NULL, NULL, NULL), 1);
}
END_TEST

START_TEST(nir_is_kept_when_it_may_be_read)
{
    struct fixture *f = fixture();
    struct made_flux readable = MARCH;
    struct dossier d;
    char text[VALUE_TEXT_MAX];
    readable.nir_readable = true;
    flux_apply(f, &readable, &TERRIEN, 1, NULL);
    get("02000000017", &d);
    ck_assert(record_has(&d.record, VRSB_Identification_NIR, text));
    ck_assert_str_eq(text, "1790262034567");
    ck_assert(record_has(&d.record, VRSB_Organisme_MATRICULE, text));
    dossier_free(&d);
    ck_assert(!fixture_holds(f, "1790262034567"));
}
END_TEST

/* The value of the only dossier, as it lies in the file. */
static struct span dossier_value(struct fixture *f, uint8_t copy[4096])
{
    struct store_txn *t;
    struct span value;
    uint64_t serial;
    ck_assert_uint_eq(search_count(f, SEARCH_NUMDEMRSA, "01013473008", NULL, NULL, &serial), 1);
    ck_assert_int_eq(store_read(f->store, &t), ERR_OK);
    ck_assert_int_eq(txn_get(t, TABLE_DOSSIER, key_dossier(serial), &value), ERR_OK);
    ck_assert_uint_le(value.len, 4096);
    memcpy(copy, value.data, value.len);
    store_abort(t);
    return (struct span){copy, value.len};
}

static enum err verify_with(struct fixture *f, const uint8_t *data, size_t len)
{
    struct store_txn *t;
    uint64_t checked;
    fixture_write_bytes(f, data, len);
    fixture_open(f);
    ck_assert_int_eq(store_read(f->store, &t), ERR_OK);
    enum err e = store_verify(t, &checked);
    store_abort(t);
    fixture_close(f);
    return e;
}

START_TEST(verify_finds_a_flipped_byte)
{
    struct fixture *f = fixture();
    uint8_t copy[4096];
    size_t len;
    flux_apply(f, &MARCH, &LEBLANC, 1, NULL);
    store_is_sound(f);
    struct span value = dossier_value(f, copy);
    fixture_close(f);
    uint8_t *data = fixture_bytes(f, &len);
    uint8_t *at = memmem(data, len, value.data, value.len);
    ck_assert_ptr_nonnull(at);
    /* All of it: flux, persons, line and digest are bound to the sealed part. */
    for (size_t i = 0; i < value.len; i++) {
        at[i] ^= 4;
        ck_assert_msg(verify_with(f, data, len) != ERR_OK, "byte %zu of %zu", i, value.len);
        at[i] ^= 4;
    }
    ck_assert_int_eq(verify_with(f, data, len), ERR_OK);
    free(data);
}
END_TEST

/* ---- damage ---- */

enum { TOO_LONG = 4 << 20 }; /* for any value of the store */

/* False when the table is empty. */
static bool lengthened(struct store_txn *t, unsigned table, uint8_t *key, uint8_t *longer)
{
    struct kv_scan *scan;
    struct span k, v;
    uint64_t checked;
    ck_assert_int_eq(kv_scan_open(t->kv, table, (struct span){0}, (struct span){0}, &scan), ERR_OK);
    enum err e = kv_scan_next(scan, &k, &v);
    if (!e) {
        memcpy(key, k.data, k.len);
        memset(longer, 0, TOO_LONG);
        memcpy(longer, v.data, v.len);
    }
    kv_scan_close(scan);
    if (e)
        return false;
    const struct span place = {key, k.len};
    ck_assert_int_eq(kv_put(t->kv, table, place, (struct span){longer, TOO_LONG}), ERR_OK);
    ck_assert_msg(store_verify(t, &checked) == ERR_CORRUPT, "table %u", table);
    ck_assert_int_eq(kv_put(t->kv, table, place, (struct span){longer, v.len}), ERR_OK);
    ck_assert_int_eq(store_verify(t, &checked), ERR_OK);
    return true;
}

START_TEST(what_is_longer_than_anything_written_is_damage)
{
    struct fixture *f = fixture();
    const struct made_household two[] = {LEBLANC, TERRIEN}, other = changed(&LEBLANC, "2020-01-03");
    uint8_t key[KV_KEY_MAX], *longer = malloc(TOO_LONG);
    struct store_txn *t;
    struct run r;
    unsigned met = 0;
    flux_apply(f, &MARCH, two, 2, NULL);
    run_begin(&r, f, &APRIL);
    run_household(&r, &other);
    run_reject(&r, &TERRIEN, "1979-02-31");
    run_end(&r);
    ck_assert_int_eq(store_write(f->store, &t), ERR_OK);
    /* Those of TABLE_META are judged when the store is opened. */
    for (unsigned table = TABLE_META + 1; table < TABLE_COUNT; table++)
        met += lengthened(t, table, key, longer);
    ck_assert_uint_ge(met, 10);
    store_abort(t);
    free(longer);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("store");
    TCase *c = tcase_create("store");
    suite_add_tcase(s, c);
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, what_went_in_comes_out);
    tcase_add_test(c, other_keys_are_refused);
    tcase_add_test(c, replay_changes_nothing);
    tcase_add_test(c, update_keeps_the_older_image);
    tcase_add_test(c, persons_come_and_go);
    tcase_add_test(c, named_twice_is_one);
    tcase_add_test(c, last_of_a_flux_wins);
    tcase_add_test(c, abort_leaves_nothing);
    tcase_add_test(c, searches);
    tcase_add_test(c, nothing_personal_in_clear);
    tcase_add_test(c, nir_is_kept_when_it_may_be_read);
    tcase_add_test(c, verify_finds_a_flipped_byte);
    tcase_add_test(c, what_is_longer_than_anything_written_is_damage);
    return run_suite(s);
}
