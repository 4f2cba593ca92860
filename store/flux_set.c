#include "store/flux_set.h"

#include <stdlib.h>
#include <string.h>

enum { SET_LIST = 0, SET_BITMAP = 1 };

void flux_set_free(struct flux_set *s)
{
    for (size_t i = 0; i < s->count; i++)
        free(s->chunks[i]);
    free(s->chunks);
    *s = (struct flux_set){0};
}

static enum err grow(struct flux_set *s, size_t chunk)
{
    size_t count = s->count ? s->count : 16;
    while (count <= chunk)
        count *= 2;
    uint8_t **chunks = realloc(s->chunks, count * sizeof *chunks);
    if (!chunks)
        return ERR_NOMEM;
    memset(chunks + s->count, 0, (count - s->count) * sizeof *chunks);
    s->chunks = chunks;
    s->count = count;
    return ERR_OK;
}

enum err flux_set_add(struct flux_set *s, uint64_t serial, bool *was_there)
{
    if (serial / SET_CHUNK_BITS > UINT32_MAX)
        return ERR_FULL;
    size_t chunk = (size_t)(serial / SET_CHUNK_BITS), bit = (size_t)(serial % SET_CHUNK_BITS);
    if (chunk >= s->count && grow(s, chunk))
        return ERR_NOMEM;
    if (!s->chunks[chunk] && !(s->chunks[chunk] = calloc(1, SET_CHUNK_BYTES)))
        return ERR_NOMEM;
    uint8_t *byte = &s->chunks[chunk][bit / 8], mask = (uint8_t)(1u << (bit % 8));
    *was_there = *byte & mask;
    *byte |= mask;
    return ERR_OK;
}

bool flux_set_holds(const struct flux_set *s, uint64_t serial)
{
    size_t chunk = (size_t)(serial / SET_CHUNK_BITS), bit = (size_t)(serial % SET_CHUNK_BITS);
    return chunk < s->count && s->chunks[chunk] && s->chunks[chunk][bit / 8] >> (bit % 8) & 1;
}

enum err flux_set_visit(const struct flux_set *s, enum err (*visit)(void *ctx, uint64_t serial), void *ctx)
{
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < s->count; i++)
        for (unsigned bit = 0; s->chunks[i] && !e && bit < SET_CHUNK_BITS; bit++)
            if (s->chunks[i][bit / 8] >> (bit % 8) & 1)
                e = visit(ctx, (uint64_t)i * SET_CHUNK_BITS + bit);
    return e;
}

static size_t encode(const uint8_t *bits, uint8_t out[1 + SET_CHUNK_BYTES])
{
    size_t len = 1;
    out[0] = SET_LIST;
    for (unsigned i = 0; i < SET_CHUNK_BITS; i++) {
        if (!(bits[i / 8] >> (i % 8) & 1))
            continue;
        if (len + 2 > SET_CHUNK_BYTES) {
            out[0] = SET_BITMAP;
            memcpy(out + 1, bits, SET_CHUNK_BYTES);
            return 1 + SET_CHUNK_BYTES;
        }
        out[len++] = (uint8_t)(i >> 8);
        out[len++] = (uint8_t)i;
    }
    return len;
}

enum err flux_set_put(struct store_txn *t, uint32_t flux, const struct flux_set *s)
{
    enum err e = ERR_OK;
    struct buf b;
    buf_init(&b, 1 + SET_CHUNK_BYTES + KEY_BLIND);
    for (size_t i = 0; !e && i < s->count; i++) {
        uint8_t value[1 + SET_CHUNK_BYTES];
        if (!s->chunks[i])
            continue;
        buf_reset(&b);
        buf_put(&b, value, encode(s->chunks[i], value));
        e = txn_put_tagged(t, TABLE_FLUX_SET, key_flux_chunk(flux, (uint32_t)i), &b);
    }
    buf_free(&b);
    return e;
}

static bool well_formed(struct span chunk)
{
    if (chunk.len == 0)
        return false;
    return chunk.data[0] == SET_BITMAP ? chunk.len == 1 + SET_CHUNK_BYTES : chunk.data[0] == SET_LIST && chunk.len % 2 == 1;
}

static bool in_chunk(struct span chunk, unsigned bit)
{
    if (chunk.data[0] == SET_BITMAP)
        return chunk.data[1 + bit / 8] >> (bit % 8) & 1;
    for (size_t i = 1; i + 1 < chunk.len; i += 2)
        if ((unsigned)(chunk.data[i] << 8 | chunk.data[i + 1]) == bit)
            return true;
    return false;
}

enum err flux_set_has(struct store_txn *t, uint32_t flux, uint64_t serial, bool *has)
{
    struct span chunk;
    *has = false;
    enum err e = txn_get(t, TABLE_FLUX_SET, key_flux_chunk(flux, (uint32_t)(serial / SET_CHUNK_BITS)), &chunk);
    if (e)
        return e == ERR_NOTFOUND ? ERR_OK : e;
    /* The tag over a whole chunk is for whoever reads it whole. */
    if (chunk.len < KEY_BLIND)
        return ERR_CORRUPT;
    chunk.len -= KEY_BLIND;
    if (!well_formed(chunk))
        return ERR_CORRUPT;
    *has = in_chunk(chunk, (unsigned)(serial % SET_CHUNK_BITS));
    return ERR_OK;
}

static enum err each_in(struct span chunk, uint64_t first, enum err (*visit)(void *ctx, uint64_t serial), void *ctx)
{
    enum err e = ERR_OK;
    if (!well_formed(chunk))
        return ERR_CORRUPT;
    if (chunk.data[0] == SET_LIST)
        for (size_t i = 1; !e && i + 1 < chunk.len; i += 2)
            e = visit(ctx, first + (unsigned)(chunk.data[i] << 8 | chunk.data[i + 1]));
    else
        for (unsigned bit = 0; !e && bit < SET_CHUNK_BITS; bit++)
            if (in_chunk(chunk, bit))
                e = visit(ctx, first + bit);
    return e;
}

enum err flux_set_each(struct store_txn *t, uint32_t flux, enum err (*visit)(void *ctx, uint64_t serial), void *ctx)
{
    struct key prefix = key_flux(flux);
    struct kv_scan *scan;
    enum err e = kv_scan_open(t->kv, TABLE_FLUX_SET, key_span(&prefix), (struct span){0}, &scan);
    if (e)
        return e;
    struct span key, chunk;
    while (!(e = kv_scan_next(scan, &key, &chunk)))
        if ((e = txn_untag(t, TABLE_FLUX_SET, key, chunk, &chunk)) ||
            (e = each_in(chunk, (uint64_t)key_tail32(key) * SET_CHUNK_BITS, visit, ctx)))
            break;
    kv_scan_close(scan);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

static enum err take(void *ctx, uint64_t serial)
{
    bool was_there;
    return flux_set_add(ctx, serial, &was_there);
}

enum err flux_set_load(struct store_txn *t, uint32_t flux, struct flux_set *s) { return flux_set_each(t, flux, take, s); }

enum err flux_set_forget(struct store_txn *t, uint32_t flux)
{
    struct key prefix = key_flux(flux);
    struct kv_scan *scan;
    enum err e = kv_scan_open(t->kv, TABLE_FLUX_SET, key_span(&prefix), (struct span){0}, &scan);
    if (e)
        return e;
    struct span key, chunk;
    while (!(e = kv_scan_next(scan, &key, &chunk)))
        if ((e = txn_delete(t, TABLE_FLUX_SET, key_flux_chunk(flux, key_tail32(key)))))
            break;
    kv_scan_close(scan);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}
