#include <openssl/evp.h>
#include <string.h>
#include <time.h>

#include "cli/summary.h"

/* RFC 2047, 2: an encoded word has 75 characters at most. RFC 2045, 6.8: lines of base64 have 76 at most. */
enum { WORD_BYTES = 45, LINE_BYTES = 57, BASE64_LINE = 80 };

/* Letters of which no header can be made: no space, no control character, nothing beyond ASCII. */
static bool is_address_list(const char *text)
{
    for (; *text; text++)
        if ((*text <= ' ' && *text != ' ') || *text >= 0x7f || strchr("\"\\<>()[]:;", *text))
            return false;
    return true;
}

static void put(struct buf *out, const char *text) { buf_put(out, text, strlen(text)); }

static void put_base64(struct buf *out, const void *data, size_t len)
{
    unsigned char text[BASE64_LINE];
    buf_put(out, text, (size_t)EVP_EncodeBlock(text, data, (int)len));
}

/* Bytes of text, at most max, that end with a whole character. */
static size_t whole_characters(const char *text, size_t max)
{
    size_t len = strlen(text);
    if (len <= max)
        return len;
    for (len = max; len > 1 && ((unsigned char)text[len] & 0xc0) == 0x80;)
        len--;
    return len;
}

static bool is_plain(const char *text)
{
    for (; *text; text++)
        if (*text < ' ' || *text >= 0x7f)
            return false;
    return true;
}

/* Encoded, no line of it can end early. */
static void put_subject(struct buf *out, const char *text)
{
    put(out, "Subject: ");
    if (is_plain(text) && strlen(text) < BASE64_LINE / 2) {
        put(out, text);
    } else {
        for (bool first = true; *text; first = false) {
            size_t len = whole_characters(text, WORD_BYTES);
            put(out, first ? "=?UTF-8?B?" : "\n =?UTF-8?B?");
            put_base64(out, text, len);
            put(out, "?=");
            text += len;
        }
    }
    put(out, "\n");
}

static void put_body(struct buf *out, const char *body)
{
    size_t left = strlen(body);
    for (const char *at = body; left; at += LINE_BYTES) {
        size_t n = left < LINE_BYTES ? left : LINE_BYTES;
        put_base64(out, at, n);
        put(out, "\n");
        left -= n;
    }
}

/* Names of days and months are those of the mail, whatever the language. */
static void put_date(struct buf *out, int64_t now)
{
    char text[64];
    struct tm tm;
    time_t t = (time_t)now;
    if (localtime_r(&t, &tm) && strftime(text, sizeof(text), "Date: %a, %d %b %Y %H:%M:%S %z\n", &tm))
        put(out, text);
}

enum err mail_make(const struct mail *m, struct buf *out)
{
    if (!m->to[0] || !is_address_list(m->to) || !is_address_list(m->from))
        return ERR_BAD;
    if (m->from[0]) {
        put(out, "From: ");
        put(out, m->from);
        put(out, "\n");
    }
    put(out, "To: ");
    put(out, m->to);
    put(out, "\n");
    put_subject(out, m->subject);
    put_date(out, m->now);
    put(out, "Auto-Submitted: auto-generated\n"
             "MIME-Version: 1.0\n"
             "Content-Type: text/plain; charset=UTF-8\n"
             "Content-Transfer-Encoding: base64\n\n");
    put_body(out, m->body);
    return out->err;
}
