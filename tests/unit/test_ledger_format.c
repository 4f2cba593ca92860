/* Entries of the ledger as older programs wrote them, byte by byte. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "store/order.h"
#include "store/txn.h"
#include "tests/unit/run_suite.h"
#include "tests/unit/store_fixture.h"

static const struct made_flux MARCH = {"2026-03-31", "01:02:03", "M", 3, false, NULL};

static struct fixture *fixture(void)
{
    static struct fixture f;
    return &f;
}

static void setup(void) { fixture_make(fixture()); }
static void teardown(void) { fixture_remove(fixture()); }

static void put_fill(struct buf *b, uint8_t byte, size_t n)
{
    while (n--)
        buf_u8(b, byte);
}

/* What stands before the texts of an operator, alike in every format. */
static void put_common(struct buf *b, unsigned format, enum flux_status status)
{
    struct buf header;
    buf_init(&header, 4096);
    header_make(&header, &MARCH);
    buf_u8(b, (uint8_t)format);
    buf_u8(b, (uint8_t)status);
    put_fill(b, 0x11, ORDER_SIZE);
    buf_text(b, "rsa.zip");
    buf_text(b, "rsa.xml");
    buf_text(b, "UTF-8");
    buf_text(b, "vrsb0801");
    put_fill(b, 0xa1, 32);
    put_fill(b, 0xb2, 32);
    buf_varint(b, 1000);
    buf_varint(b, 20000);
    buf_u8(b, 1);
    buf_bytes(b, header.data, header.len);
    buf_zigzag(b, 40);
    for (uint64_t n = 1; n <= 8; n++)
        buf_varint(b, n);
    buf_zigzag(b, 1770000000);
    buf_varint(b, 1234);
    buf_free(&header);
}

static void put_rest(struct buf *b, enum flux_status status)
{
    buf_varint(b, 1);
    buf_varint(b, F_TOTALS);
    buf_varint(b, 7);
    buf_text(b, "");
    buf_text(b, "40/41");
    if (status != FLUX_UNDONE)
        return;
    buf_zigzag(b, 1770000500);
    buf_text(b, "marie");
    buf_text(b, "wrong file");
}

static void write_entry(struct store_txn *t, uint32_t id, unsigned format, enum flux_status status)
{
    struct buf b;
    buf_init(&b, 1 << 16);
    put_common(&b, format, status);
    buf_text(&b, "paul");
    buf_text(&b, "checked");
    if (format >= 2)
        buf_text(&b, "caf");
    put_rest(&b, status);
    ck_assert_int_eq(txn_put_tagged(t, TABLE_FLUX, key_flux(id), &b), ERR_OK);
    buf_free(&b);
}

static void is_read(struct store_txn *t, uint32_t id, enum flux_status status, const char *source)
{
    struct flux_entry *f = calloc(1, sizeof *f);
    ck_assert_int_eq(ledger_get(t, id, f), ERR_OK);
    ck_assert_int_eq(f->status, status);
    ck_assert_str_eq(f->source, source);
    ck_assert_str_eq(f->file, "rsa.zip");
    ck_assert_str_eq(f->user, "paul");
    ck_assert_str_eq(f->force_reason, "checked");
    ck_assert_uint_eq(f->read, 1);
    ck_assert_uint_eq(f->warnings, 8);
    ck_assert_int_eq(f->imported_at, 1770000000);
    ck_assert_uint_eq(f->reason_count, 1);
    ck_assert_int_eq(f->reasons[0].code, F_TOTALS);
    ck_assert_str_eq(f->reasons[0].detail, "40/41");
    ck_assert_str_eq(f->undo_reason, status == FLUX_UNDONE ? "wrong file" : "");
    free(f);
}

START_TEST(older_entries_are_read_and_newer_ones_are_not)
{
    struct store_txn *t;
    struct flux_entry *f = calloc(1, sizeof *f);
    ck_assert_int_eq(store_write(fixture()->store, &t), ERR_OK);
    write_entry(t, 1, 1, FLUX_HELD);
    write_entry(t, 2, 1, FLUX_UNDONE);
    write_entry(t, 3, 2, FLUX_HELD);
    write_entry(t, 4, 2, FLUX_UNDONE);
    write_entry(t, 5, 3, FLUX_HELD);
    write_entry(t, 6, 0, FLUX_HELD);
    is_read(t, 1, FLUX_HELD, "");
    is_read(t, 2, FLUX_UNDONE, "");
    is_read(t, 3, FLUX_HELD, "caf");
    is_read(t, 4, FLUX_UNDONE, "caf");
    ck_assert_int_eq(ledger_get(t, 5, f), ERR_CORRUPT);
    ck_assert_int_eq(ledger_get(t, 6, f), ERR_CORRUPT);
    store_abort(t);
    free(f);
}
END_TEST

START_TEST(what_is_written_says_the_source)
{
    struct store_txn *t;
    struct flux_entry *f = calloc(1, sizeof *f), *got = calloc(1, sizeof *got);
    f->status = FLUX_HELD;
    memset(f->source, 'a', sizeof f->source - 1);
    ck_assert_int_eq(store_write(fixture()->store, &t), ERR_OK);
    ck_assert_int_eq(ledger_put(t, f), ERR_OK);
    ck_assert_int_eq(ledger_get(t, f->id, got), ERR_OK);
    ck_assert_str_eq(got->source, f->source);
    ck_assert_uint_eq(strlen(got->source), FLUX_SOURCE_MAX - 1);
    store_abort(t);
    free(f);
    free(got);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("ledger_format");
    TCase *t = tcase_create("ledger_format");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, older_entries_are_read_and_newer_ones_are_not);
    tcase_add_test(t, what_is_written_says_the_source);
    suite_add_tcase(s, t);
    return run_suite(s);
}
