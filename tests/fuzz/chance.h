/* Chance that a seed repeats: splitmix64 drawn in turn (Steele, Lea, Flood, 2014). */
#ifndef TESTS_FUZZ_CHANCE_H
#define TESTS_FUZZ_CHANCE_H

#include <stdint.h>

#include "samples/rng.h"

static inline uint64_t chance(uint64_t *state)
{
    uint64_t now = *state;
    *state += 0x9E3779B97F4A7C15u;
    return rng_mix(now);
}

/* 0 .. n - 1 */
static inline uint32_t chance_below(uint64_t *state, uint32_t n) { return rng_below(chance(state), n); }

/* The state of case number n of a seed: a case is repeated without those before it. */
static inline uint64_t chance_of_case(uint64_t seed, uint64_t n) { return rng_mix(seed) ^ rng_mix(~n); }

#endif
