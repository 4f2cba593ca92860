/* Random bytes drawn in blocks: one call of the generator for each nonce would cost twice the encryption. */
#ifndef STORE_SEAL_RANDOM_H
#define STORE_SEAL_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#include "flux/base/err.h"

struct random_pool;

enum err random_pool_new(struct random_pool **ret);
struct random_pool *random_pool_free(struct random_pool *p);
/* No byte is given twice, not even to a forked child; n is at most 64. */
enum err random_take(struct random_pool *p, uint8_t *out, size_t n);

#endif
