#include "flux/record/value.h"

#include <string.h>

#include "flux/base/utf8.h"
#include "flux/base/wipe.h"
#include "flux/record/nir.h"
#include "flux/record/plausible.h"

/* XML white space, the only one that XML Schema collapses. */
static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct text {
    const char *at;
    size_t len;
};

static struct text trim(const char *at, size_t len)
{
    while (len && is_space(at[0]))
        at++, len--;
    while (len && is_space(at[len - 1]))
        len--;
    return (struct text){at, len};
}

static bool take(struct text *t, char c)
{
    if (!t->len || t->at[0] != c)
        return false;
    t->at++, t->len--;
    return true;
}

/* Takes exactly n digits. */
static bool take_number(struct text *t, size_t n, int *out)
{
    if (t->len < n)
        return false;
    *out = 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_digit(t->at[i]))
            return false;
        *out = *out * 10 + (t->at[i] - '0');
    }
    t->at += n, t->len -= n;
    return true;
}

static size_t count_digits(struct text t)
{
    size_t n = 0;
    while (n < t.len && is_digit(t.at[n]))
        n++;
    return n;
}

/* What may follow a date or a time: nothing, Z, +hh:mm or -hh:mm up to 14:00. */
static bool take_zone(struct text *t, bool *zone)
{
    *zone = t->len > 0;
    if (!*zone || take(t, 'Z'))
        return t->len == 0;
    int hours, minutes;
    if (!take(t, '+') && !take(t, '-'))
        return false;
    if (!take_number(t, 2, &hours) || !take(t, ':') || !take_number(t, 2, &minutes) || t->len)
        return false;
    return minutes <= 59 && (hours < 14 || (hours == 14 && minutes == 0));
}

/* ---- text ---- */

static enum finding_code judge_nir(struct text t)
{
    struct nir nir;
    enum finding_code code = t.len ? nir_judge(t.at, t.len, &nir) : FINDING_NONE;
    wipe(&nir, sizeof nir);
    return code;
}

/* What is odd in a text that is taken: the most useful first. */
static enum finding_code judge_oddity(const struct node *leaf, struct text t, bool plain)
{
    enum { NUMDEMRSA_LEN = 11 };
    if (leaf->list != LIST_NONE && t.len && !code_label((enum code_list)leaf->list, t.at, t.len))
        return V_CODE;
    if (!plain && text_is_mojibake(t.at, t.len))
        return V_MOJIBAKE;
    if (leaf->rule == RULE_NAME)
        return text_is_name(t.at, t.len) ? FINDING_NONE : V_NAME;
    if (leaf->rule == RULE_NUMDEMRSA)
        return t.len == 0 || (plain ? t.len : utf8_count(t.at, t.len)) == NUMDEMRSA_LEN ? FINDING_NONE : V_NUMDEMRSA;
    return FINDING_NONE;
}

static enum finding_code encode_text(const struct node *leaf, struct text raw, struct text t, struct buf *out)
{
    size_t max = leaf->max_len;
    /* Bytes bound characters from above, so counting is for the rare long ones. */
    bool padded = raw.len > max && utf8_count(raw.at, raw.len) > max;
    if (padded && utf8_count(t.at, t.len) > max)
        return V_LENGTH;
    bool plain = utf8_plain(t.at, t.len);
    if (!plain && !utf8_printable(t.at, t.len))
        return padded ? V_LENGTH : V_CHARACTER;
    enum finding_code code = leaf->type == TYPE_NIR ? judge_nir(t) : judge_oddity(leaf, t, plain);
    /* Set aside either way: what the schema forbids is said first. */
    if (code && finding_rule(code)->cost < COST_WARNING)
        return padded ? V_LENGTH : code;
    buf_bytes(out, t.at, t.len);
    return padded ? V_PADDED : code;
}

/* ---- numbers ---- */

static void skip_zeros(struct text *t)
{
    while (t->len && t->at[0] == '0')
        t->at++, t->len--;
}

static enum finding_code encode_digits(const struct node *leaf, struct text t, struct buf *out)
{
    bool sign = take(&t, '+') || take(&t, '-');
    if (t.len == 0 || count_digits(t) != t.len)
        return V_INTEGER;
    struct text significant = t;
    skip_zeros(&significant);
    if (significant.len > leaf->max_len)
        return V_LENGTH;
    if (sign)
        return V_RANGE;
    if (leaf->rule == RULE_MATRICULE && significant.len == 0)
        return V_MATRICULE;
    while (t.len > leaf->max_len)
        t.at++, t.len--;
    /* A rank is written 1 or 01 by the payers: one form. */
    bool short_rank = leaf->list == LIST_RGADR && t.len == 1;
    buf_varint(out, t.len + short_rank);
    if (short_rank)
        buf_u8(out, '0');
    buf_put(out, t.at, t.len);
    if (leaf->list == LIST_NONE)
        return FINDING_NONE;
    const char *stored = (const char *)out->data + out->len - t.len - short_rank;
    return out->err || code_label((enum code_list)leaf->list, stored, t.len + short_rank) ? FINDING_NONE : V_CODE;
}

static int64_t digits_value(struct text t)
{
    int64_t v = 0;
    for (size_t i = 0; i < t.len; i++)
        v = v * 10 + (t.at[i] - '0');
    return v;
}

static enum finding_code encode_integer(const struct node *leaf, struct text t, struct buf *out)
{
    bool negative = take(&t, '-');
    if (!negative)
        take(&t, '+');
    if (t.len == 0 || count_digits(t) != t.len)
        return V_INTEGER;
    skip_zeros(&t);
    if (t.len > leaf->max_len)
        return V_LENGTH;
    buf_zigzag(out, negative ? -digits_value(t) : digits_value(t));
    return FINDING_NONE;
}

static enum finding_code encode_amount(const struct node *leaf, struct text t, struct buf *out)
{
    bool negative = take(&t, '-');
    if (!negative)
        take(&t, '+');
    struct text whole = {t.at, count_digits(t)};
    t.at += whole.len, t.len -= whole.len;
    bool point = take(&t, '.');
    struct text part = {t.at, count_digits(t)};
    if (part.len != t.len || whole.len + part.len == 0 || (t.len && !point))
        return V_AMOUNT;
    skip_zeros(&whole);
    while (part.len && part.at[part.len - 1] == '0')
        part.len--;
    if (part.len > 2 || whole.len + part.len > leaf->max_len)
        return V_LENGTH;
    int64_t cents = digits_value(part) * (part.len == 1 ? 10 : 1) + digits_value(whole) * 100;
    buf_zigzag(out, negative ? -cents : cents);
    return negative && cents && leaf->rule == RULE_POSITIVE ? V_NEGATIVE : FINDING_NONE;
}

static enum finding_code encode_bool(struct text t, struct buf *out)
{
    bool one = (t.len == 1 && t.at[0] == '1') || (t.len == 4 && memcmp(t.at, "true", 4) == 0);
    bool zero = (t.len == 1 && t.at[0] == '0') || (t.len == 5 && memcmp(t.at, "false", 5) == 0);
    if (!one && !zero)
        return V_BOOL;
    buf_u8(out, one);
    return FINDING_NONE;
}

/* ---- days and times ---- */

/* A year of more than four digits, or before year 1, is a date for the schema and never one for us. */
static enum finding_code judge_odd_year(struct text t)
{
    bool negative = take(&t, '-');
    size_t n = count_digits(t);
    bool zeros = n >= 4;
    for (size_t i = 0; i < n; i++)
        zeros = zeros && t.at[i] == '0';
    if (n < 4 || zeros || (n > 4 && t.at[0] == '0') || (n == 4 && !negative))
        return V_DATE;
    int last4, month, day;
    t.at += n - 4, t.len -= n - 4;
    bool zone;
    int64_t days;
    if (!take_number(&t, 4, &last4) || !take(&t, '-') || !take_number(&t, 2, &month) || !take(&t, '-') || !take_number(&t, 2, &day))
        return V_DATE;
    /* Leap years come back every 400 years, so the last four digits tell the length of a February. */
    int like = last4 % 400 + 2000;
    return date_to_days(like, month, day, &days) && take_zone(&t, &zone) ? V_RANGE : V_DATE;
}

static enum finding_code encode_date(struct text t, struct buf *out)
{
    const struct text whole = t;
    int year, month, day;
    int64_t days;
    bool zone;
    if (count_digits(t) != 4 || !take_number(&t, 4, &year))
        return judge_odd_year(whole);
    if (!take(&t, '-') || !take_number(&t, 2, &month) || !take(&t, '-') || !take_number(&t, 2, &day))
        return V_DATE;
    if (!date_to_days(year, month, day, &days) || !take_zone(&t, &zone))
        return V_DATE;
    if (days < DATE_FIRST || days > DATE_LAST)
        return V_RANGE;
    buf_zigzag(out, days);
    return zone ? V_TIMEZONE : FINDING_NONE;
}

static enum finding_code encode_time(struct text t, struct buf *out)
{
    int hour, minute, second, part = 0;
    bool zone, part_zero = true;
    if (!take_number(&t, 2, &hour) || !take(&t, ':') || !take_number(&t, 2, &minute) || !take(&t, ':') || !take_number(&t, 2, &second))
        return V_TIME;
    if (take(&t, '.')) {
        size_t n = count_digits(t);
        if (n == 0)
            return V_TIME;
        for (size_t i = 0; i < n || i < 4; i++) {
            int digit = i < n ? t.at[i] - '0' : 0;
            part_zero = part_zero && digit == 0;
            if (i < 4)
                part = part * 10 + digit;
        }
        t.at += n, t.len -= n;
    }
    bool midnight = hour == 24 && minute == 0 && second == 0 && part_zero;
    if ((hour > 23 && !midnight) || minute > 59 || second > 59 || !take_zone(&t, &zone))
        return V_TIME;
    buf_varint(out, (uint64_t)(((hour * 60 + minute) * 60 + second)) * 10000 + (uint64_t)part);
    return zone ? V_TIMEZONE : FINDING_NONE;
}

enum finding_code value_encode(const struct node *leaf, const char *text, size_t len, struct buf *out)
{
    struct text raw = {text, len}, t = trim(text, len);
    bool words = leaf->type == TYPE_TEXT || leaf->type == TYPE_CODE || leaf->type == TYPE_NIR;
    if (!words && t.len == 0)
        return V_EMPTY;
    switch (leaf->type) {
    case TYPE_TEXT:
    case TYPE_CODE:
    case TYPE_NIR:
        return encode_text(leaf, raw, t, out);
    case TYPE_DIGITS:
        return encode_digits(leaf, t, out);
    case TYPE_INTEGER:
        return encode_integer(leaf, t, out);
    case TYPE_AMOUNT:
        return encode_amount(leaf, t, out);
    case TYPE_DATE:
        return encode_date(t, out);
    case TYPE_TIME:
        return encode_time(t, out);
    case TYPE_BOOL:
        return encode_bool(t, out);
    default:
        return V_CHILD;
    }
}
