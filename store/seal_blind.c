#include "store/seal_blind.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "flux/base/wipe.h"

enum { LENGTH_BYTES = 4, LABEL_MAX = 32, BLOCK = 64, PAD_INNER = 0x36, PAD_OUTER = 0x5c };

/* HMAC by its two SHA-256 states after the key's block (RFC 2104, section 4): EVP_MAC takes nearly twice as long for short texts. Those
 * of use 0 stay empty. */
struct blind {
    EVP_MD_CTX *inner[BLIND_COUNT], *outer[BLIND_COUNT];
    EVP_MD_CTX *run;
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

/* The state after the key's block, which pad turns into the inner or the outer one. */
static EVP_MD_CTX *keyed(const EVP_MD *sha256, const uint8_t key[SEAL_KEY], uint8_t pad)
{
    uint8_t block[BLOCK];
    for (size_t i = 0; i < sizeof block; i++)
        block[i] = (uint8_t)((i < SEAL_KEY ? key[i] : 0) ^ pad);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool done = ctx && EVP_DigestInit_ex2(ctx, sha256, NULL) == 1 && EVP_DigestUpdate(ctx, block, sizeof block) == 1;
    wipe(block, sizeof block);
    if (done)
        return ctx;
    EVP_MD_CTX_free(ctx);
    return NULL;
}

static bool fill(struct blind *b, const EVP_MD *sha256, EVP_KDF_CTX *kdf, const uint8_t secret[SEAL_KEY])
{
    uint8_t key[SEAL_KEY];
    bool done = true;
    for (int use = 1; done && use < BLIND_COUNT; use++) {
        done = derive(kdf, secret, (enum blind_use)use, key);
        b->inner[use] = done ? keyed(sha256, key, PAD_INNER) : NULL;
        b->outer[use] = done ? keyed(sha256, key, PAD_OUTER) : NULL;
        done = b->inner[use] && b->outer[use];
    }
    wipe(key, sizeof key);
    return done;
}

enum err blind_new(const uint8_t index_secret[SEAL_KEY], struct blind **ret)
{
    struct blind *b = calloc(1, sizeof *b);
    EVP_MD *sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    EVP_KDF *hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *kdf = hkdf ? EVP_KDF_CTX_new(hkdf) : NULL;
    if (b)
        b->run = EVP_MD_CTX_new();
    bool done = b && b->run && sha256 && kdf && fill(b, sha256, kdf, index_secret);
    EVP_KDF_CTX_free(kdf);
    EVP_KDF_free(hkdf);
    EVP_MD_free(sha256);
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
    for (int use = 0; use < BLIND_COUNT; use++) {
        EVP_MD_CTX_free(b->inner[use]);
        EVP_MD_CTX_free(b->outer[use]);
    }
    EVP_MD_CTX_free(b->run);
    free(b);
    return NULL;
}

static bool put_part(EVP_MD_CTX *ctx, struct span part)
{
    uint8_t length[LENGTH_BYTES];
    for (int i = 0; i < LENGTH_BYTES; i++)
        length[i] = (uint8_t)(part.len >> (8 * (LENGTH_BYTES - 1 - i)));
    return EVP_DigestUpdate(ctx, length, sizeof length) == 1 && (!part.len || EVP_DigestUpdate(ctx, part.data, part.len) == 1);
}

static bool finish(struct blind *b, enum blind_use use, uint8_t out[BLIND_SIZE])
{
    uint8_t inner[BLIND_SIZE];
    bool done = EVP_DigestFinal_ex(b->run, inner, NULL) == 1 && EVP_MD_CTX_copy_ex(b->run, b->outer[use]) == 1 &&
                EVP_DigestUpdate(b->run, inner, sizeof inner) == 1 && EVP_DigestFinal_ex(b->run, out, NULL) == 1;
    wipe(inner, sizeof inner);
    return done;
}

enum err blind_compute(struct blind *b, enum blind_use use, const struct span *parts, size_t count, uint8_t out[BLIND_SIZE])
{
    if ((int)use < 1 || use >= BLIND_COUNT)
        return ERR_BUG;
    bool done = EVP_MD_CTX_copy_ex(b->run, b->inner[use]) == 1;
    for (size_t i = 0; done && i < count; i++)
        done = parts[i].len <= UINT32_MAX && put_part(b->run, parts[i]);
    done = done && finish(b, use, out);
    if (!done)
        wipe(out, BLIND_SIZE);
    return done ? ERR_OK : ERR_NOMEM;
}
