#include <stdlib.h>
#include <string.h>

#include "cli/flux_view.h"
#include "cli/json.h"
#include "cli/status_report.h"

enum { DIGEST = 32, SETTLED_MAX = 64 << 20 };

struct ledger_walk {
    struct status_report *report;
    struct buf settled; /* digests of bytes that were applied, or are counted as held, from the newest flux on */
};

static bool is_settled(const struct buf *settled, const uint8_t digest[DIGEST])
{
    for (size_t i = 0; i < settled->len; i += DIGEST)
        if (memcmp(settled->data + i, digest, DIGEST) == 0)
            return true;
    return false;
}

/* A file that comes again, or was applied since, waits for nobody. */
static void look_at_bytes(struct ledger_walk *w, const struct flux_entry *f)
{
    struct status_report *r = w->report;
    const uint8_t *digest = flux_digest(f);
    bool held = f->status == FLUX_HELD && !is_settled(&w->settled, digest);
    if (f->status != FLUX_APPLIED && !held)
        return;
    buf_put(&w->settled, digest, DIGEST);
    if (digest != f->archive_sha256 && f->status == FLUX_APPLIED && f->alone)
        buf_put(&w->settled, f->archive_sha256, DIGEST);
    r->held += held;
    if (held && r->newest_held == 0) {
        r->newest_held = f->id;
        memcpy(r->newest_held_sha256, digest, DIGEST);
    }
}

static void add_totals(struct status_report *r, const struct flux_entry *f)
{
    const uint64_t counts[OUTCOMES] = {f->read, f->created, f->updated, f->unchanged, f->superseded, f->rejected};
    r->flux[f->status]++;
    if (f->status != FLUX_APPLIED && f->status != FLUX_UNDONE)
        return;
    for (size_t k = 0; k < OUTCOMES; k++)
        r->households[k] += counts[k];
    if (f->status == FLUX_APPLIED)
        r->first_success = f->imported_at;
}

static void keep_last(struct status_report *r, const struct flux_entry *f)
{
    struct header_view v;
    header_view(f->header, &v);
    enum frequency k = v.typeflux[0] == 'M' ? FREQUENCY_MONTHLY : v.typeflux[0] == 'I' ? FREQUENCY_DAILY : FREQUENCIES;
    if (f->status != FLUX_APPLIED || k == FREQUENCIES || r->last[k])
        return;
    struct flux_result result = flux_result_of(f);
    r->last[k] = flux_json(&result);
    put_int(r->last[k], "imported_at", f->imported_at);
}

static bool look(void *ctx, const struct flux_entry *f)
{
    struct ledger_walk *w = ctx;
    look_at_bytes(w, f);
    add_totals(w->report, f);
    keep_last(w->report, f);
    return w->settled.err == ERR_OK;
}

enum err status_ledger(struct store_txn *t, struct status_report *r)
{
    struct ledger_walk w = {.report = r};
    buf_init(&w.settled, SETTLED_MAX);
    enum err e = ledger_each(t, look, &w);
    if (!e)
        e = w.settled.err;
    buf_free(&w.settled);
    return e;
}

struct reject_walk {
    struct store_txn *txn;
    struct status_report *report;
    uint32_t flux; /* the last that was looked up */
    enum err err;
};

static bool count_reject(void *ctx, const struct open_cause *c)
{
    struct reject_walk *w = ctx;
    struct status_report *r = w->report;
    struct flux_entry *f = NULL;
    r->rejects[c->code]++;
    if (c->flux == w->flux)
        return true;
    f = malloc(sizeof(*f));
    w->err = f ? ledger_get(w->txn, c->flux, f) : ERR_NOMEM;
    if (!w->err && (r->oldest_reject == 0 || f->imported_at < r->oldest_reject))
        r->oldest_reject = f->imported_at;
    w->flux = c->flux;
    free(f);
    return w->err == ERR_OK;
}

enum err status_rejects(struct store_txn *t, struct status_report *r)
{
    struct reject_walk w = {.txn = t, .report = r};
    enum err e = rejects_open_each(t, count_reject, &w);
    return e ? e : w.err == ERR_NOTFOUND ? ERR_CORRUPT : w.err;
}
