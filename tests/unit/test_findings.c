#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/findings.h"
#include "tests/unit/run_suite.h"
#include "tests/unit/store_fixture.h"

static const struct made_flux MARCH = {"2026-03-31", "01:02:03", "M", 3, false, NULL},
                              APRIL = {"2026-04-30", "01:02:03", "M", 4, false, NULL};

static const struct made_household ONE = {"02000000017", "MSA", "179026203456789",
                                          "2021-03-04",  1,     {{"TERRIEN", "TERRIEN", "PAUL", "1979-02-01", "N", NULL, NULL}}};
static const struct made_household OTHER = {"02000000025", "CAF", "034614500000000",
                                            "2020-01-02",  1,     {{"LEBLANC", "LEBLANC", "HUGO", "2015-07-01", "N", NULL, NULL}}};

static const char *const LEAVES[] = {"InfosFoyerRSA[7]/Personne[1]/Identification/DTNAI",
                                     "InfosFoyerRSA[7]/Personne[1]/DossierCAF/DDRATDOS", "InfosFoyerRSA[7]/Personne[2]/Identification/NOM"};

static struct fixture *fixture(void)
{
    static struct fixture f;
    return &f;
}

static void setup(void) { fixture_make(fixture()); }
static void teardown(void) { fixture_remove(fixture()); }

/* Applies a household with this many findings, the first ones with the paths of LEAVES. */
static bool take(struct run *r, const struct made_household *h, enum finding_code code, uint32_t count)
{
    struct msg_household *m = calloc(1, sizeof *m);
    struct buf b;
    struct facts facts = {0};
    enum outcome outcome;
    bool duplicate;
    uint32_t persons;
    ck_assert_ptr_nonnull(m);
    buf_init(&b, RECORD_MAX);
    household_make(&b, h);
    m->line = r->line++;
    m->ordinal = m->line - 1;
    m->record = (struct span){b.data, b.len};
    m->finding_count = count;
    m->findings_kept = count < FINDINGS_MAX ? count : FINDINGS_MAX;
    for (uint32_t i = 0; i < m->findings_kept; i++) {
        m->findings[i] = (struct finding){.code = code, .cost = i % 2 ? COST_FIELD : COST_WARNING, .line = 1000 - 3 * i};
        snprintf(m->findings[i].path, FINDING_PATH_MAX, "%s", LEAVES[i % 3]);
    }
    ck_assert_int_eq(facts_read(&facts, &schema_vrsb0801, m->record), ERR_OK);
    ck_assert_int_eq(apply_household(r->apply, m, &facts, &outcome, &duplicate, &persons), ERR_OK);
    ck_assert_int_eq(apply_findings(r->apply, m, &facts), ERR_OK);
    facts_free(&facts);
    r->totals.created += outcome == OUTCOME_CREATED;
    r->totals.updated += outcome == OUTCOME_UPDATED;
    r->totals.unchanged += outcome == OUTCOME_UNCHANGED;
    r->totals.superseded += outcome == OUTCOME_SUPERSEDED;
    buf_free(&b);
    free(m);
    return duplicate;
}

struct listed {
    size_t count;
    struct dossier_findings last;
};

static bool note(void *ctx, const struct dossier_findings *d)
{
    struct listed *l = ctx;
    l->count++;
    l->last = *d;
    return true;
}

static struct listed listed(uint32_t flux)
{
    struct store_txn *t;
    struct listed l = {0};
    ck_assert_int_eq(store_read(fixture()->store, &t), ERR_OK);
    ck_assert_int_eq(findings_each(t, flux, note, &l), ERR_OK);
    store_abort(t);
    return l;
}

START_TEST(findings_come_back_as_they_were)
{
    struct run r;
    run_begin(&r, fixture(), &MARCH);
    take(&r, &OTHER, V_DATE, 0);
    take(&r, &ONE, V_DATE, 3);
    uint32_t flux = run_end(&r);
    struct listed l = listed(flux);
    ck_assert_uint_eq(l.count, 1);
    ck_assert_str_eq(l.last.numdemrsa, "02000000017");
    ck_assert_uint_eq(l.last.flux, flux);
    ck_assert_uint_eq(l.last.finding_count, 3);
    ck_assert_uint_eq(l.last.findings_kept, 3);
    for (uint32_t i = 0; i < 3; i++) {
        ck_assert_int_eq(l.last.findings[i].code, V_DATE);
        ck_assert_int_eq(l.last.findings[i].cost, i % 2 ? COST_FIELD : COST_WARNING);
        ck_assert_uint_eq(l.last.findings[i].line, 1000 - 3 * i);
        ck_assert_str_eq(l.last.findings[i].path, LEAVES[i]);
    }
    ck_assert_uint_eq(listed(flux + 1).count, 0);
    store_is_sound(fixture());
}
END_TEST

START_TEST(unchanged_and_older_households_keep_theirs)
{
    struct run r;
    run_begin(&r, fixture(), &APRIL);
    take(&r, &ONE, V_DATE, 1);
    uint32_t april = run_end(&r);
    static const struct made_flux may = {"2026-05-31", "01:02:03", "M", 5, false, NULL};
    run_begin(&r, fixture(), &may);
    take(&r, &ONE, V_CODE, 2);
    uint32_t unchanged = run_end(&r);
    ck_assert_uint_eq(r.totals.unchanged, 1);
    struct made_household before = ONE;
    before.dtdemrsa = "2020-01-01";
    run_begin(&r, fixture(), &MARCH);
    take(&r, &before, V_TIME, 1);
    uint32_t older = run_end(&r);
    ck_assert_uint_eq(r.totals.superseded, 1);
    ck_assert_int_eq(listed(april).last.findings[0].code, V_DATE);
    ck_assert_int_eq(listed(unchanged).last.findings[1].code, V_CODE);
    ck_assert_int_eq(listed(older).last.findings[0].code, V_TIME);
    store_is_sound(fixture());
}
END_TEST

START_TEST(a_dossier_that_stands_twice_has_all_of_them)
{
    struct run r;
    run_begin(&r, fixture(), &MARCH);
    ck_assert(!take(&r, &ONE, V_DATE, 2));
    ck_assert(take(&r, &ONE, V_CODE, 1));
    ck_assert(take(&r, &ONE, V_TIME, 0));
    struct listed l = listed(run_end(&r));
    ck_assert_uint_eq(l.count, 1);
    ck_assert_uint_eq(l.last.finding_count, 3);
    ck_assert_uint_eq(l.last.findings_kept, 3);
    ck_assert_int_eq(l.last.findings[0].code, V_CODE);
    ck_assert_int_eq(l.last.findings[1].code, V_DATE);
    ck_assert_str_eq(l.last.findings[2].path, LEAVES[1]);
    run_begin(&r, fixture(), &APRIL);
    take(&r, &ONE, V_DATE, FINDINGS_MAX + 20);
    take(&r, &ONE, V_CODE, 30);
    l = listed(run_end(&r));
    ck_assert_uint_eq(l.last.finding_count, FINDINGS_MAX + 50);
    ck_assert_uint_eq(l.last.findings_kept, FINDINGS_MAX);
    ck_assert_int_eq(l.last.findings[29].code, V_CODE);
    ck_assert_int_eq(l.last.findings[30].code, V_DATE);
    ck_assert_uint_eq(l.last.findings[FINDINGS_MAX - 1].line, 1000 - 3 * (FINDINGS_MAX - 31));
    store_is_sound(fixture());
}
END_TEST

/* The one entry of a table, copied. */
static struct span only_entry(struct store_txn *t, enum store_table table, uint8_t key[16], size_t *key_len)
{
    struct kv_scan *scan;
    struct span k, v;
    ck_assert_int_eq(kv_scan_open(t->kv, table, (struct span){0}, (struct span){0}, &scan), ERR_OK);
    ck_assert_int_eq(kv_scan_next(scan, &k, &v), ERR_OK);
    ck_assert_uint_le(k.len, 16);
    memcpy(key, k.data, k.len);
    *key_len = k.len;
    ck_assert_int_eq(txn_copy(t, &v), ERR_OK);
    kv_scan_close(scan);
    return v;
}

static bool ignore(void *ctx, const struct dossier_findings *d)
{
    (void)ctx, (void)d;
    return true;
}

START_TEST(findings_open_at_their_place_alone)
{
    struct run r;
    struct store_txn *t;
    uint8_t key[16];
    size_t key_len;
    run_begin(&r, fixture(), &MARCH);
    take(&r, &OTHER, V_DATE, 0);
    take(&r, &ONE, V_DATE, 3);
    uint32_t flux = run_end(&r);
    fixture_close(fixture());
    for (size_t i = 0; i < 3; i++)
        ck_assert(!fixture_holds(fixture(), strstr(LEAVES[i], "Personne")));
    ck_assert(!fixture_holds(fixture(), "02000000017"));
    fixture_open(fixture());
    ck_assert_int_eq(store_write(fixture()->store, &t), ERR_OK);
    struct span value = only_entry(t, TABLE_FINDINGS, key, &key_len);
    ck_assert_int_eq(txn_put(t, TABLE_FINDINGS, key_version(flux + 1, be64(key + 4)), value), ERR_OK);
    ck_assert_int_eq(findings_each(t, flux + 1, ignore, NULL), ERR_CORRUPT);
    ck_assert_int_eq(txn_put(t, TABLE_FINDINGS, key_version(flux + 2, be64(key + 4) - 1), value), ERR_OK);
    ck_assert_int_eq(findings_each(t, flux + 2, ignore, NULL), ERR_CORRUPT);
    ck_assert_int_eq(findings_each(t, flux, ignore, NULL), ERR_OK);
    ck_assert_int_eq(txn_delete(t, TABLE_DATA_KEY, key_dossier(be64(key + 4))), ERR_OK);
    ck_assert_int_eq(findings_each(t, flux, ignore, NULL), ERR_CORRUPT);
    store_abort(t);
}
END_TEST

enum { TOO_LONG = 4 << 20 }; /* for any value of the store */

static void every_flip_shows(enum store_table table)
{
    struct store_txn *t;
    uint8_t key[16], bytes[1024];
    size_t key_len;
    uint64_t checked;
    ck_assert_int_eq(store_write(fixture()->store, &t), ERR_OK);
    struct span value = only_entry(t, table, key, &key_len), k = {key, key_len};
    ck_assert_uint_gt(value.len, SEAL_OVERHEAD);
    ck_assert_uint_le(value.len, sizeof bytes);
    memcpy(bytes, value.data, value.len);
    ck_assert_int_eq(store_verify(t, &checked), ERR_OK);
    for (size_t i = 0; i < value.len; i++) {
        bytes[i] ^= 0x10;
        ck_assert_int_eq(kv_put(t->kv, table, k, (struct span){bytes, value.len}), ERR_OK);
        ck_assert_msg(store_verify(t, &checked) == ERR_CORRUPT, "byte %zu of table %d", i, (int)table);
        bytes[i] ^= 0x10;
    }
    ck_assert_int_eq(kv_put(t->kv, table, k, (struct span){bytes, value.len - 1}), ERR_OK);
    ck_assert_int_eq(store_verify(t, &checked), ERR_CORRUPT);
    uint8_t *longer = calloc(1, TOO_LONG);
    ck_assert_ptr_nonnull(longer);
    memcpy(longer, bytes, value.len);
    ck_assert_int_eq(kv_put(t->kv, table, k, (struct span){longer, TOO_LONG}), ERR_OK);
    ck_assert_int_eq(store_verify(t, &checked), ERR_CORRUPT);
    free(longer);
    store_abort(t);
}

static void fill(struct flux_report *r, int unknown)
{
    *r = (struct flux_report){0};
    r->causes[V_DATE] = (struct flux_cause){COST_FIELD, 12, 7};
    r->causes[FINDING_COUNT - 1] = (struct flux_cause){COST_WARNING, UINT64_MAX, 1};
    for (int i = 0; i < unknown; i++) {
        struct flux_unknown *u;
        ck_assert_int_eq(flux_report_add(r, &u), ERR_OK);
        memset(u->path, 'p', sizeof u->path - 1);
        snprintf(u->code, sizeof u->code, "%d", i % 2 ? i : 0);
        u->count = (uint64_t)i + 1;
        u->first_line = UINT32_MAX - (uint32_t)i;
    }
}

static void put_report(uint32_t flux, const struct flux_report *r)
{
    struct store_txn *t;
    ck_assert_int_eq(store_write(fixture()->store, &t), ERR_OK);
    ck_assert_int_eq(flux_report_put(t, flux, r), ERR_OK);
    t->counters.next_outbox++; /* an empty report leaves nothing to commit */
    ck_assert_int_eq(store_commit(t), ERR_OK);
}

START_TEST(damage_shows)
{
    struct run r;
    struct flux_report report;
    run_begin(&r, fixture(), &MARCH);
    take(&r, &ONE, V_DATE, 3);
    uint32_t flux = run_end(&r);
    fill(&report, 1);
    put_report(flux, &report);
    flux_report_free(&report);
    every_flip_shows(TABLE_FINDINGS);
    every_flip_shows(TABLE_FLUX_REPORT);
}
END_TEST

START_TEST(a_report_comes_back_as_it_was)
{
    struct run r;
    struct store_txn *t;
    struct flux_report report, got;
    struct flux_unknown *beyond;
    uint8_t key[16];
    size_t key_len;
    run_begin(&r, fixture(), &MARCH);
    take(&r, &ONE, V_DATE, 0);
    uint32_t flux = run_end(&r);
    fill(&report, FLUX_UNKNOWN_MAX);
    ck_assert_int_eq(flux_report_add(&report, &beyond), ERR_TOOBIG);
    put_report(flux, &report);
    store_is_sound(fixture());
    ck_assert_int_eq(store_write(fixture()->store, &t), ERR_OK);
    ck_assert_int_eq(flux_report_get(t, flux, &got), ERR_OK);
    ck_assert_int_eq(memcmp(got.causes, report.causes, sizeof got.causes), 0);
    ck_assert_uint_eq(got.unknown_count, FLUX_UNKNOWN_MAX);
    for (size_t i = 0; i < got.unknown_count; i++) {
        ck_assert_str_eq(got.unknown[i].path, report.unknown[i].path);
        ck_assert_str_eq(got.unknown[i].code, report.unknown[i].code);
        ck_assert_uint_eq(got.unknown[i].count, report.unknown[i].count);
        ck_assert_uint_eq(got.unknown[i].first_line, report.unknown[i].first_line);
    }
    flux_report_free(&got);
    struct span value = only_entry(t, TABLE_FLUX_REPORT, key, &key_len);
    ck_assert_int_eq(txn_put(t, TABLE_FLUX_REPORT, key_flux(flux + 1), value), ERR_OK);
    ck_assert_int_eq(flux_report_get(t, flux + 1, &got), ERR_CORRUPT);
    flux_report_free(&got);
    store_abort(t);
    flux_report_free(&report);
}
END_TEST

START_TEST(nothing_found_is_nothing_written)
{
    struct run r;
    struct store_txn *t;
    struct flux_report report = {0};
    struct kv_stat before, after;
    run_begin(&r, fixture(), &MARCH);
    take(&r, &ONE, V_DATE, 0);
    uint32_t flux = run_end(&r);
    ck_assert_int_eq(kv_stat(fixture()->store->kv, &before), ERR_OK);
    put_report(flux, &report);
    ck_assert_int_eq(kv_stat(fixture()->store->kv, &after), ERR_OK);
    ck_assert_uint_eq(after.entries[TABLE_FINDINGS], 0);
    ck_assert_uint_eq(after.entries[TABLE_FLUX_REPORT], before.entries[TABLE_FLUX_REPORT]);
    ck_assert_int_eq(store_read(fixture()->store, &t), ERR_OK);
    ck_assert_int_eq(flux_report_get(t, flux, &report), ERR_OK);
    ck_assert_uint_eq(report.unknown_count, 0);
    store_abort(t);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("findings");
    TCase *t = tcase_create("findings");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, findings_come_back_as_they_were);
    tcase_add_test(t, unchanged_and_older_households_keep_theirs);
    tcase_add_test(t, a_dossier_that_stands_twice_has_all_of_them);
    tcase_add_test(t, findings_open_at_their_place_alone);
    tcase_add_test(t, damage_shows);
    tcase_add_test(t, a_report_comes_back_as_it_was);
    tcase_add_test(t, nothing_found_is_nothing_written);
    suite_add_tcase(s, t);
    return run_suite(s);
}
