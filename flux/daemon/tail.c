#include "flux/daemon/tail.h"

#include <string.h>
#include <unistd.h>

enum {
    HEAD = 1024,
    ZIP_END = 22, /* end of central directory, without its comment */
    TAIL = ZIP_END + UINT16_MAX,
    GZIP_FRAME = 18,    /* header and trailer */
    GZIP_STORED = 1000, /* what cannot be packed grows by less than one part in as many */
    GZIP_USUAL = 64     /* flux are packed 10 to 20 times; what says more than this may as well be chance */
};

struct ends {
    uint8_t head[HEAD], tail[TAIL];
    size_t head_len, tail_len;
};

static bool read_at(int fd, uint64_t at, uint8_t *out, size_t n)
{
    size_t got = 0;
    while (got < n) {
        ssize_t r = pread(fd, out + got, n - got, (off_t)(at + got));
        if (r <= 0)
            return false;
        got += (size_t)r;
    }
    return true;
}

static unsigned le16(const uint8_t *p) { return (unsigned)(p[0] | p[1] << 8); }

static uint64_t le32(const uint8_t *p) { return le16(p) | (uint64_t)le16(p + 2) << 16; }

static bool zip_cut_off(const struct ends *e)
{
    for (size_t n = ZIP_END; n <= e->tail_len; n++) {
        const uint8_t *p = e->tail + e->tail_len - n;
        if (memcmp(p, "PK\5\6", 4) == 0 && le16(p + 20) == n - ZIP_END)
            return false;
    }
    return true;
}

/* The last four bytes of a whole one are the size of what is packed, modulo 2^32. */
static bool gzip_cut_off(const struct ends *e, uint64_t size)
{
    if (size < GZIP_FRAME)
        return true;
    uint64_t unpacked = le32(e->tail + e->tail_len - 4), packed = size - GZIP_FRAME;
    if (size > UINT32_MAX / GZIP_USUAL)
        return false;
    return unpacked > GZIP_USUAL * size || unpacked + unpacked / GZIP_STORED + HEAD < packed;
}

static bool blank(uint8_t c) { return c == 0 || c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/* Encodings of two bytes look the same without their zeros. */
static size_t without_blanks(uint8_t *text, size_t len)
{
    size_t kept = 0;
    for (size_t i = 0; i < len; i++)
        if (!blank(text[i]))
            text[kept++] = text[i];
    return kept;
}

static bool is_xml(struct ends *e)
{
    static const char *const marks[] = {"<", "\xEF\xBB\xBF<", "\xFF\xFE<", "\xFE\xFF<"};
    size_t n = e->head_len = without_blanks(e->head, e->head_len);
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (n >= strlen(marks[i]) && memcmp(e->head, marks[i], strlen(marks[i])) == 0)
            return true;
    return false;
}

/* Past the declaration, comments and the like; NULL when it is not in the head. */
static const uint8_t *root_name(const struct ends *e, size_t *len)
{
    size_t n = e->head_len;
    for (size_t i = 0; i + 1 < n; i++)
        if (e->head[i] == '<' && e->head[i + 1] != '?' && e->head[i + 1] != '!') {
            *len = n - i - 1;
            return e->head + i + 1;
        }
    return NULL;
}

/* A whole one ends with the end of its root. The name of the root runs into its attributes here, so that its beginning is compared. */
static bool xml_cut_off(struct ends *e)
{
    size_t rest = 0, n = without_blanks(e->tail, e->tail_len);
    const uint8_t *root = root_name(e, &rest), *end = e->tail + n, *tag = end;
    if (!root || n == 0)
        return false;
    if (*--tag != '>')
        return true;
    while (tag > e->tail && *tag != '<')
        tag--;
    if (tag[0] != '<' || tag[1] == '!')
        return false;
    size_t name = (size_t)(end - tag) > 3 ? (size_t)(end - tag) - 3 : 0;
    return tag[1] != '/' || name == 0 || name > rest || memcmp(tag + 2, root, name) != 0;
}

bool tail_cut_off(int fd, uint64_t size)
{
    struct ends e = {.head_len = size < HEAD ? (size_t)size : HEAD, .tail_len = size < TAIL ? (size_t)size : TAIL};
    if (size == 0)
        return true;
    if (!read_at(fd, 0, e.head, e.head_len) || !read_at(fd, size - e.tail_len, e.tail, e.tail_len))
        return false;
    if (e.head_len >= 4 && memcmp(e.head, "PK\3\4", 4) == 0)
        return zip_cut_off(&e);
    if (e.head_len >= 2 && memcmp(e.head, "\x1f\x8b", 2) == 0)
        return gzip_cut_off(&e, size);
    return is_xml(&e) && xml_cut_off(&e);
}
