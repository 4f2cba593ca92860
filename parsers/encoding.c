#include "parsers/encoding.h"

#include <iconv.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name;
    enum encoding encoding;
} names[] = {
    {"UTF-8", ENCODING_UTF8},
    {"windows-1252", ENCODING_WINDOWS_1252},
    {"ISO-8859-1", ENCODING_8859_1},
    {"ISO-8859-15", ENCODING_8859_15},
    {"utf8", ENCODING_UTF8},
    {"cp1252", ENCODING_WINDOWS_1252},
    {"cp-1252", ENCODING_WINDOWS_1252},
    {"latin1", ENCODING_8859_1},
    {"latin-1", ENCODING_8859_1},
    {"l1", ENCODING_8859_1},
    {"iso8859-1", ENCODING_8859_1},
    {"iso_8859-1", ENCODING_8859_1},
    {"iso88591", ENCODING_8859_1},
    {"latin9", ENCODING_8859_15},
    {"latin-9", ENCODING_8859_15},
    {"iso8859-15", ENCODING_8859_15},
    {"iso_8859-15", ENCODING_8859_15},
    {"iso885915", ENCODING_8859_15},
};

/* The first ENCODING_COUNT names are the ones we show. */
const char *encoding_name(enum encoding e) { return names[e].name; }

/* ---- tables ---- */

static enum err fill(struct encoding_table *t, const char *name)
{
    iconv_t cd = iconv_open("UTF-8", name);
    if (cd == (iconv_t)-1)
        return ERR_CONFIG;
    for (size_t i = 0; i < 256; i++) {
        char byte = (char)i, utf8[4];
        char *in = &byte, *out = utf8;
        size_t in_left = 1, out_left = sizeof utf8;
        iconv(cd, NULL, NULL, NULL, NULL);
        size_t rc = iconv(cd, &in, &in_left, &out, &out_left);
        size_t len = rc == (size_t)-1 || in_left ? 0 : sizeof utf8 - out_left;
        t->of[i].len = (uint8_t)(len <= ENCODING_WORST ? len : 0);
        memcpy(t->of[i].bytes, utf8, t->of[i].len);
    }
    iconv_close(cd);
    return ERR_OK;
}

enum err encoding_tables_fill(struct encoding_table tables[ENCODING_TABLES])
{
    enum err e = ERR_OK;
    for (size_t i = 0; i < ENCODING_TABLES && !e; i++)
        e = fill(&tables[i], encoding_name((enum encoding)(i + 1)));
    return e;
}

/* ---- verdict ---- */

static bool is_space(uint8_t c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

struct text {
    const uint8_t *at, *end;
};

static bool starts(const struct text *t, const char *word)
{
    size_t n = strlen(word);
    return (size_t)(t->end - t->at) >= n && memcmp(t->at, word, n) == 0;
}

static void skip_space(struct text *t)
{
    while (t->at < t->end && is_space(*t->at))
        t->at++;
}

/* Takes word = "value", with either quote; value is what stands between. */
static bool take_quoted(struct text *t, struct text *value)
{
    skip_space(t);
    if (!starts(t, "="))
        return false;
    t->at++;
    skip_space(t);
    if (!starts(t, "\"") && !starts(t, "'"))
        return false;
    uint8_t quote = *t->at++;
    const uint8_t *close = memchr(t->at, quote, (size_t)(t->end - t->at));
    if (!close)
        return false;
    *value = (struct text){t->at, close};
    t->at = close + 1;
    return true;
}

/* The encoding that an XML declaration names; false when there is none, or no declaration: what is ill formed is for the XML parser. */
static bool declared(struct text t, struct text *name)
{
    if (!starts(&t, "<?xml") || t.end - t.at < 6 || !is_space(t.at[5]))
        return false;
    t.at += 5;
    for (;;) {
        skip_space(&t);
        bool encoding = starts(&t, "encoding");
        if (!encoding && !starts(&t, "version"))
            return false;
        t.at += encoding ? strlen("encoding") : strlen("version");
        if (!take_quoted(&t, name))
            return false;
        if (encoding)
            return true;
    }
}

static bool lookup(struct text name, enum encoding *e)
{
    size_t len = (size_t)(name.end - name.at);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strlen(names[i].name) == len && strncasecmp(names[i].name, (const char *)name.at, len) == 0) {
            *e = names[i].encoding;
            return true;
        }
    return false;
}

static void show(struct text name, char detail[ENCODING_DETAIL_MAX])
{
    size_t len = (size_t)(name.end - name.at);
    bool plain = len < ENCODING_DETAIL_MAX;
    for (size_t i = 0; i < len && plain; i++)
        plain = name.at[i] >= 0x20 && name.at[i] < 0x7f;
    if (plain)
        memcpy(detail, name.at, len);
    detail[plain ? len : 0] = 0;
}

/* UTF-16, UTF-32 and EBCDIC by their first bytes. Source: XML 1.0 appendix F. */
static bool is_wide(const uint8_t *p, size_t len)
{
    if (len >= 2 && ((p[0] == 0xff && p[1] == 0xfe) || (p[0] == 0xfe && p[1] == 0xff)))
        return true;
    if (len >= 4 && memcmp(p, "\x4c\x6f\xa7\x94", 4) == 0)
        return true;
    return (len >= 1 && p[0] == 0) || (len >= 2 && p[1] == 0);
}

static bool is_mark(const uint8_t *p, size_t len) { return len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0; }

static bool is_open_declaration(struct text t)
{
    return starts(&t, "<?xml") && t.end - t.at >= 6 && is_space(t.at[5]) && !memmem(t.at, (size_t)(t.end - t.at), "?>", 2);
}

enum err encoding_judge(const uint8_t *start, size_t len, struct encoding_verdict *v)
{
    *v = (struct encoding_verdict){.encoding = ENCODING_UTF8};
    if (is_wide(start, len))
        return ERR_BAD;
    if (is_mark(start, len))
        v->skip = 3;
    /* The XML parser would pass over a second mark, and would not look into a declaration whose end we do not see. */
    struct text name, all = {start + v->skip, start + len};
    if (v->skip && is_mark(all.at, len - v->skip))
        return ERR_BAD;
    if (len >= ENCODING_START && is_open_declaration(all))
        return ERR_BAD;
    if (!declared(all, &name))
        return ERR_OK;
    if (lookup(name, &v->encoding) && (v->skip == 0 || v->encoding == ENCODING_UTF8))
        return ERR_OK;
    show(name, v->detail);
    return ERR_BAD;
}

/* ---- bytes ---- */

void decoder_init(struct decoder *d, enum encoding e, const struct encoding_table tables[ENCODING_TABLES])
{
    *d = (struct decoder){.encoding = e, .table = e == ENCODING_UTF8 ? NULL : &tables[e - 1]};
}

/* Length of the run of ASCII at the start of p[n]. */
static size_t ascii_run(const uint8_t *p, size_t n)
{
    size_t i = 0;
    for (; i + sizeof(uint64_t[4]) <= n; i += sizeof(uint64_t[4])) {
        uint64_t words[4];
        memcpy(words, p + i, sizeof words);
        if ((words[0] | words[1] | words[2] | words[3]) & UINT64_C(0x8080808080808080))
            break;
    }
    while (i < n && p[i] < 0x80)
        i++;
    return i;
}

/* Where a byte of UTF-8 leads: 0 complete, 1 wrong, 2 to 4 so many minus one bytes still to come, and the four starts whose next byte is
 * bounded. Source: Unicode 15 table 3-7. */
enum { U_DONE, U_WRONG, U_ONE, U_TWO, U_THREE, U_E0, U_ED, U_F0, U_F4 };

static uint8_t utf8_first(uint8_t b)
{
    if (b < 0x80)
        return U_DONE;
    if (b < 0xc2)
        return U_WRONG;
    if (b < 0xe0)
        return U_ONE;
    if (b < 0xf0)
        return b == 0xe0 ? U_E0 : b == 0xed ? U_ED : U_TWO;
    if (b > 0xf4)
        return U_WRONG;
    return b == 0xf0 ? U_F0 : b == 0xf4 ? U_F4 : U_THREE;
}

static uint8_t utf8_step(uint8_t state, uint8_t b)
{
    static const struct {
        uint8_t low, high, next;
    } steps[] = {
        [U_ONE] = {0x80, 0xbf, U_DONE}, [U_TWO] = {0x80, 0xbf, U_ONE}, [U_THREE] = {0x80, 0xbf, U_TWO}, [U_E0] = {0xa0, 0xbf, U_ONE},
        [U_ED] = {0x80, 0x9f, U_ONE},   [U_F0] = {0x90, 0xbf, U_TWO},  [U_F4] = {0x80, 0x8f, U_TWO},
    };
    if (state == U_DONE)
        return utf8_first(b);
    return b >= steps[state].low && b <= steps[state].high ? steps[state].next : U_WRONG;
}

static size_t check_utf8(struct decoder *d, const uint8_t *in, size_t len)
{
    size_t i = 0;
    while (i < len) {
        if (d->state == U_DONE)
            i += ascii_run(in + i, len - i);
        if (i == len)
            break;
        d->state = utf8_step(d->state, in[i]);
        if (d->state == U_WRONG)
            break;
        i++;
    }
    return i;
}

/* Appends the UTF-8 of bytes above ASCII to *to; stops at the first other byte, or at an undefined one. */
static size_t transcode_high(const struct encoding_table *t, const uint8_t *in, size_t len, uint8_t **to)
{
    size_t i = 0;
    for (; i < len && in[i] >= 0x80 && t->of[in[i]].len; i++) {
        memcpy(*to, t->of[in[i]].bytes, ENCODING_WORST);
        *to += t->of[in[i]].len;
    }
    return i;
}

static size_t transcode(const struct decoder *d, const uint8_t *in, size_t len, uint8_t *out, size_t *out_len)
{
    uint8_t *to = out;
    size_t i = 0, high = 1;
    while (i < len && high) {
        size_t run = ascii_run(in + i, len - i);
        memcpy(to, in + i, run);
        to += run, i += run;
        high = transcode_high(d->table, in + i, len - i, &to);
        i += high;
    }
    *out_len = (size_t)(to - out);
    return i;
}

void decoder_run(struct decoder *d, const uint8_t *in, size_t len, uint8_t *room, const uint8_t **out, size_t *out_len, size_t *used)
{
    if (d->table) {
        *used = transcode(d, in, len, room, out_len);
        *out = room;
        return;
    }
    *used = *out_len = check_utf8(d, in, len);
    *out = in;
}

bool decoder_inside(const struct decoder *d) { return d->state != U_DONE; }
