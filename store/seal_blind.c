#include "store/seal_blind.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "flux/base/wipe.h"

enum { LENGTH_BYTES = 4, LABEL_MAX = 32 };

struct blind {
    EVP_MAC_CTX *uses[BLIND_COUNT]; /* keyed; the one of use 0 stays empty */
};

/* HKDF-SHA-256 (RFC 5869) without salt. */
static bool derive(EVP_KDF_CTX *kdf, const uint8_t secret[SEAL_KEY], enum blind_use use, uint8_t key[SEAL_KEY])
{
    char label[LABEL_MAX], digest[] = "SHA256";
    uint8_t input[SEAL_KEY];
    int n = snprintf(label, sizeof label, "fluxrsa blind %d", (int)use);
    memcpy(input, secret, sizeof input);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, input, sizeof input),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, label, (size_t)n),
        OSSL_PARAM_construct_end(),
    };
    EVP_KDF_CTX_reset(kdf);
    bool done = EVP_KDF_derive(kdf, key, SEAL_KEY, params) == 1;
    wipe(input, sizeof input);
    return done;
}

static EVP_MAC_CTX *keyed(EVP_MAC *mac, const uint8_t key[SEAL_KEY])
{
    char digest[] = "SHA256";
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
    EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);
    if (ctx && EVP_MAC_init(ctx, key, SEAL_KEY, params) == 1)
        return ctx;
    EVP_MAC_CTX_free(ctx);
    return NULL;
}

static bool fill(struct blind *b, EVP_MAC *mac, EVP_KDF_CTX *kdf, const uint8_t secret[SEAL_KEY])
{
    uint8_t key[SEAL_KEY];
    bool done = true;
    for (int use = 1; done && use < BLIND_COUNT; use++) {
        done = derive(kdf, secret, (enum blind_use)use, key);
        if (done)
            b->uses[use] = keyed(mac, key);
        done = b->uses[use] != NULL;
    }
    wipe(key, sizeof key);
    return done;
}

enum err blind_new(const uint8_t index_secret[SEAL_KEY], struct blind **ret)
{
    struct blind *b = calloc(1, sizeof *b);
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_KDF *hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *kdf = hkdf ? EVP_KDF_CTX_new(hkdf) : NULL;
    bool done = b && mac && kdf && fill(b, mac, kdf, index_secret);
    EVP_KDF_CTX_free(kdf);
    EVP_KDF_free(hkdf);
    EVP_MAC_free(mac);
    if (done)
        *ret = b;
    else
        blind_free(b);
    return done ? ERR_OK : ERR_NOMEM;
}

struct blind *blind_free(struct blind *b)
{
    if (!b)
        return NULL;
    for (int use = 0; use < BLIND_COUNT; use++)
        EVP_MAC_CTX_free(b->uses[use]);
    free(b);
    return NULL;
}

static bool put_part(EVP_MAC_CTX *ctx, struct span part)
{
    uint8_t length[LENGTH_BYTES];
    for (int i = 0; i < LENGTH_BYTES; i++)
        length[i] = (uint8_t)(part.len >> (8 * (LENGTH_BYTES - 1 - i)));
    return EVP_MAC_update(ctx, length, sizeof length) == 1 && (!part.len || EVP_MAC_update(ctx, part.data, part.len) == 1);
}

enum err blind_compute(struct blind *b, enum blind_use use, const struct span *parts, size_t count, uint8_t out[BLIND_SIZE])
{
    if ((int)use < 1 || use >= BLIND_COUNT)
        return ERR_BUG;
    EVP_MAC_CTX *ctx = b->uses[use];
    size_t got = 0;
    bool done = EVP_MAC_init(ctx, NULL, 0, NULL) == 1; /* again with the key that it has */
    for (size_t i = 0; done && i < count; i++)
        done = parts[i].len <= UINT32_MAX && put_part(ctx, parts[i]);
    done = done && EVP_MAC_final(ctx, out, &got, BLIND_SIZE) == 1 && got == BLIND_SIZE;
    if (!done)
        wipe(out, BLIND_SIZE);
    return done ? ERR_OK : ERR_BUG;
}
