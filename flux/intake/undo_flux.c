#include "flux/intake/undo_flux.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "flux/intake/act.h"
#include "flux/intake/import.h"

enum { PROGRESS_EVERY_MS = 100 };

struct undoing {
    const struct intake_options *options;
    const struct flux_undo *undo;
    int64_t started_ms, shown_ms;
    struct store *store;
    struct flux_undone *out;
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void show_progress(void *ctx, uint64_t done, uint64_t dossiers)
{
    struct undoing *u = ctx;
    int64_t now = now_ms();
    char name[32];
    if (!u->options->progress || now - u->shown_ms < PROGRESS_EVERY_MS)
        return;
    u->shown_ms = now;
    snprintf(name, sizeof name, "flux %u", (unsigned)u->undo->flux);
    const struct intake_progress p = {name, done, done, dossiers, (double)(now - u->started_ms) / 1000};
    u->options->progress(u->options->ctx, &p);
}

static enum err put_act(struct store_txn *t, const struct undoing *u)
{
    char detail[512], subject[32];
    const struct flux_undone *n = u->out;
    snprintf(subject, sizeof subject, "flux:%u", (unsigned)u->undo->flux);
    snprintf(detail, sizeof detail,
             "removed=%" PRIu64 " restored=%" PRIu64 " kept=%" PRIu64 " rejects_removed=%" PRIu64 " rejects_reopened=%" PRIu64
             " reason: %s",
             n->removed, n->restored, n->kept, n->rejects_removed, n->rejects_reopened, u->undo->reason);
    const struct journal_act act = {"flux.undo", subject, "", detail};
    return act_put(t, &act);
}

/* A commit that failed may have reached the disk: only a fresh look says (security CR-6). */
static enum err look_again(struct undoing *u, enum err failure)
{
    struct store_txn *t = NULL;
    struct flux_entry found;
    u->store = store_close(u->store);
    enum err e = store_open(&u->options->place, true, "undo", NULL, NULL, &u->store);
    if (!e)
        e = store_read(u->store, &t);
    if (!e)
        e = ledger_get(t, u->undo->flux, &found);
    bool done = !e && found.status == FLUX_UNDONE;
    store_abort(t);
    return done ? ERR_OK : failure;
}

static enum err run(struct undoing *u)
{
    struct store_txn *t = NULL;
    enum err e = store_write(u->store, &t);
    if (!e)
        e = store_undo(t, u->undo, u->out);
    if (!e && !u->options->dry_run)
        e = put_act(t, u);
    if (e || u->options->dry_run) {
        store_abort(t);
        return e;
    }
    e = store_commit(t);
    return e ? look_again(u, e) : ERR_OK;
}

enum err intake_undo(const struct intake_options *o, uint32_t flux, const char *reason, struct flux_undone *out, bool *applied)
{
    struct undoing u = {.options = o, .out = out, .started_ms = now_ms(), .shown_ms = now_ms()};
    const struct flux_undo undo = {
        .flux = flux, .now = o->now(), .user = o->user, .reason = reason, .stop = o->stop, .progress = show_progress, .ctx = &u};
    u.undo = &undo;
    *applied = false;
    *out = (struct flux_undone){0};
    enum err e = store_open(&o->place, true, "undo", o->waiting, o->ctx, &u.store);
    if (!e && !o->dry_run)
        e = import_drain(o, u.store);
    if (!e)
        e = run(&u);
    *applied = !e && !o->dry_run;
    if (*applied)
        e = import_drain(o, u.store);
    store_close(u.store);
    return e;
}
