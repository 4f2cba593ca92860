#include "store/image.h"

#include <stdlib.h>
#include <string.h>

#include "flux/base/grow.h"

enum { SERIALS_FIRST = 8 };

enum err serials_add(struct serials *s, uint64_t serial)
{
    uint64_t *at = grow(s->at, s->count, &s->cap, sizeof(*at), SERIALS_FIRST);
    if (!at)
        return ERR_NOMEM;
    s->at = at;
    s->at[s->count++] = serial;
    return ERR_OK;
}

bool serials_have(const struct serials *s, uint64_t serial)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->at[i] == serial)
            return true;
    return false;
}

static int by_serial(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

void serials_unique(struct serials *s)
{
    size_t n = 0;
    if (s->count)
        qsort(s->at, s->count, sizeof *s->at, by_serial);
    for (size_t i = 0; i < s->count; i++)
        if (n == 0 || s->at[n - 1] != s->at[i])
            s->at[n++] = s->at[i];
    s->count = n;
}

void serials_free(struct serials *s)
{
    free(s->at);
    *s = (struct serials){0};
}

static enum err read_serials(struct wire *w, struct serials *out)
{
    for (uint64_t n = wire_varint(w); n > 0 && !w->err; n--)
        if (serials_add(out, wire_varint(w)))
            return ERR_NOMEM;
    return w->err ? ERR_CORRUPT : ERR_OK;
}

static void put_serials(struct buf *out, const struct serials *s)
{
    buf_varint(out, s->count);
    for (size_t i = 0; i < s->count; i++)
        buf_varint(out, s->at[i]);
}

enum { SEEN_NIR = 1, SEEN_CERTIFIED = 2, SEEN_PRECE = 4, SEEN_MATRICULE = 1, SEEN_CEDANT = 2 };

static const uint8_t *blind_if(struct wire *w, bool there) { return there ? wire_take(w, KEY_BLIND).data : NULL; }

struct seen_person seen_next(struct wire *persons)
{
    struct seen_person p = {.serial = wire_varint(persons)};
    unsigned flags = wire_u8(persons);
    p.nir_kind = !(flags & SEEN_NIR) ? NIR_NONE : flags & SEEN_CERTIFIED ? NIR_CERTIFIED : NIR_PROVISIONAL;
    p.nir = blind_if(persons, flags & SEEN_NIR);
    p.prece = blind_if(persons, flags & SEEN_PRECE);
    return p;
}

static struct seen_links read_links(struct wire *w)
{
    unsigned flags = wire_u8(w);
    struct seen_links l = {.matricule = blind_if(w, flags & SEEN_MATRICULE)};
    l.cedant = blind_if(w, flags & SEEN_CEDANT);
    return l;
}

static void put_blind_if(struct buf *out, const uint8_t *blind)
{
    if (blind)
        buf_put(out, blind, KEY_BLIND);
}

void seen_put_person(struct buf *out, const struct seen_person *p)
{
    buf_varint(out, p->serial);
    buf_u8(out, (p->nir ? SEEN_NIR : 0u) | (p->nir && p->nir_kind == NIR_CERTIFIED ? SEEN_CERTIFIED : 0u) | (p->prece ? SEEN_PRECE : 0u));
    put_blind_if(out, p->nir);
    put_blind_if(out, p->prece);
}

void seen_put_links(struct buf *out, const struct seen_links *l)
{
    buf_u8(out, (l->matricule ? SEEN_MATRICULE : 0u) | (l->cedant ? SEEN_CEDANT : 0u));
    put_blind_if(out, l->matricule);
    put_blind_if(out, l->cedant);
}

enum err image_read(struct span bytes, struct image *out)
{
    struct wire w;
    wire_init(&w, bytes.data, bytes.len);
    out->line = wire_u32(&w);
    out->digest = wire_take(&w, IMAGE_DIGEST).data;
    const uint8_t *seen = w.at;
    uint64_t count = wire_varint(&w);
    out->persons = w;
    for (uint64_t n = count; n > 0 && !w.err; n--)
        seen_next(&w);
    out->links = read_links(&w);
    out->seen = w.err ? (struct span){0} : span_of(seen, (size_t)(w.at - seen));
    if (w.err || count > UINT32_MAX || wire_left(&w) < SEAL_OVERHEAD)
        return ERR_CORRUPT;
    out->person_count = (uint32_t)count;
    out->bound = span_of(bytes.data, (size_t)(w.at - bytes.data));
    out->sealed = span_of(w.at, wire_left(&w));
    return ERR_OK;
}

enum err image_persons(const struct image *image, struct serials *out)
{
    struct wire w = image->persons;
    for (uint32_t i = 0; i < image->person_count; i++)
        if (serials_add(out, seen_next(&w).serial))
            return ERR_NOMEM;
    return ERR_OK;
}

static enum err bind(struct buf *aad, uint64_t serial, uint32_t flux, struct span bound)
{
    struct key place = place_image(serial, flux);
    buf_reset(aad);
    buf_put(aad, place.data, place.len);
    buf_put(aad, bound.data, bound.len);
    return aad->err;
}

enum err image_seal(struct store_txn *t, const struct data_key *key, uint64_t serial, const struct image_source *s, struct buf *aad,
                    struct buf *out)
{
    size_t start = out->len;
    buf_u32(out, s->line);
    buf_put(out, s->digest, IMAGE_DIGEST);
    buf_put(out, s->seen.data, s->seen.len);
    size_t bound = out->len - start;
    uint8_t *sealed = buf_room(out, s->record.len + SEAL_OVERHEAD);
    if (!sealed)
        return out->err;
    enum err e = bind(aad, serial, s->flux, span_of(out->data + start, bound));
    return e ? e : seal_value(t->sealer, key, buf_span(aad), s->record.data, s->record.len, sealed);
}

enum err image_open(struct store_txn *t, const struct data_key *key, uint64_t serial, uint32_t flux, const struct image *image,
                    struct buf *aad, struct buf *record)
{
    enum err e = bind(aad, serial, flux, image->bound);
    buf_reset(record);
    uint8_t *room = e ? NULL : buf_room(record, image->sealed.len - SEAL_OVERHEAD);
    if (!e)
        e = room ? seal_open(t->sealer, key, buf_span(aad), image->sealed, room) : record->err;
    /* Nothing as long was ever written. */
    return corrupt_if(e, ERR_TOOBIG);
}

enum err image_key(struct store_txn *t, uint64_t serial, struct data_key *key)
{
    struct span wrapped;
    struct key place = place_data_key(serial);
    enum err e = txn_must(t, TABLE_DATA_KEY, key_dossier(serial), &wrapped);
    return e ? e : seal_unwrap(t->sealer, key_span(&place), wrapped, key);
}

void head_free(struct head *h)
{
    free(h->versions.at);
    serials_free(&h->members);
    *h = (struct head){0};
}

enum err head_insert(struct head *h, size_t at, uint32_t flux)
{
    uint32_t *grown = grow(h->versions.at, h->versions.count, &h->versions.cap, sizeof(*grown), SERIALS_FIRST);
    if (!grown)
        return ERR_NOMEM;
    h->versions.at = grown;
    memmove(h->versions.at + at + 1, h->versions.at + at, (h->versions.count - at) * sizeof *h->versions.at);
    h->versions.at[at] = flux;
    h->versions.count++;
    return ERR_OK;
}

void head_remove(struct head *h, size_t at)
{
    h->versions.count--;
    memmove(h->versions.at + at, h->versions.at + at + 1, (h->versions.count - at) * sizeof *h->versions.at);
}

enum err head_read(struct span value, struct head *h, struct span *image)
{
    struct wire w;
    wire_init(&w, value.data, value.len);
    h->flux = wire_u32(&w);
    h->versions.count = h->members.count = 0;
    for (uint64_t n = wire_varint(&w); n > 0 && !w.err; n--)
        if (head_insert(h, h->versions.count, wire_u32(&w)))
            return ERR_NOMEM;
    enum err e = read_serials(&w, &h->members);
    *image = span_of(w.at, wire_left(&w));
    return e;
}

void head_put(struct buf *out, const struct head *h)
{
    buf_u32(out, h->flux);
    buf_varint(out, h->versions.count);
    for (size_t i = 0; i < h->versions.count; i++)
        buf_u32(out, h->versions.at[i]);
    put_serials(out, &h->members);
}
