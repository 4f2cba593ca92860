#include "parsers/member_name.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "flux/base/utf8.h"

/* ---- paths ---- */

static bool is_slash(char c) { return c == '/' || c == '\\'; }

/* The next component of a path from *at on, "." and empty ones passed over; its length is 0 at the end. */
static const char *next_component(const char *raw, size_t len, size_t *at, size_t *n)
{
    for (;;) {
        while (*at < len && is_slash(raw[*at]))
            (*at)++;
        const char *start = raw + *at;
        while (*at < len && !is_slash(raw[*at]))
            (*at)++;
        *n = (size_t)(raw + *at - start);
        if (*n != 1 || *start != '.')
            return start;
    }
}

bool member_name_is_plain(const char *raw, size_t len, bool folder)
{
    if (len == 0 || len > MEMBER_PATH_MAX || memchr(raw, 0, len) || is_slash(raw[0]))
        return false;
    bool drive = len >= 2 && raw[1] == ':' && (raw[0] | 0x20) >= 'a' && (raw[0] | 0x20) <= 'z';
    if (drive)
        return false;
    size_t at = 0, n, components = 0;
    for (const char *c; (c = next_component(raw, len, &at, &n)), n; components++)
        if (n == 2 && memcmp(c, "..", 2) == 0)
            return false;
    return components > 0 || folder;
}

/* ---- shown ---- */

/* Characters that turn a line of a terminal around. Source: Unicode 15, bidirectional controls. */
static bool is_bidi(const char *p, size_t left)
{
    if (left < 3 || (uint8_t)p[0] != 0xe2)
        return false;
    uint8_t b = (uint8_t)p[1], c = (uint8_t)p[2];
    return (b == 0x80 && ((c >= 0xaa && c <= 0xae) || c == 0x8e || c == 0x8f)) || (b == 0x81 && c >= 0xa6 && c <= 0xa9);
}

void member_name_show(const char *raw, size_t len, char out[MEMBER_NAME_MAX])
{
    bool utf8 = utf8_valid(raw, len);
    size_t n = utf8 ? utf8_cut(raw, len, MEMBER_NAME_MAX - 1) : len < MEMBER_NAME_MAX ? len : MEMBER_NAME_MAX - 1;
    for (size_t i = 0; i < n; i++) {
        uint8_t c = (uint8_t)raw[i];
        out[i] = c < 0x20 || c == 0x7f || (!utf8 && c >= 0x80) ? '?' : raw[i];
        bool c1 = c == 0xc2 && i + 1 < n && (uint8_t)raw[i + 1] < 0xa0;
        size_t width = c1 ? 2 : is_bidi(raw + i, n - i) ? 3 : 1;
        if (utf8 && width > 1) {
            memset(out + i, '?', width);
            i += width - 1;
        }
    }
    out[n] = 0;
}

/* ---- compared ---- */

/* The path with plain slashes only, and nothing that changes nothing. */
static char *plain_path(const char *raw, size_t len)
{
    char *path = malloc(len + 2);
    size_t at = 0, n, to = 0;
    for (const char *c; path && ((c = next_component(raw, len, &at, &n)), n); to += n) {
        if (to)
            path[to++] = '/';
        memcpy(path + to, c, n);
    }
    if (path)
        path[to] = 0;
    return path;
}

static void fold_ascii(char *text)
{
    for (; *text; text++)
        if (*text >= 'A' && *text <= 'Z')
            *text = (char)(*text + 32);
}

/* What is not UTF-8 is folded as far as it is ASCII. */
static enum err fold(const char *raw, size_t len, char **ret)
{
    utf8proc_uint8_t *folded = NULL;
    char *path = plain_path(raw, len);
    if (!path)
        return ERR_NOMEM;
    utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)path, 0, &folded,
                                      UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
    if (n < 0)
        fold_ascii(path);
    *ret = n < 0 ? path : (char *)folded;
    if (n >= 0)
        free(path);
    return n == UTF8PROC_ERROR_NOMEM ? ERR_NOMEM : ERR_OK;
}

static enum err make_room(struct name_set *s)
{
    uint32_t cap = s->cap ? 2 * s->cap : 16;
    char **folded = realloc(s->folded, cap * sizeof *folded);
    if (!folded)
        return ERR_NOMEM;
    s->folded = folded;
    s->cap = cap;
    return ERR_OK;
}

enum err name_set_add(struct name_set *s, const char *raw, size_t len, bool *twice)
{
    *twice = false;
    if (s->count == s->cap && make_room(s))
        return ERR_NOMEM;
    enum err e = fold(raw, len, &s->folded[s->count]);
    if (e)
        return e;
    for (uint32_t i = 0; i < s->count && !*twice; i++)
        *twice = strcmp(s->folded[i], s->folded[s->count]) == 0;
    s->count++;
    return ERR_OK;
}

void name_set_free(struct name_set *s)
{
    for (uint32_t i = 0; i < s->count; i++)
        free(s->folded[i]);
    free(s->folded);
    *s = (struct name_set){0};
}
