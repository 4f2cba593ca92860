/* Chance that is counted, not drawn in turn: a word depends on (seed, household, month, purpose) only, so that any household of any
 * month is made without the others. The mixing is that of splitmix64 (Steele, Lea, Flood, 2014). */
#ifndef SAMPLES_RNG_H
#define SAMPLES_RNG_H

#include <stdbool.h>
#include <stdint.h>

static inline uint64_t rng_mix(uint64_t x)
{
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

/* The word number (purpose, slot, month) of a key. */
static inline uint64_t rng_word(uint64_t key, unsigned purpose, unsigned slot, unsigned month)
{
    uint64_t counter = (uint64_t)purpose | (uint64_t)slot << 16 | (uint64_t)month << 32;
    return rng_mix(key + rng_mix(counter));
}

/* 0 .. n - 1 */
static inline uint32_t rng_below(uint64_t word, uint32_t n) { return (uint32_t)(((word >> 32) * n) >> 32); }

static inline bool rng_permille(uint64_t word, uint32_t n) { return rng_below(word, 1000) < n; }

/* One-to-one on 0 .. a * b - 1: a Feistel network with unequal halves. */
uint64_t rng_permute(uint64_t key, uint64_t x, uint32_t a, uint32_t b);

#endif
