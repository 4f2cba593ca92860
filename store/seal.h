/* Sealing: AES-256-GCM under one random data key per dossier or reject, each data key wrapped by the KEK; blind indexes by HMAC-SHA-256
 * under keys derived from one index secret. Cipher objects are fetched once. Associated data bind a value to its place.
 * Sources: design 5, security CO-1 to CO-5, law SEC-01 to SEC-05. */
#ifndef STORE_SEAL_H
#define STORE_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flux/base/err.h"
#include "flux/base/wire.h"

enum {
    SEAL_KEY = 32,
    SEAL_NONCE = 12,
    SEAL_TAG = 16,
    SEAL_OVERHEAD = 1 + SEAL_NONCE + SEAL_TAG,
    SEAL_WRAPPED = 4 + SEAL_NONCE + SEAL_KEY + SEAL_TAG,
    BLIND_SIZE = 32
};

/* One use, one key. Numbers are part of the derivation label: append only. */
enum blind_use {
    BLIND_NUMDEMRSA = 1,
    BLIND_MATRICULE,
    BLIND_NIR,
    BLIND_NAME_DAY,
    BLIND_NAME_MONTH,
    BLIND_NAME_YEAR,
    BLIND_PERSON,
    BLIND_CONTENT,
    BLIND_PSEUDONYM,
    BLIND_JOURNAL,
    BLIND_PRECE,  /* of an index only: its blinds are those of NUMDEMRSA */
    BLIND_CEDANT, /* the same, those of MATRICULE */
    BLIND_COUNT
};

struct sealer;

/* kek_id: which KEK wraps from now on. Keys are copied into locked memory where the system allows. */
enum err sealer_new(const uint8_t kek[SEAL_KEY], uint32_t kek_id, const uint8_t index_secret[SEAL_KEY], struct sealer **ret);
struct sealer *sealer_free(struct sealer *s);
uint32_t sealer_kek_id(const struct sealer *s);
/* False where the system did not let the KEK be locked in memory: worth a warning, never a refusal. */
bool sealer_locked(const struct sealer *s);

struct data_key {
    uint8_t bytes[SEAL_KEY];
};
/* A fresh random data key and its wrapped form (kek id, nonce, cipher text, tag), bound to place. */
enum err seal_new_key(struct sealer *s, struct span place, struct data_key *key, uint8_t wrapped[SEAL_WRAPPED]);
/* A key that is known, wrapped anew. */
enum err seal_wrap(struct sealer *s, struct span place, const struct data_key *key, uint8_t wrapped[SEAL_WRAPPED]);
/* ERR_KEY when another KEK wrapped it, ERR_CORRUPT when the tag or the place is wrong. */
enum err seal_unwrap(struct sealer *s, struct span place, struct span wrapped, struct data_key *key);
/* out: len + SEAL_OVERHEAD bytes (version, nonce, cipher text, tag). Nonces are random and never reused. */
enum err seal_value(struct sealer *s, const struct data_key *key, struct span place, const void *data, size_t len, uint8_t *out);
/* out: sealed.len - SEAL_OVERHEAD bytes; nothing is released unless the tag is right (ERR_CORRUPT). */
enum err seal_open(struct sealer *s, const struct data_key *key, struct span place, struct span sealed, uint8_t *out);
/* HMAC of the parts one after the other, each preceded by its length (4 bytes, big-endian). */
enum err seal_blind(struct sealer *s, enum blind_use use, const struct span *parts, size_t count, uint8_t out[BLIND_SIZE]);

#endif
