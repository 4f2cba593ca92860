/* Elements and codes in no list we know: which flux brought each first. */
#include <stdlib.h>
#include <string.h>

#include "store/report_anomaly.h"

#include "flux/base/grow.h"

struct met {
    struct flux_unknown unknown; /* count: of all flux */
    const struct moment *first;
};

struct all_met {
    struct met *at;
    size_t count, cap;
};

static struct met *find(const struct all_met *all, const struct flux_unknown *u)
{
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->at[i].unknown.path, u->path) == 0 && strcmp(all->at[i].unknown.code, u->code) == 0)
            return &all->at[i];
    return NULL;
}

static enum err meet(struct all_met *all, const struct flux_unknown *u, const struct moment *flux)
{
    struct met *known = find(all, u);
    if (known) {
        known->unknown.count += u->count;
        return ERR_OK;
    }
    struct met *at = grow(all->at, all->count, &all->cap, sizeof(*at), 32);
    if (!at)
        return ERR_NOMEM;
    all->at = at;
    all->at[all->count++] = (struct met){*u, flux};
    return ERR_OK;
}

static enum err meet_all(struct anomaly_search *s, struct all_met *all)
{
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < s->timeline->count; i++) {
        struct flux_report r = {0};
        if (s->timeline->at[i].undone)
            continue;
        e = flux_report_get(s->t, s->timeline->at[i].id, &r);
        for (size_t k = 0; !e && k < r.unknown_count; k++)
            e = meet(all, &r.unknown[k], &s->timeline->at[i]);
        flux_report_free(&r);
    }
    return e;
}

enum err anomalies_unknown(struct anomaly_search *s)
{
    struct all_met all = {0};
    enum err e = meet_all(s, &all);
    for (size_t i = 0; !e && i < all.count; i++) {
        struct report_anomaly a = {.kind = ANOMALY_NEVER_SEEN, .unknown = &all.at[i].unknown};
        if (s->wanted->month != MONTH_NONE && report_month(all.at[i].first->day) != s->wanted->month)
            continue;
        e = report_flux_of(s->t, all.at[i].first, &a.flux);
        if (!e)
            e = s->visit(s->ctx, &a);
    }
    free(all.at);
    return e;
}
