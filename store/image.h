/* One image of a dossier: what one flux said of it. Bytes, the same for the current image and for history:
 * line, keyed digest of the content, what was seen of whom, sealed record. What stands before the sealed part is bound to it. What was
 * seen: for each Personne of the record, in its order, who it is, the blinds of its NIR and of its NUMDEMRSAPRECE; then those of MATRICULE
 * and MATRICULEORGCEDMUT. The record may lack the values themselves. */
#ifndef STORE_IMAGE_H
#define STORE_IMAGE_H

#include "flux/record/record.h"
#include "store/txn.h"

enum { IMAGE_DIGEST = 16, IMAGE_MAX = RECORD_MAX + (64 << 10) };

struct serials {
    uint64_t *at;
    size_t count, cap;
};

enum err serials_add(struct serials *s, uint64_t serial);
bool serials_have(const struct serials *s, uint64_t serial);
/* Ascending, each once. */
void serials_unique(struct serials *s);
void serials_free(struct serials *s);

enum nir_kind { NIR_NONE = 0, NIR_PROVISIONAL = 1, NIR_CERTIFIED = 2 };

struct seen_person {
    uint64_t serial;
    enum nir_kind nir_kind;
    const uint8_t *nir, *prece; /* NULL when there is none */
};

struct seen_links {
    const uint8_t *matricule, *cedant; /* NULL when there is none */
};

struct image {
    uint32_t line; /* 0 when unknown: the flux carried the dossier unchanged and its image was written down later */
    const uint8_t *digest;
    struct span seen;
    struct wire persons; /* person_count times seen_next */
    uint32_t person_count;
    struct seen_links links;
    struct span bound, sealed;
};

enum err image_read(struct span bytes, struct image *out);
/* The next one of a copy of image->persons. */
struct seen_person seen_next(struct wire *persons);
/* Appends what was seen: its count first, each person, the links last. */
void seen_put_person(struct buf *out, const struct seen_person *p);
void seen_put_links(struct buf *out, const struct seen_links *l);
/* Adds the persons of an image to out. */
enum err image_persons(const struct image *image, struct serials *out);

struct image_source {
    uint32_t flux, line;
    uint8_t digest[IMAGE_DIGEST];
    struct span seen;
    struct span record;
};

/* Appends the bytes of an image to out; aad is scratch. */
enum err image_seal(struct store_txn *t, const struct data_key *key, uint64_t serial, const struct image_source *s, struct buf *aad,
                    struct buf *out);
/* Replaces the content of record. */
enum err image_open(struct store_txn *t, const struct data_key *key, uint64_t serial, uint32_t flux, const struct image *image,
                    struct buf *aad, struct buf *record);
enum err image_key(struct store_txn *t, uint64_t serial, struct data_key *key);

/* What stands before the current image in TABLE_DOSSIER. */
struct head {
    uint32_t flux; /* of the current image */
    struct {
        uint32_t *at; /* flux that hold older images, in their order */
        size_t count, cap;
    } versions;
    struct serials members; /* every person an image of the dossier ever named */
};

void head_free(struct head *h);
enum err head_read(struct span value, struct head *h, struct span *image);
void head_put(struct buf *out, const struct head *h);
enum err head_insert(struct head *h, size_t at, uint32_t flux);
void head_remove(struct head *h, size_t at);

#endif
