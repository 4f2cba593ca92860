/* Whatever flux came, in whatever order, undoing the one imported last leaves what was there before it: images, persons, indexes, counters.
 * Checked for random flux, back to an empty store. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "flux/base/digest.h"
#include "store/txn.h"
#include "tests/unit/run_suite.h"
#include "tests/unit/store_fixture.h"

enum { FLUX = 5, DOSSIERS = 6, CONTENTS = 4, ABSENT = CONTENTS, REJECTED = CONTENTS + 1, ROUNDS = 40 };

static struct fixture *fixture(void)
{
    static struct fixture f;
    return &f;
}

static void setup(void) { fixture_make(fixture()); }
static void teardown(void) { fixture_remove(fixture()); }

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

static struct made_household household(unsigned dossier, unsigned content)
{
    static const char *const numbers[DOSSIERS] = {"00000000001", "00000000002", "00000000003", "00000000004", "00000000005", "00000000006"};
    static const char *const dates[CONTENTS] = {"2020-01-01", "2020-01-02", "2020-01-03", "2020-01-04"};
    static const char *const matricules[CONTENTS] = {"123456700000000", "123456700000000", "765432100000000", "765432100000000"};
    static const char *const names[CONTENTS] = {"JEAN", "PAUL", "LUC", "JEAN"};
    static const char *const nirs[CONTENTS] = {"1800162001007", NULL, "2850562034123", "2850562034123"};
    return (struct made_household){numbers[dossier],
                                   "CAF",
                                   matricules[content],
                                   dates[content],
                                   2,
                                   {{"MARTIN", "MARTIN", "ANNE", "1980-01-01", "N", nirs[content], NULL},
                                    {"MARTIN", "MARTIN", names[content], "2010-01-01", "N", NULL, NULL}}};
}

/* One line for all that is known: every key of every table but the ledger's, and the counts. With values: sealed ones as they lie. */
static void state_of(struct fixture *f, bool values, uint8_t digest[DIGEST_SIZE])
{
    struct store_txn *t;
    struct kv_scan *scan;
    struct span key, value;
    struct buf b;
    buf_init(&b, 8 << 20);
    ck_assert_int_eq(store_read(f->store, &t), ERR_OK);
    for (unsigned table = 0; table < TABLE_COUNT; table++) {
        if (table == TABLE_META || table == TABLE_FLUX || table == TABLE_FLUX_REPORT)
            continue;
        ck_assert_int_eq(kv_scan_open(t->kv, table, (struct span){0}, (struct span){0}, &scan), ERR_OK);
        while (kv_scan_next(scan, &key, &value) == ERR_OK) {
            buf_u32(&b, table);
            buf_bytes(&b, key.data, key.len);
            buf_bytes(&b, value.data, values || table == TABLE_PERSON || table == TABLE_INDEX ? value.len : 0);
        }
        kv_scan_close(scan);
    }
    const struct counters *c = &t->counters;
    const uint64_t counts[] = {c->dossiers, c->persons, c->versions, c->flux_applied, c->rejects_open};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        buf_u64(&b, counts[i]);
    ck_assert_int_eq(b.err, ERR_OK);
    digest_bytes(b.data, b.len, digest);
    store_abort(t);
    buf_free(&b);
}

static enum err undo(struct fixture *f, uint32_t flux, struct flux_undone *out)
{
    struct store_txn *t;
    const struct flux_undo how = {.flux = flux, .now = 1769904000, .user = "tester", .reason = "a test"};
    ck_assert_int_eq(store_write(f->store, &t), ERR_OK);
    enum err e = store_undo(t, &how, out);
    if (e)
        store_abort(t);
    else
        ck_assert_int_eq(store_commit(t), ERR_OK);
    return e;
}

static uint32_t apply_random(struct fixture *f, unsigned place, uint32_t *state)
{
    static const char *const days[] = {"2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"};
    const struct made_flux made = {days[place], "10:00:00", next_random(state) % 4 ? "M" : "R", (uint8_t)(10 + place), false, NULL};
    struct run r;
    run_begin(&r, f, &made);
    for (unsigned d = 0; d < DOSSIERS; d++) {
        unsigned says = next_random(state) % (CONTENTS + 2);
        struct made_household h = household(d, says < CONTENTS ? says : 0);
        if (says == REJECTED)
            run_reject(&r, &h, "1985-99-99");
        else if (says != ABSENT)
            run_household(&r, &h);
    }
    return run_end(&r);
}

static void shuffle(unsigned order[FLUX], uint32_t *state)
{
    for (unsigned i = 0; i < FLUX; i++)
        order[i] = i;
    for (unsigned i = FLUX; i-- > 1;) {
        unsigned j = next_random(state) % (i + 1), kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
}

START_TEST(each_step_back_is_the_state_before_it)
{
    struct fixture *f = fixture();
    uint32_t state = 7;
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint8_t states[FLUX][DIGEST_SIZE], now[DIGEST_SIZE];
        uint32_t ids[FLUX];
        unsigned order[FLUX];
        bool in_order = round % 2 == 0;
        shuffle(order, &state);
        for (unsigned i = 0; i < FLUX; i++) {
            state_of(f, in_order, states[i]);
            ids[i] = apply_random(f, in_order ? i : order[i], &state);
        }
        store_is_sound(f);
        for (unsigned i = FLUX; i-- > 0;) {
            struct flux_undone done;
            ck_assert_int_eq(undo(f, ids[i], &done), ERR_OK);
            store_is_sound(f);
            state_of(f, in_order, now);
            ck_assert_msg(memcmp(now, states[i], sizeof now) == 0, "round %u, without flux %u", round, i);
        }
    }
}
END_TEST

START_TEST(what_is_in_the_way_is_named)
{
    struct fixture *f = fixture();
    const struct made_flux jan = {"2026-01-31", "10:00:00", "M", 1, false, NULL}, feb = {"2026-02-28", "10:00:00", "M", 2, false, NULL},
                           mar = {"2026-03-31", "10:00:00", "M", 3, false, NULL};
    const struct made_household both[] = {household(0, 0), household(1, 0)}, other[] = {household(2, 0)};
    struct flux_undone done;
    uint32_t first = flux_apply(f, &feb, both, 2, NULL), second = flux_apply(f, &jan, both, 1, NULL),
             third = flux_apply(f, &mar, other, 1, NULL);
    ck_assert_int_eq(undo(f, first, &done), ERR_BAD);
    ck_assert_uint_eq(done.in_the_way, second);
    ck_assert_uint_eq(done.others_in_the_way, 0);
    ck_assert_int_eq(done.status, FLUX_APPLIED);
    ck_assert_int_eq(undo(f, second, &done), ERR_OK);
    ck_assert_uint_eq(done.in_the_way, 0);
    ck_assert_int_eq(undo(f, second, &done), ERR_BAD);
    ck_assert_int_eq(done.status, FLUX_UNDONE);
    ck_assert_int_eq(undo(f, first, &done), ERR_OK);
    ck_assert_uint_eq(done.removed, 2);
    ck_assert_int_eq(undo(f, third, &done), ERR_OK);
    ck_assert_int_eq(undo(f, third + 1, &done), ERR_NOTFOUND);
}
END_TEST

START_TEST(nothing_finds_an_undone_flux)
{
    struct fixture *f = fixture();
    const struct made_flux jan = {"2026-01-31", "10:00:00", "M", 1, false, NULL};
    const struct made_household h[] = {household(0, 0)};
    struct flux_undone done;
    struct flux_entry *found = calloc(1, sizeof *found);
    struct store_txn *t;
    uint8_t digest[32];
    memset(digest, jan.digest, sizeof digest);
    uint32_t first = flux_apply(f, &jan, h, 1, NULL);
    ck_assert_int_eq(undo(f, first, &done), ERR_OK);
    ck_assert_int_eq(store_read(f->store, &t), ERR_OK);
    ck_assert_int_eq(ledger_by_digest(t, digest, found), ERR_NOTFOUND);
    ck_assert_int_eq(ledger_get(t, first, found), ERR_OK);
    ck_assert_int_eq(found->status, FLUX_UNDONE);
    ck_assert_str_eq(found->undone_by, "tester");
    ck_assert_str_eq(found->undo_reason, "a test");
    ck_assert_int_eq(found->undone_at, 1769904000);
    ck_assert_int_eq(ledger_by_identity(t, found->header, found), ERR_NOTFOUND);
    store_abort(t);
    uint32_t again = flux_apply(f, &jan, h, 1, NULL);
    ck_assert_uint_eq(again, first + 1);
    ck_assert_int_eq(store_read(f->store, &t), ERR_OK);
    ck_assert_int_eq(ledger_by_digest(t, digest, found), ERR_OK);
    ck_assert_uint_eq(found->id, again);
    store_abort(t);
    free(found);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("undo");
    TCase *t = tcase_create("undo");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 300);
    tcase_add_test(t, each_step_back_is_the_state_before_it);
    tcase_add_test(t, what_is_in_the_way_is_named);
    tcase_add_test(t, nothing_finds_an_undone_flux);
    suite_add_tcase(s, t);
    return run_suite(s);
}
