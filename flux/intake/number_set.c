#include "flux/intake/number_set.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "flux/base/wipe.h"

enum { KEY_SIZE = 16, SLOTS_FIRST = 1024 };

struct number_set {
    EVP_MAC *mac;
    EVP_MAC_CTX *ctx;
    uint8_t key[KEY_SIZE];
    uint64_t *slots; /* 0: free */
    size_t slot_count, used;
};

static enum err start(struct number_set *s)
{
    size_t size = sizeof(uint64_t);
    OSSL_PARAM params[] = {OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size), OSSL_PARAM_construct_end()};
    s->mac = EVP_MAC_fetch(NULL, "SIPHASH", NULL);
    s->ctx = s->mac ? EVP_MAC_CTX_new(s->mac) : NULL;
    s->slots = calloc(SLOTS_FIRST, sizeof *s->slots);
    s->slot_count = SLOTS_FIRST;
    if (!s->ctx || !s->slots || RAND_bytes(s->key, sizeof s->key) != 1 || EVP_MAC_CTX_set_params(s->ctx, params) != 1)
        return ERR_NOMEM;
    return ERR_OK;
}

enum err number_set_new(struct number_set **ret)
{
    struct number_set *s = calloc(1, sizeof *s);
    enum err e = s ? start(s) : ERR_NOMEM;
    *ret = e ? number_set_free(s) : s;
    return e;
}

struct number_set *number_set_free(struct number_set *s)
{
    if (!s)
        return NULL;
    if (s->slots)
        wipe(s->slots, s->slot_count * sizeof *s->slots);
    free(s->slots);
    wipe(s->key, sizeof s->key);
    EVP_MAC_CTX_free(s->ctx);
    EVP_MAC_free(s->mac);
    free(s);
    return NULL;
}

/* The slot of a hash, or the free one where it goes. There is always a free one. */
static uint64_t *probe(const struct number_set *s, uint64_t hash)
{
    size_t i = (size_t)((hash >> 32) * s->slot_count >> 32);
    while (s->slots[i] && s->slots[i] != hash)
        i = i + 1 == s->slot_count ? 0 : i + 1;
    return &s->slots[i];
}

/* From three quarters full to half full. */
static enum err grow(struct number_set *s)
{
    uint64_t *old = s->slots;
    size_t old_count = s->slot_count, count = old_count / 2 * 3;
    if (count > UINT32_MAX)
        return ERR_TOOBIG;
    uint64_t *slots = calloc(count, sizeof *slots);
    if (!slots)
        return ERR_NOMEM;
    s->slots = slots;
    s->slot_count = count;
    for (size_t i = 0; i < old_count; i++)
        if (old[i])
            *probe(s, old[i]) = old[i];
    wipe(old, old_count * sizeof *old);
    free(old);
    return ERR_OK;
}

static enum err hash_of(const struct number_set *s, struct span number, uint64_t *hash)
{
    uint8_t out[sizeof *hash];
    size_t len = 0;
    bool done = EVP_MAC_init(s->ctx, s->key, sizeof s->key, NULL) == 1 && EVP_MAC_update(s->ctx, number.data, number.len) == 1 &&
                EVP_MAC_final(s->ctx, out, &len, sizeof out) == 1 && len == sizeof out;
    memcpy(hash, out, sizeof *hash);
    *hash |= *hash == 0;
    return done ? ERR_OK : ERR_NOMEM;
}

enum err number_set_add(struct number_set *s, struct span number, bool *was_there)
{
    uint64_t hash = 0;
    enum err e = hash_of(s, number, &hash);
    if (!e && 4 * (s->used + 1) > 3 * s->slot_count)
        e = grow(s);
    if (e)
        return e;
    uint64_t *slot = probe(s, hash);
    *was_there = *slot == hash;
    s->used += !*was_there;
    *slot = hash;
    return ERR_OK;
}
