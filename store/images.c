#include "store/images.h"

#include <stdlib.h>
#include <string.h>

#include "flux/base/wipe.h"

enum err images_load(struct images *m, struct store_txn *t, uint64_t serial)
{
    struct span value;
    *m = (struct images){.t = t, .serial = serial};
    buf_init(&m->aad, IMAGE_MAX);
    enum err e = timeline_of(t, &m->timeline);
    if (!e)
        e = txn_get(t, TABLE_DOSSIER, key_dossier(serial), &value);
    return e ? e : head_read(value, &m->head, &m->current);
}

void images_free(struct images *m)
{
    head_free(&m->head);
    wipe(&m->key, sizeof m->key);
    buf_free(&m->aad);
}

uint32_t images_flux(const struct images *m, size_t number)
{
    return number < m->head.versions.count ? m->head.versions.at[number] : m->head.flux;
}

enum err images_in_force(const struct images *m, const struct moment *flux, size_t *number)
{
    for (size_t n = m->head.versions.count + 1; n-- > 0;) {
        const struct moment *own = timeline_find(m->timeline, images_flux(m, n));
        if (!own)
            return ERR_CORRUPT;
        if (own <= flux) {
            *number = n;
            return ERR_OK;
        }
    }
    return ERR_CORRUPT;
}

static enum err bytes_of(const struct images *m, size_t number, struct span *bytes)
{
    *bytes = m->current;
    if (number == m->head.versions.count)
        return ERR_OK;
    return txn_must(m->t, TABLE_VERSION, key_version(m->head.versions.at[number], m->serial), bytes);
}

static enum err add_nir(struct nirs *n, const uint8_t *nir)
{
    if (n->count == n->cap) {
        size_t cap = n->cap ? 2 * n->cap : 16;
        uint8_t(*at)[KEY_BLIND] = realloc(n->at, cap * sizeof *at);
        if (!at)
            return ERR_NOMEM;
        n->at = at;
        n->cap = cap;
    }
    memset(n->at[n->count], 0, KEY_BLIND);
    if (nir)
        memcpy(n->at[n->count], nir, KEY_BLIND);
    n->count++;
    return ERR_OK;
}

static enum err take_nirs(const struct image *image, struct nirs *out)
{
    struct wire w = image->persons;
    enum err e = ERR_OK;
    out->count = 0;
    for (uint32_t i = 0; !e && i < image->person_count; i++)
        e = add_nir(out, seen_next(&w).nir);
    return e;
}

enum err images_open(struct images *m, size_t number, struct buf *record, struct serials *persons, struct nirs *nirs, uint32_t *line)
{
    struct span bytes;
    struct image image;
    enum err e = m->has_key ? ERR_OK : image_key(m->t, m->serial, &m->key);
    m->has_key |= !e;
    if (!e)
        e = bytes_of(m, number, &bytes);
    if (!e)
        e = image_read(bytes, &image);
    if (!e)
        e = image_open(m->t, &m->key, m->serial, images_flux(m, number), &image, &m->aad, record);
    if (!e && nirs)
        e = take_nirs(&image, nirs);
    if (e)
        return e;
    persons->count = 0;
    *line = image.line;
    return image_persons(&image, persons);
}
