#include "parsers/checks_rules.h"

#include <string.h>

#include "flux/record/commune.h"
#include "flux/record/value.h"

int64_t rule_code(const char *text, size_t len)
{
    enum { CODE_LEN = 7 };
    int64_t code = 0;
    if (len > CODE_LEN)
        return -1;
    for (size_t i = 0; i < len; i++)
        code = code << 8 | (unsigned char)text[i];
    return code;
}

/* The factor is 2^64 divided by the golden ratio. */
static uint64_t mix(uint64_t h, uint64_t x)
{
    h = (h ^ x) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 33;
}

/* Two persons of a household with one digest and two names do not happen by chance, and would cost a warning. Case is left out where eight
 * bytes are ASCII. */
uint64_t rule_digest(const char *text, size_t len)
{
    uint64_t h = len;
    for (size_t i = 0; i < len; i += sizeof h) {
        uint64_t x = 0;
        memcpy(&x, text + i, len - i < sizeof x ? len - i : sizeof x);
        if (!(x & UINT64_C(0x8080808080808080)))
            x &= ~UINT64_C(0x2020202020202020);
        h = mix(h, x);
    }
    return h;
}

uint64_t rule_person_key(uint64_t nomnai, uint64_t prenom, int64_t dtnai, int64_t rgnai)
{
    return mix(mix(mix(nomnai, prenom), (uint64_t)dtnai), (uint64_t)rgnai);
}

enum role rule_role(int64_t roleper)
{
    switch (roleper) {
    case CODE3('D', 'E', 'M'):
        return ROLE_DEMANDEUR;
    case CODE3('C', 'J', 'T'):
        return ROLE_CONJOINT;
    case CODE3('E', 'N', 'F'):
        return ROLE_ENFANT;
    case CODE3('A', 'U', 'T'):
        return ROLE_AUTRE;
    default:
        return ROLE_OTHER;
    }
}

/* ---- communes ---- */

static struct span characters(int64_t code, uint8_t text[8])
{
    size_t len = 0;
    for (int shift = 56; code > 0 && shift >= 0; shift -= 8)
        if (code >> shift & 0xff)
            text[len++] = (uint8_t)(code >> shift & 0xff);
    return (struct span){text, len};
}

bool rule_elsewhere(int64_t ideparte, int64_t numcom)
{
    uint8_t d[8], commune[8];
    return commune_elsewhere(characters(ideparte, d), characters(numcom, commune));
}

/* ---- civil records ---- */

bool rule_nir_disagrees(const struct nir *nir, int64_t sexe, bool has_born, int64_t born, int64_t typedtnai)
{
    int year, month, day;
    if (nir->sex == 0)
        return false;
    if ((sexe == '1' || sexe == '2') && sexe != '0' + nir->sex)
        return true;
    if (!has_born)
        return false;
    date_from_days(born, &year, &month, &day);
    bool month_known = nir->month && (typedtnai == 'N' || typedtnai == 'J');
    return year % 100 != nir->year || (month_known && month != nir->month);
}
