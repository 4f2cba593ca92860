/* One certified NIR that several persons have, who are not one: those whom the current images name. */
#include <stdlib.h>
#include <string.h>

#include "flux/base/wipe.h"
#include "store/person.h"
#include "store/report_anomaly.h"

struct holder {
    uint8_t nir[KEY_BLIND];
    uint64_t serial, leader, dossier;
};

struct holders {
    struct holder *at;
    size_t count, cap;
};

static enum err add(struct holders *h, const struct holder *one)
{
    if (h->count == h->cap) {
        size_t cap = h->cap ? 2 * h->cap : 1024;
        struct holder *at = realloc(h->at, cap * sizeof *at);
        if (!at)
            return ERR_NOMEM;
        h->at = at;
        h->cap = cap;
    }
    h->at[h->count++] = *one;
    return ERR_OK;
}

static enum err add_person(struct holders *h, uint64_t serial, const struct person *p)
{
    enum err e = ERR_OK;
    struct holder one = {.serial = serial, .leader = p->leader ? p->leader : serial};
    memcpy(one.nir, p->nir, KEY_BLIND);
    for (size_t i = 0; !e && p->nir_kind == NIR_CERTIFIED && i < p->count; i++)
        if (p->memberships[i].last == 0) {
            one.dossier = p->memberships[i].dossier;
            e = add(h, &one);
        }
    return e;
}

static enum err collect(struct store_txn *t, struct holders *h)
{
    struct kv_scan *scan;
    struct span key, value;
    struct person p = {0};
    enum err e = kv_scan_open(t->kv, TABLE_PERSON, (struct span){0}, (struct span){0}, &scan);
    if (e)
        return e;
    while (!(e = kv_scan_next(scan, &key, &value)))
        if ((e = person_read(t, key, value, &p)) || (e = add_person(h, key_tail64(key), &p)))
            break;
    kv_scan_close(scan);
    person_free(&p);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

static int by_nir(const void *a, const void *b)
{
    const struct holder *x = a, *y = b;
    int d = memcmp(x->nir, y->nir, KEY_BLIND);
    return d ? d : (x->dossier > y->dossier) - (x->dossier < y->dossier);
}

static enum err tell(struct anomaly_search *s, const struct holder *h, uint32_t group)
{
    size_t at = 0, number;
    struct report_anomaly a = {
        .kind = ANOMALY_NIR_SHARED, .dossier = h->dossier, .right = &s->image.right, .person = h->serial, .group = group};
    const struct anomalies_wanted last = {.month = MONTH_NONE}, *wanted = s->wanted;
    s->wanted = &last;
    enum err e = anomaly_open(s, h->dossier, &number, &a.state);
    s->wanted = wanted;
    if (!e) {
        while (at < s->image.persons.count && s->image.persons.at[at] != h->serial)
            at++;
        a.who = at < s->image.persons.count ? &s->image.right.persons[at] : NULL;
        e = a.who ? anomaly_flux(s, images_flux(&s->m, number), &a) : ERR_CORRUPT;
    }
    if (!e)
        e = s->visit(s->ctx, &a);
    images_free(&s->m);
    return corrupt_if(e, ERR_NOTFOUND);
}

static enum err tell_shared(struct anomaly_search *s, const struct holders *h)
{
    enum err e = ERR_OK;
    uint32_t group = 0;
    for (size_t i = 0, end; !e && i < h->count; i = end) {
        bool several = false;
        for (end = i + 1; end < h->count && memcmp(h->at[i].nir, h->at[end].nir, KEY_BLIND) == 0; end++)
            several |= h->at[end].leader != h->at[i].leader;
        group += several;
        for (size_t k = i; several && !e && k < end; k++)
            e = tell(s, &h->at[k], group);
    }
    return e;
}

enum err anomalies_nir(struct anomaly_search *s)
{
    struct holders h = {0};
    enum err e = collect(s->t, &h);
    if (h.count)
        qsort(h.at, h.count, sizeof *h.at, by_nir);
    if (!e)
        e = tell_shared(s, &h);
    if (h.at)
        wipe(h.at, h.cap * sizeof *h.at);
    free(h.at);
    return e;
}
