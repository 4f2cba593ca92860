/* A backup, read. */
#ifndef STORE_BACKUP_OPEN_H
#define STORE_BACKUP_OPEN_H

#include "store/txn.h"

struct backup {
    int fd;
    struct backup_info info;
    struct store *store; /* read only */
    uint8_t index_secret[SEAL_KEY];
};

/* Compares every file with the manifest, then opens the store with the keys that lie beside it. To be closed whatever is returned. */
enum err backup_open(const char *folder, const char *key, const struct store_watch *w, struct backup *out);
/* The same without comparing: what is read then may be damaged. */
enum err backup_open_as_is(const char *folder, const char *key, struct backup *out);
void backup_close(struct backup *b);

/* Walks the last commit of a store. */
enum err store_walk(struct store *s, const struct store_watch *w, uint64_t *checked);

#endif
