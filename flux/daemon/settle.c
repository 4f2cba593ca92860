#include "flux/daemon/settle.h"

#include <string.h>

#include "flux/base/fdio.h"

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);
    return n >= m && strcmp(name + n - m, end) == 0;
}

bool settle_ignored(const char *name, const struct settle_rule *rule)
{
    static const char *const unfinished[] = {".part", ".filepart", ".tmp", ".swp"};
    if (name[0] == '.')
        return true;
    for (size_t i = 0; i < sizeof(unfinished) / sizeof(unfinished[0]); i++)
        if (ends_with(name, unfinished[i]))
            return true;
    return rule->complete == COMPLETE_SIDECAR && ends_with(name, rule->suffix);
}

bool settle_same(const struct settle_seen *seen, const struct stat *st)
{
    return seen->known && seen->mode == st->st_mode && seen->device == st->st_dev && seen->inode == st->st_ino &&
           seen->links == st->st_nlink && seen->size == (uint64_t)st->st_size && seen->changed == stat_changed(st);
}

void settle_look(struct settle_seen *seen, const struct stat *st, enum settle_hint hint, bool sidecar, int64_t now)
{
    bool same = settle_same(seen, st);
    if (!same) {
        bool made_here = seen->made_here && seen->inode == st->st_ino;
        *seen = (struct settle_seen){.mode = st->st_mode,
                                     .device = st->st_dev,
                                     .inode = st->st_ino,
                                     .links = st->st_nlink,
                                     .size = (uint64_t)st->st_size,
                                     .changed = stat_changed(st),
                                     .since = now,
                                     .known = true,
                                     .made_here = made_here};
    }
    if (hint != HINT_NONE) {
        seen->moved_in = hint == HINT_MOVED_IN;
        seen->made_here = hint == HINT_MADE_HERE;
    }
    seen->sidecar = sidecar;
}

/* How long it must be still, in ms. A sender that moves files in writes them elsewhere: what was made here is not finished, unless nobody
 * ever moves it. */
static int64_t delay(const struct settle_seen *seen, const struct settle_rule *rule)
{
    if (seen->moved_in)
        return 0;
    if (seen->cut_off || (rule->complete == COMPLETE_RENAME && seen->made_here))
        return SETTLE_DOUBT * rule->still;
    return rule->still;
}

static bool whole(const struct settle_seen *seen, const struct settle_rule *rule, int64_t now)
{
    return rule->complete == COMPLETE_SIDECAR ? seen->sidecar : now - seen->since >= delay(seen, rule);
}

struct settle_verdict settle_judge(const char *name, const struct settle_seen *seen, const struct settle_rule *rule, int64_t now)
{
    struct settle_verdict v = {.until = seen->since + rule->still};
    if (settle_ignored(name, rule))
        v.act = SETTLE_IGNORE;
    else if (!S_ISREG(seen->mode))
        v.act = SETTLE_ASIDE;
    else if (seen->links > 1) /* a sender may link the final name before it removes the other one */
        v.act = now >= v.until ? SETTLE_ASIDE : SETTLE_WAIT;
    else
        v = (struct settle_verdict){whole(seen, rule, now) ? SETTLE_READY : SETTLE_WAIT, seen->since + delay(seen, rule)};
    if (v.act != SETTLE_WAIT || rule->complete == COMPLETE_SIDECAR)
        v.until = INT64_MAX;
    return v;
}
