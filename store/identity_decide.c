#include "store/identity_decide.h"

#include <stdlib.h>
#include <string.h>

#include "flux/base/grow.h"
#include "store/identity_edges.h"

struct decide {
    const struct member *const *members;
    size_t count;
    size_t *group, *wish; /* of each member: a member that leads to the first of its group */
    uint8_t *judged;      /* of the first of each wish: 0 not yet, else a verdict */
    struct edge *edges;
    size_t edge_count, edge_cap;
};

static int by_rank(const struct decide *d, size_t a, size_t b) { return memcmp(d->members[a]->rank, d->members[b]->rank, MEMBER_RANK); }

static size_t root(size_t *parent, size_t i)
{
    while (parent[i] != i)
        i = parent[i] = parent[parent[i]];
    return i;
}

/* The first by rank leads. */
static void join(const struct decide *d, size_t *parent, size_t a, size_t b)
{
    a = root(parent, a);
    b = root(parent, b);
    if (a != b && by_rank(d, a, b) < 0)
        parent[b] = a;
    else if (a != b)
        parent[a] = b;
}

static enum err add_edge(struct decide *d, struct edge e)
{
    struct edge *edges = grow(d->edges, d->edge_count, &d->edge_cap, sizeof(*edges), 16);
    if (!edges)
        return ERR_NOMEM;
    d->edges = edges;
    if (by_rank(d, e.a, e.b) > 0) {
        size_t a = e.a;
        e.a = e.b;
        e.b = a;
    }
    d->edges[d->edge_count++] = e;
    return ERR_OK;
}

static enum err find_edges(struct decide *d, const struct human_merge *merges, size_t merge_count)
{
    enum err e = ERR_OK;
    for (size_t a = 0; !e && a < d->count; a++)
        for (size_t b = a + 1; !e && b < d->count; b++) {
            struct edge edge = edge_between(d->members[a], d->members[b]);
            edge.a = a;
            edge.b = b;
            if (edge.rule || edge.reason)
                e = add_edge(d, edge);
        }
    for (size_t i = 0; !e && i < merge_count; i++)
        e = add_edge(d, (struct edge){merges[i].a, merges[i].b, RULE_HUMAN, REVIEW_DECIDED, 0});
    return e;
}

/* Stronger rules first, then by rank: nothing depends on the order in which edges were found. */
static int edge_order(const struct decide *d, const struct edge *x, const struct edge *y)
{
    if (x->rule != y->rule)
        return x->rule < y->rule ? -1 : 1;
    int c = by_rank(d, x->a, y->a);
    return c ? c : by_rank(d, x->b, y->b);
}

static int by_edge(const void *x, const void *y, void *d) { return edge_order(d, x, y); }

static bool groups_apart(const struct decide *d, size_t *parent, size_t a, size_t b)
{
    a = root(parent, a);
    b = root(parent, b);
    for (size_t i = 0; a != b && i < d->count; i++)
        for (size_t k = 0; root(parent, i) == a && k < d->count; k++)
            if (root(parent, k) == b && member_apart(d->members[i], d->members[k]))
                return true;
    return false;
}

enum { SOUND = 1, UNSOUND = 2 };

/* Whether all that would be one with this first member can be. */
static uint8_t judge(struct decide *d, size_t first)
{
    for (size_t i = 0; i < d->count; i++)
        for (size_t k = i + 1; root(d->wish, i) == first && k < d->count; k++)
            if (root(d->wish, k) == first && member_apart(d->members[i], d->members[k]))
                return UNSOUND;
    return SOUND;
}

static bool sound(struct decide *d, size_t first)
{
    if (!d->judged[first])
        d->judged[first] = judge(d, first);
    return d->judged[first] == SOUND;
}

/* All that the edges of one rule connect is joined when nothing in it contradicts, else nothing of it: which one to drop would be a guess.
 */
static void join_by_rule(struct decide *d, const struct edge *edges, size_t count)
{
    memset(d->judged, 0, d->count);
    for (size_t i = 0; i < d->count; i++)
        d->wish[i] = root(d->group, i);
    for (size_t i = 0; i < count; i++)
        join(d, d->wish, edges[i].a, edges[i].b);
    for (size_t i = 0; i < count; i++) {
        const struct edge *e = &edges[i];
        if (sound(d, root(d->wish, e->a)))
            join(d, d->group, e->a, e->b);
    }
}

/* Decisions stand alone: one that contradicts leaves the others. */
static void join_by_hand(struct decide *d, const struct edge *edges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!groups_apart(d, d->group, edges[i].a, edges[i].b))
            join(d, d->group, edges[i].a, edges[i].b);
}

static void join_all(struct decide *d)
{
    for (size_t from = 0, to; from < d->edge_count; from = to) {
        enum identity_rule rule = d->edges[from].rule;
        for (to = from; to < d->edge_count && d->edges[to].rule == rule;)
            to++;
        if (rule == RULE_HUMAN)
            join_by_hand(d, d->edges + from, to - from);
        else if (rule != RULE_ALONE)
            join_by_rule(d, d->edges + from, to - from);
    }
}

static void note_join(struct identity_join *j, const struct edge *e)
{
    if (j->rule && j->rule <= e->rule)
        return;
    j->rule = e->rule;
    j->compared = e->compared;
}

static void tell_joins(struct decide *d, struct identity_result *out)
{
    for (size_t i = 0; i < d->count; i++)
        out->joins[i].group = root(d->group, i);
    for (size_t i = 0; i < d->edge_count; i++) {
        const struct edge *e = &d->edges[i];
        if (!e->rule || root(d->group, e->a) != root(d->group, e->b))
            continue;
        note_join(&out->joins[e->a], e);
        note_join(&out->joins[e->b], e);
    }
}

/* What stands on the least weighs least. */
static unsigned gravity(enum review_reason reason) { return reason == REVIEW_NEAR ? 0 : (unsigned)reason; }

/* Two groups that an edge leaves apart. */
struct gap {
    size_t low, high; /* their first ones */
    size_t edge;
};

static int by_gap(const void *x, const void *y, void *of)
{
    const struct decide *d = of;
    const struct gap *a = x, *b = y;
    if (a->low != b->low)
        return a->low < b->low ? -1 : 1;
    if (a->high != b->high)
        return a->high < b->high ? -1 : 1;
    unsigned one = gravity(d->edges[a->edge].reason), other = gravity(d->edges[b->edge].reason);
    if (one != other)
        return one > other ? -1 : 1;
    return (a->edge > b->edge) - (a->edge < b->edge);
}

static bool open_gap(struct decide *d, size_t edge, struct gap *out)
{
    const struct edge *e = &d->edges[edge];
    size_t a = root(d->group, e->a), b = root(d->group, e->b);
    *out = (struct gap){a < b ? a : b, a < b ? b : a, edge};
    if (!e->reason || a == b)
        return false;
    return e->reason == REVIEW_DECIDED || e->reason == REVIEW_NIR || !groups_apart(d, d->group, e->a, e->b);
}

/* One pair for two groups: that of the gravest reason. */
static enum err tell_pairs(struct decide *d, struct identity_result *out)
{
    struct gap *gaps = calloc(d->edge_count + 1, sizeof *gaps);
    size_t count = 0;
    out->pairs = calloc(d->edge_count + 1, sizeof *out->pairs);
    if (!gaps || !out->pairs) {
        free(gaps);
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < d->edge_count; i++)
        count += open_gap(d, i, &gaps[count]);
    if (count)
        qsort_r(gaps, count, sizeof *gaps, by_gap, d);
    for (size_t i = 0; i < count; i++) {
        const struct edge *e = &d->edges[gaps[i].edge];
        if (i == 0 || gaps[i].low != gaps[i - 1].low || gaps[i].high != gaps[i - 1].high)
            out->pairs[out->pair_count++] = (struct identity_pair){e->a, e->b, e->reason, e->compared};
    }
    free(gaps);
    return ERR_OK;
}

void identity_result_free(struct identity_result *r)
{
    free(r->joins);
    free(r->pairs);
    *r = (struct identity_result){0};
}

enum err identity_decide(const struct member *const *members, size_t count, const struct human_merge *merges, size_t merge_count,
                         struct identity_result *out)
{
    struct decide d = {.members = members, .count = count};
    *out = (struct identity_result){.joins = calloc(count + 1, sizeof *out->joins)};
    d.group = calloc(count + 1, sizeof *d.group);
    d.wish = calloc(count + 1, sizeof *d.wish);
    d.judged = calloc(count + 1, 1);
    enum err e = out->joins && d.group && d.wish && d.judged ? ERR_OK : ERR_NOMEM;
    for (size_t i = 0; !e && i < count; i++)
        d.group[i] = i;
    if (!e)
        e = find_edges(&d, merges, merge_count);
    if (!e && d.edge_count) {
        qsort_r(d.edges, d.edge_count, sizeof *d.edges, by_edge, &d);
        join_all(&d);
    }
    if (!e) {
        tell_joins(&d, out);
        e = tell_pairs(&d, out);
    }
    free(d.group);
    free(d.wish);
    free(d.judged);
    free(d.edges);
    return e;
}
