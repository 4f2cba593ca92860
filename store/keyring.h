/* The keys of a store, in a folder of their own: a small text file, the ring, that names a key-encryption key and an index secret; these
 * two, each wrapped by the master key, which is a file of 64 hexadecimal digits elsewhere or a credential. The first ring is number 0; the
 * pointer of the store names the one of its generation, so that keys and content change at one stroke. Sources: design 5, security CO-2,
 * CO-6, CO-7. */
#ifndef STORE_KEYRING_H
#define STORE_KEYRING_H

#include <stdint.h>

#include "flux/base/err.h"
#include "store/seal.h"
#include "store/store.h"

struct keyring {
    uint32_t kek_id, index_id;
    uint8_t kek[SEAL_KEY], index_secret[SEAL_KEY];
};

/* Makes KEK 1 and an index secret in the empty folder p->keys_dir, and the master key when there is none (*master_made). On a failure
 * nothing that it made stays. */
enum err keyring_create(const struct store_place *p, bool *master_made);
/* Takes back what keyring_create made. */
void keyring_remove(const struct store_place *p, bool master_made);
/* ERR_PERM when a file belongs to another user or is open to others, ERR_KEY when one is missing or the master key is not theirs. */
enum err keyring_load(const struct store_place *p, uint32_t number, struct keyring *k);
/* Their names: the ring first. Returns how many, 1 when that cannot be read. */
size_t keyring_files(const struct store_place *p, uint32_t number, char names[STORE_KEY_FILES][STORE_KEY_NAME]);
/* One more ring, which nothing names yet: a fresh KEK beside this index secret. Makes the master key when there is none. */
enum err keyring_add(const struct store_place *p, const uint8_t index_secret[SEAL_KEY], struct keyring *k, uint32_t *number);
/* Removes all other rings and what only they name, when this one opens; as far as possible. */
void keyring_sweep(const struct store_place *p, uint32_t number);

/* A fresh KEK; index_secret: NULL for a fresh one. */
enum err keyring_fresh(struct keyring *k, uint32_t kek_id, const uint8_t *index_secret);
/* A ring in a folder that is no instance's, under a key of its own. */
enum err keyring_put(int dirfd, const uint8_t key[SEAL_KEY], const struct keyring *k);
enum err keyring_get(int dirfd, const uint8_t key[SEAL_KEY], struct keyring *k);
void keyring_wipe(struct keyring *k);

#endif
