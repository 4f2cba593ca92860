/* What LMDB does not look at before it maps a file: is all of it there? A page that a valid meta refers to and that lies beyond the end
 * of the file kills the process with SIGBUS at first touch. */
#ifndef STORE_KV_LMDB_FILE_H
#define STORE_KV_LMDB_FILE_H

#include "flux/base/err.h"

/* ERR_STORE when the folder holds no data file; ERR_CORRUPT when its metas are not valid, or when it is shorter than they say and a
 * missing page is in use. */
enum err kv_lmdb_file_check(int dirfd);

#endif
