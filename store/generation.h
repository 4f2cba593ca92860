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
    unsigned number;
    struct sealer *sealer;
};

/* Two empty folders become keys and an empty gen-1, prepared aside and renamed into place, synced. make fills the new kv environment. */
enum err generation_create(const struct store_place *p, enum err (*make)(int dirfd, struct sealer *s));
/* Checks owners and modes, reads the keys, takes the locks, looks at the pointer again after the shared lock. See store_open. */
enum err generation_open(const struct store_place *p, bool writable, const char *purpose, void (*waiting)(void *ctx, const char *holder),
                         void *ctx, struct generation *out);
void generation_close(struct generation *g);

#endif
