/* The keys of a store, in a folder of their own: a small text file that names the current key-encryption key, that key and the index
 * secret, each wrapped by the master key, which is a file of 64 hexadecimal digits elsewhere or a credential. Sources: design 5,
 * security CO-2, CO-6, CO-7. */
#ifndef STORE_KEYRING_H
#define STORE_KEYRING_H

#include <stdint.h>

#include "flux/base/err.h"
#include "store/seal.h"
#include "store/store.h"

struct keyring {
    uint32_t kek_id;
    uint8_t kek[SEAL_KEY], index_secret[SEAL_KEY];
};

/* Makes KEK 1 and an index secret in the empty folder p->keys_dir, and the master key when there is none (*master_made). On a failure
 * nothing that it made stays. */
enum err keyring_create(const struct store_place *p, bool *master_made);
/* Takes back what keyring_create made. */
void keyring_remove(const struct store_place *p, bool master_made);
/* ERR_PERM when a file belongs to another user or is open to others, ERR_KEY when one is missing or the master key is not theirs. */
enum err keyring_load(const struct store_place *p, struct keyring *k);
void keyring_wipe(struct keyring *k);

#endif
