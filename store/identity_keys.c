#include "store/identity_keys.h"

#include <stdlib.h>

#include "store/index.h"

static enum err lead(struct store_txn *t, enum blind_use use, const uint8_t blind[KEY_BLIND], struct serials *out, bool *crowd)
{
    size_t before = out->count;
    enum err e = index_some(t, use, blind, INDEX_CROWD + 1, out);
    *crowd = out->count - before > INDEX_CROWD;
    if (*crowd)
        out->count = before;
    return e;
}

/* Crowded blinds are dropped. */
static enum err lead_all(struct store_txn *t, enum blind_use use, struct blinds *blinds, struct serials *out)
{
    enum err e = ERR_OK;
    for (size_t i = blinds->count; !e && i-- > 0;) {
        bool crowd;
        e = lead(t, use, blinds->at[i], out, &crowd);
        if (!e && crowd)
            blinds_drop(blinds, i);
    }
    return e;
}

/* A number that somebody names is crowded when many name it, or many have it. */
static enum err lead_named(struct store_txn *t, enum blind_use naming, enum blind_use having, struct blinds *blinds, struct serials *out)
{
    struct serials namers = {0};
    enum err e = lead_all(t, naming, blinds, &namers);
    serials_free(&namers);
    return e ? e : lead_all(t, having, blinds, out);
}

static enum err lead_namers(struct store_txn *t, enum blind_use naming, const uint8_t blind[KEY_BLIND], struct serials *out)
{
    bool crowd;
    return lead(t, naming, blind, out, &crowd);
}

static enum err member_links(struct store_txn *t, struct member *m, struct serials *out)
{
    enum err e = lead_named(t, BLIND_PRECE, BLIND_NUMDEMRSA, &m->prece, out);
    if (!e)
        e = lead_named(t, BLIND_CEDANT, BLIND_MATRICULE, &m->cedants, out);
    if (!e)
        e = lead_all(t, BLIND_MATRICULE, &m->matricules, out);
    for (size_t i = 0; !e && i < m->matricules.count; i++)
        e = lead_namers(t, BLIND_CEDANT, m->matricules.at[i], out);
    return e;
}

static enum err dossier_links(struct store_txn *t, struct loaded_dossier *d)
{
    enum err e = ERR_OK;
    if (d->links_read)
        return ERR_OK;
    d->links_read = true;
    if (d->count)
        e = lead_namers(t, BLIND_PRECE, d->at[0].member.numdemrsa, &d->linked);
    for (size_t i = 0; !e && i < d->count; i++)
        e = member_links(t, &d->at[i].member, &d->linked);
    serials_unique(&d->linked);
    return e;
}

enum err keys_lead(struct store_txn *t, struct loaded *m, struct serials *out)
{
    enum err e = dossier_links(t, m->of);
    for (size_t i = 0; !e && i < m->of->linked.count; i++)
        e = serials_add(out, m->of->linked.at[i]);
    if (!e)
        e = serials_add(out, m->of->serial);
    if (!e && m->member.certified)
        e = lead(t, BLIND_NIR, m->member.nir, out, &m->member.crowded);
    if (!e && m->member.precision == BIRTH_DAY)
        e = lead_all(t, BLIND_NAME_DAY, &m->member.days, out);
    serials_unique(out);
    return e;
}
