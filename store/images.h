/* The images of one dossier for reading: which one says what a flux said. */
#ifndef STORE_IMAGES_H
#define STORE_IMAGES_H

#include "store/image.h"
#include "store/timeline.h"

/* A blind for each person of an image; zeros for none. */
struct nirs {
    uint8_t (*at)[KEY_BLIND];
    size_t count, cap;
};

struct images {
    struct store_txn *t;
    const struct timeline *timeline;
    uint64_t serial;
    struct head head;
    struct span current;
    struct data_key key;
    bool has_key;
    struct buf aad;
};

/* ERR_NOTFOUND when there is no such dossier. m is freed whatever is returned. */
enum err images_load(struct images *m, struct store_txn *t, uint64_t serial);
void images_free(struct images *m);
/* The number, from 0, of the image that says what the flux said; ERR_CORRUPT when there is none. */
enum err images_in_force(const struct images *m, const struct moment *flux, size_t *number);
/* The flux of an image. */
uint32_t images_flux(const struct images *m, size_t number);
/* Replaces the content of record and persons. nirs, NULL allowed: the NIR of each person, as seen_next tells it. */
enum err images_open(struct images *m, size_t number, struct buf *record, struct serials *persons, struct nirs *nirs, uint32_t *line);

#endif
