#include "samples/fill.h"

static const struct {
    unsigned (*count)(const struct fill *f);
} counts[VRSB_COUNT] = {
#define COUNT(block) [VRSB_##block] = {fill_count_##block},
#define LEAVES(block)
#include "samples/fill.def"
#undef COUNT
#undef LEAVES
};

static const struct {
    bool (*leaf)(const struct fill *f, node_id n, struct cell *c);
} leaves[VRSB_COUNT] = {
#define COUNT(block)
#define LEAVES(block) [VRSB_##block] = {fill_leaf_##block},
#include "samples/fill.def"
#undef COUNT
#undef LEAVES
};

unsigned fill_count(const struct fill *f, node_id block) { return counts[block].count != NULL ? counts[block].count(f) : 1; }

bool fill_leaf(const struct fill *f, node_id leaf, struct cell *c)
{
    node_id block = schema_vrsb0801.nodes[leaf].parent;
    c->len = 0;
    c->text = "";
    c->own.len = 0;
    return leaves[block].leaf != NULL && leaves[block].leaf(f, leaf, c);
}
