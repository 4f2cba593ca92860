#include "samples/rng.h"

uint64_t rng_permute(uint64_t key, uint64_t x, uint32_t a, uint32_t b)
{
    uint64_t left = x / b, right = x % b;
    for (unsigned round = 0; round < 3; round++) {
        left = (left + rng_mix(key + 2 * round + (right << 8)) % a) % a;
        right = (right + rng_mix(key + 2 * round + 1 + (left << 8)) % b) % b;
    }
    return left * b + right;
}
