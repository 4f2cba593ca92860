#include "flux/daemon/slip.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "flux/base/utf8.h"
#include "flux/daemon/spool.h"

static const char last_line[] = "end";
static const char hex[] = "0123456789ABCDEF";

void slip_file_name(const char *name, char file[NAME_MAX + 1])
{
    static const char *const ours[] = {SPOOL_SLIP, SPOOL_REASON, SPOOL_RESULT};
    size_t n = strnlen(name, NAME_MAX);
    memcpy(file, name, n);
    file[n] = '\0';
    bool sound = utf8_printable(file, n);
    for (size_t i = 0; i < n && !sound; i++)
        if ((unsigned char)file[i] < 0x20 || (unsigned char)file[i] >= 0x7F)
            file[i] = '_';
    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        if (strcmp(file, ours[i]) == 0)
            file[0] = '_';
    if (file[0] == '.')
        file[0] = '_';
}

static void put_encoded(struct buf *out, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c > 0x20 && c < 0x7F && c != '%') {
            buf_u8(out, c);
            continue;
        }
        buf_u8(out, '%');
        buf_u8(out, (unsigned char)hex[c >> 4]);
        buf_u8(out, (unsigned char)hex[c & 15]);
    }
}

static void put_line(struct buf *out, const char *key, const char *text)
{
    buf_put(out, key, strlen(key));
    buf_u8(out, '=');
    put_encoded(out, text);
    buf_u8(out, '\n');
}

static void put_number(struct buf *out, const char *key, int64_t number)
{
    char text[32];
    snprintf(text, sizeof(text), "%" PRId64, number);
    put_line(out, key, text);
}

enum err slip_write(const struct slip *s, struct buf *out)
{
    put_line(out, "source", s->source);
    put_line(out, "name", s->name);
    put_line(out, "file", s->file);
    put_number(out, "size", (int64_t)s->size);
    put_number(out, "claimed_at", s->claimed_at);
    put_number(out, "settled_at", s->settled_at);
    put_number(out, "deaths", s->deaths);
    put_number(out, "tries", s->tries);
    put_number(out, "not_before", s->not_before);
    put_line(out, "order", s->order);
    put_number(out, "sidecar", (int64_t)s->sidecar);
    put_number(out, "sidecar_changed", s->sidecar_changed);
    put_line(out, last_line, "");
    return out->err;
}

static int nibble(char c)
{
    const char *at = c ? strchr(hex, c) : NULL;
    return at ? (int)(at - hex) : -1;
}

static bool decode(const char *text, size_t len, char *out, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        int c = (unsigned char)text[i];
        if (c == '%') {
            if (len - i < 3 || nibble(text[i + 1]) < 0 || nibble(text[i + 2]) < 0)
                return false;
            c = nibble(text[i + 1]) * 16 + nibble(text[i + 2]);
            i += 2;
        }
        if (c == 0 || n + 1 >= size)
            return false;
        out[n++] = (char)c;
    }
    out[n] = '\0';
    return true;
}

static bool number(const char *text, size_t len, int64_t *value)
{
    bool negative = len && text[0] == '-';
    uint64_t v = 0;
    for (size_t i = negative; i < len; i++) {
        if (text[i] < '0' || text[i] > '9' || v > INT64_MAX / 10 - 1)
            return false;
        v = v * 10 + (uint64_t)(text[i] - '0');
    }
    *value = negative ? -(int64_t)v : (int64_t)v;
    return len > negative;
}

/* The value of a key, len bytes up to the end of its line; NULL when there is none. */
static const char *value(const char *text, const char *key, size_t *len)
{
    size_t n = strlen(key);
    for (const char *line = text; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL)
        if (strncmp(line, key, n) == 0 && line[n] == '=') {
            *len = strcspn(line + n + 1, "\n");
            return line[n + 1 + *len] == '\n' ? line + n + 1 : NULL;
        }
    return NULL;
}

static bool take_text(const char *text, const char *key, char *out, size_t size)
{
    size_t len = 0;
    const char *v = value(text, key, &len);
    return v && decode(v, len, out, size);
}

static bool take_number(const char *text, const char *key, int64_t *out)
{
    size_t len = 0;
    const char *v = value(text, key, &len);
    return v && number(v, len, out);
}

static bool take_count(const char *text, const char *key, unsigned *out)
{
    int64_t v = 0;
    bool found = take_number(text, key, &v) && v >= 0 && v <= UINT16_MAX;
    *out = (unsigned)v;
    return found;
}

enum err slip_read(const char *text, struct slip *s)
{
    char none[2];
    int64_t size = 0, sidecar = 0;
    memset(s, 0, sizeof(*s));
    bool whole = take_text(text, last_line, none, sizeof(none)) && take_text(text, "source", s->source, sizeof(s->source)) &&
                 take_text(text, "name", s->name, sizeof(s->name)) && take_text(text, "file", s->file, sizeof(s->file)) &&
                 take_number(text, "size", &size) && take_number(text, "claimed_at", &s->claimed_at) &&
                 take_number(text, "settled_at", &s->settled_at) && take_count(text, "deaths", &s->deaths) &&
                 take_count(text, "tries", &s->tries) && take_number(text, "not_before", &s->not_before) &&
                 take_text(text, "order", s->order, sizeof(s->order)) && take_number(text, "sidecar", &sidecar) &&
                 take_number(text, "sidecar_changed", &s->sidecar_changed);
    s->size = (uint64_t)size;
    s->sidecar = (uint64_t)sidecar;
    return whole && s->file[0] && !strchr(s->file, '/') ? ERR_OK : ERR_BAD;
}

/* The fields of a stamp like 20261122T012003Z. */
static bool stamp_read(const char *text, int64_t *seconds)
{
    struct tm t = {0};
    static const char form[] = "########T######Z";
    for (size_t i = 0; form[i]; i++)
        if (form[i] == '#' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            return false;
    int parts[6];
    static const int lengths[6] = {4, 2, 2, 2, 2, 2};
    const char *at = text;
    for (size_t i = 0; i < 6; i++) {
        parts[i] = 0;
        at += *at == 'T';
        for (int k = 0; k < lengths[i]; k++)
            parts[i] = parts[i] * 10 + (*at++ - '0');
    }
    t.tm_year = parts[0] - 1900;
    t.tm_mon = parts[1] - 1;
    t.tm_mday = parts[2];
    t.tm_hour = parts[3];
    t.tm_min = parts[4];
    t.tm_sec = parts[5];
    *seconds = (int64_t)timegm(&t);
    return true;
}

bool spool_id_read(const char *id, int64_t *claimed_at, char *source)
{
    enum { STAMP = 16 };
    if (strnlen(id, SPOOL_ID_MAX) >= SPOOL_ID_MAX || strlen(id) <= STAMP || !stamp_read(id, claimed_at) || id[STAMP] != '-')
        return false;
    size_t digits = strspn(id + STAMP + 1, "0123456789");
    const char *name = id + STAMP + 1 + digits;
    if (digits < 4 || *name != '-' || !name[1] || strlen(name + 1) >= SOURCE_NAME_MAX)
        return false;
    snprintf(source, SOURCE_NAME_MAX, "%s", name + 1);
    return source[strspn(source, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}
