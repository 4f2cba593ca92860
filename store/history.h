/* The images of one dossier while a flux is applied. What a flux said of a dossier is its own image, or, when it has none, the image of
 * the nearest earlier flux that has one: two neighbours never hold equal images, whatever the order of arrival. Images older than the
 * current one stay sealed as they were. */
#ifndef STORE_HISTORY_H
#define STORE_HISTORY_H

#include "store/image.h"
#include "store/order.h"

struct history {
    struct store_txn *t;
    const struct flux_orders *orders;
    uint64_t serial;
    struct head head;
    struct span current; /* image; in the store until the next put, unless held */
    bool held;           /* current lies in moved */
    struct data_key key;
    bool has_key;
    struct buf aad, value, moved, record, seen;
};

void history_init(struct history *h, struct store_txn *t, const struct flux_orders *orders);
void history_free(struct history *h);
enum err history_load(struct history *h, uint64_t serial);
/* Keeps the current image readable over puts to come. */
enum err history_hold(struct history *h);
/* A dossier that is not in the store yet; head.members is filled by history_begin's caller in between. */
void history_begin(struct history *h, uint64_t serial);
enum err history_create(struct history *h, const struct image_source *s);
/* s becomes the current image, newer than all others. */
enum err history_append(struct history *h, const struct image_source *s);
/* s.flux said this, and next (0: none) is the first later flux that carried the dossier. Replaces what s.flux said before. */
enum err history_place(struct history *h, const struct image_source *s, uint32_t next);
/* Takes back what flux said: as if it had said what the one before it did, or, when there is none, nothing. The dossier must have an image
 * without it, or a next. */
enum err history_withdraw(struct history *h, uint32_t flux, uint32_t next);
/* What flux said: its record goes to h->record, what was seen to h->seen. */
enum err history_at(struct history *h, uint32_t flux, struct image_source *s);
/* Visits every image from the oldest to the current one. */
enum err history_each(struct history *h, enum err (*visit)(void *ctx, uint32_t flux, const struct image *image), void *ctx);
/* Makes h->key that of the dossier. */
enum err history_key(struct history *h);
/* Writes the head again, after its members changed. */
enum err history_rewrite(struct history *h);

#endif
