/* Every key of every table, and every place a sealed value is bound to. Numbers are big-endian, so that byte order is their order. */
#ifndef STORE_KEYS_H
#define STORE_KEYS_H

#include <stdint.h>

#include "flux/base/wire.h"
#include "store/seal.h"
#include "store/tables.h"

/* Blind indexes are cut to 128 bits in keys (security CO-5). */
enum { KEY_BLIND = 16, KEY_INDEX_PREFIX = 1 + KEY_BLIND, KEY_INDEX = KEY_INDEX_PREFIX + 8, KEY_MAX = 2 * KEY_BLIND + 1 };

struct key {
    uint8_t data[KEY_MAX];
    uint8_t len;
};

static inline struct span key_span(const struct key *k) { return (struct span){k->data, k->len}; }

struct key key_meta(enum store_meta what);
struct key key_dossier(uint64_t serial);                /* of TABLE_DOSSIER and TABLE_DATA_KEY */
struct key key_version(uint32_t flux, uint64_t serial); /* of TABLE_VERSION and TABLE_FINDINGS */
struct key key_flux(uint32_t id);                       /* of TABLE_FLUX and TABLE_FLUX_REPORT */
struct key key_flux_chunk(uint32_t flux, uint32_t chunk);
struct key key_person(uint64_t serial);
struct key key_index_prefix(enum blind_use use, const uint8_t blind[KEY_BLIND]);
struct key key_index(enum blind_use use, const uint8_t blind[KEY_BLIND], uint64_t serial);
struct key key_reject(uint32_t id);
struct key key_reject_prefix(const uint8_t blind[KEY_BLIND]);
struct key key_reject_by(const uint8_t blind[KEY_BLIND], uint32_t id);
struct key key_outbox(uint64_t seq);
struct key key_group(uint64_t leader);         /* of TABLE_IDENTITY */
struct key key_review_prefix(uint64_t person); /* of TABLE_REVIEW */
struct key key_review(uint64_t person, uint64_t other);
struct key key_decision_prefix(const uint8_t one[KEY_BLIND]); /* of TABLE_DECISION */
struct key key_decision(const uint8_t one[KEY_BLIND], const uint8_t other[KEY_BLIND], uint8_t kind);

/* The place of an image does not name its table: a current image becomes history as it is. */
struct key place_image(uint64_t serial, uint32_t flux);
struct key place_data_key(uint64_t serial);
struct key place_findings(uint64_t serial, uint32_t flux);
struct key place_report(uint32_t flux);
struct key place_reject(uint32_t id);
struct key place_reject_key(uint32_t id);
struct key place_fingerprint(void);

static inline uint32_t be32(const uint8_t *p) { return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]; }
static inline uint64_t be64(const uint8_t *p) { return (uint64_t)be32(p) << 32 | be32(p + 4); }
/* The number a key ends with. */
uint32_t key_tail32(struct span key);
uint64_t key_tail64(struct span key);

#endif
