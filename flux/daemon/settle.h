/* When a file of a drop folder is whole: decided from what was seen of it, by the rule of its source. Source: security IN-1. */
#ifndef FLUX_DAEMON_SETTLE_H
#define FLUX_DAEMON_SETTLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "flux/intake/config.h"

struct settle_rule {
    enum complete_choice complete;
    int64_t still; /* ms */
    const char *suffix;
};

/* How many times as long a file must be still when something speaks against its being whole. */
enum { SETTLE_DOUBT = 10 };

/* What the kernel told of a name since the last look; the last of it counts. */
enum settle_hint { HINT_NONE, HINT_MOVED_IN, HINT_MADE_HERE };

/* What several looks at one name have shown. All zero before the first. */
struct settle_seen {
    unsigned mode;
    uint64_t device, inode, links, size;
    int64_t changed; /* ns, as the file system has it: only ever compared with itself */
    int64_t since;   /* ms: since when none of this has changed */
    bool known, moved_in, made_here, sidecar;
    bool cut_off; /* its end is not one, see tail.h */
};

enum settle_act {
    SETTLE_IGNORE, /* not ours: a name that says so */
    SETTLE_ASIDE,  /* no plain file of one name: never opened */
    SETTLE_WAIT,   /* until `until`, or until something changes when that is INT64_MAX */
    SETTLE_READY
};

struct settle_verdict {
    enum settle_act act;
    int64_t until;
};

/* Hidden and half-transferred names, and sidecars. */
bool settle_ignored(const char *name, const struct settle_rule *rule);
/* now: ms of a clock that never goes back. */
void settle_look(struct settle_seen *seen, const struct stat *st, enum settle_hint hint, bool sidecar, int64_t now);
/* Whether it is the file that was seen, as it was seen. */
bool settle_same(const struct settle_seen *seen, const struct stat *st);
struct settle_verdict settle_judge(const char *name, const struct settle_seen *seen, const struct settle_rule *rule, int64_t now);

#endif
