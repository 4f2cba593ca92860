/* SHA-256. */
#ifndef FLUX_BASE_DIGEST_H
#define FLUX_BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flux/base/err.h"

enum { DIGEST_SIZE = 32, DIGEST_HEX = 65 };

/* Of all bytes of a descriptor from its start; leaves it at its start. *bytes: how many. stop (NULL allowed) ends it with ERR_STOPPED. */
enum err digest_fd(int fd, const volatile int *stop, uint8_t out[DIGEST_SIZE], uint64_t *bytes);
enum err digest_bytes(const void *data, size_t len, uint8_t out[DIGEST_SIZE]);
void digest_hex(const uint8_t digest[DIGEST_SIZE], char out[DIGEST_HEX]);
/* False for what digest_hex does not write. */
bool digest_from_hex(const char *text, uint8_t out[DIGEST_SIZE]);

#endif
