#include "store/undo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/identity.h"
#include "store/ledger.h"

/* ---- whether it may be undone ---- */

struct meeting {
    const struct flux_set *carried;
    bool met;
};

static enum err meet(void *ctx, uint64_t serial)
{
    struct meeting *m = ctx;
    m->met = m->met || flux_set_holds(m->carried, serial);
    return ERR_OK;
}

static enum err look_for_obstacles(struct undo *u)
{
    enum err e = ERR_OK;
    for (size_t i = u->orders.count; !e && i-- > 0 && u->orders.at[i].id > u->flux.id;) {
        struct meeting m = {.carried = &u->carried};
        e = flux_set_each(u->t, u->orders.at[i].id, meet, &m);
        if (m.met && u->done->in_the_way)
            u->done->others_in_the_way++;
        else if (m.met)
            u->done->in_the_way = u->orders.at[i].id;
    }
    return e ? e : u->done->in_the_way ? ERR_BAD : ERR_OK;
}

/* ---- its dossiers ---- */

static bool has_image(const struct head *head, uint32_t flux)
{
    bool has = head->flux == flux;
    for (size_t i = 0; !has && i < head->versions.count; i++)
        has = head->versions.at[i] == flux;
    return has;
}

static enum err remove_dossier(struct undo *u, uint64_t serial)
{
    bool was_there;
    enum err e = persons_leave(&u->persons, &u->history);
    if (!e)
        e = txn_delete(u->t, TABLE_DATA_KEY, key_dossier(serial));
    if (!e)
        e = txn_delete(u->t, TABLE_DOSSIER, key_dossier(serial));
    if (!e)
        e = flux_set_add(&u->removed, serial, &was_there);
    u->t->counters.dossiers -= !e;
    u->done->removed += !e;
    return e;
}

static enum err content_of(const struct history *h, uint8_t digest[IMAGE_DIGEST])
{
    struct image image;
    enum err e = image_read(h->current, &image);
    if (!e)
        memcpy(digest, image.digest, IMAGE_DIGEST);
    return e;
}

static enum err withdraw_image(struct undo *u, uint32_t next)
{
    struct history *h = &u->history;
    uint8_t was[IMAGE_DIGEST], is[IMAGE_DIGEST];
    enum err e = content_of(h, was);
    if (!e)
        e = history_withdraw(h, u->flux.id, next);
    if (!e)
        e = persons_settle(&u->persons, h);
    if (!e)
        e = content_of(h, is);
    if (e)
        return e;
    bool changed = memcmp(was, is, IMAGE_DIGEST) != 0;
    u->done->restored += changed;
    u->done->kept += !changed;
    return ERR_OK;
}

static enum err undo_dossier(struct undo *u, uint64_t serial)
{
    struct history *h = &u->history;
    uint32_t next = 0;
    enum err e = u->how->stop && *u->how->stop ? ERR_STOPPED : history_load(h, serial);
    if (e)
        return e;
    if (!has_image(&h->head, u->flux.id)) {
        u->done->kept++;
        return ERR_OK;
    }
    e = apply_next(u->t, &u->later, serial, &next);
    if (!e)
        e = identity_touch(u->t, serial);
    if (e)
        return e;
    return h->head.versions.count == 0 && !next ? remove_dossier(u, serial) : withdraw_image(u, next);
}

static enum err visit(void *ctx, uint64_t serial)
{
    struct undo *u = ctx;
    enum err e = undo_dossier(u, serial);
    u->seen++;
    if (u->how->progress)
        u->how->progress(u->how->ctx, u->seen, u->total);
    return e;
}

/* ---- what else it left ---- */

static enum err forget_findings(struct undo *u)
{
    struct key prefix = key_flux(u->flux.id);
    struct kv_scan *scan;
    enum err e = kv_scan_open(u->t->kv, TABLE_FINDINGS, key_span(&prefix), (struct span){0}, &scan);
    if (e)
        return e;
    struct span key, value;
    while (!(e = kv_scan_next(scan, &key, &value))) {
        if ((e = txn_delete(u->t, TABLE_FINDINGS, key_version(u->flux.id, key_tail64(key)))))
            break;
        u->done->findings_removed++;
    }
    kv_scan_close(scan);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

static enum err write_entry(struct undo *u)
{
    const struct flux_undo *undo = u->how;
    struct flux_entry *f = &u->flux;
    enum err e = ledger_forget_finders(u->t, f);
    f->status = FLUX_UNDONE;
    f->undone_at = undo->now;
    snprintf(f->undone_by, sizeof f->undone_by, "%s", undo->user);
    snprintf(f->undo_reason, sizeof f->undo_reason, "%s", undo->reason);
    if (!e)
        e = ledger_write(u->t, f);
    u->t->counters.flux_applied -= !e;
    return e;
}

/* ---- all of it ---- */

static enum err prepare(struct undo *u)
{
    uint32_t id = u->how->flux;
    enum err e = ledger_get(u->t, id, &u->flux);
    u->done->status = e ? 0 : u->flux.status;
    if (!e && u->flux.status != FLUX_APPLIED)
        e = ERR_BAD;
    if (!e)
        e = flux_set_load(u->t, id, &u->carried);
    if (!e)
        e = orders_load(u->t, &u->orders);
    if (!e)
        e = look_for_obstacles(u);
    return e ? e : later_make(&u->orders, id, &u->later);
}

static enum err run(struct undo *u)
{
    const struct flux_entry *f = &u->flux;
    uint64_t persons = u->t->counters.persons;
    u->total = f->created + f->updated + f->unchanged + f->superseded;
    enum err e = flux_set_visit(&u->carried, visit, u);
    if (!e)
        e = flux_set_forget(u->t, u->flux.id);
    if (!e)
        e = undo_rejects(u);
    if (!e)
        e = forget_findings(u);
    if (!e)
        e = undo_index(u);
    u->done->persons = persons - u->t->counters.persons;
    if (!e)
        e = write_entry(u);
    return e ? e : identity_settle(u->t);
}

enum err store_undo(struct store_txn *t, const struct flux_undo *undo, struct flux_undone *out)
{
    *out = (struct flux_undone){0};
    if (!t->writable)
        return ERR_BUG;
    struct undo *u = calloc(1, sizeof *u);
    if (!u)
        return ERR_NOMEM;
    u->t = t;
    u->done = out;
    u->how = undo;
    history_init(&u->history, t, &u->orders);
    persons_init(&u->persons, t);
    enum err e = prepare(u);
    if (!e)
        e = run(u);
    history_free(&u->history);
    persons_free(&u->persons);
    orders_free(&u->orders);
    free(u->later.at);
    flux_set_free(&u->carried);
    flux_set_free(&u->removed);
    free(u);
    return e;
}
