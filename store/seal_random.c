#include "store/seal_random.h"

#include <openssl/rand.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "flux/base/wipe.h"

enum { POOL_BYTES = 4096, TAKE_MAX = 64 };

/* A page that the kernel zeroes in a forked child, where left is therefore 0: the child draws its own. Where the kernel cannot
 * (before Linux 4.14), nothing is kept from one call to the next. */
struct random_pool {
    uint32_t left;
    uint32_t zeroed_by_fork;
    pid_t owner;
    uint8_t bytes[POOL_BYTES - 3 * sizeof(uint32_t)];
};

_Static_assert(sizeof(struct random_pool) == POOL_BYTES, "the pool is a page");

enum err random_pool_new(struct random_pool **ret)
{
    struct random_pool *p = mmap(NULL, sizeof *p, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return ERR_NOMEM;
    (void)mlock(p, sizeof *p);
    (void)madvise(p, sizeof *p, MADV_DONTDUMP);
    p->zeroed_by_fork = madvise(p, sizeof *p, MADV_WIPEONFORK) == 0;
    *ret = p;
    return ERR_OK;
}

struct random_pool *random_pool_free(struct random_pool *p)
{
    if (!p)
        return NULL;
    wipe(p, sizeof *p);
    munmap(p, sizeof *p);
    return NULL;
}

static enum err refill(struct random_pool *p)
{
    p->left = 0;
    if (RAND_bytes(p->bytes, sizeof p->bytes) != 1)
        return ERR_IO;
    p->left = sizeof p->bytes;
    return ERR_OK;
}

enum err random_take(struct random_pool *p, uint8_t *out, size_t n)
{
    if (n > TAKE_MAX)
        return ERR_BUG;
    if (!p->zeroed_by_fork)
        return RAND_bytes(out, (int)n) == 1 ? ERR_OK : ERR_IO;
    enum err e = p->left < n ? refill(p) : ERR_OK;
    if (e)
        return e;
    p->left -= (uint32_t)n;
    memcpy(out, p->bytes + p->left, n);
    wipe(p->bytes + p->left, n);
    return ERR_OK;
}
