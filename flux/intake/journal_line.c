#include "flux/intake/journal_line.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Quotes inside a string are escaped, so these cannot be forged by the text of an act. */
static const char start[] = "{\"seq\":", prev_mark[] = ",\"prev\":\"", mac_mark[] = "\",\"mac\":\"", finish[] = "\"}",
                  outbox_mark[] = "\",\"outbox\":", op_mark[] = ",\"op\":\"";

enum {
    HEX = 2 * JOURNAL_MAC,
    MAC_PART = sizeof mac_mark - 1 + HEX + sizeof finish - 1,
    PREV_PART = sizeof prev_mark - 1 + HEX,
};

static void put_str(struct buf *b, const char *text) { buf_put(b, text, strlen(text)); }

static void put_number(struct buf *b, uint64_t v)
{
    char text[24];
    int n = snprintf(text, sizeof text, "%" PRIu64, v);
    buf_put(b, text, n > 0 ? (size_t)n : 0);
}

static void put_hex(struct buf *b, const uint8_t *data, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        buf_u8(b, (unsigned char)digits[data[i] >> 4]);
        buf_u8(b, (unsigned char)digits[data[i] & 15]);
    }
}

/* Length of the UTF-8 character at s (ends with a zero), and its code point; 0 when it is malformed (RFC 3629). */
static size_t utf8_at(const unsigned char *s, uint32_t *point)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = s[0] < 0x80 ? 1 : s[0] >> 5 == 6 ? 2 : s[0] >> 4 == 14 ? 3 : s[0] >> 3 == 30 ? 4 : 0;
    if (n < 2) {
        *point = s[0];
        return n;
    }
    uint32_t p = s[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        p = p << 6 | (s[i] & 0x3f);
    }
    *point = p;
    return p < least[n] || p > 0x10ffff || (p >= 0xd800 && p <= 0xdfff) ? 0 : n;
}

/* C0 and C1 controls are escaped, so that a line is one line and a terminal that shows it is not commanded by it. */
static void put_escaped(struct buf *b, const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    while (*s) {
        uint32_t point = 0;
        size_t n = utf8_at(s, &point);
        char escape[8];
        if (!n) {
            put_str(b, "\\ufffd");
            n = 1;
        } else if (point == '"' || point == '\\') {
            buf_u8(b, '\\');
            buf_u8(b, point);
        } else if (point < 0x20 || (point >= 0x7f && point < 0xa0)) {
            snprintf(escape, sizeof escape, "\\u%04x", (unsigned)point);
            put_str(b, escape);
        } else {
            buf_put(b, s, n);
        }
        s += n;
    }
}

static void put_member(struct buf *b, const char *name, const char *text)
{
    put_str(b, ",\"");
    put_str(b, name);
    put_str(b, "\":\"");
    put_escaped(b, text ? text : "");
    buf_u8(b, '"');
}

static void put_act(struct buf *b, const struct journal_act *act, const uint64_t *outbox)
{
    put_member(b, "op", act->op);
    put_member(b, "subject", act->subject);
    put_member(b, "purpose", act->purpose);
    put_member(b, "detail", act->detail);
    if (!outbox)
        return;
    put_str(b, outbox_mark + 1);
    put_number(b, *outbox);
}

enum err journal_line_act(struct buf *out, const struct journal_act *act, uint64_t outbox)
{
    put_act(out, act, &outbox);
    put_str(out, prev_mark);
    return out->err;
}

static enum err put_content(struct buf *b, uint64_t seq, const struct journal_entry *e)
{
    char when[32];
    struct tm tm;
    time_t now = (time_t)e->now;
    if (!gmtime_r(&now, &tm) || !strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &tm))
        return ERR_BAD;
    put_str(b, start);
    put_number(b, seq);
    put_member(b, "time", when);
    put_member(b, "user", e->user);
    put_str(b, ",\"uid\":");
    put_number(b, e->uid);
    put_act(b, e->act, e->outbox);
    return b->err;
}

static enum err digest(const uint8_t key[32], const void *data, size_t len, uint8_t mac[JOURNAL_MAC])
{
    unsigned n = 0;
    if (!HMAC(EVP_sha256(), key, 32, data, len, mac, &n) || n != JOURNAL_MAC)
        return ERR_NOMEM;
    return ERR_OK;
}

enum err journal_line_make(struct buf *out, const uint8_t key[32], struct journal_link *link, const struct journal_entry *e)
{
    struct buf line;
    buf_init(&line, JOURNAL_LINE_MAX);
    struct journal_link next = {.seq = link->seq + 1};
    enum err err = put_content(&line, next.seq, e);
    put_str(&line, prev_mark);
    put_hex(&line, link->mac, JOURNAL_MAC);
    if (!err && !line.err)
        err = digest(key, line.data, line.len, next.mac);
    put_str(&line, mac_mark);
    put_hex(&line, next.mac, JOURNAL_MAC);
    put_str(&line, finish);
    buf_u8(&line, '\n');
    if (!err)
        err = line.err;
    if (!err) {
        buf_put(out, line.data, line.len);
        err = out->err;
    }
    if (!err)
        *link = next;
    buf_free(&line);
    return err;
}

static bool hex_read(const uint8_t *text, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < 2 * n; i++) {
        unsigned c = text[i];
        unsigned v = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
        if (v > 15)
            return false;
        out[i / 2] = (uint8_t)(i % 2 ? out[i / 2] | v : v << 4);
    }
    return true;
}

static bool number_read(const uint8_t *at, const uint8_t *end, uint64_t *v)
{
    const uint8_t *from = at;
    *v = 0;
    for (; at < end && *at >= '0' && *at <= '9'; at++)
        if (__builtin_mul_overflow(*v, (uint64_t)10, v) || __builtin_add_overflow(*v, (uint64_t)(*at - '0'), v))
            return false;
    return at > from && at < end && *at == ',';
}

/* What the MAC covers is what we wrote, so only the frame around it has to be looked at. */
enum err journal_line_check(const uint8_t key[32], struct span line, uint8_t prev[JOURNAL_MAC], struct journal_link *link)
{
    uint8_t said[JOURNAL_MAC], mac[JOURNAL_MAC];
    size_t start_len = sizeof start - 1;
    if (line.len < start_len + PREV_PART + MAC_PART || line.len >= JOURNAL_LINE_MAX)
        return ERR_CORRUPT;
    size_t covered = line.len - MAC_PART;
    const uint8_t *mac_at = line.data + covered, *prev_at = mac_at - PREV_PART;
    if (memcmp(mac_at, mac_mark, sizeof mac_mark - 1) != 0 ||
        memcmp(line.data + line.len - (sizeof finish - 1), finish, sizeof finish - 1) != 0 ||
        !hex_read(mac_at + sizeof mac_mark - 1, said, JOURNAL_MAC))
        return ERR_CORRUPT;
    enum err err = digest(key, line.data, covered, mac);
    if (err)
        return err;
    if (CRYPTO_memcmp(said, mac, JOURNAL_MAC) != 0)
        return ERR_CORRUPT;
    if (memcmp(line.data, start, start_len) != 0 || memcmp(prev_at, prev_mark, sizeof prev_mark - 1) != 0 ||
        !hex_read(prev_at + sizeof prev_mark - 1, prev, JOURNAL_MAC) || !number_read(line.data + start_len, prev_at, &link->seq))
        return ERR_CORRUPT;
    memcpy(link->mac, mac, JOURNAL_MAC);
    return ERR_OK;
}

enum err journal_line_follow(const uint8_t key[32], struct span line, struct journal_link *link)
{
    uint8_t prev[JOURNAL_MAC];
    struct journal_link next;
    enum err err = journal_line_check(key, line, prev, &next);
    if (err)
        return err;
    if (next.seq != link->seq + 1 || memcmp(prev, link->mac, JOURNAL_MAC) != 0)
        return ERR_CORRUPT;
    *link = next;
    return ERR_OK;
}

bool journal_line_said(struct span line, struct journal_link *link, struct span *op)
{
    const uint8_t *end = line.data + line.len, *mark = memmem(line.data, line.len, op_mark, sizeof op_mark - 1);
    if (!mark || line.len < sizeof start + MAC_PART || memcmp(line.data, start, sizeof start - 1) != 0)
        return false;
    op->data = mark + sizeof op_mark - 1;
    const uint8_t *quote = memchr(op->data, '"', (size_t)(end - op->data));
    op->len = quote ? (size_t)(quote - op->data) : 0;
    return quote && number_read(line.data + sizeof start - 1, end, &link->seq) &&
           memcmp(end - MAC_PART, mac_mark, sizeof mac_mark - 1) == 0 &&
           hex_read(end - MAC_PART + sizeof mac_mark - 1, link->mac, JOURNAL_MAC);
}

bool journal_line_outbox(struct span line, uint64_t *outbox)
{
    const uint8_t *at = memmem(line.data, line.len, outbox_mark, sizeof outbox_mark - 1);
    return at && number_read(at + sizeof outbox_mark - 1, line.data + line.len, outbox);
}
