#include "flux/base/digest.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flux/base/wipe.h"

enum { CHUNK = 128 << 10 };

static enum err feed(EVP_MD_CTX *ctx, int fd, uint8_t *chunk, const volatile int *stop, uint64_t *bytes)
{
    for (;;) {
        ssize_t n = read(fd, chunk, CHUNK);
        if ((n < 0 && errno == EINTR && !(stop && *stop)))
            continue;
        if (stop && *stop)
            return ERR_STOPPED;
        if (n < 0)
            return err_from_errno(errno);
        if (n == 0)
            return ERR_OK;
        if (!EVP_DigestUpdate(ctx, chunk, (size_t)n))
            return ERR_NOMEM;
        *bytes += (uint64_t)n;
    }
}

enum err digest_fd(int fd, const volatile int *stop, uint8_t out[DIGEST_SIZE], uint64_t *bytes)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t *chunk = malloc(CHUNK);
    enum err e = ctx && chunk ? ERR_OK : ERR_NOMEM;
    *bytes = 0;
    if (!e && !EVP_DigestInit_ex(ctx, EVP_sha256(), NULL))
        e = ERR_NOMEM;
    if (!e && lseek(fd, 0, SEEK_SET) < 0)
        e = err_from_errno(errno);
    if (!e)
        e = feed(ctx, fd, chunk, stop, bytes);
    if (!e && !EVP_DigestFinal_ex(ctx, out, NULL))
        e = ERR_NOMEM;
    if (!e && lseek(fd, 0, SEEK_SET) < 0)
        e = err_from_errno(errno);
    EVP_MD_CTX_free(ctx);
    if (chunk)
        wipe(chunk, CHUNK);
    free(chunk);
    return e;
}

enum err digest_bytes(const void *data, size_t len, uint8_t out[DIGEST_SIZE])
{
    return EVP_Digest(data, len, out, NULL, EVP_sha256(), NULL) ? ERR_OK : ERR_NOMEM;
}

void digest_hex(const uint8_t digest[DIGEST_SIZE], char out[DIGEST_HEX])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < DIGEST_SIZE; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    out[DIGEST_HEX - 1] = 0;
}

bool digest_from_hex(const char *text, uint8_t out[DIGEST_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    if (strspn(text, digits) != DIGEST_HEX - 1 || text[DIGEST_HEX - 1])
        return false;
    for (size_t i = 0; i < DIGEST_SIZE; i++)
        out[i] = (uint8_t)((strchr(digits, text[2 * i]) - digits) << 4 | (strchr(digits, text[2 * i + 1]) - digits));
    return true;
}
