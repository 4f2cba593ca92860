/* Who was in the monthly flux of a month and is in none of the next one: all monthly flux of a month count together, since a payer may send
 * several, and a dossier that another payer now carries is not lost. Source: flux-caf-msa 1.3 points 2 and 5, cases 41 to 43. */
#include <string.h>

#include "store/flux_set.h"
#include "store/index.h"
#include "store/report_anomaly.h"

struct months {
    struct anomaly_search *s;
    int now, before;
    const struct moment *last; /* of the month */
    struct flux_set seen;      /* carried or rejected by a monthly flux of the month, or listed */
};

static bool is_monthly(const struct moment *m) { return !m->undone && m->typeflux == 'M'; }

static bool is_of(const struct moment *m, const char *applieme) { return is_monthly(m) && strcmp(m->applieme, applieme) == 0; }

/* The last month of an APPLIEME, not after the wanted one, and the one before it for which it sent a monthly flux. */
static bool find_months(struct months *o, const char *applieme)
{
    const struct timeline *tl = o->s->timeline;
    o->now = o->s->wanted->month;
    for (size_t i = 0; o->s->wanted->month == MONTH_NONE && i < tl->count; i++)
        if (is_of(&tl->at[i], applieme) && report_month(tl->at[i].day) > o->now)
            o->now = report_month(tl->at[i].day);
    o->before = MONTH_NONE;
    o->last = NULL;
    for (size_t i = 0; i < tl->count; i++) {
        int month = report_month(tl->at[i].day);
        if (is_of(&tl->at[i], applieme) && month == o->now)
            o->last = &tl->at[i];
        else if (is_of(&tl->at[i], applieme) && month < o->now && month > o->before)
            o->before = month;
    }
    return o->last && o->before != MONTH_NONE;
}

static enum err see(void *ctx, uint64_t serial)
{
    struct months *o = ctx;
    bool was_there;
    return flux_set_add(&o->seen, serial, &was_there);
}

struct rejected {
    struct months *months;
    enum err err;
};

static bool see_reject(void *ctx, const struct reject *r)
{
    struct rejected *j = ctx;
    uint8_t blind[KEY_BLIND];
    uint64_t serial;
    struct store_txn *t = j->months->s->t;
    if (!r->numdemrsa[0])
        return true;
    enum err e = index_numdemrsa(t, span_of(r->numdemrsa, strlen(r->numdemrsa)), blind);
    if (!e)
        e = index_lookup_numdemrsa(t, blind, &serial);
    if (!e)
        e = see(j->months, serial);
    j->err = e == ERR_NOTFOUND ? ERR_OK : e;
    return !j->err;
}

static enum err see_month(struct months *o)
{
    enum err e = ERR_OK;
    const struct timeline *tl = o->s->timeline;
    struct rejected j = {.months = o};
    for (size_t i = 0; !e && i < tl->count; i++) {
        if (!is_monthly(&tl->at[i]) || report_month(tl->at[i].day) != o->now)
            continue;
        e = flux_set_each(o->s->t, tl->at[i].id, see, o);
        if (!e)
            e = rejects_each(o->s->t, tl->at[i].id, see_reject, &j);
        e = e ? e : j.err;
    }
    return e;
}

/* Whether the right was open when the flux of the month was made: what was closed then is rightly absent, and may have opened since. */
static enum err was_open(struct anomaly_search *s, const struct moment *last, bool *open)
{
    size_t number;
    char state = 0;
    *open = timeline_find(s->timeline, images_flux(&s->m, 0)) > last;
    if (*open)
        return ERR_OK;
    enum err e = images_in_force(&s->m, last, &number);
    if (!e)
        e = report_image_open(&s->older, &s->m, number);
    if (!e)
        e = report_state(&s->older, &s->m, number, &s->scratch, &state);
    *open = state_is_open(state);
    return e;
}

static enum err tell_missing(struct months *o, uint64_t serial)
{
    bool open = false;
    size_t number;
    struct anomaly_search *s = o->s;
    struct report_anomaly a = {.kind = ANOMALY_MISSING, .dossier = serial, .right = &s->image.right};
    enum err e = anomaly_open(s, serial, &number, &a.state);
    if (!e && state_is_open(a.state))
        e = was_open(s, o->last, &open);
    if (!e && open) {
        e = report_flux_of(s->t, o->last, &a.flux);
        if (!e)
            e = s->visit(s->ctx, &a);
    }
    images_free(&s->m);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

static enum err compare(void *ctx, uint64_t serial)
{
    struct months *o = ctx;
    bool was_there;
    enum err e = flux_set_add(&o->seen, serial, &was_there);
    return e || was_there ? e : tell_missing(o, serial);
}

static enum err compare_months(struct months *o, const char *applieme)
{
    const struct timeline *tl = o->s->timeline;
    enum err e = see_month(o);
    for (size_t i = 0; !e && i < tl->count; i++)
        if (is_of(&tl->at[i], applieme) && report_month(tl->at[i].day) == o->before)
            e = flux_set_each(o->s->t, tl->at[i].id, compare, o);
    return e;
}

static bool is_first_of(const struct timeline *tl, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (is_of(&tl->at[i], tl->at[at].applieme))
            return false;
    return is_monthly(&tl->at[at]);
}

enum err anomalies_missing(struct anomaly_search *s)
{
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < s->timeline->count; i++) {
        struct months o = {.s = s};
        if (is_first_of(s->timeline, i) && find_months(&o, s->timeline->at[i].applieme))
            e = compare_months(&o, s->timeline->at[i].applieme);
        flux_set_free(&o.seen);
    }
    return e;
}
