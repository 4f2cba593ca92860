/* An ordered key-value store: what any engine must give. Keys of 1 to KV_KEY_MAX bytes in byte order, values of any length, several
 * tables, one writer at a time, readers that see a commit or nothing of it. No engine's name stands above this header. */
#ifndef STORE_KV_H
#define STORE_KV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flux/base/err.h"
#include "flux/base/wire.h"

enum { KV_KEY_MAX = 480, KV_TABLES_MAX = 32 };

struct kv;
struct kv_txn;
struct kv_scan;

struct kv_options {
    unsigned tables;    /* numbered 0 .. tables-1 */
    uint64_t map_bytes; /* reserved once, sparse */
    /* Bytes in use beyond which puts fail with ERR_FULL, 0: none; a purge transaction ignores it. In use are pages that hold something,
     * not free ones: a transaction that rewrites all of them needs the map to be twice as large. Looked at from time to time: passed by
     * some hundred puts at most. */
    uint64_t quota;
};

/* Makes a new, empty, committed and synced environment in the folder dirfd, which must be empty. */
enum err kv_create(int dirfd, const struct kv_options *o);
/* ERR_STORE when there is none, ERR_CORRUPT when it is damaged or shorter than it says. One process opens an environment once at a time
 * and does not take it across a fork. */
enum err kv_open(int dirfd, const struct kv_options *o, bool writable, struct kv **ret);
struct kv *kv_close(struct kv *kv);

/* A read transaction sees one state until it ends; keep it short. */
enum err kv_read(struct kv *kv, struct kv_txn **ret);
enum err kv_write(struct kv *kv, bool purge, struct kv_txn **ret);
/* Any failure leaves the outcome unknown: close, open again and look (security CR-6). Frees t either way. */
enum err kv_commit(struct kv_txn *t);
void kv_abort(struct kv_txn *t); /* NULL allowed */

/* Grows by one with each commit; of a read transaction that of the state it sees. */
uint64_t kv_txn_number(const struct kv_txn *t);
/* Entries of each table, as this transaction sees them. */
enum err kv_entries(struct kv_txn *t, uint64_t entries[KV_TABLES_MAX]);

/* Spans stay valid until the next put or delete in the transaction, or its end. ERR_NOTFOUND when absent. */
enum err kv_get(struct kv_txn *t, unsigned table, struct span key, struct span *value);
enum err kv_put(struct kv_txn *t, unsigned table, struct span key, struct span value);
/* A key that is not there yet; *there, and nothing is put, when it is. For keys that come in order, each beyond all others of its table:
 * pages are then filled whole. Any other key is as right. */
enum err kv_add(struct kv_txn *t, unsigned table, struct span key, struct span value, bool *there);
/* Room for a value of len bytes, to be filled before the next call. */
enum err kv_reserve(struct kv_txn *t, unsigned table, struct span key, size_t len, uint8_t **value);
enum err kv_delete(struct kv_txn *t, unsigned table, struct span key);

/* Walks keys with this prefix in order, from the first key >= from (empty: from the prefix). Puts and deletes of the same transaction are
 * allowed meanwhile: it goes on after the last key that it gave. Closed before its transaction ends. */
enum err kv_scan_open(struct kv_txn *t, unsigned table, struct span prefix, struct span from, struct kv_scan **ret);
enum err kv_scan_next(struct kv_scan *s, struct span *key, struct span *value); /* ERR_NOTFOUND at the end */
struct kv_scan *kv_scan_close(struct kv_scan *s);

struct kv_stat {
    uint64_t bytes_used, bytes_file, map_bytes, entries[KV_TABLES_MAX];
    /* Sent to the disk by this process from the start to the end of this handle's last write transaction, in pages of page_bytes; a file
     * system without a disk counts none. */
    uint64_t dirty_pages;
    uint32_t page_bytes, readers;
    /* Commits since the state that the oldest reader sees, and its process: pages freed since then cannot be used again. 0: none. */
    uint64_t reader_lag;
    uint32_t reader_pid;
};
enum err kv_stat(struct kv *kv, struct kv_stat *out);

#endif
