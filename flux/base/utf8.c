#include "flux/base/utf8.h"

#include <stdint.h>
#include <string.h>

size_t utf8_count(const char *text, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        n += ((unsigned char)text[i] & 0xc0) != 0x80;
    return n;
}

/* Length of the well-formed character c at s, 0 when there is none. */
static size_t char_at(const unsigned char *s, size_t left, uint32_t *c)
{
    static const struct {
        unsigned char mask, lead;
        uint32_t lowest;
    } forms[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
    for (size_t n = 1; n <= 4; n++) {
        if ((s[0] & forms[n - 1].mask) != forms[n - 1].lead)
            continue;
        if (n > left)
            return 0;
        *c = s[0] & (uint32_t)(unsigned char)~forms[n - 1].mask;
        for (size_t i = 1; i < n; i++) {
            if ((s[i] & 0xc0) != 0x80)
                return 0;
            *c = *c << 6 | (s[i] & 0x3f);
        }
        bool surrogate = *c >= 0xd800 && *c <= 0xdfff;
        return *c < forms[n - 1].lowest || *c > 0x10ffff || surrogate ? 0 : n;
    }
    return 0;
}

bool utf8_valid(const char *text, size_t len)
{
    const unsigned char *s = (const unsigned char *)text;
    uint32_t c;
    for (size_t i = 0; i < len;) {
        size_t n = s[i] < 0x80 ? 1 : char_at(s + i, len - i, &c);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

/* Whether one of eight bytes is below 0x20, 0x7f, or above. Source: Bit Twiddling Hacks, hasless and haszero. */
static bool has_odd(uint64_t x)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
    uint64_t del = x ^ (ones * 0x7f);
    return ((x | ((x - ones * 0x20) & ~x) | ((del - ones) & ~del)) & tops) != 0;
}

static uint64_t load(const char *text)
{
    uint64_t x;
    memcpy(&x, text, sizeof x);
    return x;
}

/* Fewer than eight bytes as eight, some of them twice. */
static uint64_t load_few(const char *text, size_t len)
{
    const unsigned char *s = (const unsigned char *)text;
    if (len < 4)
        return s[0] | (uint64_t)s[len / 2] << 8 | (uint64_t)s[len - 1] << 16 | UINT64_C(0x2020202020) << 24;
    uint32_t first, last;
    memcpy(&first, text, sizeof first);
    memcpy(&last, text + len - sizeof last, sizeof last);
    return first | (uint64_t)last << 32;
}

bool utf8_plain(const char *text, size_t len)
{
    if (len < sizeof(uint64_t))
        return len == 0 || !has_odd(load_few(text, len));
    for (size_t i = 0; i + sizeof(uint64_t) < len; i += sizeof(uint64_t))
        if (has_odd(load(text + i)))
            return false;
    return !has_odd(load(text + len - sizeof(uint64_t)));
}

bool utf8_printable(const char *text, size_t len)
{
    if (utf8_plain(text, len))
        return true;
    const unsigned char *s = (const unsigned char *)text;
    for (size_t i = 0; i < len; i++)
        if (s[i] < 0x20 || s[i] == 0x7f || (s[i] == 0xc2 && i + 1 < len && s[i + 1] < 0xa0))
            return false;
    return utf8_valid(text, len);
}

size_t utf8_cut(const char *text, size_t len, size_t max)
{
    if (len <= max)
        return len;
    while (max && ((unsigned char)text[max] & 0xc0) == 0x80)
        max--;
    return max;
}

static bool harmless(uint32_t c)
{
    bool control = c < 0x20 || (c >= 0x7f && c < 0xa0);
    bool direction = c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
    bool line = c == 0x2028 || c == 0x2029 || c == 0xfeff;
    return !control && !direction && !line;
}

size_t utf8_clean(char *text, size_t len)
{
    size_t end = 0;
    for (size_t i = 0; i < len;) {
        uint32_t c = 0;
        size_t n = char_at((const unsigned char *)text + i, len - i, &c);
        bool stays = n && harmless(c);
        if (stays)
            memmove(text + end, text + i, n);
        else
            text[end] = '?';
        end += stays ? n : 1;
        i += n ? n : 1;
    }
    return end;
}
