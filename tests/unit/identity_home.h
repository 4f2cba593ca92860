/* What tests of identity share: one store, made anew for each test, and who is one person in it as a text without serials. */
#ifndef TESTS_UNIT_IDENTITY_HOME_H
#define TESTS_UNIT_IDENTITY_HOME_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/system/dump_persons.h"
#include "tests/unit/store_fixture.h"

#define A "00000000001"
#define B "00000000002"
#define NIR_1 "1800162041001"
#define NIR_2 "1800162041002"

static inline struct fixture *fixture(void)
{
    static struct fixture f;
    return &f;
}

static inline void setup(void) { fixture_make(fixture()); }

static inline void teardown(void)
{
    fixture_close(fixture());
    fixture_remove(fixture());
}

static inline struct store_txn *reading(void)
{
    struct store_txn *t;
    ck_assert_int_eq(store_read(fixture()->store, &t), ERR_OK);
    return t;
}

static inline char *state(void)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    struct store_txn *t = reading();
    ck_assert_ptr_nonnull(out);
    ck_assert_int_eq(dump_persons(t, out), ERR_OK);
    store_abort(t);
    fclose(out);
    return text;
}

#endif
