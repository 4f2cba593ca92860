/* What was decided of a component, written where it differs from what stands there. */
#include <stdlib.h>
#include <string.h>

#include "store/identity_component.h"
#include "store/identity_rows.h"
#include "store/person.h"

struct verdict {
    struct component *c;
    const struct member **members;
    uint64_t *leaders; /* of each member from now on, 0: alone */
    struct identity_result result;
};

static bool position(const struct component *c, const uint8_t content[KEY_BLIND], size_t *at)
{
    for (*at = 0; *at < c->count; (*at)++)
        if (memcmp(c->in[*at]->member.content, content, KEY_BLIND) == 0)
            return true;
    return false;
}

static enum err decide(struct verdict *v)
{
    struct component *c = v->c;
    struct human_merge *merges = calloc(c->merge_count + 1, sizeof *merges);
    size_t n = 0;
    if (!merges)
        return ERR_NOMEM;
    for (size_t i = 0; i < c->count; i++)
        v->members[i] = &c->in[i]->member;
    for (size_t i = 0; i < c->merge_count; i++)
        if (position(c, c->merges[i].content[0], &merges[n].a) && position(c, c->merges[i].content[1], &merges[n].b))
            n++;
    enum err e = identity_decide(v->members, c->count, merges, n, &v->result);
    free(merges);
    return e;
}

static size_t group_of(const struct verdict *v, size_t i) { return v->result.joins[i].group; }

/* The smallest serial of each group of two or more. */
static void choose_leaders(struct verdict *v)
{
    for (size_t i = 0; i < v->c->count; i++) {
        uint64_t least = v->members[i]->serial;
        size_t size = 0;
        for (size_t k = 0; k < v->c->count; k++)
            if (group_of(v, k) == group_of(v, i)) {
                least = v->members[k]->serial < least ? v->members[k]->serial : least;
                size++;
            }
        v->leaders[i] = size > 1 ? least : 0;
    }
}

static enum err write_groups(struct verdict *v)
{
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < v->c->count; i++) {
        struct group g = {0};
        if (v->leaders[i] != v->members[i]->serial)
            continue;
        for (size_t k = 0; !e && k < v->c->count; k++)
            if (v->leaders[k] == v->leaders[i])
                e = group_add(&g, (struct joined){v->members[k]->serial, v->result.joins[k].rule, v->result.joins[k].compared});
        if (!e)
            e = group_put(v->c->loader.t, &g);
        group_free(&g);
    }
    return e;
}

static enum err forget_groups(struct verdict *v)
{
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < v->c->count; i++) {
        uint64_t old = v->c->in[i]->leader;
        bool leads = false;
        for (size_t k = 0; k < v->c->count; k++)
            leads |= v->leaders[k] == old;
        if (old && !leads)
            e = group_forget(v->c->loader.t, old);
    }
    return e;
}

static enum err write_members(struct verdict *v)
{
    struct store_txn *t = v->c->loader.t;
    struct person row = {0};
    struct buf scratch;
    enum err e = ERR_OK;
    buf_init(&scratch, IMAGE_MAX);
    for (size_t i = 0; !e && i < v->c->count; i++) {
        struct loaded *m = v->c->in[i];
        if (m->leader == v->leaders[i])
            continue;
        e = corrupt_if(person_load(t, m->member.serial, &row), ERR_NOTFOUND);
        row.leader = m->leader = v->leaders[i];
        if (!e)
            e = person_save(t, m->member.serial, &row, &scratch);
    }
    person_free(&row);
    buf_free(&scratch);
    return e;
}

/* Serials, the smaller one first. */
struct open_pair {
    uint64_t low, high;
};

static struct open_pair open_pair(uint64_t a, uint64_t b) { return a < b ? (struct open_pair){a, b} : (struct open_pair){b, a}; }

static int by_serials(const void *x, const void *y)
{
    const struct open_pair *a = x, *b = y;
    if (a->low != b->low)
        return a->low < b->low ? -1 : 1;
    return (a->high > b->high) - (a->high < b->high);
}

static enum err close_others(struct verdict *v, const struct open_pair *open, uint64_t person, struct serials *partners)
{
    enum err e = review_partners(v->c->loader.t, person, partners);
    for (size_t i = 0; !e && i < partners->count; i++) {
        struct open_pair p = open_pair(person, partners->at[i]);
        if (!bsearch(&p, open, v->result.pair_count, sizeof p, by_serials))
            e = review_forget(v->c->loader.t, person, partners->at[i]);
    }
    return e;
}

static enum err close_pairs(struct verdict *v)
{
    struct serials partners = {0};
    struct open_pair *open = calloc(v->result.pair_count + 1, sizeof *open);
    enum err e = open ? ERR_OK : ERR_NOMEM;
    for (size_t i = 0; !e && i < v->result.pair_count; i++)
        open[i] = open_pair(v->members[v->result.pairs[i].a]->serial, v->members[v->result.pairs[i].b]->serial);
    if (!e && v->result.pair_count)
        qsort(open, v->result.pair_count, sizeof *open, by_serials);
    for (size_t i = 0; !e && i < v->c->count; i++)
        e = close_others(v, open, v->members[i]->serial, &partners);
    free(open);
    serials_free(&partners);
    return e;
}

static enum err open_pairs(struct verdict *v)
{
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < v->result.pair_count; i++) {
        const struct identity_pair *p = &v->result.pairs[i];
        uint32_t a = v->c->in[p->a]->first, b = v->c->in[p->b]->first;
        struct review_entry r = {p->reason, p->compared, a > b ? a : b};
        e = review_put(v->c->loader.t, v->members[p->a]->serial, v->members[p->b]->serial, &r);
    }
    return e;
}

enum err component_write(struct component *c)
{
    struct verdict v = {.c = c};
    v.members = calloc(c->count + 1, sizeof *v.members);
    v.leaders = calloc(c->count + 1, sizeof *v.leaders);
    enum err e = v.members && v.leaders ? decide(&v) : ERR_NOMEM;
    if (!e) {
        choose_leaders(&v);
        e = forget_groups(&v);
    }
    if (!e)
        e = write_groups(&v);
    if (!e)
        e = write_members(&v);
    if (!e)
        e = close_pairs(&v);
    if (!e)
        e = open_pairs(&v);
    identity_result_free(&v.result);
    free(v.members);
    free(v.leaders);
    return e;
}
