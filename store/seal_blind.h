/* Blind indexes: one HMAC-SHA-256 key per use, derived from one secret. */
#ifndef STORE_SEAL_BLIND_H
#define STORE_SEAL_BLIND_H

#include "store/seal.h"

struct blind;

enum err blind_new(const uint8_t index_secret[SEAL_KEY], struct blind **ret);
struct blind *blind_free(struct blind *b);
enum err blind_compute(struct blind *b, enum blind_use use, const struct span *parts, size_t count, uint8_t out[BLIND_SIZE]);

#endif
