#include "store/gcm.h"

#include <limits.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdlib.h>

#include "flux/base/wipe.h"

struct gcm {
    EVP_CIPHER *cipher;
    EVP_CIPHER_CTX *seal, *open;
};

enum err gcm_new(struct gcm **ret)
{
    struct gcm *g = calloc(1, sizeof *g);
    if (!g)
        return ERR_NOMEM;
    g->cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    g->seal = EVP_CIPHER_CTX_new();
    g->open = EVP_CIPHER_CTX_new();
    if (!g->cipher || !g->seal || !g->open || EVP_EncryptInit_ex2(g->seal, g->cipher, NULL, NULL, NULL) != 1 ||
        EVP_DecryptInit_ex2(g->open, g->cipher, NULL, NULL, NULL) != 1) {
        gcm_free(g);
        return ERR_NOMEM;
    }
    *ret = g;
    return ERR_OK;
}

struct gcm *gcm_free(struct gcm *g)
{
    if (!g)
        return NULL;
    EVP_CIPHER_CTX_free(g->seal);
    EVP_CIPHER_CTX_free(g->open);
    EVP_CIPHER_free(g->cipher);
    free(g);
    return NULL;
}

/* Associated data: the kind, then the place. */
static bool put_place(EVP_CIPHER_CTX *ctx, struct gcm_place at)
{
    int n = 0;
    if (EVP_CipherUpdate(ctx, NULL, &n, &at.kind, 1) != 1)
        return false;
    return !at.place.len || EVP_CipherUpdate(ctx, NULL, &n, at.place.data, (int)at.place.len) == 1;
}

static bool put_data(EVP_CIPHER_CTX *ctx, const void *data, size_t len, uint8_t *out)
{
    int n = 0;
    return !len || (EVP_CipherUpdate(ctx, out, &n, data, (int)len) == 1 && (size_t)n == len);
}

enum err gcm_seal(struct gcm *g, const uint8_t key[GCM_KEY], const uint8_t nonce[GCM_NONCE], struct gcm_place at, const void *data,
                  size_t len, uint8_t *out)
{
    int n = 0;
    if (len > INT_MAX - GCM_TAG || at.place.len > INT_MAX)
        return ERR_TOOBIG;
    bool done = EVP_EncryptInit_ex2(g->seal, NULL, key, nonce, NULL) == 1 && put_place(g->seal, at) && put_data(g->seal, data, len, out) &&
                EVP_EncryptFinal_ex(g->seal, out + len, &n) == 1 && n == 0 &&
                EVP_CIPHER_CTX_ctrl(g->seal, EVP_CTRL_AEAD_GET_TAG, GCM_TAG, out + len) == 1;
    if (!done)
        wipe(out, len + GCM_TAG);
    return done ? ERR_OK : ERR_NOMEM;
}

enum err gcm_open(struct gcm *g, const uint8_t key[GCM_KEY], const uint8_t nonce[GCM_NONCE], struct gcm_place at, struct span in,
                  uint8_t *out)
{
    uint8_t none[1];
    int n = 0;
    if (in.len < GCM_TAG || in.len > INT_MAX || at.place.len > INT_MAX)
        return ERR_CORRUPT;
    size_t len = in.len - GCM_TAG;
    uint8_t tag[GCM_TAG];
    memcpy(tag, in.data + len, sizeof tag);
    bool ready = EVP_DecryptInit_ex2(g->open, NULL, key, nonce, NULL) == 1 &&
                 EVP_CIPHER_CTX_ctrl(g->open, EVP_CTRL_AEAD_SET_TAG, GCM_TAG, tag) == 1 && put_place(g->open, at);
    bool done = ready && put_data(g->open, in.data, len, out) && EVP_DecryptFinal_ex(g->open, len ? out + len : none, &n) == 1;
    if (!done && out)
        wipe(out, len);
    if (!ready)
        return ERR_NOMEM;
    return done ? ERR_OK : ERR_CORRUPT;
}

static const uint8_t NO_KEY[GCM_KEY];

/* A reset would free what the next call needs again. */
void gcm_forget_seal(struct gcm *g) { (void)EVP_EncryptInit_ex2(g->seal, NULL, NO_KEY, NULL, NULL); }

void gcm_forget_open(struct gcm *g) { (void)EVP_DecryptInit_ex2(g->open, NULL, NO_KEY, NULL, NULL); }
