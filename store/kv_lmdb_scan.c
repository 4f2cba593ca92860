/* Walks in key order, and figures. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "store/kv_lmdb.h"
#include "store/kv_lmdb_file.h"

struct kv_scan {
    struct kv_txn *t;
    MDB_cursor *cursor;
    bool started;
    uint64_t changes;
    size_t prefix_len, place_len;
    uint8_t prefix[KV_KEY_MAX], place[KV_KEY_MAX]; /* place: where to start, then the last key given by a write transaction */
};

static int compare(struct span a, struct span b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n ? memcmp(a.data, b.data, n) : 0;
    return c ? c : (a.len > b.len) - (a.len < b.len);
}

enum err kv_scan_open(struct kv_txn *t, unsigned table, struct span prefix, struct span from, struct kv_scan **ret)
{
    if (t->err || table >= t->kv->options.tables || prefix.len > KV_KEY_MAX || from.len > KV_KEY_MAX)
        return t->err ? t->err : ERR_BUG;
    struct kv_scan *s = calloc(1, sizeof *s);
    if (!s)
        return ERR_NOMEM;
    struct span start = compare(from, prefix) > 0 ? from : prefix;
    int rc = mdb_cursor_open(t->txn, t->kv->tables[table], &s->cursor);
    if (rc) {
        free(s);
        return kv_lmdb_failed(t, kv_lmdb_translate(rc));
    }
    s->t = t;
    s->prefix_len = prefix.len;
    s->place_len = start.len;
    if (prefix.len)
        memcpy(s->prefix, prefix.data, prefix.len);
    if (start.len)
        memcpy(s->place, start.data, start.len);
    *ret = s;
    return ERR_OK;
}

/* Puts and deletes of the same transaction move what a cursor stands on: the place is found again by its key. */
static int scan_seek(struct kv_scan *s, MDB_val *k, MDB_val *v)
{
    if (!s->place_len)
        return mdb_cursor_get(s->cursor, k, v, MDB_FIRST);
    *k = (MDB_val){s->place_len, s->place};
    int rc = mdb_cursor_get(s->cursor, k, v, MDB_SET_RANGE);
    if (!rc && s->started && k->mv_size == s->place_len && !memcmp(k->mv_data, s->place, s->place_len))
        rc = mdb_cursor_get(s->cursor, k, v, MDB_NEXT);
    return rc;
}

enum err kv_scan_next(struct kv_scan *s, struct span *key, struct span *value)
{
    MDB_val k, v;
    if (s->t->err)
        return s->t->err;
    bool stands = s->started && s->changes == s->t->changes;
    int rc = stands ? mdb_cursor_get(s->cursor, &k, &v, MDB_NEXT) : scan_seek(s, &k, &v);
    if (rc)
        return kv_lmdb_failed(s->t, kv_lmdb_translate(rc));
    if (k.mv_size < s->prefix_len || (s->prefix_len && memcmp(k.mv_data, s->prefix, s->prefix_len)))
        return ERR_NOTFOUND;
    if (!k.mv_size || k.mv_size > KV_KEY_MAX)
        return kv_lmdb_failed(s->t, ERR_CORRUPT);
    s->started = true;
    s->changes = s->t->changes;
    if (s->t->write) {
        memcpy(s->place, k.mv_data, k.mv_size);
        s->place_len = k.mv_size;
    }
    *key = kv_lmdb_span(&k);
    *value = kv_lmdb_span(&v);
    return ERR_OK;
}

struct kv_scan *kv_scan_close(struct kv_scan *s)
{
    if (s)
        mdb_cursor_close(s->cursor);
    free(s);
    return NULL;
}

/* ---- figures ---- */

enum err kv_stat(struct kv *kv, struct kv_stat *out)
{
    MDB_txn *txn = NULL;
    mdb_filehandle_t fd = -1;
    struct stat st;
    uint64_t pages = 0;
    memset(out, 0, sizeof *out);
    kv_lmdb_readers(kv->env, out);
    int rc = mdb_env_get_fd(kv->env, &fd);
    if (!rc && fstat(fd, &st) < 0)
        rc = errno;
    if (!rc)
        rc = mdb_txn_begin(kv->env, NULL, MDB_RDONLY, &txn);
    if (rc)
        return kv_lmdb_translate(rc);
    enum err e = kv_lmdb_pages(kv, txn, &pages, out->entries);
    mdb_txn_abort(txn);
    out->bytes_used = pages * kv->page_bytes;
    out->bytes_file = (uint64_t)st.st_size;
    out->map_bytes = kv->options.map_bytes;
    out->page_bytes = kv->page_bytes;
    out->dirty_pages = kv->dirty_pages;
    return e;
}

uint64_t kv_txn_number(const struct kv_txn *t) { return mdb_txn_id(t->txn); }

enum err kv_entries(struct kv_txn *t, uint64_t entries[KV_TABLES_MAX])
{
    uint64_t pages = 0;
    return kv_lmdb_failed(t, kv_lmdb_pages(t->kv, t->txn, &pages, entries));
}
