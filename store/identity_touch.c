#include <stdlib.h>

#include "store/identity.h"
#include "store/image.h"
#include "store/person.h"

void touched_free(struct touched *d)
{
    if (!d)
        return;
    serials_free(&d->dossiers);
    serials_free(&d->persons);
    serials_free(&d->leaders);
    free(d);
}

static enum err ready(struct store_txn *t)
{
    if (!t->touched)
        t->touched = calloc(1, sizeof *t->touched);
    return t->touched ? ERR_OK : ERR_NOMEM;
}

enum err identity_lost(struct store_txn *t, uint64_t person, uint64_t leader)
{
    enum err e = ready(t);
    if (!e)
        e = serials_add(&t->touched->persons, person);
    return e || !leader ? e : serials_add(&t->touched->leaders, leader);
}

static enum err note_members(struct store_txn *t, const struct serials *members)
{
    struct person p = {0};
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < members->count; i++) {
        struct span value;
        struct key key = key_person(members->at[i]);
        e = txn_get(t, TABLE_PERSON, key, &value);
        if (!e && !(e = person_read(t, key_span(&key), value, &p)))
            e = identity_lost(t, members->at[i], p.leader);
        e = e == ERR_NOTFOUND ? ERR_OK : e;
    }
    person_free(&p);
    return e;
}

static bool just_touched(const struct touched *d, uint64_t dossier)
{
    return d->dossiers.count && d->dossiers.at[d->dossiers.count - 1] == dossier;
}

/* Who is there now is noted: it may be gone when things are settled. */
enum err identity_touch(struct store_txn *t, uint64_t dossier)
{
    struct span value, image;
    struct head head = {0};
    enum err e = ready(t);
    if (e || just_touched(t->touched, dossier))
        return e;
    e = serials_add(&t->touched->dossiers, dossier);
    if (!e)
        e = txn_get(t, TABLE_DOSSIER, key_dossier(dossier), &value);
    if (!e)
        e = head_read(value, &head, &image);
    if (!e)
        e = note_members(t, &head.members);
    head_free(&head);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}
