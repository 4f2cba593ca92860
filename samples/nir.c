#include "samples/nir.h"

/* Mainland départements but Corsica, communes of each; Corsica's two halves; overseas; abroad. */
enum { MAINLAND = 94, COMMUNES = 990, CORSICA = 490, OVERSEAS = 90, ABROAD = 890 };

static unsigned digit(char c) { return (unsigned)(c - '0'); }

static bool corsican(const char nir[NIR_SHORT]) { return nir[5] == '2' && (nir[6] == 'A' || nir[6] == 'B'); }

unsigned nir_key(const char nir[NIR_SHORT])
{
    uint64_t number = 0;
    for (unsigned i = 0; i < NIR_SHORT; i++) {
        if (i == 6 && corsican(nir)) {
            number = number / 10 * 100 + (nir[6] == 'A' ? 19 : 18);
            continue;
        }
        if (nir[i] < '0' || nir[i] > '9')
            return 0;
        number = number * 10 + digit(nir[i]);
    }
    return (unsigned)(97 - number % 97);
}

static void digits(char *at, unsigned width, unsigned value)
{
    for (unsigned i = width; i-- > 0; value /= 10)
        at[i] = (char)('0' + value % 10);
}

unsigned nir_month(uint32_t serial) { return serial % 12 + 1; }

uint32_t nir_place(uint32_t serial) { return serial / 12 % NIR_PLACES; }

/* Until 1976 all of Corsica was département 20. */
static void corsica(char place[5], uint32_t at, unsigned year)
{
    bool south = at < CORSICA;
    unsigned commune = at % CORSICA + 1;
    if (year < 1976) {
        digits(place, 2, 20);
        digits(place + 2, 3, south ? commune : commune + CORSICA);
        return;
    }
    place[0] = '2';
    place[1] = south ? 'A' : 'B';
    digits(place + 2, 3, commune);
}

static void place_code(char place[5], uint32_t at, unsigned year)
{
    static const unsigned overseas[] = {971, 972, 973, 974, 976};
    if (at < MAINLAND * COMMUNES) {
        unsigned departement = at / COMMUNES + 1;
        digits(place, 2, departement < 20 ? departement : departement + 1);
        digits(place + 2, 3, at % COMMUNES + 1);
        return;
    }
    at -= MAINLAND * COMMUNES;
    if (at < 2 * CORSICA) {
        corsica(place, at, year);
        return;
    }
    at -= 2 * CORSICA;
    if (at < 5 * OVERSEAS) {
        digits(place, 3, overseas[at / OVERSEAS]);
        digits(place + 3, 2, at % OVERSEAS + 1);
        return;
    }
    digits(place, 2, 99);
    digits(place + 2, 3, (at - 5 * OVERSEAS) % ABROAD + 100);
}

void nir_make(const struct nir_birth *b, char nir[NIR_FULL + 1])
{
    digits(nir, 1, (b->provisional ? 7U : 1U) + b->woman);
    digits(nir + 1, 2, b->year % 100);
    digits(nir + 3, 2, b->month);
    place_code(nir + 5, nir_place(b->serial), b->year);
    digits(nir + 10, 3, b->serial / 12 / NIR_PLACES + 1);
    digits(nir + NIR_SHORT, 2, nir_key(nir));
    nir[NIR_FULL] = '\0';
}
