#include <stdlib.h>
#include <string.h>

#include "flux/base/wipe.h"
#include "store/asof.h"
#include "store/findings.h"
#include "store/flux_set.h"
#include "store/images.h"

struct own_reject {
    uint32_t flux, id;
};

struct nights {
    struct images m; /* of a dossier, when there is one */
    bool known;
    char numdemrsa[DOSSIER_NUMBER_MAX];
    size_t numdemrsa_len;
    struct own_reject *rejects; /* ascending ids */
    size_t reject_count, reject_cap;
    enum err gather;
    size_t last; /* image of the carrier before, plus one */
    const struct moment *carrier;
    struct buf records[2], plain;
    struct serials persons[2], nir_changed;
    struct nirs nirs[2];
    unsigned turn; /* which of the two holds what is said now */
    struct night night;
    struct flux_entry flux;
    struct reject reject;
    struct dossier_findings findings;
    enum err (*visit)(void *ctx, const struct night *n);
    void *ctx;
};

static bool same_number(const struct nights *n, const char *numdemrsa)
{
    char form[DOSSIER_NUMBER_MAX];
    size_t len = store_dossier_number((struct span){(const uint8_t *)numdemrsa, strlen(numdemrsa)}, form);
    bool same = len && len == n->numdemrsa_len && memcmp(form, n->numdemrsa, len) == 0;
    wipe(form, sizeof form);
    return same;
}

static bool note_reject(void *ctx, const struct reject *r)
{
    struct nights *n = ctx;
    if (!same_number(n, r->numdemrsa))
        return true;
    if (n->reject_count == n->reject_cap) {
        size_t cap = n->reject_cap ? 2 * n->reject_cap : 16;
        struct own_reject *grown = realloc(n->rejects, cap * sizeof *grown);
        if (!grown) {
            n->gather = ERR_NOMEM;
            return false;
        }
        n->rejects = grown;
        n->reject_cap = cap;
    }
    n->rejects[n->reject_count++] = (struct own_reject){r->flux, r->id};
    return true;
}

static enum err find_rejects(struct nights *n, const char *numdemrsa)
{
    n->numdemrsa_len = store_dossier_number((struct span){(const uint8_t *)numdemrsa, strlen(numdemrsa)}, n->numdemrsa);
    if (!n->numdemrsa_len)
        return ERR_OK;
    enum err e = rejects_each(n->m.t, 0, note_reject, n);
    return e ? e : n->gather;
}

static enum err give(struct nights *n, const struct moment *m, enum night_kind kind)
{
    n->night.kind = kind;
    n->night.flux = &n->flux;
    enum err e = corrupt_if(ledger_get(n->m.t, m->id, &n->flux), ERR_NOTFOUND);
    return e ? e : n->visit(n->ctx, &n->night);
}

static enum err find_findings(struct nights *n, const struct moment *m)
{
    struct span value;
    struct key key = key_version(m->id, n->m.serial);
    enum err e = txn_get(n->m.t, TABLE_FINDINGS, key, &value);
    if (e)
        return e == ERR_NOTFOUND ? ERR_OK : e;
    e = findings_read(n->m.t, key_span(&key), value, &n->plain, &n->findings);
    n->night.findings = &n->findings;
    return e;
}

static enum err find_late(const struct nights *n, const struct moment *m, bool *late)
{
    const struct timeline *tl = n->m.timeline;
    enum err e = ERR_OK;
    *late = false;
    for (const struct moment *o = m + 1; !e && !*late && o < tl->at + tl->count; o++)
        if (!o->undone && o->id < m->id)
            e = flux_set_has(n->m.t, o->id, n->m.serial, late);
    return e;
}

static struct said said(const struct nights *n, const struct moment *m, unsigned turn, uint32_t line)
{
    return (struct said){.flux = m->id,
                         .line = line,
                         .day = m->day,
                         .record = buf_span(&n->records[turn]),
                         .persons = n->persons[turn].at,
                         .person_count = (uint32_t)n->persons[turn].count};
}

static enum err find_nir_changes(struct nights *n)
{
    unsigned now = n->turn, before = 1 - now;
    enum err e = ERR_OK;
    n->nir_changed.count = 0;
    for (size_t i = 0; i < n->persons[now].count; i++)
        for (size_t k = 0; !e && k < n->persons[before].count; k++)
            if (n->persons[now].at[i] == n->persons[before].at[k] && memcmp(n->nirs[now].at[i], n->nirs[before].at[k], KEY_BLIND) != 0)
                e = serials_add(&n->nir_changed, n->persons[now].at[i]);
    n->night.nir_changed = n->nir_changed.at;
    n->night.nir_changed_count = (uint32_t)n->nir_changed.count;
    return e;
}

static enum err carried(struct nights *n, const struct moment *m)
{
    size_t number = 0;
    uint32_t line = 0;
    n->night = (struct night){.first = !n->last};
    enum err e = images_in_force(&n->m, m, &number);
    if (e)
        return e;
    n->night.changed = number + 1 != n->last;
    if (n->night.changed) {
        n->turn = 1 - n->turn;
        e = images_open(&n->m, number, &n->records[n->turn], &n->persons[n->turn], &n->nirs[n->turn], &line);
    }
    n->last = number + 1;
    n->night.now = said(n, m, n->turn, images_flux(&n->m, number) == m->id ? line : 0);
    if (n->carrier)
        n->night.before = said(n, n->carrier, n->night.changed ? 1 - n->turn : n->turn, 0);
    if (!e && n->carrier && n->night.changed)
        e = find_nir_changes(n);
    if (!e)
        e = find_late(n, m, &n->night.late);
    if (!e)
        e = find_findings(n, m);
    n->carrier = m;
    return e ? e : give(n, m, NIGHT_CARRIED);
}

static enum err rejected(struct nights *n, const struct moment *m, bool *any)
{
    enum err e = ERR_OK;
    *any = false;
    for (size_t i = 0; !e && i < n->reject_count; i++) {
        if (n->rejects[i].flux != m->id)
            continue;
        *any = true;
        if ((e = reject_get(n->m.t, n->rejects[i].id, &n->reject)))
            break;
        n->night = (struct night){.reject = &n->reject};
        e = give(n, m, NIGHT_REJECTED);
        reject_free(&n->reject);
    }
    return e;
}

static enum err undone(struct nights *n, const struct moment *m)
{
    n->night = (struct night){0};
    return give(n, m, NIGHT_UNDONE);
}

static enum err one_night(struct nights *n, const struct moment *m)
{
    bool has = false, refused = false;
    if (m->undone)
        return undone(n, m);
    enum err e = n->known ? flux_set_has(n->m.t, m->id, n->m.serial, &has) : ERR_OK;
    if (!e && has)
        e = carried(n, m);
    if (!e)
        e = rejected(n, m, &refused);
    if (e || has || refused || m->typeflux != 'M' || !n->carrier || strcmp(m->applieme, n->carrier->applieme) != 0)
        return e;
    n->night = (struct night){0};
    return give(n, m, NIGHT_ABSENT);
}

static enum err walk(struct nights *n, struct store_txn *t, uint64_t serial, const char *numdemrsa)
{
    enum err e = images_load(&n->m, t, serial);
    n->known = !e;
    if (e == ERR_NOTFOUND && serial == 0)
        e = ERR_OK;
    if (!e)
        e = find_rejects(n, numdemrsa);
    for (size_t i = 0; !e && i < n->m.timeline->count; i++)
        e = one_night(n, &n->m.timeline->at[i]);
    return e;
}

static void nights_free(struct nights *n)
{
    images_free(&n->m);
    for (unsigned i = 0; i < 2; i++) {
        buf_free(&n->records[i]);
        serials_free(&n->persons[i]);
        free(n->nirs[i].at);
    }
    buf_free(&n->plain);
    serials_free(&n->nir_changed);
    free(n->rejects);
    wipe(n, sizeof *n);
    free(n);
}

enum err dossier_nights(struct store_txn *t, uint64_t serial, const char *numdemrsa, enum err (*visit)(void *ctx, const struct night *n),
                        void *ctx)
{
    struct nights *n = calloc(1, sizeof *n);
    if (!n)
        return ERR_NOMEM;
    n->visit = visit;
    n->ctx = ctx;
    buf_init(&n->records[0], RECORD_MAX);
    buf_init(&n->records[1], RECORD_MAX);
    buf_init(&n->plain, RECORD_MAX);
    enum err e = walk(n, t, serial, numdemrsa);
    nights_free(n);
    return e;
}
