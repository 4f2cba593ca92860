#include "store/kv_lmdb_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Layout of LMDB 0.9 data files, native byte order, 64 bits: struct MDB_page, MDB_meta and MDB_node of its mdb.c. */
enum {
    PAGE_HEAD = 16,
    PAGE_FLAGS_AT = 10,
    PAGE_LOWER_AT = 12,
    META_MAGIC_AT = 16,
    META_VERSION_AT = 20,
    META_PAGE_SIZE_AT = 40,
    META_FREE_ROOT_AT = 80,
    META_LAST_PAGE_AT = 136,
    META_TXN_AT = 144,
    META_END = 152,
    NODE_HEAD = 8,
    NODE_BIG = 1,
    FLAG_BRANCH = 1,
    FLAG_LEAF = 2,
    FLAG_OVERFLOW = 4,
    FLAG_META = 8,
    PAGE_MIN = 512,
    DISK_BLOCK = 512,
    PAGE_MAX = 0x10000,
    DEPTH_MAX = 32,
    TRIES = 3
};

static const uint32_t META_MAGIC = 0xBEEFC0DE, META_VERSION = 1;
static const uint64_t NO_PAGE = UINT64_MAX, MISSING_MAX = 1 << 26;

_Static_assert(sizeof(size_t) == 8, "LMDB files are read with the layout of 64-bit machines");

struct meta {
    uint64_t page_size, free_root, last_page, txn;
};

struct tail {
    int fd;
    struct meta meta;
    uint64_t first, count; /* pages that are not in the file */
    uint64_t found;        /* of which on the free list */
    uint8_t *seen;
};

static unsigned get16(const uint8_t *p)
{
    uint16_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static uint32_t get32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static uint64_t get64(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static enum err read_at(int fd, uint8_t *data, size_t n, uint64_t offset)
{
    ssize_t got;
    if (offset > (uint64_t)INT64_MAX - n)
        return ERR_CORRUPT;
    do
        got = pread(fd, data, n, (off_t)offset);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return err_from_errno(errno);
    return (size_t)got == n ? ERR_OK : ERR_CORRUPT;
}

static enum err read_meta(int fd, uint64_t offset, struct meta *m)
{
    uint8_t page[META_END];
    enum err e = read_at(fd, page, sizeof page, offset);
    if (e)
        return e;
    if (!(get16(page + PAGE_FLAGS_AT) & FLAG_META) || get32(page + META_MAGIC_AT) != META_MAGIC ||
        get32(page + META_VERSION_AT) != META_VERSION)
        return ERR_CORRUPT;
    m->page_size = get32(page + META_PAGE_SIZE_AT);
    m->free_root = get64(page + META_FREE_ROOT_AT);
    m->last_page = get64(page + META_LAST_PAGE_AT);
    m->txn = get64(page + META_TXN_AT);
    bool size_ok = m->page_size >= PAGE_MIN && m->page_size <= PAGE_MAX && !(m->page_size & (m->page_size - 1));
    return size_ok && m->last_page >= 1 && m->last_page < INT64_MAX / PAGE_MAX ? ERR_OK : ERR_CORRUPT;
}

static enum err newer_meta(int fd, struct meta *m)
{
    struct meta first, second;
    enum err e = read_meta(fd, 0, &first);
    if (!e)
        e = read_meta(fd, first.page_size, &second);
    if (e)
        return e;
    if (first.page_size != second.page_size)
        return ERR_CORRUPT;
    *m = first.txn < second.txn ? second : first;
    return ERR_OK;
}

/* A list: a count, then as many page numbers. */
static enum err mark_free(struct tail *t, const uint8_t *list, size_t size)
{
    if (size < 8 || get64(list) > size / 8 - 1)
        return ERR_CORRUPT;
    uint64_t n = get64(list);
    for (uint64_t i = 1; i <= n; i++) {
        uint64_t page = get64(list + i * 8);
        if (page < t->first || page - t->first >= t->count)
            continue;
        uint8_t *byte = &t->seen[(page - t->first) / 8];
        uint8_t bit = (uint8_t)(1u << ((page - t->first) % 8));
        t->found += !(*byte & bit);
        *byte |= bit;
    }
    return ERR_OK;
}

static enum err mark_big(struct tail *t, uint64_t page, size_t size)
{
    if (page > t->meta.last_page || size > (t->meta.last_page + 1) * t->meta.page_size)
        return ERR_CORRUPT;
    uint8_t *data = malloc(PAGE_HEAD + size);
    if (!data)
        return ERR_NOMEM;
    enum err e = read_at(t->fd, data, PAGE_HEAD + size, page * t->meta.page_size);
    if (!e)
        e = get64(data) == page && get16(data + PAGE_FLAGS_AT) & FLAG_OVERFLOW ? mark_free(t, data + PAGE_HEAD, size) : ERR_CORRUPT;
    free(data);
    return e;
}

static enum err mark_leaf_node(struct tail *t, const uint8_t *node, size_t room)
{
    size_t size = get16(node) | (size_t)get16(node + 2) << 16;
    size_t head = NODE_HEAD + (size_t)get16(node + 6);
    if (head > room)
        return ERR_CORRUPT;
    if (!(get16(node + 4) & NODE_BIG))
        return size <= room - head ? mark_free(t, node + head, size) : ERR_CORRUPT;
    return room - head >= 8 ? mark_big(t, get64(node + head), size) : ERR_CORRUPT;
}

static enum err mark_page(struct tail *t, uint64_t number, unsigned depth);

static enum err mark_nodes(struct tail *t, const uint8_t *page, unsigned depth)
{
    size_t page_size = t->meta.page_size, lower = get16(page + PAGE_LOWER_AT);
    if (lower < PAGE_HEAD || lower > page_size)
        return ERR_CORRUPT;
    for (size_t at = PAGE_HEAD; at + 2 <= lower; at += 2) {
        size_t offset = get16(page + at);
        if (offset < lower || offset + NODE_HEAD > page_size)
            return ERR_CORRUPT;
        const uint8_t *node = page + offset;
        uint64_t child = get16(node) | (uint64_t)get16(node + 2) << 16 | (uint64_t)get16(node + 4) << 32;
        bool branch = get16(page + PAGE_FLAGS_AT) & FLAG_BRANCH;
        enum err e = branch ? mark_page(t, child, depth + 1) : mark_leaf_node(t, node, page_size - offset);
        if (e)
            return e;
    }
    return ERR_OK;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the tree, bounded. */
static enum err mark_page(struct tail *t, uint64_t number, unsigned depth)
{
    if (depth > DEPTH_MAX || number > t->meta.last_page)
        return ERR_CORRUPT;
    uint8_t *page = malloc(t->meta.page_size);
    if (!page)
        return ERR_NOMEM;
    enum err e = read_at(t->fd, page, t->meta.page_size, number * t->meta.page_size);
    if (!e && (get64(page) != number || !(get16(page + PAGE_FLAGS_AT) & (FLAG_BRANCH | FLAG_LEAF))))
        e = ERR_CORRUPT;
    if (!e)
        e = mark_nodes(t, page, depth);
    free(page);
    return e;
}

/* LMDB does not write a page that a transaction takes at the end of the file and frees again: such a file is shorter than its meta says
 * and sound, as long as each missing page is on the free list. */
static enum err check_tail(struct tail *t)
{
    if (t->count > MISSING_MAX || t->meta.free_root == NO_PAGE)
        return ERR_CORRUPT;
    t->seen = calloc(1, t->count / 8 + 1);
    if (!t->seen)
        return ERR_NOMEM;
    enum err e = mark_page(t, t->meta.free_root, 0);
    free(t->seen);
    if (e)
        return e;
    return t->found == t->count ? ERR_OK : ERR_CORRUPT;
}

static enum err check_once(int fd)
{
    struct tail t = {.fd = fd};
    struct stat st;
    enum err e = newer_meta(fd, &t.meta);
    if (e)
        return e;
    /* The size is looked at after the meta, since a writer makes the file longer before it writes the meta. */
    if (fstat(fd, &st) < 0)
        return err_from_errno(errno);
    t.first = (uint64_t)st.st_size / t.meta.page_size;
    if (t.first < 2)
        return ERR_CORRUPT;
    if (t.meta.last_page < t.first)
        return ERR_OK;
    t.count = t.meta.last_page + 1 - t.first;
    return check_tail(&t);
}

enum err kv_lmdb_file_check(int dirfd)
{
    int fd = openat(dirfd, "data.mdb", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? ERR_STORE : err_from_errno(errno);
    /* A writer in another process may be half-way through a meta: what is damaged stays damaged. */
    enum err e = ERR_CORRUPT;
    for (int i = 0; i < TRIES && e == ERR_CORRUPT; i++)
        e = check_once(fd);
    close(fd);
    return e;
}

struct reader_lines {
    uint32_t lines, pid;
    uint64_t oldest; /* UINT64_MAX: nobody reads */
};

/* The number that a text begins with, after spaces; *at moves behind it. False when there is none. */
static bool take_number(const char **at, uint64_t *number)
{
    const char *p = *at + strspn(*at, " ");
    *at = p;
    for (*number = 0; *p >= '0' && *p <= '9' && *number < UINT64_MAX / 16; p++)
        *number = *number * 10 + (uint64_t)(*p - '0');
    bool some = p > *at;
    *at = p;
    return some;
}

/* "       123 7f00aa 42": process, thread, transaction; a dash for one that does not read now. */
static int take_line(const char *line, void *ctx)
{
    struct reader_lines *r = ctx;
    uint64_t pid, txn;
    r->lines++;
    if (!take_number(&line, &pid))
        return 0;
    line += strspn(line, " ");
    line += strcspn(line, " ");
    if (!take_number(&line, &txn) || txn >= r->oldest)
        return 0;
    r->oldest = txn;
    r->pid = (uint32_t)pid;
    return 0;
}

/* One line of title or of "none", then one per reader. */
void kv_lmdb_readers(MDB_env *env, struct kv_stat *out)
{
    struct reader_lines r = {.oldest = UINT64_MAX};
    MDB_envinfo info;
    if (mdb_reader_list(env, take_line, &r) < 0 || !r.lines || mdb_env_info(env, &info))
        return;
    out->readers = r.lines - 1;
    out->reader_pid = r.pid;
    if (r.pid && r.oldest < info.me_last_txnid)
        out->reader_lag = info.me_last_txnid - r.oldest;
}

uint64_t kv_lmdb_written(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) < 0 ? 0 : (uint64_t)usage.ru_oublock * DISK_BLOCK;
}

enum err kv_lmdb_blame(MDB_env *env, enum err e)
{
    enum { ROOM = 64 << 10 };
    struct statvfs fs;
    int fd;
    if (e != ERR_IO || mdb_env_get_fd(env, &fd) || fstatvfs(fd, &fs) < 0)
        return e;
    return (uint64_t)fs.f_bavail * fs.f_frsize < ROOM ? ERR_NOSPACE : e;
}
