#include "store/seal.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "flux/base/wipe.h"
#include "store/gcm.h"
#include "store/seal_blind.h"
#include "store/seal_random.h"

enum {
    VALUE_VERSION = 1,
    /* First byte of the associated data. */
    KIND_VALUE = 1,
    KIND_KEY = 2,
    KEK_ID_BYTES = 4,
    SECURE_HEAP = 1 << 16,
    SECURE_HEAP_STEP = 32
};

struct sealer {
    struct gcm *gcm;
    struct random_pool *random;
    struct blind *blind;
    uint8_t *kek;
    uint32_t kek_id;
    bool locked;
};

/* The heap of OpenSSL is used even where it could not be locked (it answers 2 then): guard pages and no core dump are still worth it. */
static uint8_t *key_memory(bool *locked)
{
    if (!CRYPTO_secure_malloc_initialized())
        (void)CRYPTO_secure_malloc_init(SECURE_HEAP, SECURE_HEAP_STEP);
    uint8_t *key = OPENSSL_secure_zalloc(SEAL_KEY);
    *locked = key && mlock(key, SEAL_KEY) == 0 && CRYPTO_secure_allocated(key);
    return key;
}

static enum err sealer_fill(struct sealer *s, const uint8_t kek[SEAL_KEY], const uint8_t index_secret[SEAL_KEY])
{
    s->kek = key_memory(&s->locked);
    if (!s->kek)
        return ERR_NOMEM;
    memcpy(s->kek, kek, SEAL_KEY);
    enum err e = gcm_new(&s->gcm);
    if (!e)
        e = random_pool_new(&s->random);
    return e ? e : blind_new(index_secret, &s->blind);
}

enum err sealer_new(const uint8_t kek[SEAL_KEY], uint32_t kek_id, const uint8_t index_secret[SEAL_KEY], struct sealer **ret)
{
    struct sealer *s = calloc(1, sizeof *s);
    if (!s)
        return ERR_NOMEM;
    s->kek_id = kek_id;
    enum err e = sealer_fill(s, kek, index_secret);
    if (e) {
        sealer_free(s);
        return e;
    }
    *ret = s;
    return ERR_OK;
}

struct sealer *sealer_free(struct sealer *s)
{
    if (!s)
        return NULL;
    blind_free(s->blind);
    random_pool_free(s->random);
    gcm_free(s->gcm);
    OPENSSL_secure_clear_free(s->kek, SEAL_KEY);
    free(s);
    return NULL;
}

uint32_t sealer_kek_id(const struct sealer *s) { return s->kek_id; }

bool sealer_locked(const struct sealer *s) { return s->locked; }

static void put_kek_id(uint8_t *out, uint32_t id)
{
    for (int i = 0; i < KEK_ID_BYTES; i++)
        out[i] = (uint8_t)(id >> (8 * (KEK_ID_BYTES - 1 - i)));
}

enum err seal_wrap(struct sealer *s, struct span place, const struct data_key *key, uint8_t wrapped[SEAL_WRAPPED])
{
    uint8_t *nonce = wrapped + KEK_ID_BYTES;
    put_kek_id(wrapped, s->kek_id);
    enum err e = random_take(s->random, nonce, SEAL_NONCE);
    if (!e)
        e = gcm_seal(s->gcm, s->kek, nonce, (struct gcm_place){KIND_KEY, place}, key->bytes, SEAL_KEY, nonce + SEAL_NONCE);
    gcm_forget_seal(s->gcm);
    return e;
}

enum err seal_new_key(struct sealer *s, struct span place, struct data_key *key, uint8_t wrapped[SEAL_WRAPPED])
{
    enum err e = random_take(s->random, key->bytes, SEAL_KEY);
    if (!e)
        e = seal_wrap(s, place, key, wrapped);
    if (e)
        wipe(key, sizeof *key);
    return e;
}

enum err seal_unwrap(struct sealer *s, struct span place, struct span wrapped, struct data_key *key)
{
    if (wrapped.len != SEAL_WRAPPED)
        return ERR_CORRUPT;
    uint8_t id[KEK_ID_BYTES];
    put_kek_id(id, s->kek_id);
    if (memcmp(id, wrapped.data, sizeof id) != 0)
        return ERR_KEY;
    const uint8_t *nonce = wrapped.data + KEK_ID_BYTES;
    struct span sealed = {nonce + SEAL_NONCE, SEAL_KEY + SEAL_TAG};
    enum err e = gcm_open(s->gcm, s->kek, nonce, (struct gcm_place){KIND_KEY, place}, sealed, key->bytes);
    gcm_forget_open(s->gcm);
    return e;
}

enum err seal_value(struct sealer *s, const struct data_key *key, struct span place, const void *data, size_t len, uint8_t *out)
{
    uint8_t *nonce = out + 1;
    out[0] = VALUE_VERSION;
    enum err e = random_take(s->random, nonce, SEAL_NONCE);
    return e ? e : gcm_seal(s->gcm, key->bytes, nonce, (struct gcm_place){KIND_VALUE, place}, data, len, nonce + SEAL_NONCE);
}

enum err seal_open(struct sealer *s, const struct data_key *key, struct span place, struct span sealed, uint8_t *out)
{
    if (sealed.len < SEAL_OVERHEAD || sealed.data[0] != VALUE_VERSION)
        return ERR_CORRUPT;
    const uint8_t *nonce = sealed.data + 1;
    struct span rest = {nonce + SEAL_NONCE, sealed.len - 1 - SEAL_NONCE};
    return gcm_open(s->gcm, key->bytes, nonce, (struct gcm_place){KIND_VALUE, place}, rest, out);
}

enum err seal_blind(struct sealer *s, enum blind_use use, const struct span *parts, size_t count, uint8_t out[BLIND_SIZE])
{
    return blind_compute(s->blind, use, parts, count, out);
}
