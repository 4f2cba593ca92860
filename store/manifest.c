#include "store/manifest.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#include "flux/base/wipe.h"

enum { HMAC_SIZE = 32, LINE_MAX_BYTES = 256 };

static const char HEAD[] = "{\n  \"schema\": 1,\n", HMAC_LINE[] = "  \"hmac\": \"", TAIL[] = "\"\n}\n", HEX[] = "0123456789abcdef";

const char *const manifest_files[BACKUP_FILES] = {
#define NUMBER(member)
#define TEXT(member)
#define BYTES(member)
#define FILE_LINE(index, name) [index] = name,
#include "store/manifest.def"
#undef NUMBER
#undef TEXT
#undef BYTES
#undef FILE_LINE
};

static enum err hmac(const uint8_t *key, const void *data, size_t len, uint8_t out[HMAC_SIZE])
{
    unsigned n = HMAC_SIZE;
    return HMAC(EVP_sha256(), key, SEAL_KEY, data, len, out, &n) && n == HMAC_SIZE ? ERR_OK : ERR_NOMEM;
}

static enum err derive(const uint8_t key[SEAL_KEY], const char *label, uint8_t out[HMAC_SIZE])
{
    return hmac(key, label, strlen(label), out);
}

enum err manifest_key_id(const uint8_t key[SEAL_KEY], uint8_t id[16])
{
    uint8_t full[HMAC_SIZE];
    enum err e = derive(key, "fluxrsa backup key id 1", full);
    memcpy(id, full, 16);
    return e;
}

static enum err close_text(const uint8_t key[SEAL_KEY], const void *text, size_t len, uint8_t out[HMAC_SIZE])
{
    uint8_t own[HMAC_SIZE];
    enum err e = derive(key, "fluxrsa backup manifest 1", own);
    if (!e)
        e = hmac(own, text, len, out);
    wipe(own, sizeof own);
    return e;
}

/* ---- writing ---- */

static void put(struct buf *b, const char *text) { buf_put(b, text, strlen(text)); }

static void put_hex(struct buf *b, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        buf_u8(b, (unsigned char)HEX[data[i] >> 4]);
        buf_u8(b, (unsigned char)HEX[data[i] & 15]);
    }
}

static void put_number(struct buf *b, const char *name, uint64_t n)
{
    char line[LINE_MAX_BYTES];
    snprintf(line, sizeof line, "  \"%s\": %" PRIu64 ",\n", name, n);
    put(b, line);
}

static void put_quoted(struct buf *b, const char *name, const char *text)
{
    char line[LINE_MAX_BYTES];
    snprintf(line, sizeof line, "  \"%s\": \"%s\",\n", name, text);
    put(b, line);
}

static void put_bytes(struct buf *b, const char *name, const uint8_t *data, size_t len)
{
    char line[LINE_MAX_BYTES];
    snprintf(line, sizeof line, "  \"%s\": \"", name);
    put(b, line);
    put_hex(b, data, len);
    put(b, "\",\n");
}

static void put_file(struct buf *b, const char *name, const struct backup_file *f)
{
    char line[LINE_MAX_BYTES];
    snprintf(line, sizeof line, "  \"%s\": {\"bytes\": %" PRIu64 ", \"sha256\": \"", name, f->bytes);
    put(b, line);
    put_hex(b, f->sha256, sizeof f->sha256);
    put(b, "\"},\n");
}

enum err manifest_write(const struct backup_info *info, const uint8_t key[SEAL_KEY], struct buf *out)
{
    uint8_t mac[HMAC_SIZE];
    put(out, HEAD);
#define NUMBER(member) put_number(out, #member, info->member);
#define TEXT(member) put_quoted(out, #member, info->member);
#define BYTES(member) put_bytes(out, #member, info->member, sizeof info->member);
#define FILE_LINE(index, name) put_file(out, name, &info->files[index]);
#include "store/manifest.def"
#undef NUMBER
#undef TEXT
#undef BYTES
#undef FILE_LINE
    enum err e = out->err ? out->err : close_text(key, out->data, out->len, mac);
    put(out, HMAC_LINE);
    put_hex(out, mac, sizeof mac);
    put(out, TAIL);
    return e ? e : out->err;
}

/* ---- reading ---- */

struct reading {
    const char *at, *end;
    bool wrong;
};

static void take(struct reading *r, const char *text)
{
    size_t n = strlen(text);
    if (r->wrong || (size_t)(r->end - r->at) < n || memcmp(r->at, text, n) != 0)
        r->wrong = true;
    else
        r->at += n;
}

static void take_name(struct reading *r, const char *name)
{
    take(r, "  \"");
    take(r, name);
    take(r, "\": ");
}

static uint64_t take_digits(struct reading *r)
{
    uint64_t n = 0;
    const char *first = r->at;
    for (; !r->wrong && r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++) {
        uint64_t digit = (uint64_t)(*r->at - '0');
        if (n > (UINT64_MAX - digit) / 10)
            r->wrong = true;
        n = n * 10 + digit;
    }
    r->wrong |= r->at == first;
    return n;
}

static unsigned take_digit(struct reading *r)
{
    const char *found = !r->wrong && r->at < r->end && *r->at ? strchr(HEX, *r->at) : NULL;
    r->wrong |= !found;
    r->at += found != NULL;
    return found ? (unsigned)(found - HEX) : 0;
}

static void take_hex(struct reading *r, uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned high = take_digit(r);
        data[i] = (uint8_t)(high << 4 | take_digit(r));
    }
}

static void take_number(struct reading *r, const char *name, uint64_t *n)
{
    take_name(r, name);
    *n = take_digits(r);
    take(r, ",\n");
}

static void take_text(struct reading *r, const char *name, char *text, size_t size)
{
    size_t n = 0;
    take_name(r, name);
    take(r, "\"");
    while (!r->wrong && r->at < r->end && *r->at != '"' && n + 1 < size)
        text[n++] = *r->at++;
    text[n] = 0;
    take(r, "\",\n");
}

static void take_bytes(struct reading *r, const char *name, uint8_t *data, size_t len)
{
    take_name(r, name);
    take(r, "\"");
    take_hex(r, data, len);
    take(r, "\",\n");
}

static void take_file(struct reading *r, const char *name, struct backup_file *f)
{
    take_name(r, name);
    take(r, "{\"bytes\": ");
    f->bytes = take_digits(r);
    take(r, ", \"sha256\": \"");
    take_hex(r, f->sha256, sizeof f->sha256);
    take(r, "\"},\n");
}

static void take_all(struct reading *r, struct backup_info *out)
{
    take(r, HEAD);
#define NUMBER(member) take_number(r, #member, &out->member);
#define TEXT(member) take_text(r, #member, out->member, sizeof out->member);
#define BYTES(member) take_bytes(r, #member, out->member, sizeof out->member);
#define FILE_LINE(index, name) take_file(r, name, &out->files[index]);
#include "store/manifest.def"
#undef NUMBER
#undef TEXT
#undef BYTES
#undef FILE_LINE
}

enum err manifest_read(struct span text, const uint8_t key[SEAL_KEY], struct backup_info *out)
{
    struct reading r = {(const char *)text.data, (const char *)text.data + text.len, false};
    uint8_t mac[HMAC_SIZE], wanted[HMAC_SIZE], id[16];
    *out = (struct backup_info){0};
    take_all(&r, out);
    size_t closed = (size_t)(r.at - (const char *)text.data);
    take(&r, HMAC_LINE);
    take_hex(&r, mac, sizeof mac);
    take(&r, TAIL);
    if (r.wrong || r.at != r.end)
        return ERR_CORRUPT;
    enum err e = manifest_key_id(key, id);
    if (!e)
        e = close_text(key, text.data, closed, wanted);
    if (!e && memcmp(id, out->key_id, sizeof id) != 0)
        return ERR_KEY;
    return e ? e : CRYPTO_memcmp(mac, wanted, sizeof mac) ? ERR_CORRUPT : ERR_OK;
}
