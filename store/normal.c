#include "store/normal.h"

#include <string.h>
#include <utf8proc.h>

#include "flux/base/utf8.h"

enum { NUMDEMRSA_LEN = 11, CAF_LEN = 7, DECOMPOSED_MAX = NORMAL_MAX };

/* Copies text upper-cased without its spaces; false when it is empty, longer than max, or holds something else than letters and digits. */
static bool compact(struct span text, size_t max, struct normal *out)
{
    out->len = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        if (c == ' ')
            continue;
        if (c >= 'a' && c <= 'z')
            c = (uint8_t)(c - 'a' + 'A');
        if (out->len == max || !((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'))) {
            out->len = 0;
            return false;
        }
        out->text[out->len++] = (char)c;
    }
    return out->len > 0;
}

static bool zeros_from(const struct normal *n, size_t from)
{
    for (size_t i = from; i < n->len; i++)
        if (n->text[i] != '0')
            return false;
    return true;
}

static bool none(struct normal *out)
{
    out->len = 0;
    return false;
}

static void pad(struct normal *n, size_t len)
{
    if (n->len >= len)
        return;
    memmove(n->text + len - n->len, n->text, n->len);
    memset(n->text, '0', len - n->len);
    n->len = len;
}

bool normal_numdemrsa(struct span text, struct normal *out)
{
    if (!compact(text, NORMAL_NUMBER - 1, out) || zeros_from(out, 0))
        return none(out);
    pad(out, NUMDEMRSA_LEN);
    return true;
}

bool normal_nir(struct span text, struct normal *out)
{
    if (!compact(text, NORMAL_NUMBER - 1, out) || (out->len != NORMAL_NIR && out->len != NORMAL_NIR + 2))
        return none(out);
    out->len = NORMAL_NIR;
    if (zeros_from(out, 0))
        return none(out);
    for (size_t i = 0; i < out->len; i++) {
        bool corsica = i == 6 && out->text[5] == '2' && (out->text[i] == 'A' || out->text[i] == 'B');
        if (!corsica && (out->text[i] < '0' || out->text[i] > '9'))
            return none(out);
    }
    return true;
}

static void cut_zeros(struct normal *n)
{
    if (n->len > CAF_LEN && zeros_from(n, CAF_LEN))
        n->len = CAF_LEN;
}

static void drop_leading_zeros(struct normal *n)
{
    size_t lead = 0;
    while (lead < n->len && n->text[lead] == '0')
        lead++;
    n->len -= lead;
    memmove(n->text, n->text + lead, n->len);
}

bool normal_matricule(struct span text, struct normal *out)
{
    if (!compact(text, NORMAL_NUMBER - 1, out) || zeros_from(out, 0))
        return none(out);
    cut_zeros(out);
    if (out->len >= NORMAL_NIR && out->text[0] != '0')
        return normal_nir(text, out);
    if (out->len > CAF_LEN) {
        drop_leading_zeros(out);
        cut_zeros(out);
    }
    pad(out, CAF_LEN);
    return true;
}

static bool is_letter(utf8proc_int32_t c)
{
    utf8proc_category_t category = utf8proc_category(c);
    return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
}

static bool put_char(struct normal *out, utf8proc_int32_t c)
{
    utf8proc_uint8_t bytes[4];
    utf8proc_ssize_t n = utf8proc_encode_char(c, bytes);
    if (n <= 0 || out->len + (size_t)n > sizeof out->text)
        return false;
    memcpy(out->text + out->len, bytes, (size_t)n);
    out->len += (size_t)n;
    return true;
}

/* Ligatures that Unicode does not decompose, though payers write them either way. */
static bool put_letter(struct normal *out, utf8proc_int32_t c)
{
    if (c == 0x153)
        return put_char(out, 'o') && put_char(out, 'e');
    if (c == 0xe6)
        return put_char(out, 'a') && put_char(out, 'e');
    return put_char(out, c);
}

/* What Unicode says of ASCII, said at once. */
static bool plain_name(struct span text, struct normal *out)
{
    bool parted = false;
    for (size_t i = 0; i < text.len && text.len <= sizeof out->text; i++) {
        uint8_t c = text.data[i];
        c = c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
        bool letter = c >= 'a' && c <= 'z';
        if (letter && parted)
            out->text[out->len++] = ' ';
        if (letter)
            out->text[out->len++] = (char)c;
        parted = !letter && out->len > 0;
    }
    return out->len > 0;
}

bool normal_name(struct span text, struct normal *out)
{
    utf8proc_int32_t points[DECOMPOSED_MAX];
    out->len = 0;
    if (utf8_plain((const char *)text.data, text.len))
        return plain_name(text, out);
    utf8proc_ssize_t count = utf8proc_decompose(text.data, (utf8proc_ssize_t)text.len, points, DECOMPOSED_MAX,
                                                UTF8PROC_DECOMPOSE | UTF8PROC_STRIPMARK | UTF8PROC_CASEFOLD | UTF8PROC_COMPAT);
    bool ok = count >= 0 && count <= DECOMPOSED_MAX, parted = false;
    for (utf8proc_ssize_t i = 0; ok && i < count; i++) {
        if (!is_letter(points[i])) {
            parted = out->len > 0;
            continue;
        }
        ok = (!parted || put_char(out, ' ')) && put_letter(out, points[i]);
        parted = false;
    }
    explicit_bzero(points, sizeof points);
    return ok && out->len > 0 ? true : none(out);
}
