#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static struct store_status status(void)
{
    struct store_txn *t;
    struct store_status s;
    ck_assert_int_eq(store_read(fixture()->store, &t), ERR_OK);
    ck_assert_int_eq(store_status(t, &s), ERR_OK);
    store_abort(t);
    return s;
}

static bool take_reject(void *ctx, const struct reject *r)
{
    struct reject *out = ctx;
    ck_assert(out->id < r->id);
    *out = *r;
    return true;
}

static struct reject last_reject(uint32_t flux)
{
    struct store_txn *t;
    struct reject out = {0};
    ck_assert_int_eq(store_read(fixture()->store, &t), ERR_OK);
    ck_assert_int_eq(rejects_each(t, flux, take_reject, &out), ERR_OK);
    store_abort(t);
    out.body = (struct buf){0};
    return out;
}

START_TEST(rejects_are_kept_and_answered)
{
    struct fixture *f = fixture();
    struct run r;
    struct store_txn *t;
    struct reject got;
    char text[VALUE_TEXT_MAX];
    run_begin(&r, f, &MARCH);
    run_reject(&r, &LEBLANC, "1985-99-99");
    uint32_t march = run_end(&r);
    struct reject listed = last_reject(march);
    ck_assert_str_eq(listed.numdemrsa, "01013473008");
    ck_assert_int_eq(listed.state, REJECT_OPEN);
    ck_assert_uint_eq(listed.flux, march);
    ck_assert_uint_eq(listed.line, 2);
    ck_assert_uint_eq(listed.finding_count, 1);
    ck_assert_int_eq(listed.findings[0].code, finding_by_name("V_DATE"));
    ck_assert_uint_eq(status().rejects_open, 1);

    ck_assert_int_eq(store_read(f->store, &t), ERR_OK);
    ck_assert_int_eq(reject_get(t, listed.id, &got), ERR_OK);
    struct msg_household *m = calloc(1, sizeof *m);
    ck_assert_int_eq(message_read_household((struct span){got.body.data, got.body.len}, m), ERR_OK);
    ck_assert_uint_eq(m->faulty_kept, 1);
    ck_assert_int_eq(m->faulty[0].node, VRSB_Identification_DTNAI);
    ck_assert_uint_eq(m->faulty[0].text.len, 10);
    ck_assert_int_eq(memcmp(m->faulty[0].text.data, "1985-99-99", 10), 0);
    struct buf record = {.data = (uint8_t *)(uintptr_t)m->record.data, .len = m->record.len};
    ck_assert(record_has(&record, VRSB_Identification_NOM, text));
    ck_assert(!record_has(&record, VRSB_Identification_NIR, text));
    free(m);
    reject_free(&got);
    ck_assert_int_eq(reject_get(t, listed.id + 1, &got), ERR_NOTFOUND);
    store_abort(t);

    flux_apply(f, &APRIL, &TERRIEN, 1, NULL);
    ck_assert_int_eq(last_reject(0).state, REJECT_OPEN);
    uint32_t may = flux_apply(f, &MAY, &LEBLANC, 1, NULL);
    listed = last_reject(0);
    ck_assert_int_eq(listed.state, REJECT_RESOLVED);
    ck_assert_uint_eq(listed.resolved_by, may);
    ck_assert_uint_eq(last_reject(may).id, 0);
    ck_assert_uint_eq(status().rejects_open, 0);
    store_is_sound(f);
}
END_TEST

START_TEST(older_households_do_not_answer_rejects)
{
    struct fixture *f = fixture();
    struct run r;
    run_begin(&r, f, &APRIL);
    run_reject(&r, &LEBLANC, "1985-99-99");
    run_end(&r);
    flux_apply(f, &MARCH, &LEBLANC, 1, NULL);
    ck_assert_int_eq(last_reject(0).state, REJECT_OPEN);
    uint32_t may = flux_apply(f, &MAY, &LEBLANC, 1, NULL);
    ck_assert_int_eq(last_reject(0).state, REJECT_RESOLVED);
    static const struct made_flux june = {"2026-04-30", "00:00:00", "M", 9, false, NULL};
    run_begin(&r, f, &june);
    run_reject(&r, &LEBLANC, "1985-99-99");
    run_end(&r);
    ck_assert_int_eq(last_reject(0).state, REJECT_RESOLVED);
    ck_assert_uint_eq(last_reject(0).resolved_by, may);
    store_is_sound(f);
}
END_TEST

static bool take_seen(void *ctx, const struct flux_entry *e)
{
    uint32_t *last = ctx;
    ck_assert(!*last || e->id < *last);
    *last = e->id;
    return true;
}

START_TEST(ledger)
{
    struct fixture *f = fixture();
    struct store_txn *t;
    struct flux_entry *e = calloc(1, sizeof *e), *held = calloc(1, sizeof *held);
    struct buf header;
    uint8_t digest[32];
    uint32_t id = flux_apply(f, &MARCH, &LEBLANC, 1, NULL), seen = 0;
    buf_init(&header, RECORD_MAX);
    header_make(&header, &MARCH);
    held->status = FLUX_HELD;
    held->announced = -1;
    held->reason_count = 1;
    held->reasons[0] = (struct flux_reason){finding_by_name("F_TOTALS"), 12, "TransmissionFlux", "vrsb0801"};
    snprintf(held->force_reason, sizeof held->force_reason, "because");
    memset(held->member_sha256, 77, 32);
    ck_assert_int_eq(store_write(f->store, &t), ERR_OK);
    ck_assert_int_eq(ledger_put(t, held), ERR_OK);
    ck_assert_int_eq(store_commit(t), ERR_OK);

    ck_assert_int_eq(store_write(f->store, &t), ERR_OK);
    memset(digest, 3, 32);
    ck_assert_int_eq(ledger_by_digest(t, digest, e), ERR_OK);
    ck_assert_uint_eq(e->id, id);
    ck_assert_uint_eq(e->created, 1);
    ck_assert_uint_eq(e->header.len, header.len);
    ck_assert_int_eq(memcmp(e->header.data, header.data, header.len), 0);
    memset(digest, 0xa3, 32);
    ck_assert_int_eq(ledger_by_digest(t, digest, e), ERR_NOTFOUND);
    memset(digest, 77, 32);
    ck_assert_int_eq(ledger_by_digest(t, digest, e), ERR_NOTFOUND);
    ck_assert_int_eq(ledger_by_identity(t, (struct span){header.data, header.len}, e), ERR_OK);
    ck_assert_uint_eq(e->id, id);
    ck_assert_int_eq(ledger_get(t, held->id, e), ERR_OK);
    ck_assert_int_eq(e->status, FLUX_HELD);
    ck_assert_int_eq(e->announced, -1);
    ck_assert_uint_eq(e->reasons[0].line, 12);
    ck_assert_str_eq(e->reasons[0].detail, "vrsb0801");
    ck_assert_str_eq(e->force_reason, "because");
    ck_assert_int_eq(ledger_each(t, take_seen, &seen), ERR_OK);
    ck_assert_uint_eq(seen, id);
    store_abort(t);
    ck_assert_uint_eq(status().flux, 1);
    buf_free(&header);
    free(e);
    free(held);
    store_is_sound(f);
}
END_TEST

static bool take_line(void *ctx, uint64_t seq, struct span line)
{
    char *text = ctx;
    size_t at = strlen(text);
    memcpy(text + at, line.data, line.len);
    text[at + line.len] = 0;
    ck_assert_uint_gt(seq, 0);
    return true;
}

START_TEST(outbox)
{
    struct fixture *f = fixture();
    struct store_txn *t;
    char text[64] = "";
    ck_assert_int_eq(store_write(f->store, &t), ERR_OK);
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(outbox_put(t, (struct span){(const uint8_t *)"abc" + i, 1}), ERR_OK);
    ck_assert_int_eq(store_commit(t), ERR_OK);
    ck_assert_int_eq(store_write(f->store, &t), ERR_OK);
    ck_assert_int_eq(outbox_each(t, take_line, text), ERR_OK);
    ck_assert_str_eq(text, "abc");
    ck_assert_int_eq(outbox_drained(t, 2), ERR_OK);
    ck_assert_int_eq(store_commit(t), ERR_OK);
    ck_assert_int_eq(store_write(f->store, &t), ERR_OK);
    text[0] = 0;
    ck_assert_int_eq(outbox_each(t, take_line, text), ERR_OK);
    ck_assert_str_eq(text, "c");
    ck_assert_int_eq(outbox_drained(t, 9), ERR_OK);
    ck_assert_int_eq(outbox_put(t, (struct span){(const uint8_t *)"d", 1}), ERR_OK);
    text[0] = 0;
    ck_assert_int_eq(outbox_each(t, take_line, text), ERR_OK);
    ck_assert_str_eq(text, "d");
    store_abort(t);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("store ledger");
    TCase *c = tcase_create("store");
    suite_add_tcase(s, c);
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, rejects_are_kept_and_answered);
    tcase_add_test(c, older_households_do_not_answer_rejects);
    tcase_add_test(c, ledger);
    tcase_add_test(c, outbox);
    return run_suite(s);
}
