#include "flux/base/wire.h"

#include <string.h>

void wire_init(struct wire *w, const void *data, size_t len)
{
    w->at = data;
    w->end = (const uint8_t *)data + len;
    w->err = ERR_OK;
}

static uint64_t take_be(struct wire *w, size_t n)
{
    struct span s = wire_take(w, n);
    uint64_t v = 0;
    for (size_t i = 0; i < s.len; i++)
        v = v << 8 | s.data[i];
    return v;
}

uint32_t wire_u32(struct wire *w) { return (uint32_t)take_be(w, 4); }

uint64_t wire_u64(struct wire *w) { return take_be(w, 8); }

uint64_t wire_varint_long(struct wire *w)
{
    uint64_t v = 0;
    const uint8_t *at = w->at;
    for (unsigned shift = 0; shift < 64 && at < w->end && !w->err; shift += 7) {
        unsigned byte = *at++;
        v |= (uint64_t)(byte & 0x7f) << shift;
        if (byte & 0x80)
            continue;
        if ((byte == 0 && shift > 0) || (shift == 63 && byte > 1))
            break;
        w->at = at;
        return v;
    }
    w->err = ERR_FRAME;
    return 0;
}

void wire_text(struct wire *w, char *text, size_t size)
{
    struct span s = wire_bytes(w);
    if (s.len >= size || (s.len && memchr(s.data, 0, s.len))) {
        w->err = ERR_FRAME;
        s.len = 0;
    }
    if (s.len)
        memcpy(text, s.data, s.len);
    text[s.len] = 0;
}

enum err wire_done(const struct wire *w) { return w->err ? w->err : w->at == w->end ? ERR_OK : ERR_FRAME; }
