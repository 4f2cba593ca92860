#include "flux/base/buf.h"

#include <stdlib.h>
#include <string.h>

#include "flux/base/wipe.h"

enum { FIRST_CAP = 512 };

void buf_init(struct buf *b, size_t max) { *b = (struct buf){.max = max}; }

void buf_free(struct buf *b)
{
    if (b->data)
        wipe(b->data, b->cap);
    free(b->data);
    *b = (struct buf){.max = b->max};
}

void buf_reset(struct buf *b)
{
    b->len = 0;
    b->err = ERR_OK;
}

void buf_cut(struct buf *b, size_t len)
{
    if (len < b->len)
        b->len = len;
}

/* realloc would leave the old copy behind unwiped. */
static enum err grow(struct buf *b, size_t need)
{
    size_t cap = b->cap ? b->cap : FIRST_CAP;
    while (cap < need)
        cap *= 2;
    cap = cap < b->max ? cap : b->max;
    uint8_t *data = malloc(cap);
    if (!data)
        return ERR_NOMEM;
    if (b->data) {
        memcpy(data, b->data, b->len);
        wipe(b->data, b->cap);
        free(b->data);
    }
    b->data = data;
    b->cap = cap;
    return ERR_OK;
}

uint8_t *buf_room_grown(struct buf *b, size_t n)
{
    if (b->err)
        return NULL;
    b->err = n > b->max - b->len ? ERR_TOOBIG : grow(b, b->len + n);
    return b->err ? NULL : buf_room(b, n);
}

static void put_be(struct buf *b, uint64_t v, size_t n)
{
    uint8_t *room = buf_room(b, n);
    for (size_t i = 0; room && i < n; i++)
        room[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
}

void buf_u32(struct buf *b, uint32_t v) { put_be(b, v, 4); }

void buf_u64(struct buf *b, uint64_t v) { put_be(b, v, 8); }

void buf_varint_long(struct buf *b, uint64_t v)
{
    size_t n = 1;
    for (uint64_t rest = v >> 7; rest; rest >>= 7)
        n++;
    uint8_t *room = buf_room(b, n);
    for (size_t i = 0; room && i < n; i++, v >>= 7)
        room[i] = (uint8_t)((v & 0x7f) | (i + 1 < n ? 0x80 : 0));
}

void buf_zigzag(struct buf *b, int64_t v) { buf_varint(b, ((uint64_t)v << 1) ^ (uint64_t)(v >> 63)); }

void buf_text(struct buf *b, const char *text) { buf_bytes(b, text, strlen(text)); }
