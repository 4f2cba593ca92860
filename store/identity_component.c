#include "store/identity_component.h"

#include <stdlib.h>
#include <string.h>

#include "flux/base/grow.h"
#include "store/identity_keys.h"
#include "store/identity_rows.h"
#include "store/index.h"
#include "store/person.h"

enum { DOSSIERS_KEPT = 256, DONE_FIRST = 256 };

void component_init(struct component *c, struct store_txn *t)
{
    *c = (struct component){0};
    member_loader_init(&c->loader, t);
}

static void drop_dossiers(struct component *c)
{
    for (size_t i = 0; i < c->dossier_count; i++)
        loaded_dossier_free(c->dossiers[i]);
    c->dossier_count = 0;
}

void component_free(struct component *c)
{
    drop_dossiers(c);
    free(c->dossiers);
    free(c->in);
    free(c->merges);
    free(c->done);
    serials_free(&c->scratch);
    member_loader_free(&c->loader);
}

/* ---- who was settled ---- */

static uint64_t *done_slot(const struct component *c, uint64_t person)
{
    size_t at = (size_t)(person * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (c->done_slots - 1);
    while (c->done[at] && c->done[at] != person)
        at = (at + 1) & (c->done_slots - 1);
    return &c->done[at];
}

static bool is_done(const struct component *c, uint64_t person) { return c->done_slots && *done_slot(c, person) == person; }

static enum err grow_done(struct component *c)
{
    size_t old_slots = c->done_slots;
    uint64_t *old = c->done, *done = calloc(old_slots ? 2 * old_slots : DONE_FIRST, sizeof *done);
    if (!done)
        return ERR_NOMEM;
    c->done = done;
    c->done_slots = old_slots ? 2 * old_slots : DONE_FIRST;
    for (size_t i = 0; i < old_slots; i++)
        if (old[i])
            *done_slot(c, old[i]) = old[i];
    free(old);
    return ERR_OK;
}

static enum err set_done(struct component *c, uint64_t person)
{
    if (2 * (c->done_count + 1) > c->done_slots && grow_done(c))
        return ERR_NOMEM;
    uint64_t *slot = done_slot(c, person);
    c->done_count += *slot == 0;
    *slot = person;
    return ERR_OK;
}

/* ---- dossiers ---- */

static enum err keep_dossier(struct component *c, struct loaded_dossier *d)
{
    if (c->dossier_count == c->dossier_cap) {
        size_t cap = c->dossier_cap ? 2 * c->dossier_cap : 64;
        struct loaded_dossier **dossiers = realloc(c->dossiers, cap * sizeof *dossiers);
        if (!dossiers)
            return ERR_NOMEM;
        c->dossiers = dossiers;
        c->dossier_cap = cap;
    }
    c->dossiers[c->dossier_count++] = d;
    return ERR_OK;
}

enum err component_dossier(struct component *c, uint64_t serial, struct loaded_dossier **ret)
{
    for (size_t i = c->dossier_count; i-- > 0;)
        if (c->dossiers[i]->serial == serial) {
            *ret = c->dossiers[i];
            return ERR_OK;
        }
    enum err e = member_load(&c->loader, serial, ret);
    if (!e)
        e = keep_dossier(c, *ret);
    if (e)
        loaded_dossier_free(*ret);
    return e;
}

enum err component_members(struct component *c, uint64_t dossier, struct serials *out)
{
    struct loaded_dossier *d;
    enum err e = component_dossier(c, dossier, &d);
    for (size_t i = 0; !e && i < d->count; i++)
        e = serials_add(out, d->at[i].member.serial);
    return e;
}

static struct loaded *member_in(struct loaded_dossier *d, uint64_t serial)
{
    for (size_t i = 0; i < d->count; i++)
        if (d->at[i].member.serial == serial)
            return &d->at[i];
    return NULL;
}

static enum err find_member(struct component *c, uint64_t person, struct loaded **ret)
{
    struct person row = {0};
    struct loaded_dossier *d;
    enum err e = person_load(c->loader.t, person, &row);
    uint64_t dossier = !e && row.count ? row.memberships[0].dossier : 0;
    person_free(&row);
    if (!e)
        e = corrupt_if(component_dossier(c, dossier, &d), ERR_NOTFOUND);
    if (!e && !(*ret = member_in(d, person)))
        e = ERR_CORRUPT;
    return e;
}

/* ---- gathering ---- */

static enum err enter(struct component *c, struct loaded *m)
{
    if (m->in)
        return ERR_OK;
    if (c->count == c->cap) {
        size_t cap = c->cap ? 2 * c->cap : 16;
        struct loaded **in = realloc(c->in, cap * sizeof *in);
        if (!in)
            return ERR_NOMEM;
        c->in = in;
        c->cap = cap;
    }
    m->in = true;
    c->in[c->count++] = m;
    return ERR_OK;
}

static enum err enter_candidates(struct component *c, const struct member *m, uint64_t dossier)
{
    struct loaded_dossier *d;
    enum err e = corrupt_if(component_dossier(c, dossier, &d), ERR_NOTFOUND);
    for (size_t i = 0; !e && i < d->count; i++)
        if (d->at[i].member.serial != m->serial && member_candidates(m, &d->at[i].member))
            e = enter(c, &d->at[i]);
    return e;
}

static enum err enter_by_keys(struct component *c, struct loaded *m)
{
    c->scratch.count = 0;
    enum err e = keys_lead(c->loader.t, m, &c->scratch);
    for (size_t i = 0; !e && i < c->scratch.count; i++)
        e = enter_candidates(c, &m->member, c->scratch.at[i]);
    return e;
}

static enum err enter_person(struct component *c, uint64_t person)
{
    struct loaded *m;
    enum err e = find_member(c, person, &m);
    return e == ERR_NOTFOUND ? ERR_OK : e ? e : enter(c, m);
}

static enum err enter_group(struct component *c, uint64_t leader)
{
    struct group g;
    enum err e = group_load(c->loader.t, leader, &g);
    if (e)
        return e == ERR_NOTFOUND ? ERR_OK : e;
    for (size_t i = 0; !e && i < g.count; i++)
        e = enter_person(c, g.at[i].person);
    group_free(&g);
    return e;
}

static enum err enter_partners(struct component *c, uint64_t person)
{
    struct serials partners = {0};
    enum err e = review_partners(c->loader.t, person, &partners);
    for (size_t i = 0; !e && i < partners.count; i++)
        e = enter_person(c, partners.at[i]);
    serials_free(&partners);
    return e;
}

static enum err add_merge(struct component *c, const uint8_t keys[2 * KEY_BLIND])
{
    struct human_pair *merges = grow(c->merges, c->merge_count, &c->merge_cap, sizeof(*merges), 4);
    if (!merges)
        return ERR_NOMEM;
    c->merges = merges;
    memcpy(c->merges[c->merge_count++].content, keys, 2 * KEY_BLIND);
    return ERR_OK;
}

/* The other side of a decision, if it is in the store today. */
static enum err enter_side(struct component *c, const struct decision_side *side)
{
    uint64_t serial;
    struct loaded_dossier *d;
    enum err e = index_lookup_numdemrsa(c->loader.t, side->numdemrsa, &serial);
    if (!e)
        e = component_dossier(c, serial, &d);
    for (size_t i = 0; !e && i < d->count; i++)
        if (memcmp(d->at[i].key, side->key, KEY_BLIND) == 0)
            e = enter(c, &d->at[i]);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

static enum err enter_decided(struct component *c, const struct member *m)
{
    struct key prefix = key_decision_prefix(m->content);
    struct kv_scan *scan;
    struct span key, value;
    struct decision d;
    enum err e = kv_scan_open(c->loader.t->kv, TABLE_DECISION, key_span(&prefix), (struct span){0}, &scan);
    if (e)
        return e;
    while (!(e = kv_scan_next(scan, &key, &value))) {
        e = decision_read(c->loader.t, key, value, &d);
        if (!e && d.kind == DECISION_MERGE && memcmp(key.data, key.data + KEY_BLIND, KEY_BLIND) < 0)
            e = add_merge(c, key.data);
        if (!e && d.kind == DECISION_MERGE)
            e = enter_side(c, &d.sides[1]);
        if (e)
            break;
    }
    kv_scan_close(scan);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

static enum err expand(struct component *c, struct loaded *m)
{
    enum err e = enter_by_keys(c, m);
    if (!e && m->leader)
        e = enter_group(c, m->leader);
    if (!e)
        e = enter_partners(c, m->member.serial);
    return e ? e : enter_decided(c, &m->member);
}

enum err component_gather(struct component *c, struct loaded *first)
{
    c->count = c->merge_count = 0;
    enum err e = enter(c, first);
    for (size_t i = 0; !e && i < c->count; i++)
        e = expand(c, c->in[i]);
    return e;
}

enum err component_settle(struct component *c, uint64_t person)
{
    struct loaded *m;
    if (is_done(c, person))
        return ERR_OK;
    enum err e = find_member(c, person, &m);
    if (!e)
        e = component_gather(c, m);
    if (!e)
        e = component_write(c);
    for (size_t i = 0; i < c->count; i++) {
        c->in[i]->in = false;
        e = e ? e : set_done(c, c->in[i]->member.serial);
    }
    c->count = 0;
    if (c->dossier_count > DOSSIERS_KEPT)
        drop_dossiers(c);
    return e;
}
