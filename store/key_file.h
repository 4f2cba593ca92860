/* Files that hold a key: the master key and the backup key as they are, the others wrapped by one of these. ERR_PERM when a file belongs to
 * another user or is open to others, ERR_KEY when it is missing or is no such key. Sources: security CO-2, CO-7. */
#ifndef STORE_KEY_FILE_H
#define STORE_KEY_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flux/base/err.h"
#include "store/gcm.h"
#include "store/seal.h"

/* Looks at the file that it then reads. data: size + 1 bytes, so that a longer file shows. */
enum err key_file_read(int dirfd, const char *name, bool credential, uint8_t *data, size_t size, size_t *len);

/* 64 hexadecimal digits. */
enum err master_load(const char *path, uint8_t key[SEAL_KEY]);
enum err master_create(const char *path);
/* 32 bytes. */
enum err backup_key_load(const char *path, uint8_t key[SEAL_KEY]);

/* The name of the file is bound to what is in it. */
enum err wrapped_create(int dirfd, const char *name, struct gcm *g, const uint8_t master[SEAL_KEY], const uint8_t key[SEAL_KEY]);
enum err wrapped_load(int dirfd, const char *name, struct gcm *g, const uint8_t master[SEAL_KEY], uint8_t key[SEAL_KEY]);

#endif
