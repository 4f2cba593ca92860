#include "store/timeline.h"

#include <stdlib.h>
#include <string.h>

#include "flux/record/record.h"

void timeline_free(struct timeline *tl)
{
    if (!tl)
        return;
    free(tl->at);
    free(tl->place);
    free(tl);
}

const struct moment *timeline_find(const struct timeline *tl, uint32_t id)
{
    return id < tl->ids && tl->place[id] != TIMELINE_NONE ? &tl->at[tl->place[id]] : NULL;
}

static void take_text(const struct schema *s, struct span header, node_id leaf, char *out, size_t size)
{
    struct value v;
    if (!record_find(s->header, header.data, header.len, leaf, &v) || v.text.len >= size)
        return;
    memcpy(out, v.text.data, v.text.len);
    out[v.text.len] = '\0';
}

static void read_header(struct moment *m, struct span header)
{
    struct value v;
    char type[2] = "";
    const struct schema *s = schema_by_id(header.len ? header.data[0] : 0);
    if (!s)
        return;
    if (record_find(s->header, header.data, header.len, VRSB_IdentificationFlux_DTREF, &v) ||
        record_find(s->header, header.data, header.len, VRSB_IdentificationFlux_DTCREAFLUX, &v))
        m->day = v.number;
    take_text(s, header, VRSB_IdentificationFlux_TYPEFLUX, type, sizeof type);
    m->typeflux = type[0];
    take_text(s, header, VRSB_IdentificationFlux_APPLIEME, m->applieme, sizeof m->applieme);
}

static enum err add(struct store_txn *t, struct timeline *tl, uint32_t id, struct flux_entry *f)
{
    enum err e = ledger_get(t, id, f);
    if (e == ERR_NOTFOUND)
        return ERR_OK;
    if (e || (f->status != FLUX_APPLIED && f->status != FLUX_UNDONE))
        return e;
    const struct schema *s = schema_by_id(f->header.len ? f->header.data[0] : 0);
    struct moment *m = &tl->at[tl->count++];
    *m = (struct moment){.id = id, .imported_at = f->imported_at, .undone = f->status == FLUX_UNDONE};
    if (s)
        m->order = order_make(s, f->header, f->member_sha256);
    read_header(m, f->header);
    return ERR_OK;
}

/* An undone flux that was imported again is there twice, with one order. */
static int by_order(const void *a, const void *b)
{
    const struct moment *x = a, *y = b;
    int d = memcmp(x->order.bytes, y->order.bytes, ORDER_SIZE);
    return d ? d : (x->id > y->id) - (x->id < y->id);
}

static enum err load(struct store_txn *t, struct timeline *tl)
{
    struct flux_entry *f = malloc(sizeof *f);
    enum err e = f ? ERR_OK : ERR_NOMEM;
    for (uint32_t id = 1; !e && id < tl->ids; id++)
        e = add(t, tl, id, f);
    free(f);
    if (e)
        return e;
    if (tl->count)
        qsort(tl->at, tl->count, sizeof *tl->at, by_order);
    for (size_t i = 0; i < tl->ids; i++)
        tl->place[i] = TIMELINE_NONE;
    for (size_t i = 0; i < tl->count; i++)
        tl->place[tl->at[i].id] = (uint32_t)i;
    return ERR_OK;
}

static enum err make(struct store_txn *t, struct timeline **ret)
{
    struct timeline *tl = calloc(1, sizeof *tl);
    if (!tl)
        return ERR_NOMEM;
    tl->ids = t->counters.next_flux;
    tl->at = calloc(tl->ids + 1, sizeof *tl->at);
    tl->place = calloc(tl->ids + 1, sizeof *tl->place);
    enum err e = tl->at && tl->place ? load(t, tl) : ERR_NOMEM;
    if (e)
        timeline_free(tl);
    else
        *ret = tl;
    return e;
}

enum err timeline_of(struct store_txn *t, const struct timeline **ret)
{
    if (t->writable) {
        timeline_free(t->timeline);
        t->timeline = NULL;
    }
    enum err e = t->timeline ? ERR_OK : make(t, &t->timeline);
    *ret = t->timeline;
    return e;
}
