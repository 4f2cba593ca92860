#include "flux/record/nir.h"

enum { NIR_BODY = 13, NIR_WHOLE = 15, LETTER_AT = 6 };

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static unsigned digit(char c) { return (unsigned)(c - '0'); }

/* Copies the characters that count; their number, beyond NIR_WHOLE when there are more. */
static size_t compact(const char *text, size_t len, char out[NIR_WHOLE])
{
    size_t n = 0;
    for (size_t i = 0; i < len && n <= NIR_WHOLE; i++) {
        char c = text[i];
        if (c == ' ')
            continue;
        if (n < NIR_WHOLE)
            out[n] = c;
        n++;
    }
    return n;
}

/* 1 and 2 for the letters of Corsica, which stand after a 2 and at one place only; 0 for anything else. */
static unsigned corsica_of(const char c[NIR_WHOLE])
{
    char letter = (char)(c[LETTER_AT] & ~0x20);
    return c[LETTER_AT - 1] != '2' ? 0 : letter == 'A' ? 1 : letter == 'B' ? 2 : 0;
}

/* The number of the 13 characters, a letter as a zero; false when something else than digits is there. */
static bool read_body(const char c[NIR_WHOLE], unsigned corsica, uint64_t *number)
{
    uint64_t n = 0;
    bool digits = true;
    for (unsigned i = 0; i < NIR_BODY; i++) {
        bool letter = i == LETTER_AT && corsica;
        digits &= letter || is_digit(c[i]);
        n = n * 10 + (letter ? 0 : digit(c[i]));
    }
    *number = n;
    return digits;
}

static bool good_first(unsigned d) { return (d >= 1 && d <= 4) || d == 7 || d == 8; }

static bool good_month(unsigned m) { return (m >= 1 && m <= 12) || (m >= 20 && m <= 42) || m >= 50; }

/* Two digits of a département and three of a commune; overseas three and two; 99 and a country. */
static bool good_place(unsigned place)
{
    unsigned departement = place / 1000;
    bool overseas = departement == 97 || departement == 98;
    return departement >= 1 && place % (overseas ? 100 : 1000) >= 1;
}

/* 2A counts as 19, 2B as 18. Source: law INT-03. */
static uint64_t keyed(uint64_t number, unsigned corsica) { return number - corsica * UINT64_C(1000000); }

enum finding_code nir_judge(const char *text, size_t len, struct nir *out)
{
    char c[NIR_WHOLE] = {0};
    size_t n = compact(text, len, c);
    unsigned corsica = corsica_of(c);
    uint64_t number;
    *out = (struct nir){0};
    if ((n != NIR_BODY && n != NIR_WHOLE) || !read_body(c, corsica, &number))
        return V_NIR;
    if (n == NIR_WHOLE && (!is_digit(c[NIR_BODY]) || !is_digit(c[NIR_BODY + 1])))
        return V_NIR;
    unsigned first = (unsigned)(number / 1000000000000), month = (unsigned)(number / 100000000 % 100);
    if (!good_first(first) || !good_month(month) || !good_place((unsigned)(number / 1000 % 100000)) || number % 1000 == 0)
        return V_NIR;
    unsigned key = n == NIR_WHOLE ? digit(c[NIR_BODY]) * 10 + digit(c[NIR_BODY + 1]) : 0;
    if (key && key != 97 - keyed(number, corsica) % 97)
        return V_NIR_KEY;
    bool provisional = first > 2;
    *out = (struct nir){.number = number,
                        .corsica = (uint8_t)corsica,
                        .sex = provisional ? 0 : (uint8_t)first,
                        .year = (uint8_t)(number / 10000000000 % 100),
                        .month = month <= 12 ? (uint8_t)month : 0,
                        .provisional = provisional};
    return provisional ? V_NIR_PROVISIONAL : FINDING_NONE;
}
