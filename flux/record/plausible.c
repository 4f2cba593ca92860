#include "flux/record/plausible.h"

#include <stdint.h>
#include <string.h>

/* The character at s[0..left), which is well formed; *n: its bytes. */
static uint32_t char_at(const unsigned char *s, size_t *n)
{
    *n = s[0] < 0x80 ? 1 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    uint32_t c = *n == 1 ? s[0] : s[0] & (0xffu >> (*n + 1));
    for (size_t i = 1; i < *n; i++)
        c = c << 6 | (s[i] & 0x3f);
    return c;
}

/* ---- the wrong encoding ---- */

/* What windows-1252 makes of the bytes 0x80 to 0xbf. */
static bool is_trail_picture(uint32_t c)
{
    static const uint16_t high[] = {0x20ac, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030,
                                    0x0160, 0x2039, 0x0152, 0x017d, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
                                    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x017e, 0x0178};
    if (c >= 0x80 && c <= 0xbf)
        return true;
    for (size_t i = 0; i < sizeof high / sizeof high[0]; i++)
        if (high[i] == c)
            return true;
    return false;
}

/* The lead bytes of U+0080 to U+017F, and those of the euro and of curved quotes. */
static bool is_pair(uint32_t first, uint32_t second)
{
    if (first >= 0xc2 && first <= 0xc5)
        return is_trail_picture(second);
    return first == 0xe2 && (second == 0x20ac || second == 0x201a);
}

/* Whether one of the first characters of such a pair, or the lost one, may be there. */
static bool is_suspect(const unsigned char *s, size_t len)
{
    bool suspect = false;
    for (size_t i = 0; i + 1 < len; i++)
        suspect |= (s[i] == 0xc3 && ((s[i + 1] & 0xfe) == 0x82 || (s[i + 1] & 0xfe) == 0x84 || s[i + 1] == 0xa2)) || s[i] == 0xef;
    return suspect;
}

bool text_is_mojibake(const char *text, size_t len)
{
    enum { REPLACEMENT = 0xfffd };
    const unsigned char *s = (const unsigned char *)text;
    uint32_t before = 0;
    if (!is_suspect(s, len))
        return false;
    for (size_t i = 0, n = 0; i < len; i += n) {
        uint32_t c = char_at(s + i, &n);
        if (c == REPLACEMENT || is_pair(before, c))
            return true;
        before = c;
    }
    return false;
}

/* ---- names ---- */

enum kind { KIND_SIGN, KIND_JOINT, KIND_X, KIND_LETTER };

/* clang-format off */
#define L KIND_LETTER
static const uint8_t ascii_kinds[128] = {
    [' '] = KIND_JOINT, ['-'] = KIND_JOINT, ['\''] = KIND_JOINT, ['.'] = KIND_JOINT, ['X'] = KIND_X, ['x'] = KIND_X,
    ['A'] = L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, ['Y'] = L, L,
    ['a'] = L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, ['y'] = L, L,
};
#undef L
/* clang-format on */

/* Letters of every script are beyond the signs of Latin-1; those of punctuation and symbols stand between U+2000 and U+2BFF. */
static enum kind wide_kind(uint32_t c)
{
    if (c == 0xa0 || c == 0x2bc || c == 0x2010 || c == 0x2011 || c == 0x2018 || c == 0x2019)
        return KIND_JOINT;
    bool sign = c < 0xc0 || c == 0xd7 || c == 0xf7 || (c >= 0x2000 && c <= 0x2bff) || (c >= 0xe000 && c <= 0xf8ff) || c >= 0x1f000;
    return sign ? KIND_SIGN : KIND_LETTER;
}

static bool is_word(const char *text, size_t len, const char *word)
{
    for (size_t i = 0; i < len; i++)
        if ((text[i] & ~0x20) != word[i])
            return false;
    return word[len] == 0;
}

bool text_is_name(const char *text, size_t len)
{
    const unsigned char *s = (const unsigned char *)text;
    bool letters = false, other = false;
    for (size_t i = 0, n = 1; i < len; i += n) {
        n = 1;
        enum kind k = s[i] < 0x80 ? (enum kind)ascii_kinds[s[i]] : wide_kind(char_at(s + i, &n));
        if (k == KIND_SIGN)
            return false;
        letters |= k == KIND_LETTER;
        other = true;
    }
    bool stand_in = !letters || (len == 2 && is_word(text, len, "SP")) || (len == 3 && is_word(text, len, "SPC"));
    return !other || !stand_in;
}
