#include "store/identity.h"

#include <stdlib.h>
#include <string.h>

#include "store/identity_component.h"
#include "store/identity_rows.h"
#include "store/person.h"

static enum err is_gone(struct store_txn *t, uint64_t person, bool *gone)
{
    struct span value;
    enum err e = txn_get(t, TABLE_PERSON, key_person(person), &value);
    *gone = e == ERR_NOTFOUND;
    return *gone ? ERR_OK : e;
}

/* Whoever was to be compared with somebody who is gone. */
static enum err forget_pairs(struct store_txn *t, uint64_t person, struct serials *left)
{
    struct serials partners = {0};
    enum err e = review_partners(t, person, &partners);
    for (size_t i = 0; !e && i < partners.count; i++)
        if (!(e = review_forget(t, person, partners.at[i])))
            e = serials_add(left, partners.at[i]);
    serials_free(&partners);
    return e;
}

/* Those who stay of a group that lost a member are worked out anew. */
static enum err break_group(struct store_txn *t, uint64_t leader, struct serials *left)
{
    struct group g;
    bool broken = false, gone;
    enum err e = group_load(t, leader, &g);
    bool there = !e;
    for (size_t i = 0; !e && i < g.count; i++) {
        e = is_gone(t, g.at[i].person, &gone);
        broken |= gone;
    }
    for (size_t i = 0; !e && broken && i < g.count; i++)
        e = serials_add(left, g.at[i].person);
    if (!e && broken)
        e = group_forget(t, leader);
    group_free(&g);
    return there ? e : e == ERR_NOTFOUND ? ERR_OK : e;
}

/* Every person to be looked at, those who are gone taken out of all that named them. */
static enum err seeds(struct store_txn *t, struct touched *d, struct serials *out)
{
    enum err e = ERR_OK;
    serials_unique(&d->persons);
    serials_unique(&d->leaders);
    for (size_t i = 0; !e && i < d->leaders.count; i++)
        e = break_group(t, d->leaders.at[i], out);
    for (size_t i = 0; !e && i < d->persons.count; i++) {
        bool gone;
        e = is_gone(t, d->persons.at[i], &gone);
        if (!e)
            e = gone ? forget_pairs(t, d->persons.at[i], out) : serials_add(out, d->persons.at[i]);
    }
    return e;
}

static enum err settle_person(struct component *c, uint64_t person)
{
    bool gone;
    enum err e = is_gone(c->loader.t, person, &gone);
    return e || gone ? e : component_settle(c, person);
}

static enum err settle_dossier(struct component *c, uint64_t dossier)
{
    struct serials members = {0};
    enum err e = component_members(c, dossier, &members);
    for (size_t i = 0; !e && i < members.count; i++)
        e = component_settle(c, members.at[i]);
    serials_free(&members);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

static enum err settle(struct store_txn *t, struct touched *d)
{
    struct component c;
    struct serials persons = {0};
    component_init(&c, t);
    serials_unique(&d->dossiers);
    enum err e = seeds(t, d, &persons);
    for (size_t i = 0; !e && i < d->dossiers.count; i++)
        e = settle_dossier(&c, d->dossiers.at[i]);
    for (size_t i = 0; !e && i < persons.count; i++)
        e = settle_person(&c, persons.at[i]);
    serials_free(&persons);
    component_free(&c);
    return e;
}

enum err identity_settle(struct store_txn *t)
{
    struct touched *d = t->touched;
    t->touched = NULL;
    enum err e = d ? settle(t, d) : ERR_OK;
    touched_free(d);
    return e;
}
