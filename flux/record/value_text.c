#include "flux/record/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "flux/base/utf8.h"

enum { TEXT_CHARS_MAX = 255, TICKS_PER_SECOND = 10000, DAY_TICKS = 86400 * TICKS_PER_SECOND };

/* Only what value_encode writes: trimmed, printable, no longer than the schema allows. */
static bool text_fits(const struct node *leaf, struct span s)
{
    const char *text = (const char *)s.data;
    if (s.len == 0)
        return leaf->type != TYPE_DIGITS;
    size_t chars = utf8_count(text, s.len);
    if (chars > leaf->max_len || chars > TEXT_CHARS_MAX || !utf8_valid(text, s.len))
        return false;
    if (memchr(" \t\n\r", text[0], 4) || memchr(" \t\n\r", text[s.len - 1], 4))
        return false;
    for (size_t i = 0; i < s.len; i++) {
        bool control = s.data[i] < 0x20 || s.data[i] == 0x7f || (s.data[i] == 0xc2 && i + 1 < s.len && s.data[i + 1] < 0xa0);
        if (control || (leaf->type == TYPE_DIGITS && (s.data[i] < '0' || s.data[i] > '9')))
            return false;
    }
    return true;
}

static bool magnitude_fits(int64_t v, unsigned digits)
{
    int64_t limit = 1;
    for (unsigned i = 0; i < digits; i++)
        limit *= 10;
    return v > -limit && v < limit;
}

static bool date_fits(int64_t days)
{
    int64_t first, last;
    return date_to_days(1, 1, 1, &first) && date_to_days(9999, 12, 31, &last) && days >= first && days <= last;
}

static bool number_fits(const struct node *leaf, int64_t v)
{
    switch (leaf->type) {
    case TYPE_INTEGER:
        return magnitude_fits(v, leaf->max_len);
    case TYPE_AMOUNT:
        return magnitude_fits(v, leaf->max_len + 2u);
    case TYPE_DATE:
        return date_fits(v);
    case TYPE_TIME:
        return v >= 0 && v <= DAY_TICKS;
    default:
        return v == 0 || v == 1;
    }
}

enum err value_decode(const struct node *leaf, struct wire *w, struct value *v)
{
    v->type = (enum node_type)leaf->type;
    v->text = (struct span){0};
    v->number = 0;
    bool fits = false;
    switch (leaf->type) {
    case TYPE_TEXT:
    case TYPE_CODE:
    case TYPE_DIGITS:
        v->text = wire_bytes(w);
        fits = !w->err && text_fits(leaf, v->text);
        break;
    case TYPE_INTEGER:
    case TYPE_AMOUNT:
    case TYPE_DATE:
        v->number = wire_zigzag(w);
        fits = !w->err && number_fits(leaf, v->number);
        break;
    case TYPE_TIME: {
        uint64_t ticks = wire_varint(w);
        v->number = ticks > DAY_TICKS ? -1 : (int64_t)ticks;
        fits = !w->err && number_fits(leaf, v->number);
        break;
    }
    case TYPE_BOOL:
        v->number = wire_u8(w);
        fits = !w->err && number_fits(leaf, v->number);
        break;
    default:
        break;
    }
    return fits ? ERR_OK : ERR_FRAME;
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
