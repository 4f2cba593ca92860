#include "flux/record/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "flux/base/utf8.h"
#include "flux/base/wipe.h"
#include "flux/record/nir.h"

enum { TEXT_CHARS_MAX = 255, TICKS_PER_SECOND = 10000, DAY_TICKS = 86400 * TICKS_PER_SECOND };

static bool is_space(uint8_t c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

static bool only_digits(struct span s)
{
    bool digits = true;
    for (size_t i = 0; i < s.len; i++)
        digits &= s.data[i] >= '0' && s.data[i] <= '9';
    return digits;
}

static bool nir_fits(struct span s)
{
    struct nir nir;
    bool sound = finding_rule(nir_judge((const char *)s.data, s.len, &nir))->cost > COST_FIELD;
    wipe(&nir, sizeof nir);
    return sound;
}

static bool only_zeros(struct span s)
{
    bool zeros = true;
    for (size_t i = 0; i < s.len; i++)
        zeros &= s.data[i] == '0';
    return zeros;
}

static bool digits_fit(const struct node *leaf, struct span s)
{
    bool fit = s.len <= leaf->max_len && s.len <= TEXT_CHARS_MAX && only_digits(s);
    return fit && (leaf->rule != RULE_MATRICULE || !only_zeros(s));
}

/* Only what value_encode writes: trimmed, printable, no longer than the schema allows. */
static bool text_fits(const struct node *leaf, struct span s)
{
    const char *text = (const char *)s.data;
    if (s.len == 0)
        return leaf->type != TYPE_DIGITS;
    if (leaf->type == TYPE_DIGITS)
        return digits_fit(leaf, s);
    bool plain = utf8_plain(text, s.len);
    size_t chars = plain ? s.len : utf8_count(text, s.len);
    if (chars > leaf->max_len || chars > TEXT_CHARS_MAX || is_space(s.data[0]) || is_space(s.data[s.len - 1]))
        return false;
    return (plain || utf8_printable(text, s.len)) && (leaf->type != TYPE_NIR || nir_fits(s));
}

static bool magnitude_fits(int64_t v, unsigned digits)
{
    /* clang-format off */
    static const int64_t limits[] = {
        1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000, 1000000000000,
        10000000000000, 100000000000000, 1000000000000000, 10000000000000000, 100000000000000000, 1000000000000000000};
    /* clang-format on */
    int64_t limit = limits[digits];
    return v > -limit && v < limit;
}

static bool value_fits(const struct node *leaf, const struct value *v)
{
    switch (leaf->type) {
    case TYPE_TEXT:
    case TYPE_CODE:
    case TYPE_NIR:
    case TYPE_DIGITS:
        return text_fits(leaf, v->text);
    case TYPE_INTEGER:
        return magnitude_fits(v->number, leaf->max_len);
    case TYPE_AMOUNT:
        return magnitude_fits(v->number, leaf->max_len + 2u);
    case TYPE_DATE:
        return v->number >= DATE_FIRST && v->number <= DATE_LAST;
    case TYPE_TIME:
        return v->number >= 0 && v->number <= DAY_TICKS;
    case TYPE_BOOL:
        return v->number == 0 || v->number == 1;
    default:
        return false;
    }
}

enum err value_read(const struct node *leaf, struct wire *w, struct value *v)
{
    v->type = (enum node_type)leaf->type;
    v->text = (struct span){0};
    v->number = 0;
    switch (leaf->type) {
    case TYPE_TEXT:
    case TYPE_CODE:
    case TYPE_NIR:
    case TYPE_DIGITS:
        v->text = wire_bytes(w);
        break;
    case TYPE_INTEGER:
    case TYPE_AMOUNT:
    case TYPE_DATE:
        v->number = wire_zigzag(w);
        break;
    case TYPE_TIME:
        v->number = (int64_t)wire_varint(w);
        break;
    case TYPE_BOOL:
        v->number = wire_u8(w);
        break;
    default:
        return ERR_FRAME;
    }
    return w->err;
}

enum err value_decode(const struct node *leaf, struct wire *w, struct value *v)
{
    enum err e = value_read(leaf, w, v);
    return e || value_fits(leaf, v) ? e : ERR_FRAME;
}

static int time_text(int64_t ticks, char *text, size_t size)
{
    int64_t s = ticks / TICKS_PER_SECOND, part = ticks % TICKS_PER_SECOND;
    int n = snprintf(text, size, "%02d:%02d:%02d", (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
    if (part == 0)
        return n;
    n += snprintf(text + n, size - (size_t)n, ".%04d", (int)part);
    while (text[n - 1] == '0')
        text[--n] = 0;
    return n;
}

static int date_text(int64_t days, char *text, size_t size)
{
    int year, month, day;
    date_from_days(days, &year, &month, &day);
    return snprintf(text, size, "%04d-%02d-%02d", year, month, day);
}

size_t value_text(const struct value *v, char text[VALUE_TEXT_MAX])
{
    int n = 0;
    switch (v->type) {
    case TYPE_INTEGER:
        n = snprintf(text, VALUE_TEXT_MAX, "%" PRId64, v->number);
        break;
    case TYPE_AMOUNT: {
        int64_t cents = v->number < 0 ? -v->number : v->number;
        n = snprintf(text, VALUE_TEXT_MAX, "%s%" PRId64 ".%02d", v->number < 0 ? "-" : "", cents / 100, (int)(cents % 100));
        break;
    }
    case TYPE_DATE:
        n = date_text(v->number, text, VALUE_TEXT_MAX);
        break;
    case TYPE_TIME:
        n = time_text(v->number, text, VALUE_TEXT_MAX);
        break;
    case TYPE_BOOL:
        n = snprintf(text, VALUE_TEXT_MAX, "%s", v->number ? "true" : "false");
        break;
    default:
        n = snprintf(text, VALUE_TEXT_MAX, "%.*s", (int)v->text.len, v->text.len ? (const char *)v->text.data : "");
        break;
    }
    return n > 0 ? (size_t)n : 0;
}
