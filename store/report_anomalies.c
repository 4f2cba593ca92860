#include <stdlib.h>
#include <string.h>

#include "store/asof.h"
#include "store/report_anomaly.h"

static const struct anomaly_row rows[ANOMALY_COUNT] = {
#define ANOMALY(name, word, meaning) {word, meaning},
#include "store/anomaly.def"
#undef ANOMALY
};

const struct anomaly_row *anomaly_row(enum anomaly_kind kind) { return &rows[kind]; }

enum anomaly_kind anomaly_by_word(const char *word)
{
    unsigned k = 0;
    while (k < ANOMALY_COUNT && strcmp(rows[k].word, word) != 0)
        k++;
    return (enum anomaly_kind)k;
}

int report_month(int64_t day)
{
    int year, month, of_month;
    date_from_days(day, &year, &month, &of_month);
    return 12 * year + month - 1;
}

static int64_t last_day(int month)
{
    int64_t next = 0;
    int after = month + 1;
    return date_to_days(after / 12, after % 12 + 1, 1, &next) ? next - 1 : ASOF_EVER;
}

/* The image that speaks at the end of a month. */
static enum err number_at(struct anomaly_search *s, uint64_t dossier, size_t *number)
{
    struct dossier d;
    uint32_t flux;
    const struct asof when = {last_day(s->wanted->month), ASOF_EVER};
    enum err e = dossier_at(s->t, dossier, &when, &d, &flux);
    if (e)
        return e;
    *number = d.versions - 1;
    dossier_free(&d);
    return ERR_OK;
}

enum err anomaly_open(struct anomaly_search *s, uint64_t dossier, size_t *number, char *state)
{
    enum err e = images_load(&s->m, s->t, dossier);
    *number = s->m.head.versions.count;
    if (!e && s->wanted->month != MONTH_NONE)
        e = number_at(s, dossier, number);
    if (!e)
        e = report_image_open(&s->image, &s->m, *number);
    return e ? e : report_state(&s->image, &s->m, *number, &s->scratch, state);
}

enum err anomaly_flux(struct anomaly_search *s, uint32_t flux, struct report_anomaly *a)
{
    const struct moment *m = timeline_find(s->timeline, flux);
    return m ? report_flux_of(s->t, m, &a->flux) : ERR_CORRUPT;
}

static bool has(enum anomaly_kind kind, const struct right *r)
{
    switch (kind) {
    case ANOMALY_NO_DEMANDEUR:
        return right_demandeurs(r) == 0;
    case ANOMALY_DEMANDEURS:
        return right_demandeurs(r) > 1;
    case ANOMALY_NO_RANK_01:
        return r->first_ranks == 0;
    default:
        return false;
    }
}

/* The oldest image since which it is so without a break. */
static enum err since(struct anomaly_search *s, enum anomaly_kind kind, size_t *number)
{
    enum err e = ERR_OK;
    while (!e && *number > 0) {
        e = report_image_open(&s->older, &s->m, *number - 1);
        if (e || !has(kind, &s->older.right))
            break;
        --*number;
    }
    return e;
}

static enum err tell(struct anomaly_search *s, struct report_anomaly *a, size_t number)
{
    enum err e = since(s, a->kind, &number);
    if (!e)
        e = anomaly_flux(s, images_flux(&s->m, number), a);
    return e ? e : s->visit(s->ctx, a);
}

static enum err judge(struct anomaly_search *s, uint64_t dossier)
{
    static const enum anomaly_kind kinds[] = {ANOMALY_NO_DEMANDEUR, ANOMALY_DEMANDEURS, ANOMALY_NO_RANK_01};
    size_t number;
    struct report_anomaly a = {.dossier = dossier, .right = &s->image.right};
    enum err e = anomaly_open(s, dossier, &number, &a.state);
    for (size_t i = 0; !e && i < sizeof kinds / sizeof kinds[0]; i++) {
        a.kind = kinds[i];
        if (s->wanted->kinds >> a.kind & 1 && has(a.kind, &s->image.right))
            e = tell(s, &a, number);
    }
    images_free(&s->m);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

static enum err each_dossier(struct anomaly_search *s)
{
    struct kv_scan *scan;
    struct span key, value;
    enum err e = kv_scan_open(s->t->kv, TABLE_DOSSIER, (struct span){0}, (struct span){0}, &scan);
    if (e)
        return e;
    while (!(e = kv_scan_next(scan, &key, &value)))
        if ((e = judge(s, key_tail64(key))))
            break;
    kv_scan_close(scan);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

static enum err search(struct anomaly_search *s)
{
    const unsigned kinds = s->wanted->kinds;
    const unsigned of_households = 1u << ANOMALY_NO_DEMANDEUR | 1u << ANOMALY_DEMANDEURS | 1u << ANOMALY_NO_RANK_01;
    enum err e = timeline_of(s->t, &s->timeline);
    if (!e && kinds >> ANOMALY_MISSING & 1)
        e = anomalies_missing(s);
    if (!e && kinds & of_households)
        e = each_dossier(s);
    if (!e && kinds >> ANOMALY_NIR_SHARED & 1)
        e = anomalies_nir(s);
    if (!e && kinds >> ANOMALY_NEVER_SEEN & 1)
        e = anomalies_unknown(s);
    if (!e && kinds >> ANOMALY_CROWDED & 1)
        e = anomalies_crowded(s);
    return e;
}

enum err report_anomalies(struct store_txn *t, const struct anomalies_wanted *wanted,
                          enum err (*visit)(void *ctx, const struct report_anomaly *a), void *ctx)
{
    struct anomaly_search *s = calloc(1, sizeof *s);
    if (!s)
        return ERR_NOMEM;
    *s = (struct anomaly_search){.t = t, .wanted = wanted, .visit = visit, .ctx = ctx};
    report_image_init(&s->image);
    report_image_init(&s->older);
    report_image_init(&s->scratch);
    enum err e = search(s);
    report_image_free(&s->image);
    report_image_free(&s->older);
    report_image_free(&s->scratch);
    free(s);
    return e;
}
