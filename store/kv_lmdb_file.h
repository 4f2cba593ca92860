/* What LMDB does not say. First of all whether all of a file is there, before it maps it: a page that a valid meta refers to and that lies
 * beyond the end of the file kills the process with SIGBUS at first touch. */
#ifndef STORE_KV_LMDB_FILE_H
#define STORE_KV_LMDB_FILE_H

#include <lmdb.h>
#include <stdint.h>

#include "flux/base/err.h"
#include "store/kv.h"

/* ERR_STORE when the folder holds no data file; ERR_CORRUPT when its metas are not valid, or when it is shorter than they say and a
 * missing page is in use. */
enum err kv_lmdb_file_check(int dirfd);
/* LMDB calls a short write EIO: when the file system has no room left, that is what it was. */
enum err kv_lmdb_blame(MDB_env *env, enum err e);
/* Readers in the lock table, dead ones too, and the one that keeps most. */
void kv_lmdb_readers(MDB_env *env, struct kv_stat *out);
/* What the kernel counts as sent to the disk for this process (task_io_accounting.write_bytes, the figure of /proc/self/io, which a
 * process that is not dumpable may not read): a page that is dirtied twice before it is written counts once, tmpfs counts nothing. */
uint64_t kv_lmdb_written(void);

#endif
