/* What a backup says of itself: manifest.json, one member a line, closed by an HMAC under a key derived from the backup key. */
#ifndef STORE_MANIFEST_H
#define STORE_MANIFEST_H

#include "store/seal.h"
#include "store/store.h"

enum { MANIFEST_MAX = 16 << 10 };
#define MANIFEST_NAME "manifest.json"

extern const char *const manifest_files[BACKUP_FILES];

/* Names the backup key without telling anything of it. */
enum err manifest_key_id(const uint8_t key[SEAL_KEY], uint8_t id[16]);
enum err manifest_write(const struct backup_info *info, const uint8_t key[SEAL_KEY], struct buf *out);
/* ERR_KEY when another key closed it, ERR_STORE when its format is none of ours, ERR_CORRUPT. Does not fill name. */
enum err manifest_read(struct span text, const uint8_t key[SEAL_KEY], struct backup_info *out);

#endif
