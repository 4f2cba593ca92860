#include <string.h>

#include "parsers/engine_state.h"

void tree_open(struct engine *e, node_id block)
{
    e->levels[e->open++] = (struct level){.block = block, .last = NODE_NONE, .recorded = 0, .kept = true};
}

/* A child of the open block by name. Names come in schema order nearly always, so the search starts where the last one was; and they come
 * as in the household before, so what followed then is tried first. */
static node_id child_named(struct engine *e, const struct level *l, struct span name)
{
    node_id first = (node_id)(l->block + 1), from = l->last == NODE_NONE ? first : l->last;
    node_id *followed = l->last == NODE_NONE ? &e->met[l->block].first : &e->met[l->last].next;
    if (*followed && engine_is_named(e, *followed, name))
        return *followed;
    for (node_id n = from; n < e->nodes[l->block].end; n = e->nodes[n].end)
        if (engine_is_named(e, n, name))
            return *followed = n;
    for (node_id n = first; n < from; n = e->nodes[n].end)
        if (engine_is_named(e, n, name))
            return n;
    return NODE_NONE;
}

static void skip(struct engine *e) { e->skip = e->depth; }

static void start_unknown(struct engine *e, struct span name)
{
    static const char version[] = "VERSIONFLUX";
    find_unknown(e, name);
    skip(e);
    if (e->area == AREA_HEADER && name.len == sizeof version - 1 && memcmp(name.data, version, name.len) == 0) {
        e->capture = true;
        e->text = e->room;
        e->text_len = 0;
    }
}

static void start_leaf(struct engine *e, node_id n, bool recorded, bool aside)
{
    e->leaf = n;
    e->leaf_line = e->line;
    e->leaf_recorded = recorded;
    e->leaf_aside = aside;
    e->text = e->room;
    e->text_len = 0;
}

static void start_block(struct engine *e, node_id n, uint32_t count, bool recorded)
{
    if (e->watched[n])
        checks_open(&e->checks, (enum watch)e->watched[n], n, count, e->line);
    if (recorded)
        record_enter(&e->record, &e->nodes[n]);
    tree_open(e, n);
    engine_top(e)->kept = recorded;
}

/* What stands out of order or too often is judged, or not even that, and never recorded: a record is in schema order. */
static void start_known(struct engine *e, struct level *l, node_id n, bool foreign_attributes)
{
    const struct node *node = &e->nodes[n];
    bool late = l->last != NODE_NONE && n < l->last;
    uint32_t count = l->count[node->number] + (l->count[node->number] < UINT16_MAX ? 1u : 0u);
    l->count[node->number] = (uint16_t)count;
    bool beyond = node->max_occurs != OCCURS_MANY && count > node->max_occurs;
    bool recorded = l->kept && !beyond && n >= l->recorded && engine_keeps(e, n);
    l->last = n;
    if (count == node->min_occurs)
        l->met |= 1u << node->number;
    if (recorded)
        l->recorded = n;
    engine_count(e, n);
    if (late)
        find_add(e, D_ORDER, n, count, e->line);
    if (beyond)
        find_add(e, V_REPEATED, n, count, e->line);
    if (foreign_attributes)
        find_add(e, V_ATTRIBUTE, n, count, e->line);
    if (node->type != TYPE_BLOCK)
        start_leaf(e, n, recorded, beyond);
    else if (beyond)
        skip(e);
    else
        start_block(e, n, count, recorded);
}

void tree_start(struct engine *e, const struct tag *t)
{
    struct level *l = engine_top(e);
    node_id n = t->node ? t->node : t->plain ? child_named(e, l, t->name) : NODE_NONE;
    if (n == NODE_NONE)
        start_unknown(e, t->name);
    else
        start_known(e, l, n, t->foreign);
}

void tree_child_of_leaf(struct engine *e)
{
    if (!e->leaf_aside)
        find_add(e, V_CHILD, e->leaf, engine_top(e)->count[e->nodes[e->leaf].number], e->leaf_line);
    e->leaf_aside = true;
    skip(e);
}

static void note_total(struct engine *e, const struct node *leaf, const struct buf *encoded, size_t from)
{
    struct wire w;
    struct value v;
    wire_init(&w, encoded->data + from, encoded->len - from);
    if (leaf->type == TYPE_INTEGER && e->totals_seen < TOTALS && value_decode(leaf, &w, &v) == ERR_OK)
        e->totals[e->totals_seen++] = v.number;
}

/* Encoded text starts with its length. */
static bool is_empty_key(const struct node *leaf, const struct buf *out, size_t from)
{
    bool words = leaf->type >= TYPE_TEXT && leaf->type <= TYPE_NIR;
    return leaf->need == NEED_KEY && words && out->len > from && out->data[from] == 0;
}

static void tell_checks(struct engine *e, node_id n, struct span encoded)
{
    if (e->watched[n])
        checks_leaf(&e->checks, (enum watch)e->watched[n], &e->nodes[n], n, encoded, e->leaf_line);
}

static void judge_leaf(struct engine *e, node_id n)
{
    const struct node *leaf = &e->nodes[n];
    struct buf *out = e->leaf_recorded ? &e->record : &e->scratch;
    if (!e->leaf_recorded)
        buf_reset(out);
    size_t before = out->len;
    if (e->leaf_recorded)
        record_leaf(out, leaf);
    size_t from = out->len;
    enum finding_code code = value_encode(leaf, (const char *)e->text, e->text_len, out);
    if (code) {
        bool fault = finding_rule(code)->cost < COST_WARNING;
        if (fault)
            buf_cut(out, before);
        find_add(e, code, n, engine_top(e)->count[leaf->number], e->leaf_line);
        if (fault) {
            find_faulty(e, n);
            tell_checks(e, n, (struct span){0});
            return;
        }
        if (code == V_CODE)
            find_code(e, n, (struct span){out->data + from, out->len - from});
    }
    if (e->watched[n])
        tell_checks(e, n, (struct span){out->data + from, out->len - from});
    if (e->area == AREA_TRAILER)
        note_total(e, leaf, out, from);
    else if (e->area == AREA_HOUSEHOLD && is_empty_key(leaf, out, from))
        find_empty_key(e, n);
}

/* One that holds elements has no value; one that comes too often leaves the first as it is. */
static void set_aside(struct engine *e, node_id n)
{
    find_faulty(e, n);
    if (engine_top(e)->count[e->nodes[n].number] <= e->nodes[n].max_occurs)
        tell_checks(e, n, (struct span){0});
}

void tree_end_leaf(struct engine *e)
{
    node_id n = e->leaf;
    if (e->leaf_aside)
        set_aside(e, n);
    else
        judge_leaf(e, n);
    e->leaf = NODE_NONE;
}

static void judge_missing(struct engine *e, const struct level *l)
{
    for (node_id n = (node_id)(l->block + 1); n < e->nodes[l->block].end; n = e->nodes[n].end) {
        uint32_t count = l->count[e->nodes[n].number];
        if (count < e->nodes[n].min_occurs)
            find_add(e, V_MISSING, n, count + 1, e->line);
    }
}

void tree_end_block(struct engine *e)
{
    struct level *l = engine_top(e);
    if (e->met[l->block].required & ~l->met)
        judge_missing(e, l);
    if (e->open == 1) {
        flux_end_area(e);
        e->open = 0;
        e->area = AREA_NONE;
        return;
    }
    if (l->kept)
        record_leave(&e->record);
    if (e->watched[l->block])
        checks_close(&e->checks, (enum watch)e->watched[l->block]);
    e->open--;
}

void tree_text(struct engine *e, uint32_t line)
{
    if (e->run_told)
        return;
    e->run_told = true;
    find_add(e, V_TEXT, NODE_NONE, 0, line);
}
