/* A cursor over bytes that may be hostile. Every read is bounded; the first failure sticks (wire.err = ERR_FRAME) and later reads give
 * zero, so that a long run of reads is checked once at its end with wire_done. */
#ifndef FLUX_BASE_WIRE_H
#define FLUX_BASE_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "flux/base/err.h"

struct wire {
    const uint8_t *at, *end;
    enum err err;
};

/* Bytes inside somebody else's memory; not terminated by a zero. */
struct span {
    const uint8_t *data;
    size_t len;
};

void wire_init(struct wire *w, const void *data, size_t len);
unsigned wire_u8(struct wire *w);
uint32_t wire_u32(struct wire *w);
uint64_t wire_u64(struct wire *w);
uint64_t wire_varint(struct wire *w); /* shortest form only, so that equal values are equal bytes */
int64_t wire_zigzag(struct wire *w);
struct span wire_take(struct wire *w, size_t n);
struct span wire_bytes(struct wire *w); /* length as a varint, then the bytes */
/* A text without NUL into text[size], terminated; too long is a failure. */
void wire_text(struct wire *w, char *text, size_t size);
size_t wire_left(const struct wire *w);
/* ERR_OK when nothing failed and nothing is left. */
enum err wire_done(const struct wire *w);

#endif
