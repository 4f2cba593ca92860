#include "cli/text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/i18n.h"
#include "flux/base/utf8.h"

void text_clean(struct buf *out, const char *text, size_t len)
{
    size_t begin = out->len;
    buf_put(out, text, len);
    if (!out->err)
        out->len = begin + utf8_clean((char *)out->data + begin, len);
}

char *text_clean_dup(const char *text)
{
    struct buf b;
    buf_init(&b, 1 << 20);
    text_clean(&b, text, strlen(text));
    buf_u8(&b, 0);
    char *copy = b.err ? NULL : strdup((const char *)b.data);
    buf_free(&b);
    return copy;
}

size_t text_width(const char *text)
{
    size_t n = 0;
    for (; *text; text++) {
        uint8_t c = (uint8_t)*text;
        bool combining = (c == 0xcc || c == 0xcd) && text[1] && (c == 0xcc || (uint8_t)text[1] < 0xb0);
        n += (c & 0xc0) != 0x80 && !combining;
    }
    return n;
}

static const char *separator(void) { return i18n_lang() == LANG_FR ? "\u202f" : ","; }

/* Digits with the separator between groups; the largest numbers stay together: with separators of three bytes they would not fit. */
static void group(struct buf *b, const char *digits, size_t len)
{
    const char *mark = len <= 12 ? separator() : "";
    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            buf_put(b, mark, strlen(mark));
        buf_u8(b, (uint8_t)digits[i]);
    }
}

static const char *held(struct buf *b, char out[TEXT_SHORT])
{
    snprintf(out, TEXT_SHORT, "%.*s", (int)b->len, b->data ? (const char *)b->data : "");
    buf_free(b);
    return out;
}

const char *text_number(uint64_t n, char out[TEXT_SHORT])
{
    char digits[TEXT_SHORT];
    struct buf b;
    buf_init(&b, 64);
    group(&b, digits, (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, n));
    return held(&b, out);
}

const char *text_amount(const char *canonical, char out[TEXT_SHORT])
{
    struct buf b;
    buf_init(&b, 64);
    size_t sign = canonical[0] == '-', whole = strcspn(canonical + sign, ".");
    buf_put(&b, canonical, sign);
    group(&b, canonical + sign, whole);
    canonical += sign + whole;
    if (*canonical == '.') {
        buf_u8(&b, i18n_lang() == LANG_FR ? ',' : '.');
        buf_put(&b, canonical + 1, strlen(canonical + 1));
    }
    return held(&b, out);
}

const char *text_bytes(uint64_t n, char out[TEXT_SHORT])
{
    const char *units[] = {_("B"), _("kB"), _("MB"), _("GB"), _("TB")};
    uint64_t tenths = n * 10;
    size_t unit = 0;
    while (tenths >= 10000 && unit + 1 < sizeof(units) / sizeof(units[0])) {
        tenths = (tenths + 500) / 1000;
        unit++;
    }
    if (unit == 0)
        snprintf(out, TEXT_SHORT, "%" PRIu64 " %s", n, units[0]);
    else
        snprintf(out, TEXT_SHORT, "%" PRIu64 "%s%" PRIu64 " %s", tenths / 10, i18n_lang() == LANG_FR ? "," : ".", tenths % 10, units[unit]);
    return out;
}

static bool is_iso_date(const char *text)
{
    return strlen(text) == 10 && text[4] == '-' && text[7] == '-' && strspn(text, "0123456789-") == 10;
}

const char *text_month(const char *iso, char out[TEXT_SHORT])
{
    if (!is_iso_date(iso))
        snprintf(out, TEXT_SHORT, "%.*s", TEXT_SHORT - 1, iso);
    else if (i18n_lang() == LANG_FR)
        snprintf(out, TEXT_SHORT, "%.2s/%.4s", iso + 5, iso);
    else
        snprintf(out, TEXT_SHORT, "%.7s", iso);
    return out;
}

const char *text_date(const char *iso, char out[TEXT_SHORT])
{
    if (is_iso_date(iso) && i18n_lang() == LANG_FR)
        snprintf(out, TEXT_SHORT, "%.2s/%.2s/%.4s", iso + 8, iso + 5, iso);
    else
        snprintf(out, TEXT_SHORT, "%.*s", TEXT_SHORT - 1, iso);
    return out;
}

enum moment_form { MOMENT_WHOLE, MOMENT_NO_YEAR, MOMENT_NO_HOUR };

static const char *moment(int64_t seconds, enum moment_form form, char out[TEXT_SHORT])
{
    struct tm tm;
    time_t t = (time_t)seconds;
    bool fr = i18n_lang() == LANG_FR;
    out[0] = '\0';
    if (!localtime_r(&t, &tm))
        return out;
    if (form == MOMENT_WHOLE)
        strftime(out, TEXT_SHORT, fr ? "%d/%m/%Y %H:%M" : "%Y-%m-%d %H:%M", &tm);
    else if (form == MOMENT_NO_YEAR)
        strftime(out, TEXT_SHORT, fr ? "%d/%m %H:%M" : "%m-%d %H:%M", &tm);
    else
        strftime(out, TEXT_SHORT, fr ? "%d/%m/%Y" : "%Y-%m-%d", &tm);
    return out;
}

const char *text_moment(int64_t seconds, char out[TEXT_SHORT]) { return moment(seconds, MOMENT_WHOLE, out); }

/* Within so many days, day and month are of one year only. */
const char *text_moment_short(int64_t seconds, int64_t now, char out[TEXT_SHORT])
{
    enum { DAYS = 300, DAY_SECONDS = 86400 };
    bool lately = seconds <= now && now - seconds < (int64_t)DAYS * DAY_SECONDS;
    return moment(seconds, lately ? MOMENT_NO_YEAR : MOMENT_NO_HOUR, out);
}

const char *text_duration(uint64_t ms, char out[TEXT_SHORT])
{
    const char *point = i18n_lang() == LANG_FR ? "," : ".";
    if (ms < 1000)
        snprintf(out, TEXT_SHORT, "%" PRIu64 " ms", ms);
    else if (ms < 60000)
        snprintf(out, TEXT_SHORT, "%" PRIu64 "%s%" PRIu64 " s", ms / 1000, point, ms % 1000 / 100);
    else
        snprintf(out, TEXT_SHORT, "%" PRIu64 " min %02" PRIu64 " s", ms / 60000, ms / 1000 % 60);
    return out;
}

void text_hex(const uint8_t *data, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[data[i] >> 4];
        out[2 * i + 1] = digits[data[i] & 15];
    }
    out[2 * n] = '\0';
}
