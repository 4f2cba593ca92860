#include "flux/record/record.h"

void record_walk_init(struct record_walk *w, node_id root, const void *data, size_t len)
{
    *w = (struct record_walk){0};
    wire_init(&w->wire, data, len);
    w->schema = schema_by_id(wire_u8(&w->wire));
    w->stack[0].block = root;
    w->stack[0].last = root;
    w->node = root;
    if (!w->schema || root >= w->schema->count)
        w->wire.err = ERR_FRAME;
}

static enum record_event bad(struct record_walk *w)
{
    w->wire.err = ERR_FRAME;
    return RECORD_BAD;
}

static enum record_event leave(struct record_walk *w)
{
    if (w->depth == 0)
        return bad(w);
    w->node = w->stack[w->depth].block;
    w->depth--;
    w->occurrence = w->stack[w->depth].occurrence;
    return RECORD_LEAVE;
}

static enum record_event enter(struct record_walk *w, node_id block)
{
    if (w->depth == SCHEMA_DEPTH_MAX)
        return bad(w);
    w->stack[++w->depth] = (struct record_level){.block = block, .last = block};
    return RECORD_ENTER;
}

enum record_event record_next(struct record_walk *w)
{
    if (w->wire.err)
        return RECORD_BAD;
    if (wire_left(&w->wire) == 0)
        return w->depth == 0 ? RECORD_END : bad(w);
    unsigned number = wire_u8(&w->wire);
    if (number == 0)
        return leave(w);
    struct record_level *level = &w->stack[w->depth];
    node_id n = schema_child(w->schema, level->block, number);
    if (n == NODE_NONE || n < level->last)
        return bad(w);
    const struct node *node = &w->schema->nodes[n];
    unsigned occurrence = n == level->last ? level->occurrence + 1 : 1;
    if (node->max_occurs != OCCURS_MANY && occurrence > node->max_occurs)
        return bad(w);
    level->last = w->node = n;
    level->occurrence = w->occurrence = occurrence;
    if (node->type == TYPE_BLOCK)
        return enter(w, n);
    return value_decode(node, &w->wire, &w->value) ? bad(w) : RECORD_LEAF;
}

enum err record_check(node_id root, const void *data, size_t len)
{
    struct record_walk w;
    record_walk_init(&w, root, data, len);
    enum record_event event;
    do
        event = record_next(&w);
    while (event != RECORD_END && event != RECORD_BAD);
    return event == RECORD_END ? ERR_OK : ERR_FRAME;
}

enum err record_filter(node_id root, const void *data, size_t len, const struct keep *keep, bool drop_matricule, struct buf *out)
{
    struct record_walk w;
    record_walk_init(&w, root, data, len);
    if (w.wire.err)
        return ERR_FRAME;
    record_begin(out, w.schema);
    for (;;) {
        const uint8_t *from = w.wire.at;
        switch (record_next(&w)) {
        case RECORD_ENTER:
            if (keep_has(keep, w.node))
                record_enter(out, &w.schema->nodes[w.node]);
            break;
        case RECORD_LEAVE:
            if (keep_has(keep, w.node))
                record_leave(out);
            break;
        case RECORD_LEAF:
            if (keep_has(keep, w.node) && !(drop_matricule && w.node == VRSB_Organisme_MATRICULE))
                buf_put(out, from, (size_t)(w.wire.at - from));
            break;
        case RECORD_END:
            return out->err;
        default:
            return ERR_FRAME;
        }
    }
}

bool record_find(node_id root, const void *data, size_t len, node_id leaf, struct value *v)
{
    struct record_walk w;
    record_walk_init(&w, root, data, len);
    for (;;) {
        enum record_event event = record_next(&w);
        if (event == RECORD_LEAF && w.node == leaf) {
            *v = w.value;
            return true;
        }
        if (event == RECORD_END || event == RECORD_BAD)
            return false;
    }
}
