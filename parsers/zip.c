#include "parsers/zip.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "parsers/member_name.h"
#include "parsers/stream.h"

enum {
    EOCD_LEN = 22,
    LOCATOR_LEN = 20,
    EOCD64_LEN = 56 + LOCATOR_LEN,
    CENTRAL_LEN = 46,
    LOCAL_LEN = 30,
    TAIL_MAX = EOCD_LEN + 0xffff,
    DIRECTORY_MAX = 4 << 20,
    EXTRA_ZIP64 = 0x0001,
    EXTRA_UNICODE_PATH = 0x7075,
    FLAG_DESCRIPTOR = 1 << 3,
    /* Encrypted, patched, strongly encrypted, masked directory. */
    FLAGS_REFUSED = 1 | 1 << 5 | 1 << 6 | 1 << 13,
    /* Nothing, deflated. */
    NOTHING_LEN = 2
};

static const uint32_t in_extra = 0xffffffff; /* of a field: its value stands in the 64-bit extra field */

static uint32_t le16(const uint8_t *p) { return (uint32_t)p[0] | (uint32_t)p[1] << 8; }
static uint32_t le32(const uint8_t *p) { return le16(p) | le16(p + 2) << 16; }
static uint64_t le64(const uint8_t *p) { return (uint64_t)le32(p) | (uint64_t)le32(p + 4) << 32; }

static enum err fail(struct zip *z, enum finding_code fault)
{
    z->fault = fault;
    return ERR_BAD;
}

static enum err read_at(struct zip *z, int fd, uint64_t at, void *data, size_t n)
{
    enum err e = file_read_at(fd, at, data, n);
    return e == ERR_NOTFOUND ? fail(z, F_CHANGED) : e;
}

/* ---- end of central directory ---- */

static bool widen(uint64_t *field, uint64_t max, uint64_t wide)
{
    if (*field == max)
        *field = wide;
    return *field == wide;
}

/* The 64-bit end record and its locator, which some programs write whatever the size: they say what the short one says, or what it could
 * not. */
static bool read_eocd64(struct zip *z, const uint8_t *p, uint64_t at)
{
    const uint8_t *locator = p + EOCD64_LEN - LOCATOR_LEN;
    uint64_t count = z->count, len = z->directory_len;
    bool record = memcmp(p, "PK\6\6", 4) == 0 && le64(p + 4) == EOCD64_LEN - LOCATOR_LEN - 12 && le64(p + 16) == 0 &&
                  le64(p + 24) == le64(p + 32) && widen(&count, 0xffff, le64(p + 32)) && widen(&len, 0xffffffff, le64(p + 40)) &&
                  widen(&z->directory_at, 0xffffffff, le64(p + 48));
    z->count = count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
    z->directory_len = (size_t)len;
    return record && memcmp(locator, "PK\6\7", 4) == 0 && le32(locator + 4) == 0 && le64(locator + 8) == at && le32(locator + 16) == 1;
}

/* Exactly one end record must fit the end of the file, or two readers could see two archives. */
static enum err judge_tail(struct zip *z, const uint8_t *tail, size_t len, uint64_t size, const uint8_t **eocd)
{
    *eocd = NULL;
    for (size_t i = 0; i + EOCD_LEN <= len; i++) {
        if (memcmp(tail + i, "PK\5\6", 4) != 0 || i + EOCD_LEN + le16(tail + i + 20) != len)
            continue;
        if (*eocd)
            return fail(z, F_ARCHIVE);
        *eocd = tail + i;
    }
    if (!*eocd)
        return fail(z, F_TRUNCATED);
    const uint8_t *e = *eocd;
    /* Nor may the comment hold what a reader that searches backwards takes for an end record. */
    if (memmem(e + 4, (size_t)(tail + len - e) - 4, "PK\5\6", 4))
        return fail(z, F_ARCHIVE);
    size_t i_eocd = (size_t)(e - tail);
    uint64_t at = size - len + i_eocd;
    z->directory_len = le32(e + 12);
    z->directory_at = le32(e + 16);
    z->count = le16(e + 8);
    bool one_disk = le16(e + 4) == 0 && le16(e + 6) == 0 && z->count == le16(e + 10);
    bool wide = i_eocd >= EOCD64_LEN && memcmp(e - LOCATOR_LEN, "PK\6\7", 4) == 0;
    if (wide && !read_eocd64(z, e - EOCD64_LEN, at -= EOCD64_LEN))
        return fail(z, F_ARCHIVE);
    bool adjacent = z->directory_at <= at && at - z->directory_at == z->directory_len;
    return one_disk && adjacent ? ERR_OK : fail(z, F_ARCHIVE);
}

static enum err read_tail(struct zip *z, int fd, uint64_t size)
{
    size_t len = size < TAIL_MAX ? (size_t)size : TAIL_MAX;
    uint8_t *tail = malloc(len ? len : 1);
    if (!tail)
        return ERR_NOMEM;
    const uint8_t *eocd;
    enum err e = read_at(z, fd, size - len, tail, len);
    if (!e)
        e = judge_tail(z, tail, len, size, &eocd);
    free(tail);
    return e;
}

/* ---- central directory ---- */

/* The extra fields of either header: whole, at most one of 64 bits (*wide), and no other name than that of the entry. */
static bool read_extra(const struct zip_entry *entry, const uint8_t *p, size_t len, struct span *wide)
{
    *wide = (struct span){0};
    while (len >= 4) {
        uint32_t id = le16(p), n = le16(p + 2);
        p += 4, len -= 4;
        bool same = n == 5u + entry->name_len && n <= len && memcmp(p + 5, entry->name, entry->name_len) == 0;
        if (n > len || (id == EXTRA_UNICODE_PATH && !same) || (id == EXTRA_ZIP64 && wide->data))
            return false;
        if (id == EXTRA_ZIP64)
            *wide = (struct span){p, n};
        p += n, len -= n;
    }
    return len == 0;
}

/* Sizes that do not fit 32 bits stand in the extra field, in a fixed order, and only those. */
static bool widen_central(struct zip_entry *entry, struct span wide)
{
    uint64_t *fields[] = {&entry->size, &entry->packed, &entry->header};
    for (size_t i = 0; i < 3; i++) {
        if (*fields[i] != in_extra)
            continue;
        if (wide.len < 8)
            return false;
        *fields[i] = le64(wide.data);
        wide.data += 8, wide.len -= 8;
    }
    return wide.len == 0;
}

/* A folder holds nothing, which some programs deflate. */
static bool is_empty_folder(const struct zip_entry *entry)
{
    return entry->size == 0 && entry->crc == 0 && entry->packed <= (entry->method ? NOTHING_LEN : 0);
}

static enum err judge_kind(struct zip *z, struct zip_entry *entry, const uint8_t *c)
{
    /* Hosts that know no such mode leave it at zero. */
    uint32_t mode = le32(c + 38) >> 16;
    entry->folder = entry->name_len && entry->name[entry->name_len - 1] == '/';
    uint32_t wanted = entry->folder ? S_IFDIR : S_IFREG;
    bool plain = (mode & S_IFMT) == 0 || (mode & S_IFMT) == wanted;
    bool method = entry->method == 0 || entry->method == 8;
    if (!plain || !method || (entry->flags & FLAGS_REFUSED) || (entry->folder && !is_empty_folder(entry)))
        return fail(z, F_ARCHIVE_MEMBER);
    return ERR_OK;
}

/* Reads one entry of the directory; *used is its length. */
static enum err read_central(struct zip *z, struct zip_entry *entry, const uint8_t *c, size_t left, size_t *used)
{
    if (left < CENTRAL_LEN || memcmp(c, "PK\1\2", 4) != 0)
        return fail(z, F_ARCHIVE);
    size_t extra = le16(c + 30), comment = le16(c + 32);
    *entry = (struct zip_entry){.header = le32(c + 42),
                                .packed = le32(c + 20),
                                .size = le32(c + 24),
                                .crc = le32(c + 16),
                                .flags = (uint16_t)le16(c + 8),
                                .method = (uint16_t)le16(c + 10),
                                .name_len = (uint16_t)le16(c + 28),
                                .name = c + CENTRAL_LEN};
    *used = CENTRAL_LEN + (size_t)entry->name_len + extra + comment;
    struct span wide;
    bool whole = *used <= left && le16(c + 34) == 0;
    if (!whole || !read_extra(entry, entry->name + entry->name_len, extra, &wide) || !widen_central(entry, wide))
        return fail(z, F_ARCHIVE);
    if (entry->method == 0 && entry->packed != entry->size)
        return fail(z, F_ARCHIVE);
    return judge_kind(z, entry, c);
}

/* What the directory announces is held against the limits before a byte is unpacked, and what comes out again. */
static enum err judge_sizes(struct zip *z, const struct parse_limits *limits)
{
    uint64_t size = 0, packed = 0;
    for (uint32_t i = 0; i < z->count; i++) {
        const struct zip_entry *entry = &z->entries[i];
        if (entry->size > limits->member_bytes || entry->size > limits->total_bytes - size)
            return fail(z, F_LIMIT_BYTES);
        size += entry->size;
        packed += entry->packed;
        if (size > PARSE_RATIO_FREE && (size - PARSE_RATIO_FREE) / limits->ratio > packed)
            return fail(z, F_LIMIT_RATIO);
    }
    return ERR_OK;
}

static enum err read_directory(struct zip *z, int fd, const struct parse_limits *limits)
{
    if (z->count > limits->members)
        return fail(z, F_LIMIT_MEMBERS);
    if (z->directory_len > DIRECTORY_MAX)
        return fail(z, F_ARCHIVE);
    z->directory = malloc(z->directory_len ? z->directory_len : 1);
    z->entries = calloc(z->count ? z->count : 1, sizeof *z->entries);
    if (!z->directory || !z->entries)
        return ERR_NOMEM;
    enum err e = read_at(z, fd, z->directory_at, z->directory, z->directory_len);
    size_t at = 0, used;
    for (uint32_t i = 0; i < z->count && !e; i++) {
        e = read_central(z, &z->entries[i], z->directory + at, z->directory_len - at, &used);
        at += e ? 0 : used;
    }
    return !e && at != z->directory_len ? fail(z, F_ARCHIVE) : e;
}

static enum err judge_names(struct zip *z)
{
    struct name_set names = {0};
    enum err e = ERR_OK;
    for (uint32_t i = 0; i < z->count && !e; i++) {
        const struct zip_entry *entry = &z->entries[i];
        const char *name = (const char *)entry->name;
        bool twice = false;
        if (!member_name_is_plain(name, entry->name_len, entry->folder))
            e = fail(z, F_ARCHIVE_MEMBER);
        else
            e = name_set_add(&names, name, entry->name_len, &twice);
        if (twice)
            e = fail(z, F_ARCHIVE);
    }
    name_set_free(&names);
    return e;
}

/* ---- local headers ---- */

/* With a descriptor after the data the sizes may be unknown here (zero); else they are those of the directory, here or in the extra field
 * of 64 bits, which has both. */
static bool same_sizes(const struct zip_entry *entry, const uint8_t *local, struct span wide)
{
    uint64_t crc = le32(local + 14), packed = le32(local + 18), size = le32(local + 22);
    bool later = entry->flags & FLAG_DESCRIPTOR, in_extras = wide.len == 16;
    uint64_t wide_size = in_extras ? le64(wide.data) : 0, wide_packed = in_extras ? le64(wide.data + 8) : 0;
    bool crc_ok = crc == entry->crc || (later && crc == 0);
    bool packed_ok = packed == entry->packed || (packed == in_extra && in_extras) || (later && packed == 0);
    bool size_ok = size == entry->size || (size == in_extra && in_extras) || (later && size == 0);
    bool wide_ok = (wide_size == entry->size && wide_packed == entry->packed) || (later && wide_size == 0 && wide_packed == 0);
    return crc_ok && packed_ok && size_ok && (wide.data ? in_extras && wide_ok : true);
}

static enum err judge_local(struct zip *z, int fd, struct zip_entry *entry)
{
    uint8_t local[LOCAL_LEN], rest[2 * 0xffff];
    if (entry->header > z->directory_at || z->directory_at - entry->header < LOCAL_LEN)
        return fail(z, F_ARCHIVE);
    enum err e = read_at(z, fd, entry->header, local, sizeof local);
    if (e)
        return e;
    size_t extra = le16(local + 28);
    bool same = memcmp(local, "PK\3\4", 4) == 0 && le16(local + 6) == entry->flags && le16(local + 8) == entry->method &&
                le16(local + 26) == entry->name_len;
    entry->data = entry->header + LOCAL_LEN + entry->name_len + extra;
    if (!same || entry->data > z->directory_at || z->directory_at - entry->data < entry->packed)
        return fail(z, F_ARCHIVE);
    e = read_at(z, fd, entry->header + LOCAL_LEN, rest, entry->name_len + extra);
    if (e)
        return e;
    struct span wide;
    same = memcmp(rest, entry->name, entry->name_len) == 0 && read_extra(entry, rest + entry->name_len, extra, &wide) &&
           same_sizes(entry, local, wide);
    return same ? ERR_OK : fail(z, F_ARCHIVE);
}

/* What stands between the data of an entry and the next one: nothing, or its descriptor. */
static enum err judge_gap(struct zip *z, int fd, const struct zip_entry *entry, uint64_t next)
{
    uint64_t end = entry->data + entry->packed;
    if (next < end)
        return fail(z, F_ARCHIVE);
    uint64_t gap = next - end;
    if (!(entry->flags & FLAG_DESCRIPTOR))
        return gap == 0 ? ERR_OK : fail(z, F_ARCHIVE);
    if (gap != 12 && gap != 16 && gap != 20 && gap != 24)
        return fail(z, F_ARCHIVE);
    uint8_t d[24];
    enum err e = read_at(z, fd, end, d, (size_t)gap);
    if (e)
        return e;
    bool wide = gap == 20 || gap == 24, marked = gap == 16 || gap == 24;
    if (marked && memcmp(d, "PK\7\10", 4) != 0)
        return fail(z, F_ARCHIVE);
    const uint8_t *p = d + (marked ? 4 : 0);
    uint64_t packed = wide ? le64(p + 4) : le32(p + 4), size = wide ? le64(p + 12) : le32(p + 8);
    bool same = le32(p) == entry->crc && packed == entry->packed && size == entry->size;
    return same ? ERR_OK : fail(z, F_ARCHIVE);
}

static const struct zip_entry *entry_at(const struct zip *z, uint64_t offset)
{
    for (uint32_t i = 0; i < z->count; i++)
        if (z->entries[i].header == offset)
            return &z->entries[i];
    return NULL;
}

/* Walks the file from its first byte: each span starts where the one before ends, and the last one ends at the directory. */
static enum err judge_spans(struct zip *z, int fd)
{
    uint64_t at = 0;
    for (uint32_t i = 0; i < z->count; i++) {
        const struct zip_entry *entry = entry_at(z, at);
        if (!entry)
            return fail(z, F_ARCHIVE);
        uint64_t next = z->directory_at;
        for (uint32_t j = 0; j < z->count; j++)
            if (z->entries[j].header > at && z->entries[j].header < next)
                next = z->entries[j].header;
        enum err e = judge_gap(z, fd, entry, next);
        if (e)
            return e;
        at = next;
    }
    return at == z->directory_at ? ERR_OK : fail(z, F_ARCHIVE);
}

enum err zip_open(struct zip *z, int fd, uint64_t size, const struct parse_limits *limits)
{
    *z = (struct zip){0};
    enum err e = read_tail(z, fd, size);
    if (!e)
        e = read_directory(z, fd, limits);
    if (!e)
        e = judge_names(z);
    if (!e)
        e = judge_sizes(z, limits);
    for (uint32_t i = 0; i < z->count && !e; i++)
        e = judge_local(z, fd, &z->entries[i]);
    return e ? e : judge_spans(z, fd);
}

void zip_close(struct zip *z)
{
    free(z->directory);
    free(z->entries);
    *z = (struct zip){0};
}
