/* LMDB 0.9 behind store/kv.h. Sources for its traps: security CR-6, CR-11 to CR-14 and facts 9 to 14. */
#include "store/kv_lmdb.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flux/base/fdio.h"
#include "store/folder.h"
#include "store/kv_lmdb_file.h"

enum {
    READERS_MAX = 512,
    LOCK_FILE_BYTES = 64 * (READERS_MAX + 64), /* a cache line for each reader, and more than its head */
    QUOTA_EVERY_PUTS = 256,
    QUOTA_EVERY_BYTES = 1 << 20,
    FREE_TABLE = 0, /* LMDB's own tables, by the numbers that its mdb_stat program uses: free pages, names of tables */
    NAME_TABLE = 1,
    META_PAGES = 2
};
/* Durability, the lock table and zeroed pages are not for sale. */
static const unsigned FLAGS_NEVER = MDB_NOSYNC | MDB_NOMETASYNC | MDB_WRITEMAP | MDB_MAPASYNC | MDB_NOLOCK | MDB_NOMEMINIT;

enum err kv_lmdb_translate(int rc)
{
    switch (rc) {
    case MDB_SUCCESS:
        return ERR_OK;
    case MDB_NOTFOUND:
        return ERR_NOTFOUND;
    case MDB_MAP_FULL:
    case MDB_TXN_FULL:
        return ERR_FULL;
    case MDB_READERS_FULL:
        return ERR_BUSY;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_CURSOR_FULL:
    case MDB_PAGE_FULL:
    case MDB_BAD_TXN: /* LMDB gave the transaction up by itself */
        return ERR_CORRUPT;
    case MDB_PANIC:
    case MDB_VERSION_MISMATCH:
    case MDB_MAP_RESIZED:
    case MDB_INCOMPATIBLE:
        return ERR_STORE;
    default:
        return rc > 0 ? err_from_errno(rc) : ERR_BUG;
    }
}

/* ---- environment ---- */

static enum err tables_open(struct kv *kv, MDB_txn *txn, unsigned flags)
{
    for (unsigned i = 0; i < kv->options.tables; i++) {
        char name[16];
        snprintf(name, sizeof name, "t%02u", i);
        int rc = mdb_dbi_open(txn, name, flags, &kv->tables[i]);
        if (rc == MDB_NOTFOUND)
            return ERR_STORE;
        unsigned kind = 0;
        if (!rc)
            rc = mdb_dbi_flags(txn, kv->tables[i], &kind);
        if (rc)
            return kv_lmdb_translate(rc);
        /* No table was made with any. */
        if (kind)
            return ERR_CORRUPT;
    }
    return ERR_OK;
}

static enum err tables_begin(struct kv *kv, bool create)
{
    MDB_txn *txn = NULL;
    int rc = mdb_txn_begin(kv->env, NULL, create ? 0 : MDB_RDONLY, &txn);
    if (rc)
        return kv_lmdb_translate(rc);
    enum err e = tables_open(kv, txn, create ? MDB_CREATE : 0);
    if (e) {
        mdb_txn_abort(txn);
        return e;
    }
    return kv_lmdb_translate(mdb_txn_commit(txn));
}

/* LMDB opens the data file without O_CLOEXEC. */
static enum err keep_from_children(MDB_env *env)
{
    mdb_filehandle_t fd = -1;
    int rc = mdb_env_get_fd(env, &fd);
    if (rc)
        return kv_lmdb_translate(rc);
    return fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ? err_from_errno(errno) : ERR_OK;
}

/* LMDB writes its lock file through a mapping of a hole: on a full disk that is SIGBUS, and here it is an error. */
static enum err make_lock_file(int dirfd)
{
    int fd = openat(dirfd, "lock.mdb", O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return ERR_OK;
    int rc = posix_fallocate(fd, 0, LOCK_FILE_BYTES);
    fd_close(&fd);
    if (rc == ENOSPC || rc == EDQUOT)
        unlinkat(dirfd, "lock.mdb", 0);
    return rc == ENOSPC || rc == EDQUOT ? ERR_NOSPACE : ERR_OK;
}

/* What LMDB finds to make no sense ends like what is not there at all: only so is it told from a library that gave up. */
static void no_sense(MDB_env *env, const char *what)
{
    (void)env, (void)what;
    raise(SIGBUS);
}

static enum err env_open(struct kv *kv, int dirfd, unsigned flags)
{
    char path[64];
    unsigned got = 0;
    int dead = 0;
    enum err e = flags & MDB_RDONLY ? ERR_OK : make_lock_file(dirfd);
    if (e)
        return e;
    snprintf(path, sizeof path, "/proc/self/fd/%d", dirfd);
    int rc = mdb_env_create(&kv->env);
    if (rc)
        return kv_lmdb_translate(rc);
    rc = mdb_env_set_assert(kv->env, no_sense);
    if (!rc)
        rc = mdb_env_set_mapsize(kv->env, kv->options.map_bytes);
    if (!rc)
        rc = mdb_env_set_maxdbs(kv->env, kv->options.tables);
    if (!rc)
        rc = mdb_env_set_maxreaders(kv->env, READERS_MAX);
    if (!rc)
        rc = mdb_env_open(kv->env, path, flags | MDB_NOTLS, 0600);
    if (rc)
        return kv_lmdb_translate(rc);
    e = keep_from_children(kv->env);
    if (!e)
        e = kv_lmdb_translate(mdb_env_get_flags(kv->env, &got));
    if (!e && got & FLAGS_NEVER)
        e = ERR_BUG;
    if (!e)
        e = kv_lmdb_translate(mdb_reader_check(kv->env, &dead));
    return e;
}

struct kv *kv_close(struct kv *kv)
{
    if (!kv)
        return NULL;
    if (kv->env)
        mdb_env_close(kv->env);
    free(kv);
    return NULL;
}

static enum err start(int dirfd, const struct kv_options *o, unsigned flags, bool create, struct kv **ret)
{
    MDB_stat st;
    if (!o->tables || o->tables > KV_TABLES_MAX || !o->map_bytes)
        return ERR_BUG;
    struct kv *kv = calloc(1, sizeof *kv);
    if (!kv)
        return ERR_NOMEM;
    kv->options = *o;
    enum err e = env_open(kv, dirfd, flags);
    if (!e)
        e = kv_lmdb_translate(mdb_env_stat(kv->env, &st));
    if (!e)
        e = tables_begin(kv, create);
    if (e) {
        kv_close(kv);
        return e;
    }
    kv->page_bytes = st.ms_psize;
    *ret = kv;
    return ERR_OK;
}

enum err kv_create(int dirfd, const struct kv_options *o)
{
    struct kv *kv = NULL;
    enum err e = folder_local(dirfd);
    if (!e)
        e = folder_empty(dirfd, NULL);
    if (!e)
        e = start(dirfd, o, 0, true, &kv);
    if (!e)
        e = kv_lmdb_translate(mdb_env_sync(kv->env, 1));
    kv_close(kv);
    return e ? e : folder_sync(dirfd);
}

enum err kv_open(int dirfd, const struct kv_options *o, bool writable, struct kv **ret)
{
    enum err e = folder_local(dirfd);
    if (!e)
        e = kv_lmdb_file_check(dirfd);
    return e ? e : start(dirfd, o, writable ? 0 : MDB_RDONLY, false, ret);
}

/* ---- transactions ---- */

static enum err begin(struct kv *kv, unsigned flags, struct kv_txn **ret)
{
    struct kv_txn *t = calloc(1, sizeof *t);
    int dead = 0;
    if (!t)
        return ERR_NOMEM;
    int rc = mdb_txn_begin(kv->env, NULL, flags, &t->txn);
    if (rc == MDB_READERS_FULL && !mdb_reader_check(kv->env, &dead) && dead)
        rc = mdb_txn_begin(kv->env, NULL, flags, &t->txn);
    if (rc) {
        free(t);
        return kv_lmdb_translate(rc);
    }
    t->kv = kv;
    *ret = t;
    return ERR_OK;
}

enum err kv_read(struct kv *kv, struct kv_txn **ret) { return begin(kv, MDB_RDONLY, ret); }

enum err kv_write(struct kv *kv, bool purge, struct kv_txn **ret)
{
    int dead = 0;
    if (kv->broken)
        return ERR_STORE;
    /* A reader that was killed would keep every page freed since. */
    int rc = mdb_reader_check(kv->env, &dead);
    if (rc)
        return kv_lmdb_translate(rc);
    uint64_t written = kv_lmdb_written();
    enum err e = begin(kv, 0, ret);
    if (e)
        return e;
    (*ret)->write = true;
    (*ret)->purge = purge;
    (*ret)->written_before = written;
    return ERR_OK;
}

static enum err commit_write(struct kv_txn *t)
{
    struct kv *kv = t->kv;
    enum err e = kv_lmdb_blame(kv->env, kv_lmdb_translate(mdb_txn_commit(t->txn)));
    kv->broken = e != ERR_OK;
    kv->dirty_pages = (kv_lmdb_written() - t->written_before) / kv->page_bytes;
    return e;
}

enum err kv_commit(struct kv_txn *t)
{
    enum err e = t->err;
    if (e || !t->write)
        mdb_txn_abort(t->txn);
    else
        e = commit_write(t);
    free(t);
    return e;
}

void kv_abort(struct kv_txn *t)
{
    if (!t)
        return;
    mdb_txn_abort(t->txn);
    free(t);
}

/* ---- one entry ---- */

static MDB_val val(struct span s) { return (MDB_val){s.len, (void *)(uintptr_t)s.data}; }

bool kv_lmdb_usable(const struct kv_txn *t, unsigned table, struct span key)
{
    return table < t->kv->options.tables && key.len && key.len <= KV_KEY_MAX;
}

enum err kv_lmdb_failed(struct kv_txn *t, enum err e)
{
    e = kv_lmdb_blame(t->kv->env, e);
    if (e && e != ERR_NOTFOUND && !t->err)
        t->err = e;
    return e;
}

enum err kv_get(struct kv_txn *t, unsigned table, struct span key, struct span *value)
{
    if (t->err || !kv_lmdb_usable(t, table, key))
        return t->err ? t->err : ERR_BUG;
    MDB_val k = val(key), v;
    int rc = mdb_get(t->txn, t->kv->tables[table], &k, &v);
    if (rc)
        return kv_lmdb_failed(t, kv_lmdb_translate(rc));
    *value = kv_lmdb_span(&v);
    return ERR_OK;
}

static uint64_t pages_of(const MDB_stat *st) { return (uint64_t)st->ms_branch_pages + st->ms_leaf_pages + st->ms_overflow_pages; }

enum err kv_lmdb_pages(const struct kv *kv, MDB_txn *txn, uint64_t *pages, uint64_t *entries)
{
    MDB_stat st;
    *pages = META_PAGES;
    for (unsigned i = 0; i < kv->options.tables + 2; i++) {
        MDB_dbi dbi = i < 2 ? (i ? NAME_TABLE : FREE_TABLE) : kv->tables[i - 2];
        int rc = mdb_stat(txn, dbi, &st);
        if (rc)
            return kv_lmdb_translate(rc);
        *pages += pages_of(&st);
        if (entries && i >= 2)
            entries[i - 2] = st.ms_entries;
    }
    return ERR_OK;
}

/* Counting at each put would cost more than the put. */
static enum err quota_check(struct kv_txn *t, size_t len)
{
    uint64_t pages = 0;
    if (t->purge || !t->kv->options.quota)
        return ERR_OK;
    t->put_bytes += len;
    if (t->puts++ % QUOTA_EVERY_PUTS && t->put_bytes < QUOTA_EVERY_BYTES)
        return ERR_OK;
    t->put_bytes = 0;
    enum err e = kv_lmdb_pages(t->kv, t->txn, &pages, NULL);
    if (e)
        return e;
    return pages * t->kv->page_bytes + len > t->kv->options.quota ? ERR_FULL : ERR_OK;
}

/* Through a cursor of its own for each table: keys that come in order find their page without a walk from the root, and the page where
 * more will come is not among those that a large transaction sends to the disk early. */
static int put_on(struct kv_txn *t, unsigned table, MDB_val *k, MDB_val *v, unsigned flags)
{
    MDB_cursor **writer = &t->writers[table];
    int rc = *writer ? MDB_SUCCESS : mdb_cursor_open(t->txn, t->kv->tables[table], writer);
    return rc ? rc : mdb_cursor_put(*writer, k, v, flags);
}

static enum err put(struct kv_txn *t, unsigned table, struct span key, MDB_val *value, unsigned flags)
{
    if (t->err || !t->write || !kv_lmdb_usable(t, table, key))
        return t->err ? t->err : ERR_BUG;
    enum err e = quota_check(t, value->mv_size);
    MDB_val k = val(key);
    if (!e)
        e = kv_lmdb_translate(put_on(t, table, &k, value, flags));
    t->changes++;
    return kv_lmdb_failed(t, e);
}

enum err kv_put(struct kv_txn *t, unsigned table, struct span key, struct span value)
{
    MDB_val v = val(value);
    return put(t, table, key, &v, 0);
}

enum err kv_add(struct kv_txn *t, unsigned table, struct span key, struct span value, bool *there)
{
    if (t->err || !t->write || !kv_lmdb_usable(t, table, key))
        return t->err ? t->err : ERR_BUG;
    const uint32_t bit = UINT32_C(1) << table;
    MDB_val k = val(key), v = val(value);
    enum err e = quota_check(t, value.len);
    int rc = e || t->unordered & bit ? MDB_KEYEXIST : put_on(t, table, &k, &v, MDB_APPEND);
    if (!e && rc == MDB_KEYEXIST) {
        t->unordered |= bit;
        rc = put_on(t, table, &k, &v, MDB_NOOVERWRITE);
    }
    *there = !e && rc == MDB_KEYEXIST;
    t->changes += !*there;
    return kv_lmdb_failed(t, e || *there ? e : kv_lmdb_translate(rc));
}

enum err kv_reserve(struct kv_txn *t, unsigned table, struct span key, size_t len, uint8_t **value)
{
    MDB_val v = {len, NULL};
    enum err e = put(t, table, key, &v, MDB_RESERVE);
    if (!e)
        *value = v.mv_data;
    return e;
}

enum err kv_delete(struct kv_txn *t, unsigned table, struct span key)
{
    if (t->err || !t->write || !kv_lmdb_usable(t, table, key))
        return t->err ? t->err : ERR_BUG;
    MDB_val k = val(key);
    t->changes++;
    /* Nothing is asked of LMDB about a cursor on a page that goes. */
    if (t->writers[table])
        mdb_cursor_close(t->writers[table]);
    t->writers[table] = NULL;
    return kv_lmdb_failed(t, kv_lmdb_translate(mdb_del(t->txn, t->kv->tables[table], &k, NULL)));
}
