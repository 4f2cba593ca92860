/* The store's folder: gen-N behind one pointer file (CURRENT), a shared lock for whoever has it open, a write lock that names its holder,
 * and the keyring outside of it. Source: design 5. */
#ifndef STORE_GENERATION_H
#define STORE_GENERATION_H

#include <stdbool.h>

#include "flux/base/err.h"
#include "store/seal.h"
#include "store/store.h"

struct generation {
    int store_fd, dir_fd;            /* the store's folder, gen-N */
    int open_lock_fd, write_lock_fd; /* -1 when not held */
    unsigned number, ring;
    struct sealer *sealer;
};

/* Two empty folders become keys and an empty gen-1, prepared aside and renamed into place, synced. make fills the new kv environment. */
enum err generation_create(const struct store_place *p, enum err (*make)(int dirfd, struct sealer *s));
/* Checks owners and modes, reads the keys, takes the locks, looks at the pointer again after the shared lock. See store_open. */
enum err generation_open(const struct store_place *p, bool writable, const char *purpose, void (*waiting)(void *ctx, const char *holder),
                         void *ctx, struct generation *out);
void generation_close(struct generation *g);

/* For who replaces a generation. */
#define GENERATION_OPEN_LOCK "open.lock"
#define GENERATION_WRITE_LOCK "write.lock"
enum { GENERATION_NAME = 24 };

/* What the pointer file says: which generation is the store, which ring of keys is its own. */
struct pointer {
    uint32_t number, ring;
};
/* ERR_STORE when there is none, ERR_CORRUPT. */
enum err pointer_read(int store_fd, struct pointer *p);
/* By one rename, synced. After a failure either may stand there: read it. */
enum err pointer_write(int store_fd, const struct pointer *p);
/* "gen-7", or the name it has until it is made. */
void generation_name(unsigned number, bool made, char name[GENERATION_NAME]);
/* Of one that is made or not. */
bool generation_is_name(const char *name, unsigned *number);
/* Removes what a replacement left: every generation that the pointer does not name, then every ring of keys. For who holds the write lock:
 * nobody opens such a generation, since who replaces one waits until nobody has it open. As far as possible. */
void generation_sweep(const struct store_place *p, int store_fd);

#endif
