/* What the files behind store/kv.h share: an open environment, a transaction, what LMDB's answers mean. */
#ifndef STORE_KV_LMDB_H
#define STORE_KV_LMDB_H

#include <lmdb.h>

#include "store/kv.h"

struct kv {
    MDB_env *env;
    struct kv_options options;
    MDB_dbi tables[KV_TABLES_MAX];
    uint32_t page_bytes;
    uint64_t dirty_pages;
    bool broken; /* a commit failed: what is on disk is unknown until the next open */
};

struct kv_txn {
    struct kv *kv;
    MDB_txn *txn;
    enum err err; /* the first failure; a transaction that has one is never committed */
    bool write, purge;
    unsigned puts;
    uint64_t put_bytes, changes, written_before;
    uint32_t unordered;                 /* bit per table: kv_add met a key that does not come last */
    MDB_cursor *writers[KV_TABLES_MAX]; /* each stays where it put last */
};

_Static_assert(KV_TABLES_MAX <= 32, "a bit per table");

enum err kv_lmdb_translate(int rc);
/* Remembers the first failure of the transaction; gives e back. */
enum err kv_lmdb_failed(struct kv_txn *t, enum err e);
bool kv_lmdb_usable(const struct kv_txn *t, unsigned table, struct span key);
/* Pages that hold something, as this transaction sees them: neither free ones nor those that an older reader still keeps. entries: of each
 * table, or NULL. */
enum err kv_lmdb_pages(const struct kv *kv, MDB_txn *txn, uint64_t *pages, uint64_t *entries);

static inline struct span kv_lmdb_span(const MDB_val *v) { return (struct span){v->mv_data, v->mv_size}; }

#endif
