#include "flux/daemon/drop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flux/base/fdio.h"
#include "flux/base/folder_each.h"
#include "flux/base/grow.h"
#include "flux/daemon/tail.h"

void drop_init(struct drop *d) { *d = (struct drop){.fd = -1}; }

static void free_entries(struct drop_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(entries[i].name);
    free(entries);
}

void drop_forget_hints(struct drop *d)
{
    for (size_t i = 0; i < d->hint_count; i++)
        free(d->hints[i].name);
    free(d->hints);
    d->hints = NULL;
    d->hint_count = 0;
}

void drop_forget(struct drop *d)
{
    free_entries(d->entries, d->count);
    d->entries = NULL;
    d->count = 0;
    drop_forget_hints(d);
}

void drop_free(struct drop *d)
{
    drop_forget(d);
    fd_close(&d->fd);
    drop_init(d);
}

enum err drop_open(struct drop *d, const char *path, bool *other)
{
    struct stat st;
    /* Who may write beside a drop folder could put a link in its place, and have us empty any folder. */
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    enum err e = fd >= 0 && fstat(fd, &st) == 0 ? ERR_OK : err_from_errno(errno);
    *other = e || d->fd < 0 || st.st_dev != d->device || st.st_ino != d->inode;
    fd_close(&d->fd);
    if (e) {
        drop_forget(d);
        fd_close(&fd);
        return e;
    }
    d->fd = fd;
    d->device = st.st_dev;
    d->inode = st.st_ino;
    return ERR_OK;
}

void drop_take_hint(struct drop *d, const char *name, enum settle_hint hint)
{
    if (d->hint_count >= DROP_HINTS_MAX)
        return;
    struct drop_hint *hints = reallocarray(d->hints, d->hint_count + 1, sizeof(*hints));
    if (!hints)
        return;
    d->hints = hints;
    hints[d->hint_count].name = strdup(name);
    hints[d->hint_count].hint = hint;
    d->hint_count += hints[d->hint_count].name != NULL;
}

static int by_name(const void *a, const void *b)
{
    const struct drop_entry *x = a, *y = b;
    return strcmp(x->name ? x->name : "", y->name ? y->name : "");
}

static struct drop_entry *find(struct drop_entry *entries, size_t count, char *name)
{
    const struct drop_entry key = {.name = name};
    return count ? bsearch(&key, entries, count, sizeof(key), by_name) : NULL;
}

struct names {
    struct drop_entry *list;
    size_t count, room;
};

static enum err names_add(void *ctx, int folder, const char *name)
{
    struct names *n = ctx;
    (void)folder;
    struct drop_entry *list = grow(n->list, n->count, &n->room, sizeof(*list), 32);
    if (!list)
        return ERR_NOMEM;
    n->list = list;
    n->list[n->count] = (struct drop_entry){.name = strdup(name)};
    return n->list[n->count].name ? (void)n->count++, ERR_OK : ERR_NOMEM;
}

/* What was known of these names before goes on, and so does what had been said. */
static void carry_over(struct names *n, const struct drop *d)
{
    size_t at = 0;
    for (size_t i = 0; i < n->count; i++) {
        while (at < d->count && (!d->entries[at].name || strcmp(d->entries[at].name, n->list[i].name) < 0))
            at++;
        if (at < d->count && strcmp(d->entries[at].name, n->list[i].name) == 0) {
            n->list[i].seen = d->entries[at].seen;
            n->list[i].told = d->entries[at].told;
        }
    }
}

static bool has_sidecar(struct drop *d, const char *name, const char *suffix)
{
    char sidecar[2 * NAME_MAX + 2];
    struct stat st;
    snprintf(sidecar, sizeof(sidecar), "%s%s", name, suffix);
    return find(d->entries, d->count, sidecar) && fstatat(d->fd, sidecar, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode);
}

static void look(struct drop *d, struct drop_entry *entry, const struct settle_rule *rule, enum settle_hint hint, int64_t now)
{
    struct stat st;
    entry->verdict = (struct settle_verdict){SETTLE_IGNORE, INT64_MAX};
    if (settle_ignored(entry->name, rule) || fstatat(d->fd, entry->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return;
    bool sidecar = rule->complete == COMPLETE_SIDECAR && has_sidecar(d, entry->name, rule->suffix);
    if (!settle_same(&entry->seen, &st))
        entry->told = false;
    settle_look(&entry->seen, &st, hint, sidecar, now);
    entry->verdict = settle_judge(entry->name, &entry->seen, rule, now);
}

static void take_hints(struct drop *d, enum settle_hint *hints)
{
    for (size_t i = 0; i < d->hint_count && hints; i++) {
        const struct drop_entry *entry = find(d->entries, d->count, d->hints[i].name);
        if (entry)
            hints[entry - d->entries] = d->hints[i].hint;
    }
    drop_forget_hints(d);
}

enum err drop_scan(struct drop *d, const struct settle_rule *rule, int64_t now)
{
    struct names n = {0};
    enum err e = folder_each(d->fd, names_add, &n);
    if (e) {
        free_entries(n.list, n.count);
        drop_forget(d);
        return e;
    }
    if (n.count)
        qsort(n.list, n.count, sizeof(n.list[0]), by_name);
    carry_over(&n, d);
    free_entries(d->entries, d->count);
    d->entries = n.list;
    d->count = n.count;
    enum settle_hint *hints = calloc(n.count + 1, sizeof(*hints));
    take_hints(d, hints);
    for (size_t i = 0; i < d->count; i++)
        look(d, &d->entries[i], rule, hints ? hints[i] : HINT_NONE, now);
    free(hints);
    return ERR_OK;
}

int64_t drop_until(const struct drop *d)
{
    int64_t until = INT64_MAX;
    for (size_t i = 0; i < d->count; i++)
        if (d->entries[i].name && d->entries[i].verdict.act == SETTLE_WAIT && d->entries[i].verdict.until < until)
            until = d->entries[i].verdict.until;
    return until;
}

static enum err open_entry(const struct drop *d, const struct drop_entry *entry, int *fd)
{
    *fd = openat(d->fd, entry->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (*fd >= 0)
        return ERR_OK;
    return errno == ELOOP || errno == ENXIO ? ERR_BAD : err_from_errno(errno);
}

static bool is_seen(const struct drop_entry *entry, int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && settle_same(&entry->seen, &st);
}

/* Whether it has to be still for longer, since its end is none. A sender that says when a file is whole is believed; and so is the time of
 * the file, since a run that ends soon cannot wait. */
static bool doubtful(struct drop_entry *entry, const struct drop_take *how, int fd)
{
    struct stat st;
    if (how->rule->complete == COMPLETE_SIDECAR || entry->seen.moved_in || entry->seen.cut_off || fstat(fd, &st) < 0 ||
        st.st_mtim.tv_sec <= how->wall_now - SETTLE_DOUBT * how->rule->still / 1000)
        return false;
    entry->seen.cut_off = tail_cut_off(fd, entry->seen.size);
    return entry->seen.cut_off && settle_judge(entry->name, &entry->seen, how->rule, how->now).act == SETTLE_WAIT;
}

static enum err claim_open(struct drop *d, struct drop_entry *entry, const struct drop_take *how, int fd, char id[SPOOL_ID_MAX])
{
    char name[2 * NAME_MAX + 2];
    struct stat sidecar;
    struct claim c = {how->source, entry->name, d->fd, fd, false, &entry->seen, NULL, how->wall_now};
    if (!is_seen(entry, fd))
        return ERR_BUSY;
    /* Refused with EAGAIN when a writer has it open; for any other reason where leases are not to be had, and then stillness must do. */
    c.leased = fcntl(fd, F_SETLEASE, F_RDLCK) == 0;
    if (!c.leased && errno == EAGAIN)
        return ERR_BUSY;
    if (!is_seen(entry, fd))
        return ERR_BUSY;
    if (doubtful(entry, how, fd))
        return ERR_BUSY;
    snprintf(name, sizeof(name), "%s%s", entry->name, how->rule->suffix);
    if (how->rule->complete == COMPLETE_SIDECAR && fstatat(d->fd, name, &sidecar, AT_SYMLINK_NOFOLLOW) == 0)
        c.sidecar = &sidecar;
    return spool_claim(how->spool, &c, id);
}

enum err drop_claim(struct drop *d, struct drop_entry *entry, const struct drop_take *how, char id[SPOOL_ID_MAX])
{
    int fd = -1;
    enum err e = open_entry(d, entry, &fd);
    if (!e)
        e = claim_open(d, entry, how, fd, id);
    fd_close(&fd);
    if (e == ERR_BUSY) {
        entry->verdict = settle_judge(entry->name, &entry->seen, how->rule, how->now);
        if (entry->verdict.act == SETTLE_READY) {
            entry->seen.since = how->now;
            entry->seen.moved_in = false;
            entry->verdict = (struct settle_verdict){SETTLE_WAIT, how->now + how->rule->still};
        }
    } else if (!e || e == ERR_NOFILE) {
        free(entry->name);
        entry->name = NULL;
    }
    return e;
}
