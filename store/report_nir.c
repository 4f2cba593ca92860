/* One certified NIR that several persons have, who are not one: those whom the current images name. */
#include <stdlib.h>
#include <string.h>

#include "flux/base/grow.h"
#include "flux/base/wipe.h"
#include "store/index.h"
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
    struct holder *at = grow(h->at, h->count, &h->cap, sizeof(*at), 1024);
    if (!at)
        return ERR_NOMEM;
    h->at = at;
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

/* The person of the image at hand; NULL when it names nobody of this serial. */
static const struct right_person *person_in(const struct anomaly_search *s, uint64_t serial)
{
    for (size_t i = 0; i < s->image.persons.count; i++)
        if (s->image.persons.at[i] == serial)
            return &s->image.right.persons[i];
    return NULL;
}

enum err anomaly_now(struct anomaly_search *s, struct report_anomaly *a)
{
    size_t number;
    const struct anomalies_wanted last = {.month = MONTH_NONE}, *wanted = s->wanted;
    s->wanted = &last;
    enum err e = anomaly_open(s, a->dossier, &number, &a->state);
    s->wanted = wanted;
    a->right = &s->image.right;
    if (!e && a->person && !(a->who = person_in(s, a->person)))
        e = ERR_CORRUPT;
    if (!e)
        e = anomaly_flux(s, images_flux(&s->m, number), a);
    if (!e)
        e = s->visit(s->ctx, a);
    images_free(&s->m);
    return corrupt_if(e, ERR_NOTFOUND);
}

static enum err tell(struct anomaly_search *s, const struct holder *h, size_t count, uint32_t group)
{
    enum err e = ERR_OK;
    struct report_anomaly crowd = {.kind = ANOMALY_NIR_SHARED, .group = group, .count = count};
    if (count > INDEX_CROWD)
        return s->visit(s->ctx, &crowd);
    for (size_t i = 0; !e && i < count; i++) {
        struct report_anomaly a = {.kind = ANOMALY_NIR_SHARED, .dossier = h[i].dossier, .person = h[i].serial, .group = group};
        e = anomaly_now(s, &a);
    }
    return e;
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
        if (several)
            e = tell(s, &h->at[i], end - i, group);
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
