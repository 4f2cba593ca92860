/* AES-256-GCM with its objects fetched once and used again; the layer under sealing and the keyring. */
#ifndef STORE_GCM_H
#define STORE_GCM_H

#include <stddef.h>
#include <stdint.h>

#include "flux/base/err.h"
#include "flux/base/wire.h"

enum { GCM_KEY = 32, GCM_NONCE = 12, GCM_TAG = 16 };

struct gcm;

enum err gcm_new(struct gcm **ret);
struct gcm *gcm_free(struct gcm *g);

/* What a value is for and where it stands: authenticated, not stored. */
struct gcm_place {
    uint8_t kind;
    struct span place;
};
/* out: len bytes of cipher text, then the tag. The nonce must never come twice under one key. */
enum err gcm_seal(struct gcm *g, const uint8_t key[GCM_KEY], const uint8_t nonce[GCM_NONCE], struct gcm_place at, const void *data,
                  size_t len, uint8_t *out);
/* in: cipher text and tag; out: in.len - GCM_TAG bytes, wiped unless the tag is right (ERR_CORRUPT). */
enum err gcm_open(struct gcm *g, const uint8_t key[GCM_KEY], const uint8_t nonce[GCM_NONCE], struct gcm_place at, struct span in,
                  uint8_t *out);
/* Take the last key out of what seals, of what opens. */
void gcm_forget_seal(struct gcm *g);
void gcm_forget_open(struct gcm *g);

#endif
