#include <string.h>

#include "store/backup_open.h"
#include "store/store.h"

struct differing {
    struct store_txn *live, *saved;
    bool same, undone; /* undone: those are looked for */
    bool (*visit)(void *ctx, const struct flux_entry *f, bool undone);
    void *ctx;
    enum err err;
};

static enum err holds(struct store_txn *t, const struct flux_entry *f, bool *applied)
{
    struct flux_entry found;
    enum err e = ledger_by_digest(t, f->member_sha256, &found);
    *applied = e == ERR_OK;
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

static enum err is_lost(const struct differing *d, const struct flux_entry *f, bool *lost)
{
    bool saved = false;
    enum err e = d->same ? holds(d->saved, f, &saved) : ERR_OK;
    *lost = !saved;
    return e;
}

/* Numbers say which was undone when one came twice; imported again since, nothing is to be undone. */
static enum err is_undone(const struct differing *d, const struct flux_entry *f, struct flux_entry *saved, bool *undone)
{
    bool again = false;
    *undone = false;
    enum err e = ledger_get(d->saved, f->id, saved);
    if (e)
        return e == ERR_NOTFOUND ? ERR_OK : e;
    e = holds(d->live, f, &again);
    *undone = saved->status == FLUX_APPLIED && !again && memcmp(saved->member_sha256, f->member_sha256, sizeof f->member_sha256) == 0;
    return e;
}

static bool see(void *ctx, const struct flux_entry *f)
{
    struct differing *d = ctx;
    struct flux_entry saved;
    const struct flux_entry *shown = d->undone ? &saved : f;
    bool differs = false;
    if (f->status == (d->undone ? FLUX_UNDONE : FLUX_APPLIED))
        d->err = d->undone ? is_undone(d, f, &saved, &differs) : is_lost(d, f, &differs);
    return !d->err && (!differs || d->visit(d->ctx, shown, d->undone));
}

static enum err see_all(struct differing *d, bool undone)
{
    d->undone = undone;
    enum err e = ledger_each(d->live, see, d);
    return e ? e : d->err;
}

static enum err compare(struct differing *d, const struct backup_info *info)
{
    uint8_t uuid[16];
    enum err e = store_identity(d->live, uuid);
    d->same = !e && memcmp(uuid, info->store, sizeof uuid) == 0;
    if (!e)
        e = see_all(d, false);
    return e || !d->same ? e : see_all(d, true);
}

enum err backup_differs(const char *folder, const char *key, struct store_txn *live, bool *same,
                        bool (*visit)(void *ctx, const struct flux_entry *f, bool undone), void *ctx)
{
    struct differing d = {.live = live, .visit = visit, .ctx = ctx};
    struct backup b;
    enum err e = backup_open_as_is(folder, key, &b);
    if (!e)
        e = store_read(b.store, &d.saved);
    if (!e)
        e = compare(&d, &b.info);
    *same = d.same;
    store_abort(d.saved);
    backup_close(&b);
    return e;
}
