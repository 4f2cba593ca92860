/* Growable bytes with a ceiling. A failed growth is remembered (buf.err) and later puts do nothing, so that a long run of puts is
 * checked once at its end. What it held is wiped before it is given back, since it may be a person's. */
#ifndef FLUX_BASE_BUF_H
#define FLUX_BASE_BUF_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "flux/base/err.h"

struct buf {
    uint8_t *data;
    size_t len, cap, max; /* len <= cap <= max */
    enum err err;
};

void buf_init(struct buf *b, size_t max);
void buf_free(struct buf *b);
/* Forgets content and error, keeps the memory. Does not wipe: the next content overwrites it, buf_free wipes all of it. */
void buf_reset(struct buf *b);
/* Cuts back to len, which must not be beyond what is there. */
void buf_cut(struct buf *b, size_t len);

/* The rare cases of buf_room and buf_varint. */
uint8_t *buf_room_grown(struct buf *b, size_t n);
void buf_varint_long(struct buf *b, uint64_t v);

/* Room for n bytes at the end, counted as content; NULL after a failure. */
static inline uint8_t *buf_room(struct buf *b, size_t n)
{
    if (b->err || n > b->cap - b->len)
        return buf_room_grown(b, n);
    uint8_t *room = b->data + b->len;
    b->len += n;
    return room;
}

static inline void buf_put(struct buf *b, const void *data, size_t n)
{
    uint8_t *room = n ? buf_room(b, n) : NULL;
    if (room)
        memcpy(room, data, n);
}

static inline void buf_u8(struct buf *b, unsigned v)
{
    uint8_t *room = buf_room(b, 1);
    if (room)
        *room = (uint8_t)v;
}

void buf_u32(struct buf *b, uint32_t v); /* big-endian */
void buf_u64(struct buf *b, uint64_t v); /* big-endian */

static inline void buf_varint(struct buf *b, uint64_t v)
{
    if (v < 0x80)
        buf_u8(b, (unsigned)v);
    else
        buf_varint_long(b, v);
}

void buf_zigzag(struct buf *b, int64_t v);

/* Length as a varint, then the bytes. */
static inline void buf_bytes(struct buf *b, const void *data, size_t n)
{
    buf_varint(b, n);
    buf_put(b, data, n);
}

void buf_text(struct buf *b, const char *text);

#endif
