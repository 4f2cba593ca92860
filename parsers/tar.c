#include "parsers/tar.h"

#include <string.h>

#include "flux/base/wipe.h"

enum { BLOCK = 512, NAME_LEN = 100, PREFIX_LEN = 155 };

/* Of a header. */
enum { AT_SIZE = 124, LEN_SIZE = 12, AT_SUM = 148, LEN_SUM = 8, AT_KIND = 156, AT_MAGIC = 257, AT_PREFIX = 345 };

static enum err fail(struct tar *t, enum finding_code fault)
{
    t->fault = fault;
    return ERR_BAD;
}

void tar_open(struct tar *t, struct stream *stream, const struct parse_limits *limits)
{
    t->stream = stream;
    t->limits = limits;
    t->unpacked = t->left = t->padding = 0;
    t->headers = 0;
    t->names = (struct name_set){0};
    t->fault = FINDING_NONE;
}

void tar_close(struct tar *t)
{
    if (!t->stream)
        return;
    name_set_free(&t->names);
    wipe(t->special, sizeof t->special);
    wipe(t->name, sizeof t->name);
    t->stream = NULL;
}

/* ---- bytes ---- */

/* Headers and padding count too: a tar may hold nothing else. */
static enum err take_some(struct tar *t, uint8_t *to, size_t n, size_t *got)
{
    enum err e = stream_read(t->stream, to, n, got);
    if (e)
        return e == ERR_BAD ? fail(t, t->stream->fault) : e;
    t->unpacked += *got;
    if (t->unpacked > t->limits->total_bytes)
        return fail(t, F_LIMIT_BYTES);
    uint64_t beyond = t->unpacked > PARSE_RATIO_FREE ? t->unpacked - PARSE_RATIO_FREE : 0;
    return beyond / t->limits->ratio > t->stream->packed ? fail(t, F_LIMIT_RATIO) : ERR_OK;
}

static enum err take(struct tar *t, uint8_t *to, size_t n)
{
    size_t got;
    enum err e = take_some(t, to, n, &got);
    return e ? e : got == n ? ERR_OK : fail(t, F_TRUNCATED);
}

enum err tar_read(struct tar *t, uint8_t *out, size_t cap, size_t *got)
{
    uint8_t padding[BLOCK];
    *got = t->left < cap ? (size_t)t->left : cap;
    enum err e = take(t, out, *got);
    if (e)
        return e;
    t->left -= *got;
    if (t->left || !t->padding)
        return ERR_OK;
    e = take(t, padding, (size_t)t->padding);
    t->padding = 0;
    return e;
}

static bool is_zero(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i])
            return false;
    return true;
}

/* After the last member stand two blocks of zeros at least, and nothing but zeros up to the verified end of the gzip. */
static enum err read_end(struct tar *t)
{
    size_t got = 0;
    enum err e = take(t, t->special, BLOCK);
    for (got = BLOCK; !e && got; e = take_some(t, t->special, sizeof t->special, &got))
        if (!is_zero(t->special, got))
            return fail(t, F_ARCHIVE);
    return e ? e : ERR_NOTFOUND;
}

/* ---- headers ---- */

/* A number in octal, or in base 256 when its first bit is set; never a negative one. */
static bool read_number(const uint8_t *p, size_t n, uint64_t *out)
{
    uint64_t v = 0;
    size_t i = 0;
    if (p[0] & 0x80) {
        for (i = 1; i < n - 8; i++)
            if (p[i])
                return false;
        for (; i < n; i++)
            v = v << 8 | p[i];
        *out = v;
        return p[0] == 0x80 && v <= INT64_MAX;
    }
    while (i < n && p[i] == ' ')
        i++;
    for (; i < n && p[i] >= '0' && p[i] <= '7'; i++)
        v = v << 3 | (uint64_t)(p[i] - '0');
    *out = v;
    for (; i < n; i++)
        if (p[i] != ' ' && p[i] != 0)
            return false;
    return true;
}

/* Old programs added the bytes up as signed ones. */
static bool is_summed(const uint8_t h[BLOCK])
{
    int64_t plain = 0, with_sign = 0;
    uint64_t said;
    for (size_t i = 0; i < BLOCK; i++) {
        bool own = i >= AT_SUM && i < AT_SUM + LEN_SUM;
        plain += own ? ' ' : h[i];
        with_sign += own ? ' ' : (int8_t)h[i];
    }
    return read_number(h + AT_SUM, LEN_SUM, &said) && ((int64_t)said == plain || (int64_t)said == with_sign);
}

static size_t text_len(const uint8_t *p, size_t max)
{
    const uint8_t *zero = memchr(p, 0, max);
    return zero ? (size_t)(zero - p) : max;
}

/* The name in the header itself; GNU tar has other things where the prefix stands. */
static void take_name(struct tar *t, const uint8_t h[BLOCK])
{
    size_t prefix = memcmp(h + AT_MAGIC, "ustar", 6) == 0 ? text_len(h + AT_PREFIX, PREFIX_LEN) : 0, len = text_len(h, NAME_LEN);
    memcpy(t->name, h + AT_PREFIX, prefix);
    if (prefix)
        t->name[prefix++] = '/';
    memcpy(t->name + prefix, h, len);
    t->name_len = prefix + len;
}

/* ---- special headers ---- */

static bool keep_name(struct tar *t, const uint8_t *text, size_t len)
{
    if (len > MEMBER_PATH_MAX)
        return false;
    memcpy(t->name, text, len);
    t->name_len = len;
    return true;
}

static bool read_decimal(struct span text, uint64_t *out)
{
    *out = 0;
    if (text.len == 0 || text.len > 18)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        *out = *out * 10 + (uint64_t)(text.data[i] - '0');
    }
    return true;
}

static bool is_key(struct span key, const char *text) { return key.len == strlen(text) && memcmp(key.data, text, key.len) == 0; }

/* What makes a member something else than a run of bytes. */
static bool is_refused_key(struct span key)
{
    static const char sparse[] = "GNU.sparse.";
    bool gnu = key.len >= strlen(sparse) && memcmp(key.data, sparse, strlen(sparse)) == 0;
    return gnu || is_key(key, "linkpath") || is_key(key, "SCHILY.realsize") || is_key(key, "SCHILY.filetype") ||
           is_key(key, "SUN.holesdata");
}

static enum err take_record(struct tar *t, bool global, struct span key, struct span value)
{
    bool path = is_key(key, "path"), size = is_key(key, "size");
    if (is_refused_key(key) || (global && (path || size)))
        return fail(t, F_ARCHIVE_MEMBER);
    if (!path && !size)
        return ERR_OK;
    bool right = path ? !t->pax_path && keep_name(t, value.data, value.len) : !t->pax_size && read_decimal(value, &t->size);
    t->pax_path |= path;
    t->pax_size |= size;
    return right ? ERR_OK : fail(t, F_ARCHIVE);
}

/* "18 path=some.xml\n": the length counts the whole record. */
static enum err read_pax(struct tar *t, bool global, size_t len)
{
    const uint8_t *p = t->special;
    enum err e = ERR_OK;
    while (len && !e) {
        const uint8_t *space = memchr(p, ' ', len < 20 ? len : 20);
        uint64_t n;
        if (!space || !read_decimal((struct span){p, (size_t)(space - p)}, &n) || n > len)
            return fail(t, F_ARCHIVE);
        const uint8_t *key = space + 1, *end = p + n - 1;
        const uint8_t *equals = n > 0 && key < end ? memchr(key, '=', (size_t)(end - key)) : NULL;
        if (!equals || equals == key || *end != '\n')
            return fail(t, F_ARCHIVE);
        e = take_record(t, global, (struct span){key, (size_t)(equals - key)}, (struct span){equals + 1, (size_t)(end - equals) - 1});
        p += n, len -= n;
    }
    return e;
}

/* The headers that speak of the next one: at most one of each kind, and the name in one of them only. */
static enum err read_special(struct tar *t, uint8_t kind, uint64_t size)
{
    bool name = kind == 'L', own = kind == 'x';
    if (size > TAR_SPECIAL || (name && (t->long_name || t->pax)) || (own && (t->long_name || t->pax)))
        return fail(t, F_ARCHIVE);
    enum err e = take(t, t->special, (size_t)size + (size_t)(-size % BLOCK));
    if (e)
        return e;
    t->long_name |= name;
    t->pax |= own;
    if (!name)
        return read_pax(t, !own, (size_t)size);
    while (size && t->special[size - 1] == 0)
        size--;
    return keep_name(t, t->special, (size_t)size) ? ERR_OK : fail(t, F_ARCHIVE);
}

/* ---- entries ---- */

static enum err judge_entry(struct tar *t, const uint8_t h[BLOCK], uint64_t size)
{
    bool folder = h[AT_KIND] == '5', file = h[AT_KIND] == '0' || h[AT_KIND] == 0, twice;
    t->folder = folder;
    if (!t->long_name && !t->pax_path)
        take_name(t, h);
    if (!folder && !file)
        return fail(t, F_ARCHIVE_MEMBER);
    if (t->pax_size && t->size != size)
        return fail(t, F_ARCHIVE);
    if (size > t->limits->member_bytes)
        return fail(t, F_LIMIT_BYTES);
    bool slash = t->name_len && t->name[t->name_len - 1] == '/';
    if (!member_name_is_plain(t->name, t->name_len, folder) || (folder ? size > 0 : slash))
        return fail(t, F_ARCHIVE_MEMBER);
    enum err e = name_set_add(&t->names, t->name, t->name_len, &twice);
    t->left = size;
    t->padding = -size % BLOCK;
    t->name[t->name_len] = 0;
    return e ? e : twice ? fail(t, F_ARCHIVE) : ERR_OK;
}

/* ERR_BUSY: that was a header before the next one. */
static enum err read_header(struct tar *t)
{
    uint8_t h[BLOCK];
    uint64_t size;
    enum err e = take(t, h, BLOCK);
    if (e)
        return e;
    bool special = h[AT_KIND] == 'x' || h[AT_KIND] == 'g' || h[AT_KIND] == 'L', expected = t->long_name || t->pax;
    if (is_zero(h, BLOCK))
        return expected ? fail(t, F_ARCHIVE) : read_end(t);
    if (!is_summed(h) || memcmp(h + AT_MAGIC, "ustar", 5) != 0 || !read_number(h + AT_SIZE, LEN_SIZE, &size))
        return fail(t, F_ARCHIVE);
    if (++t->headers > 2 * t->limits->members + 1)
        return fail(t, F_LIMIT_MEMBERS);
    if (special)
        return (e = read_special(t, h[AT_KIND], size)) ? e : ERR_BUSY;
    return judge_entry(t, h, size);
}

static enum err next_entry(struct tar *t)
{
    enum err e;
    t->long_name = t->pax = t->pax_path = t->pax_size = false;
    do
        e = read_header(t);
    while (e == ERR_BUSY);
    return !e && t->names.count > t->limits->members ? fail(t, F_LIMIT_MEMBERS) : e;
}

enum err tar_next(struct tar *t)
{
    size_t got = 1;
    enum err e = ERR_OK;
    while (!e && t->left)
        e = tar_read(t, t->special, sizeof t->special, &got);
    do {
        if (!e)
            e = next_entry(t);
    } while (!e && t->folder);
    return e;
}
