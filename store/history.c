#include "store/history.h"

#include <string.h>

#include "flux/base/wipe.h"

void history_init(struct history *h, struct store_txn *t, const struct flux_orders *orders)
{
    *h = (struct history){.t = t, .orders = orders};
    buf_init(&h->aad, IMAGE_MAX);
    buf_init(&h->value, 2 * IMAGE_MAX);
    buf_init(&h->moved, 2 * IMAGE_MAX);
    buf_init(&h->record, RECORD_MAX);
    buf_init(&h->seen, IMAGE_MAX);
}

void history_free(struct history *h)
{
    head_free(&h->head);
    wipe(&h->key, sizeof h->key);
    buf_free(&h->aad);
    buf_free(&h->value);
    buf_free(&h->moved);
    buf_free(&h->record);
    buf_free(&h->seen);
}

void history_begin(struct history *h, uint64_t serial)
{
    h->serial = serial;
    h->has_key = h->held = false;
    h->head.versions.count = h->head.members.count = 0;
}

enum err history_load(struct history *h, uint64_t serial)
{
    struct span value;
    history_begin(h, serial);
    enum err e = txn_must(h->t, TABLE_DOSSIER, key_dossier(serial), &value);
    return e ? e : head_read(value, &h->head, &h->current);
}

enum err history_hold(struct history *h)
{
    if (h->held)
        return ERR_OK;
    buf_reset(&h->moved);
    buf_put(&h->moved, h->current.data, h->current.len);
    h->current = buf_span(&h->moved);
    h->held = true;
    return h->moved.err;
}

static void current_in_value(struct history *h, size_t at)
{
    h->current = span_of(h->value.data + at, h->value.len - at);
    h->held = false;
}

enum err history_key(struct history *h)
{
    enum err e = h->has_key ? ERR_OK : image_key(h->t, h->serial, &h->key);
    h->has_key = !e;
    return e;
}

typedef enum err put_fn(struct store_txn *t, enum store_table table, struct key key, struct span value);

/* The head and a freshly sealed image. */
static enum err put_current(struct history *h, const struct image_source *s, put_fn *put)
{
    h->head.flux = s->flux;
    buf_reset(&h->value);
    head_put(&h->value, &h->head);
    size_t at = h->value.len;
    enum err e = image_seal(h->t, &h->key, h->serial, s, &h->aad, &h->value);
    if (!e)
        e = put(h->t, TABLE_DOSSIER, key_dossier(h->serial), buf_span(&h->value));
    if (!e)
        current_in_value(h, at);
    return e;
}

enum err history_create(struct history *h, const struct image_source *s)
{
    uint8_t wrapped[SEAL_WRAPPED];
    struct key place = place_data_key(h->serial);
    enum err e = seal_new_key(h->t->sealer, key_span(&place), &h->key, wrapped);
    h->has_key = !e;
    if (!e)
        e = txn_add(h->t, TABLE_DATA_KEY, key_dossier(h->serial), span_of(wrapped, sizeof wrapped));
    if (!e)
        e = put_current(h, s, txn_add);
    h->t->counters.dossiers += !e;
    return e;
}

static enum err put_version(struct history *h, uint32_t flux, struct span image)
{
    return txn_put(h->t, TABLE_VERSION, key_version(flux, h->serial), image);
}

/* The current image goes to history as it is. It stays in TABLE_DOSSIER until that is put again. */
static enum err demote(struct history *h)
{
    enum err e = history_hold(h);
    if (!e)
        e = put_version(h, h->head.flux, h->current);
    if (!e)
        e = head_insert(&h->head, h->head.versions.count, h->head.flux);
    h->t->counters.versions += !e;
    return e;
}

static enum err version(struct history *h, size_t at, struct span *bytes, struct image *image)
{
    enum err e = txn_must(h->t, TABLE_VERSION, key_version(h->head.versions.at[at], h->serial), bytes);
    return e ? e : image_read(*bytes, image);
}

static enum err drop_version(struct history *h, size_t at)
{
    enum err e = txn_delete(h->t, TABLE_VERSION, key_version(h->head.versions.at[at], h->serial));
    if (e)
        return corrupt_if(e, ERR_NOTFOUND);
    head_remove(&h->head, at);
    h->t->counters.versions--;
    return ERR_OK;
}

enum err history_rewrite(struct history *h)
{
    enum err e = history_hold(h);
    if (e)
        return e;
    buf_reset(&h->value);
    head_put(&h->value, &h->head);
    size_t at = h->value.len;
    buf_put(&h->value, h->current.data, h->current.len);
    if (h->value.err)
        return h->value.err;
    current_in_value(h, at);
    return txn_put(h->t, TABLE_DOSSIER, key_dossier(h->serial), buf_span(&h->value));
}

/* The newest image of history becomes the current one. */
static enum err promote(struct history *h)
{
    struct span bytes;
    struct image image;
    size_t last = h->head.versions.count - 1;
    uint32_t flux = h->head.versions.at[last];
    enum err e = version(h, last, &bytes, &image);
    if (e)
        return e;
    buf_reset(&h->value);
    buf_put(&h->value, bytes.data, bytes.len);
    if (h->value.err)
        return h->value.err;
    if ((e = drop_version(h, last)))
        return e;
    h->head.flux = flux;
    current_in_value(h, 0);
    return history_rewrite(h);
}

enum err history_append(struct history *h, const struct image_source *s)
{
    enum err e = history_key(h);
    if (!e)
        e = demote(h);
    return e ? e : put_current(h, s, txn_put);
}

/* How many images stand before flux; *own: flux has the next one. */
static size_t before(const struct history *h, uint32_t flux, bool *own)
{
    size_t n = 0;
    while (n < h->head.versions.count && h->head.versions.at[n] != flux && order_before(h->orders, h->head.versions.at[n], flux))
        n++;
    *own = n < h->head.versions.count && h->head.versions.at[n] == flux;
    return n;
}

/* Whether image number at (from 0) of history has this content. */
static enum err same_content(struct history *h, size_t at, const uint8_t digest[IMAGE_DIGEST], bool *same)
{
    struct span bytes;
    struct image image;
    enum err e = version(h, at, &bytes, &image);
    *same = !e && memcmp(image.digest, digest, IMAGE_DIGEST) == 0;
    return e;
}

static enum err put_own(struct history *h, const struct image_source *s)
{
    bool own;
    size_t at = before(h, s->flux, &own);
    buf_reset(&h->value);
    enum err e = history_key(h);
    if (!e)
        e = image_seal(h->t, &h->key, h->serial, s, &h->aad, &h->value);
    if (!e)
        e = put_version(h, s->flux, buf_span(&h->value));
    if (e || own)
        return e;
    h->t->counters.versions++;
    return head_insert(&h->head, at, s->flux);
}

static enum err open_version(struct history *h, size_t at, struct image_source *s)
{
    struct span bytes;
    struct image image;
    enum err e = history_key(h);
    if (!e)
        e = version(h, at, &bytes, &image);
    if (!e)
        e = image_open(h->t, &h->key, h->serial, h->head.versions.at[at], &image, &h->aad, &h->record);
    if (e)
        return e;
    buf_reset(&h->seen);
    buf_put(&h->seen, image.seen.data, image.seen.len);
    *s = (struct image_source){
        .flux = h->head.versions.at[at], .line = image.line, .seen = buf_span(&h->seen), .record = buf_span(&h->record)};
    memcpy(s->digest, image.digest, IMAGE_DIGEST);
    return h->seen.err;
}

/* Flux next carried what image number at says, unchanged: it gets its own copy, before something else comes between the two. */
static enum err write_down(struct history *h, size_t at, uint32_t next)
{
    struct image_source copy;
    enum err e = open_version(h, at, &copy);
    copy.flux = next;
    copy.line = 0;
    return e ? e : put_own(h, &copy);
}

/* The first step of a change at flux: what next says must not change with it. */
static enum err keep_next(struct history *h, const struct image_source *s, uint32_t next)
{
    bool own, next_own, same;
    before(h, next, &next_own);
    if (next_own)
        return ERR_OK;
    size_t n = before(h, s->flux, &own) + own;
    if (n == 0)
        return ERR_CORRUPT;
    enum err e = same_content(h, n - 1, s->digest, &same);
    return e || same ? e : write_down(h, n - 1, next);
}

/* The last step: next needs no image of its own when it says the same. */
static enum err merge_next(struct history *h, const struct image_source *s, uint32_t next)
{
    bool own, same;
    size_t at = before(h, next, &own);
    if (!own)
        return ERR_OK;
    enum err e = same_content(h, at, s->digest, &same);
    return e || !same ? e : drop_version(h, at);
}

static enum err put_or_lean(struct history *h, const struct image_source *s)
{
    bool own, same = false;
    size_t n = before(h, s->flux, &own);
    enum err e = n ? same_content(h, n - 1, s->digest, &same) : ERR_OK;
    if (e)
        return e;
    if (!same)
        return put_own(h, s);
    return own ? drop_version(h, n) : ERR_OK;
}

/* With all images in history. */
static enum err change(struct history *h, const struct image_source *s, uint32_t next)
{
    enum err e = next ? keep_next(h, s, next) : ERR_OK;
    if (!e)
        e = put_or_lean(h, s);
    return e || !next ? e : merge_next(h, s, next);
}

enum err history_place(struct history *h, const struct image_source *s, uint32_t next)
{
    enum err e = demote(h);
    if (!e)
        e = change(h, s, next);
    return e ? e : promote(h);
}

/* The number of the image that says what flux said, with all images in history. */
static enum err in_force(const struct history *h, uint32_t flux, size_t *at)
{
    bool own;
    size_t n = before(h, flux, &own) + own;
    *at = n - 1;
    return n ? ERR_OK : ERR_CORRUPT;
}

/* The oldest image goes: history starts with next. */
static enum err withdraw_first(struct history *h, uint32_t next)
{
    bool own;
    if (!next)
        return ERR_CORRUPT;
    before(h, next, &own);
    enum err e = own ? ERR_OK : write_down(h, 0, next);
    return e ? e : drop_version(h, 0);
}

/* Flux number at in history says what the one before it does. */
static enum err withdraw(struct history *h, uint32_t flux, size_t at, uint32_t next)
{
    struct span bytes;
    struct image image;
    struct image_source s = {.flux = flux};
    enum err e = version(h, at - 1, &bytes, &image);
    if (e)
        return e;
    memcpy(s.digest, image.digest, IMAGE_DIGEST);
    return change(h, &s, next);
}

enum err history_withdraw(struct history *h, uint32_t flux, uint32_t next)
{
    bool own = false;
    enum err e = demote(h);
    if (e)
        return e;
    size_t at = before(h, flux, &own);
    if (at == 0)
        e = own ? withdraw_first(h, next) : ERR_CORRUPT;
    else
        e = withdraw(h, flux, at, next);
    return e ? e : promote(h);
}

enum err history_at(struct history *h, uint32_t flux, struct image_source *s)
{
    size_t at = 0;
    enum err e = demote(h);
    if (!e)
        e = in_force(h, flux, &at);
    if (!e)
        e = open_version(h, at, s);
    return e ? e : promote(h);
}

enum err history_each(struct history *h, enum err (*visit)(void *ctx, uint32_t flux, const struct image *image), void *ctx)
{
    struct span bytes;
    struct image image;
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < h->head.versions.count; i++)
        if (!(e = version(h, i, &bytes, &image)))
            e = visit(ctx, h->head.versions.at[i], &image);
    if (!e)
        e = image_read(h->current, &image);
    return e ? e : visit(ctx, h->head.flux, &image);
}
