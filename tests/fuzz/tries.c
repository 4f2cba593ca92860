#include "tests/fuzz/tries.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* `#` stands for as many nines as the type has digits, `~` for two fewer; a `#` behind `&` stands for itself. */
static const char *const of_any[] = {"",         " ",     "\n\t ",  "x",      "\xC3\xA9",     "0", "-1", "<b/>",
                                     "\xD9\xA0", "&#10;", "&#160;", "&#x85;", "<![CDATA[]]>", "]"};
static const char *const of_integer[] = {
    "#",
    "#9",
    "-#",
    "+#",
    "000#",
    " #\n",
    "~",
    "1.0",
    "1.",
    "1e1",
    "-0",
    "00",
    "+",
    "-",
    "+-1",
    "0x1",
    "1 1",
    "-#0",
    "+0",
    "01",
    "1,0",
    "00000000000000000000000000000000000000001",
    "+01",
    "- 1",
    "&#49;",
    "1<!-- -->",
    "9999999999999999999999999",
    "-00000000000000000000000000000",
    "\302\2401",
    "99999999999999999999",
};
static const char *const of_amount[] = {
    "~.99",
    "~9.99",
    "~9",
    "~99",
    "#",
    "#9",
    "-~.99",
    "+~.9",
    "~.990",
    "~.9900",
    "~.999",
    "000~.99",
    ".5",
    "5.",
    ".",
    "-.5",
    "1,5",
    "1e3",
    "INF",
    "NaN",
    " 1.50 ",
    "0.001",
    "0.010",
    "-0.00",
    "+1.50",
    "1675,00",
    "0001675.00",
    "1 000.00",
    "0.00000",
    "-",
    "+",
    "+-1",
    ".0000000000001",
    "1.5.0",
    "-0",
    "00",
    "1.000000000000000000000000000000",
    "0.000000000000000000000000000000",
    "00000000000000000000000000000.10",
    "123456789012345678901234567890",
    "1.5\xC2\xA0",
    "$1",
    "1.50\xE2\x82\xAC",
    "0.1",
    "0.01",
    "10.00",
    "#.00",
    "#.0",
    "-#.000",
    "1.<!-- -->50",
    "#.1",
    "0.00#",
};
static const char *const of_date[] = {
    "2024-02-29",         "2023-02-29",       "2024-02-30",       "2022-02-30",
    "2021-02-29",         "2024-13-01",       "2024-00-01",       "2024-01-00",
    "2024-01-32",         "2024-1-1",         "0000-01-01",       "0001-01-01",
    "-0001-01-01",        "-0004-02-29",      "-0001-02-29",      "-0005-02-29",
    "9999-12-31",         "10000-01-01",      "12000-02-29",      "12100-02-29",
    "01999-01-01",        "-0000-01-01",      "99999-02-30",      "2024-01-01Z",
    "2024-01-01+02:00",   "2024-01-01-14:00", "2024-01-01+14:00", "2024-01-01+14:01",
    "2024-01-01-14:30",   "2024-01-01+15:00", "2024-01-01+00:60", "2024-01-01+1:00",
    "2024-01-01-00:00",   "2024-01-01+0100",  "2024-01-01 Z",     "2024-01-01T00:00:00",
    "20240101",           "01/01/2024",       " 2024-01-01\t",    "2024-01-01 ",
    "1900-02-29",         "2000-02-29",       "2024-04-31",       "+2024-01-01",
    "2024-01-01z",        "2024-01",          "24-01-01",         "2024-01-01\xC2\xA0",
    "2024-<!-- -->01-01", "2024&#45;01-01",   "2024-01-011",      "2024-01-01ZZ",
    "- 2024-01-01",       "2024--01-01",      "1999999999-01-01", "99999999999999999999-01-01",
    "0999-06-30",         "2024-06-31",       "2100-02-29",       "2400-02-29",
};
static const char *const of_time[] = {
    "00:00:00",
    "23:59:59",
    "24:00:00",
    "24:00:01",
    "24:00:00.0",
    "24:00:00.001",
    "24:01:00",
    "23:60:00",
    "23:59:60",
    "12:30",
    "12:30:15.5",
    "12:30:15.",
    "12:30:15Z",
    "12:30:15+01:00",
    "12:30:15-14:00",
    "12:30:15+14:01",
    "24:00:00Z",
    "25:00:00",
    " 12:30:15 ",
    "1:02:03",
    "12.30.15",
    "123015",
    "12:30:15.1234567",
    "12:30:15.00000000000000000000000000000",
    "12:30:15,5",
    "-12:30:15",
    "12:30:5",
    "12:30:15.5.5",
    "12:30:15z",
    "12:30:15.0000",
    "23:59:59.99999999999999999999",
    "12:3<!-- -->0:15",
    "12:30:15 +01:00",
    "12:30:150",
    "59:59:59",
    "24:00:00.0000+02:00",
};
static const char *const of_bool[] = {
    "true", "false", "1",  "0", "TRUE",         "True",       "O",  "N", " true ", "01",        "tru",
    "oui",  "\n1\n", "10", "t", "tr<!-- -->ue", "true false", "0 ", "2", "&#49;",  "\302\2401",
};
/* Each repeated to one below, at, and one above the longest length, then one below with a blank on either side. */
static const char *const of_text[] = {"A",     "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", " ",        "\n",
                                      "&amp;", "]",        "e\xCC\x81",    "&#x1F600;",        "\xC2\x85", "&#13;"};

#define COUNT(a) ((unsigned)(sizeof(a) / sizeof(a)[0]))
enum { REPEATS = 5 };

static const char *const *table_of(const struct node *leaf, unsigned *count)
{
    switch (leaf->type) {
    case TYPE_DIGITS:
    case TYPE_INTEGER:
        *count = COUNT(of_integer);
        return of_integer;
    case TYPE_AMOUNT:
        *count = COUNT(of_amount);
        return of_amount;
    case TYPE_DATE:
        *count = COUNT(of_date);
        return of_date;
    case TYPE_TIME:
        *count = COUNT(of_time);
        return of_time;
    case TYPE_BOOL:
        *count = COUNT(of_bool);
        return of_bool;
    default:
        *count = COUNT(of_text) * REPEATS;
        return NULL;
    }
}

unsigned tries_count(const struct node *leaf)
{
    unsigned n;
    table_of(leaf, &n);
    return COUNT(of_any) + n;
}

static size_t add(char text[TRY_MAX], size_t len, const char *what)
{
    size_t n = strlen(what);
    if (len + n >= TRY_MAX)
        return len;
    memcpy(text + len, what, n + 1);
    return len + n;
}

static void repeat(const struct node *leaf, const char *what, unsigned how, char text[TRY_MAX])
{
    unsigned times = how == 3 || how == 0 ? leaf->max_len - 1u : how == 2 ? leaf->max_len + 1u : leaf->max_len;
    size_t len = how >= 3 ? add(text, 0, " ") : 0;
    for (unsigned i = 0; i < times; i++)
        len = add(text, len, what);
    if (how == 4)
        add(text, len, "\n");
}

static void spread(const struct node *leaf, const char *pattern, char text[TRY_MAX])
{
    size_t len = 0;
    for (char before = 0; *pattern; before = *pattern++) {
        bool all = *pattern == '#' && before != '&', fewer = *pattern == '~';
        unsigned nines = all ? leaf->max_len : leaf->max_len > 2 ? leaf->max_len - 2u : 0;
        if (!all && !fewer)
            len = add(text, len, (char[2]){*pattern, 0});
        for (unsigned i = 0; i < nines && (all || fewer); i++)
            len = add(text, len, "9");
    }
}

void tries_text(const struct node *leaf, unsigned i, char text[TRY_MAX])
{
    unsigned n;
    const char *const *table = table_of(leaf, &n);
    text[0] = 0;
    if (i < COUNT(of_any))
        add(text, 0, of_any[i]);
    else if (table)
        spread(leaf, table[(i - COUNT(of_any)) % n], text);
    else
        repeat(leaf, of_text[(i - COUNT(of_any)) / REPEATS % COUNT(of_text)], (i - COUNT(of_any)) % REPEATS, text);
}
