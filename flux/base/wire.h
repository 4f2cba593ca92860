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

static inline size_t wire_left(const struct wire *w) { return (size_t)(w->end - w->at); }

static inline struct span wire_take(struct wire *w, size_t n)
{
    if (w->err || n > wire_left(w)) {
        w->err = ERR_FRAME;
        return (struct span){0};
    }
    struct span s = {w->at, n};
    w->at += n;
    return s;
}

static inline unsigned wire_u8(struct wire *w)
{
    struct span s = wire_take(w, 1);
    return s.len ? s.data[0] : 0;
}

uint32_t wire_u32(struct wire *w);
uint64_t wire_u64(struct wire *w);

/* The rare cases of wire_varint. */
uint64_t wire_varint_long(struct wire *w);

/* Shortest form only, so that equal values are equal bytes. */
static inline uint64_t wire_varint(struct wire *w) { return !w->err && w->at < w->end && *w->at < 0x80 ? *w->at++ : wire_varint_long(w); }

static inline int64_t wire_zigzag(struct wire *w)
{
    uint64_t v = wire_varint(w);
    return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

/* Length as a varint, then the bytes. */
static inline struct span wire_bytes(struct wire *w)
{
    uint64_t n = wire_varint(w);
    return wire_take(w, n > wire_left(w) ? SIZE_MAX : (size_t)n);
}

/* A text without NUL into text[size], terminated; too long is a failure. */
void wire_text(struct wire *w, char *text, size_t size);
/* ERR_OK when nothing failed and nothing is left. */
enum err wire_done(const struct wire *w);

#endif
