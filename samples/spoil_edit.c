#include "samples/spoil_edit.h"

#define FAULT(id, name, code, needs, where, seat, at)
#define ALSO(id, code, where, seat, at)
#define EDIT(id, place, times, how) {.fault = FAULT_##id, .node = VRSB_##place, .occurrence = times, .effect = EFFECT_##how},
#define EFFECT_TEXT(t) EFFECT_TEXT, .text = (t)
#define EFFECT_MADE(function) EFFECT_MADE, .made = (function)
static const struct edit edits[] = {
#include "samples/faults.def"
};
#undef FAULT
#undef EDIT
#undef ALSO

enum { EDITS = sizeof edits / sizeof edits[0] };

node_id spoil_repeated(node_id n)
{
    const struct node *nodes = schema_vrsb0801.nodes;
    while (n != NODE_NONE && n != 0 && n != VRSB_InfosFoyerRSA && n != VRSB_Personne && nodes[n].max_occurs <= 1)
        n = nodes[n].parent;
    return n == VRSB_InfosFoyerRSA || n == VRSB_Personne || n == 0 ? (node_id)NODE_NONE : n;
}

bool spoil_of_person(node_id n) { return n > VRSB_Personne && n < schema_vrsb0801.nodes[VRSB_Personne].end; }

static bool is_at(const struct spoil *s, const struct fill *f, const struct edit *e)
{
    bool block = schema_vrsb0801.nodes[e->node].type == TYPE_BLOCK;
    node_id several = spoil_repeated(block ? schema_vrsb0801.nodes[e->node].parent : e->node);
    return (!spoil_of_person(e->node) || f->at[VRSB_Personne] == s->person) && (several == NODE_NONE || f->at[several] == e->occurrence);
}

const struct edit *spoil_edit(const struct spoil *s, const struct fill *f, node_id n)
{
    if (s->now == FAULT_NONE || !s->edits || (f->h && !s->host))
        return NULL;
    for (size_t i = 0; i < EDITS; i++)
        if (edits[i].fault == s->now && edits[i].node == n && is_at(s, f, &edits[i]))
            return &edits[i];
    return NULL;
}

const struct edit *spoil_root_edit(const struct spoil *s, enum effect effect)
{
    for (size_t i = 0; i < EDITS; i++)
        if (edits[i].fault == s->now && edits[i].effect == effect)
            return &edits[i];
    return NULL;
}

enum fault spoil_fault_with(enum effect effect)
{
    for (size_t i = 0; i < EDITS; i++)
        if (edits[i].effect == effect)
            return edits[i].fault;
    return FAULT_NONE;
}

unsigned spoil_count(const struct spoil *s, const struct fill *f, node_id block, unsigned count)
{
    const struct edit *e = spoil_edit(s, f, block);
    switch (e ? e->effect : EFFECT_TEXT) {
    case EFFECT_NONE:
        return 0;
    case EFFECT_ONE:
        return count ? count : 1;
    case EFFECT_MORE:
        return count + 1;
    case EFFECT_LESS:
        return count - 1;
    default:
        return count;
    }
}

bool spoil_text(const struct fill *f, const struct edit *e, struct text *t)
{
    t->len = 0;
    if (e->effect == EFFECT_TEXT)
        text_add(t, e->text);
    else if (e->effect == EFFECT_MADE)
        e->made(f, t);
    return e->effect == EFFECT_TEXT || e->effect == EFFECT_MADE;
}

bool edit_omits(const struct edit *e) { return e && e->effect == EFFECT_OMIT; }

bool edit_swaps(const struct edit *e) { return e && e->effect == EFFECT_SWAP; }
