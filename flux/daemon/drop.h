/* One drop folder: what lies in it, as looks at it and hints of the kernel show it, and how a whole file is taken out of it. */
#ifndef FLUX_DAEMON_DROP_H
#define FLUX_DAEMON_DROP_H

#include "flux/daemon/settle.h"
#include "flux/daemon/spool.h"

struct drop_entry {
    char *name; /* NULL once claimed */
    struct settle_seen seen;
    struct settle_verdict verdict;
    bool told; /* why it is not taken */
};

struct drop_hint {
    char *name;
    enum settle_hint hint;
};

enum { DROP_HINTS_MAX = 4096 };

struct drop {
    int fd; /* -1: the folder is not there */
    uint64_t device, inode;
    struct drop_entry *entries; /* by name */
    size_t count, hint_count;
    struct drop_hint *hints; /* since the last scan; beyond DROP_HINTS_MAX none is kept, and files have to be still */
};

void drop_init(struct drop *d);
void drop_free(struct drop *d);
/* Opens the folder anew. *other: it is not the folder that it was. ERR_NOFILE: it is not there. */
enum err drop_open(struct drop *d, const char *path, bool *other);
void drop_take_hint(struct drop *d, const char *name, enum settle_hint hint);
/* What was seen is known no more: everything has to settle again. */
void drop_forget(struct drop *d);
/* Some were lost. */
void drop_forget_hints(struct drop *d);
/* Looks at everything in the folder. now: ms of a clock that never goes back. */
enum err drop_scan(struct drop *d, const struct settle_rule *rule, int64_t now);
/* When something will be ready, if nothing changes; INT64_MAX for never. */
int64_t drop_until(const struct drop *d);

struct drop_take {
    struct spool *spool;
    const char *source;
    const struct settle_rule *rule;
    int64_t now;      /* ms, as in drop_scan */
    int64_t wall_now; /* seconds since 1970 */
};

/* Claims a ready entry. ERR_BUSY: it is being written, or changed since: it has to settle again. ERR_NOFILE: it has gone. ERR_BAD: it is no
 * plain file any more. ERR_PERM: it may not be opened, or not moved. Else the spool could not take it. */
enum err drop_claim(struct drop *d, struct drop_entry *entry, const struct drop_take *how, char id[SPOOL_ID_MAX]);

#endif
