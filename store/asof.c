#include "store/asof.h"

#include <stdlib.h>
#include <string.h>

#include "flux/base/wipe.h"
#include "store/flux_set.h"
#include "store/images.h"

static bool speaks(const struct moment *m, const struct asof *when)
{
    return !m->undone && m->day <= when->day && m->imported_at <= when->known_at;
}

static enum err speaker(const struct images *m, const struct asof *when, const struct moment **ret)
{
    const struct timeline *tl = m->timeline;
    for (size_t i = tl->count; i-- > 0;) {
        bool has = false;
        enum err e = speaks(&tl->at[i], when) ? flux_set_has(m->t, tl->at[i].id, m->serial, &has) : ERR_OK;
        if (e)
            return e;
        if (has) {
            *ret = &tl->at[i];
            return ERR_OK;
        }
    }
    return ERR_NOTFOUND;
}

static enum err provenance(struct images *m, uint32_t speaking, const struct asof *when, struct dossier *out)
{
    const struct moment *own = timeline_find(m->timeline, out->flux);
    if (!own)
        return ERR_CORRUPT;
    if (own->imported_at > when->known_at) {
        out->flux = speaking;
        out->line = 0;
    }
    struct flux_entry f;
    enum err e = corrupt_if(ledger_get(m->t, out->flux, &f), ERR_NOTFOUND);
    if (!e)
        memcpy(out->member, f.member, sizeof out->member);
    return e;
}

static enum err read_at(struct images *m, const struct asof *when, struct dossier *out, uint32_t *flux)
{
    const struct moment *speaking = NULL;
    size_t number = 0;
    struct serials persons = {0};
    enum err e = speaker(m, when, &speaking);
    if (!e)
        e = images_in_force(m, speaking, &number);
    if (!e)
        e = images_open(m, number, &out->record, &persons, NULL, &out->line);
    out->persons = persons.at;
    out->person_count = (uint32_t)persons.count;
    if (e)
        return e;
    *flux = speaking->id;
    out->flux = images_flux(m, number);
    out->versions = (uint32_t)number + 1;
    return provenance(m, *flux, when, out);
}

enum err dossier_at(struct store_txn *t, uint64_t serial, const struct asof *when, struct dossier *out, uint32_t *flux)
{
    struct images m;
    *out = (struct dossier){.serial = serial};
    buf_init(&out->record, RECORD_MAX);
    enum err e = images_load(&m, t, serial);
    if (!e)
        e = read_at(&m, when, out, flux);
    images_free(&m);
    if (e)
        dossier_free(out);
    return e;
}

/* The flux that carried a dossier, in their order. */
struct carriers {
    const struct moment **at;
    size_t count;
};

static enum err carriers_find(const struct images *m, const struct asof *when, struct carriers *out)
{
    const struct timeline *tl = m->timeline;
    out->at = calloc(tl->count + 1, sizeof *out->at);
    if (!out->at)
        return ERR_NOMEM;
    for (size_t i = 0; i < tl->count; i++) {
        bool has = false;
        enum err e = speaks(&tl->at[i], when) ? flux_set_has(m->t, tl->at[i].id, m->serial, &has) : ERR_OK;
        if (e)
            return e;
        if (has)
            out->at[out->count++] = &tl->at[i];
    }
    return out->count ? ERR_OK : ERR_NOTFOUND;
}

static int by_day(const void *a, const void *b)
{
    const struct moment *x = *(const struct moment *const *)a, *y = *(const struct moment *const *)b;
    if (x->day != y->day)
        return x->day < y->day ? -1 : 1;
    return (x > y) - (x < y);
}

struct days {
    struct images m;
    struct buf record;
    struct serials persons;
    size_t shown; /* number of the image shown last, plus one */
    enum err (*visit)(void *ctx, const struct said *s);
    void *ctx;
};

static enum err show_day(struct days *d, const struct moment *speaking, int64_t day)
{
    size_t number = 0;
    uint32_t line = 0;
    enum err e = images_in_force(&d->m, speaking, &number);
    if (e || number + 1 == d->shown)
        return e;
    d->shown = number + 1;
    e = images_open(&d->m, number, &d->record, &d->persons, NULL, &line);
    if (e)
        return e;
    const struct said s = {.flux = speaking->id,
                           .line = images_flux(&d->m, number) == speaking->id ? line : 0,
                           .day = day,
                           .record = buf_span(&d->record),
                           .persons = d->persons.at,
                           .person_count = (uint32_t)d->persons.count};
    return d->visit(d->ctx, &s);
}

/* On each day, the last in order of those whose day has come. */
static enum err each_day(struct days *d, const struct carriers *c)
{
    enum err e = ERR_OK;
    const struct moment *last = NULL;
    for (size_t i = 0; !e && i < c->count; i++) {
        last = !last || c->at[i] > last ? c->at[i] : last;
        if (i + 1 == c->count || c->at[i + 1]->day != c->at[i]->day)
            e = show_day(d, last, c->at[i]->day);
    }
    return e;
}

enum err dossier_days(struct store_txn *t, uint64_t serial, const struct asof *when, enum err (*visit)(void *ctx, const struct said *s),
                      void *ctx)
{
    struct days d = {.visit = visit, .ctx = ctx};
    struct carriers c = {0};
    buf_init(&d.record, RECORD_MAX);
    enum err e = images_load(&d.m, t, serial);
    if (!e)
        e = carriers_find(&d.m, when, &c);
    if (!e) {
        qsort(c.at, c.count, sizeof(*c.at), by_day);
        e = each_day(&d, &c);
    }
    free(c.at);
    images_free(&d.m);
    serials_free(&d.persons);
    buf_free(&d.record);
    return e;
}
