/* What rounds have said of what stays where it is, kept in the spool: the next round says nothing of it until it changes, or a day has
 * passed. A daemon that stays knows by itself. */
#ifndef FLUX_DAEMON_SAID_H
#define FLUX_DAEMON_SAID_H

#include "flux/base/buf.h"
#include "flux/daemon/log.h"
#include "flux/daemon/settle.h"

#define SPOOL_SAID ".said"

enum { SAID_AGAIN_SECONDS = 24 * 3600, SAID_TEXT_MAX = 1 << 20 };

struct said_line {
    uint64_t key;
    int64_t at; /* seconds since 1970 */
    bool met;   /* in this round */
};

/* All zero at first. */
struct said {
    struct said_line *list; /* the first `known` of them by key, from rounds before */
    size_t known, count, room;
};

void said_free(struct said *s);
/* The key of what is said: what about, and as it is. seen: NULL for what is no entry of a drop folder. */
uint64_t said_key(enum event e, const struct about *a, const struct settle_seen *seen);
/* Whether it is to be said now; it counts as said then. */
bool said_judge(struct said *s, uint64_t key, int64_t now);

/* Lines that make no sense are left out: what they stood for is said again. text ends with a zero byte. */
void said_read(struct said *s, const char *text);
/* all: what was not met in this round is kept as well, since the round did not see everything. */
enum err said_write(const struct said *s, bool all, struct buf *out);

/* From and to the folder of the spool; what cannot be read or kept is said again. */
void said_load(struct said *s, int folder);
void said_keep(const struct said *s, int folder, bool all);
void said_forget(int folder);

#endif
