#include <stdlib.h>
#include <string.h>

#include "flux/base/wipe.h"
#include "store/apply.h"

static enum finding_code dearest(const struct msg_household *m)
{
    const struct finding *best = &m->findings[0];
    for (uint32_t i = 1; i < m->findings_kept; i++)
        if (m->findings[i].cost < best->cost)
            best = &m->findings[i];
    return m->findings_kept ? best->code : FINDING_NONE;
}

/* ERR_NOTFOUND for one that is not open. */
static enum err read_open(struct store_txn *t, struct span key, struct span value, struct msg_household *scratch, struct open_cause *out)
{
    struct reject_entry entry;
    enum err e = reject_entry_read(t, key, value, &entry);
    if (e || entry.state != REJECT_OPEN)
        return e ? e : ERR_NOTFOUND;
    e = corrupt_if(message_read_household(entry.message, scratch), ERR_FRAME);
    if (!e)
        *out = (struct open_cause){.id = key_tail32(key), .flux = entry.flux, .code = dearest(scratch)};
    return e;
}

static enum err walk(struct store_txn *t, struct kv_scan *scan, struct msg_household *scratch,
                     bool (*visit)(void *ctx, const struct open_cause *r), void *ctx)
{
    struct span key, value;
    struct open_cause r;
    enum err e;
    while (!(e = kv_scan_next(scan, &key, &value))) {
        e = read_open(t, key, value, scratch, &r);
        if (e == ERR_NOTFOUND)
            continue;
        if (e || !visit(ctx, &r))
            return e;
    }
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

enum err rejects_open_each(struct store_txn *t, bool (*visit)(void *ctx, const struct open_cause *r), void *ctx)
{
    struct kv_scan *scan = NULL;
    struct msg_household *scratch = calloc(1, sizeof *scratch);
    enum err e = scratch ? kv_scan_open(t->kv, TABLE_REJECT, (struct span){0}, (struct span){0}, &scan) : ERR_NOMEM;
    if (!e) {
        e = walk(t, scan, scratch, visit, ctx);
        kv_scan_close(scan);
    }
    if (scratch)
        wipe(scratch, sizeof *scratch);
    free(scratch);
    return e;
}
