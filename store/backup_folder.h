/* A folder of backups: each in a folder named by its time, made under a hidden name, removed by way of a hidden one, so that what has a
 * name is whole. */
#ifndef STORE_BACKUP_FOLDER_H
#define STORE_BACKUP_FOLDER_H

#include "store/seal.h"
#include "store/store.h"

/* Makes the folder when it is not there, takes its lock (ERR_BUSY), removes what was left by who died. */
enum err backups_open(const char *folder, int *dirfd, int *lock_fd);
/* An empty folder under a hidden name. */
enum err backups_begin(int dirfd, char hidden[BACKUP_NAME], int *fd);
/* Gives it the name of its time. */
enum err backups_publish(int dirfd, const char *hidden, const char *name);
/* A name that no backup has yet: of the second, with a number behind it when need be. */
enum err backups_name(int dirfd, int64_t now, char name[BACKUP_NAME]);
void backups_drop(int dirfd, const char *hidden);
/* Removes the oldest beyond keep of those of this key and of the store of spare, which is kept and counts. *removed: how many, though
 * others could not be. */
enum err backups_prune(int dirfd, const uint8_t key[SEAL_KEY], unsigned keep, const struct backup_info *spare, unsigned *removed);

/* The manifest in the folder of a backup. */
enum err backup_manifest(int fd, const uint8_t key[SEAL_KEY], struct backup_info *out);

#endif
