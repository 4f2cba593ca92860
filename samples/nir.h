/* NIR of people who do not exist, with right keys. Source of the key: 97 less the remainder of the 13 digits by 97, Corsica's 2A and 2B
 * counting as 19 and 18 (INSEE). */
#ifndef SAMPLES_NIR_H
#define SAMPLES_NIR_H

#include <stdbool.h>
#include <stdint.h>

enum { NIR_SHORT = 13, NIR_FULL = 15, NIR_SERIES = 1000000000, NIR_PLACES = 95380 };

/* 1 to 97, or 0 when these 13 characters are no NIR. */
unsigned nir_key(const char nir[NIR_SHORT]);

struct nir_birth {
    bool woman, provisional;
    unsigned year, month;
    uint32_t serial; /* below NIR_SERIES; different serials give different NIR, the month being that of the serial */
};

/* The month of birth that a serial stands for, 1 to 12. */
unsigned nir_month(uint32_t serial);
/* Where a serial is born, 0 to NIR_PLACES - 1. */
uint32_t nir_place(uint32_t serial);
/* 13 characters and the key. */
void nir_make(const struct nir_birth *b, char nir[NIR_FULL + 1]);

#endif
