#include "store/persons.h"

#include <stdlib.h>
#include <string.h>

#include "store/identity_rows.h"
#include "store/index.h"
#include "store/member_load.h"
#include "store/person.h"

void person_places_free(struct person_places *p)
{
    free(p->at);
    free(p->merges);
    *p = (struct person_places){0};
}

static enum err place_of(struct store_txn *t, uint64_t member, struct person_place *out)
{
    struct person row = {0};
    enum err e = person_load(t, member, &row);
    if (!e && row.count == 0)
        e = ERR_CORRUPT;
    if (!e) {
        const struct membership *m = &row.memberships[0];
        *out = (struct person_place){.member = member, .dossier = m->dossier, .nir_kind = row.nir_kind, .first = m->first, .last = m->last};
    }
    person_free(&row);
    return e;
}

static enum err leader_of(struct store_txn *t, uint64_t member, uint64_t *leader)
{
    struct person row = {0};
    enum err e = person_load(t, member, &row);
    *leader = row.leader;
    person_free(&row);
    return e;
}

/* A person who stands alone is a group of one. */
static enum err group_around(struct store_txn *t, uint64_t member, struct group *g)
{
    uint64_t leader;
    *g = (struct group){0};
    enum err e = leader_of(t, member, &leader);
    if (!e && leader)
        e = corrupt_if(group_load(t, leader, g), ERR_NOTFOUND);
    else if (!e)
        e = group_add(g, (struct joined){.person = member});
    return e;
}

/* What names a member in a decision. */
static enum err side_of(struct store_txn *t, uint64_t member, struct decision_side *out)
{
    struct person row = {0};
    struct dossier d = {0};
    struct value numdemrsa;
    enum err e = person_load(t, member, &row);
    if (!e)
        e = row.count ? corrupt_if(dossier_get(t, row.memberships[0].dossier, &d), ERR_NOTFOUND) : ERR_CORRUPT;
    if (!e && !record_find(VRSB_InfosFoyerRSA, d.record.data, d.record.len, VRSB_DemandeRSA_NUMDEMRSA, &numdemrsa))
        e = ERR_CORRUPT;
    if (!e)
        e = corrupt_if(index_numdemrsa(t, numdemrsa.text, out->numdemrsa), ERR_NOTFOUND);
    memcpy(out->key, row.key, KEY_BLIND);
    dossier_free(&d);
    person_free(&row);
    return e;
}

static enum err decision_sides(struct store_txn *t, uint64_t a, uint64_t b, struct decision *d)
{
    enum err e = side_of(t, a, &d->sides[0]);
    return e ? e : side_of(t, b, &d->sides[1]);
}

static enum err decision_of(struct store_txn *t, uint64_t a, uint64_t b, enum decision_kind kind, struct decision *out)
{
    struct decision sides = {.kind = kind};
    struct key keys[2];
    struct span value;
    enum err e = decision_sides(t, a, b, &sides);
    if (!e)
        e = decision_keys(t, &sides, keys);
    if (!e)
        e = txn_get(t, TABLE_DECISION, keys[0], &value);
    return e ? e : decision_read(t, key_span(&keys[0]), value, out);
}

static int last_first(const void *a, const void *b)
{
    const struct decision *x = a, *y = b;
    if (x->at != y->at)
        return x->at > y->at ? -1 : 1;
    return memcmp(x->sides, y->sides, sizeof x->sides);
}

static enum err add_merge(struct person_places *p, const struct decision *d)
{
    struct decision *merges = realloc(p->merges, (p->merge_count + 1) * sizeof *merges);
    if (!merges)
        return ERR_NOMEM;
    p->merges = merges;
    p->merges[p->merge_count++] = *d;
    return ERR_OK;
}

static enum err find_merges(struct store_txn *t, struct person_places *p)
{
    enum err e = ERR_OK;
    struct decision d;
    for (size_t i = 0; !e && i < p->count; i++)
        for (size_t k = i + 1; !e && k < p->count; k++) {
            e = decision_of(t, p->at[i].member, p->at[k].member, DECISION_MERGE, &d);
            if (!e)
                e = add_merge(p, &d);
            e = e == ERR_NOTFOUND ? ERR_OK : e;
        }
    if (p->merge_count)
        qsort(p->merges, p->merge_count, sizeof *p->merges, last_first);
    return e;
}

enum err person_places(struct store_txn *t, uint64_t id, struct person_places *out)
{
    struct group g;
    *out = (struct person_places){0};
    enum err e = group_around(t, id, &g);
    if (!e && !(out->at = calloc(g.count, sizeof *out->at)))
        e = ERR_NOMEM;
    for (size_t i = 0; !e && i < g.count; i++) {
        struct person_place *place = &out->at[out->count++];
        e = corrupt_if(place_of(t, g.at[i].person, place), ERR_NOTFOUND);
        place->rule = g.at[i].rule;
        place->compared = g.at[i].compared;
    }
    if (!e) {
        out->id = out->at[0].member;
        e = find_merges(t, out);
    }
    group_free(&g);
    return e;
}

enum err person_of(struct store_txn *t, uint64_t member, uint64_t *id, enum identity_rule *rule)
{
    struct group g;
    enum err e = group_around(t, member, &g);
    for (size_t i = 0; !e && i < g.count; i++)
        if (g.at[i].person == member)
            *rule = g.at[i].rule;
    if (!e)
        *id = g.at[0].person;
    group_free(&g);
    return e;
}

/* ---- review ---- */

static enum err describe(struct store_txn *t, struct span key, struct span value, struct review *out)
{
    *out = (struct review){.a = be64(key.data), .b = key_tail64(key)};
    enum err e = review_read(t, key, value, &out->entry);
    if (!e)
        e = decision_of(t, out->a, out->b, DECISION_DISMISS, &out->decision);
    out->dismissed = !e;
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

enum err reviews_each(struct store_txn *t, bool (*visit)(void *ctx, const struct review *r), void *ctx)
{
    struct kv_scan *scan;
    struct span key, value;
    struct review *r = calloc(1, sizeof *r);
    enum err e = r ? kv_scan_open(t->kv, TABLE_REVIEW, (struct span){0}, (struct span){0}, &scan) : ERR_NOMEM;
    if (e) {
        free(r);
        return e;
    }
    bool more = true;
    while (more && !(e = kv_scan_next(scan, &key, &value))) {
        if (key.len != 16 || be64(key.data) > key_tail64(key))
            continue;
        if ((e = describe(t, key, value, r)))
            break;
        more = visit(ctx, r);
    }
    kv_scan_close(scan);
    free(r);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

enum err review_get(struct store_txn *t, uint64_t a, uint64_t b, struct review *out)
{
    struct span value;
    struct key key = key_review(a < b ? a : b, a < b ? b : a);
    enum err e = txn_get(t, TABLE_REVIEW, key, &value);
    return e ? e : describe(t, key_span(&key), value, out);
}

/* ---- acts ---- */

static enum err put_decision(struct store_txn *t, struct decision *d, const struct person_act *act)
{
    size_t user = strlen(act->user), reason = strlen(act->reason);
    if (user >= sizeof d->user || reason >= sizeof d->reason)
        return ERR_TOOBIG;
    d->at = act->at;
    memcpy(d->user, act->user, user + 1);
    memcpy(d->reason, act->reason, reason + 1);
    return decision_put(t, d);
}

static enum err decide_pair(struct store_txn *t, uint64_t a, uint64_t b, struct decision *d, const struct person_act *act)
{
    struct span value;
    enum err e = t->writable ? txn_get(t, TABLE_REVIEW, key_review(a, b), &value) : ERR_BUG;
    if (!e)
        e = corrupt_if(decision_sides(t, a, b, d), ERR_NOTFOUND);
    return e ? e : put_decision(t, d, act);
}

static enum err settle_around(struct store_txn *t, uint64_t member)
{
    struct person_place place;
    enum err e = place_of(t, member, &place);
    if (!e)
        e = identity_touch(t, place.dossier);
    return e ? e : identity_settle(t);
}

enum err person_merge(struct store_txn *t, uint64_t a, uint64_t b, const struct person_act *act)
{
    struct decision d = {.kind = DECISION_MERGE};
    uint64_t one = 0, other = 0;
    enum err e = decide_pair(t, a, b, &d, act);
    if (!e)
        e = settle_around(t, a);
    if (!e)
        e = leader_of(t, a, &one);
    if (!e)
        e = leader_of(t, b, &other);
    return e ? e : one && one == other ? ERR_OK : ERR_BAD;
}

enum err person_dismiss(struct store_txn *t, uint64_t a, uint64_t b, int64_t until, const struct person_act *act)
{
    struct decision d = {.kind = DECISION_DISMISS, .until = until};
    return decide_pair(t, a, b, &d, act);
}

enum err person_unmerge(struct store_txn *t, uint64_t id, struct decision *undone)
{
    struct person_places p;
    enum err e = t->writable ? person_places(t, id, &p) : ERR_BUG;
    if (!t->writable)
        return e;
    if (!e && p.merge_count == 0)
        e = ERR_BAD;
    if (!e) {
        *undone = p.merges[0];
        e = decision_forget(t, undone);
    }
    if (!e)
        e = settle_around(t, id);
    person_places_free(&p);
    return e;
}
