/* A key-value store in a temporary folder. */
#ifndef TESTS_UNIT_KV_PLACE_H
#define TESTS_UNIT_KV_PLACE_H

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/kv.h"

enum { TABLES = 4, MAP = 256 << 20, PAGE = 4096 };

static const struct kv_options OPTIONS = {.tables = TABLES, .map_bytes = MAP};

struct place {
    char path[64];
    int fd;
};

static inline struct place place_new(void)
{
    struct place p = {"/tmp/fluxrsa-test-kv-XXXXXX", -1};
    ck_assert_ptr_nonnull(mkdtemp(p.path));
    p.fd = open(p.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert_int_ge(p.fd, 0);
    return p;
}

static inline void place_free(struct place *p)
{
    unlinkat(p->fd, "data.mdb", 0);
    unlinkat(p->fd, "lock.mdb", 0);
    close(p->fd);
    rmdir(p->path);
}

static inline struct span text(const char *s) { return (struct span){(const uint8_t *)s, strlen(s)}; }

static inline struct kv *made(const struct place *p, const struct kv_options *o)
{
    struct kv *kv = NULL;
    ck_assert_int_eq(kv_create(p->fd, o), ERR_OK);
    ck_assert_int_eq(kv_open(p->fd, o, true, &kv), ERR_OK);
    return kv;
}

static inline struct kv_txn *writing(struct kv *kv)
{
    struct kv_txn *t = NULL;
    ck_assert_int_eq(kv_write(kv, false, &t), ERR_OK);
    return t;
}

static inline struct kv_txn *reading(struct kv *kv)
{
    struct kv_txn *t = NULL;
    ck_assert_int_eq(kv_read(kv, &t), ERR_OK);
    return t;
}

static inline void put_text(struct kv_txn *t, unsigned table, const char *key, const char *value)
{
    ck_assert_int_eq(kv_put(t, table, text(key), text(value)), ERR_OK);
}

static inline bool holds(struct kv_txn *t, unsigned table, const char *key, const char *value)
{
    struct span got;
    enum err e = kv_get(t, table, text(key), &got);
    if (!value)
        return e == ERR_NOTFOUND;
    return e == ERR_OK && got.len == strlen(value) && !memcmp(got.data, value, got.len);
}

static inline enum err fill(struct kv_txn *t, int from, int n)
{
    uint8_t value[600] = {0};
    enum err e = ERR_OK;
    for (int i = 0; !e && i < n; i++) {
        char key[16];
        snprintf(key, sizeof key, "q%08d", from + i);
        e = kv_put(t, 0, text(key), (struct span){value, sizeof value});
    }
    return e;
}

#endif
