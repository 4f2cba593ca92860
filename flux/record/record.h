/* A record: the compact, deterministic bytes of one household (or header), one form for the pipe and for the store. First byte: schema
 * id. Then, in schema order, each element as its number in its parent; a leaf is followed by its encoded value, a block by its content
 * and a zero byte. Equal content is equal bytes. Walking checks everything (numbers, order, occurrences, values), so a walked record
 * is a checked record: what comes from the parser is hostile until it has been walked. */
#ifndef FLUX_RECORD_RECORD_H
#define FLUX_RECORD_RECORD_H

#include "flux/base/buf.h"
#include "flux/base/wire.h"
#include "flux/record/keep.h"
#include "flux/record/schema.h"
#include "flux/record/value.h"

enum { RECORD_MAX = 1 << 20 };

enum record_event { RECORD_END, RECORD_ENTER, RECORD_LEAF, RECORD_LEAVE, RECORD_BAD };

struct record_walk {
    const struct schema *schema;
    struct wire wire;
    struct value value;  /* of the leaf, after RECORD_LEAF */
    node_id node;        /* of the event */
    unsigned occurrence; /* of node within its parent, from 1 */
    unsigned depth;      /* blocks open, the root not counted */
    struct record_level {
        node_id block, last;
        unsigned occurrence;
    } stack[SCHEMA_DEPTH_MAX + 1];
};

/* root: the block whose content the record is, e.g. schema->household. */
void record_walk_init(struct record_walk *w, node_id root, const void *data, size_t len);
/* RECORD_END at the end, RECORD_BAD as soon as something is wrong (and from then on). */
enum record_event record_next(struct record_walk *w);

static inline void record_begin(struct buf *out, const struct schema *s) { buf_u8(out, s->id); }
static inline void record_enter(struct buf *out, const struct node *block) { buf_u8(out, block->number); }
static inline void record_leave(struct buf *out) { buf_u8(out, 0); }
/* A leaf's number; value_encode follows. */
static inline void record_leaf(struct buf *out, const struct node *leaf) { buf_u8(out, leaf->number); }

enum err record_check(node_id root, const void *data, size_t len);
/* Copies what keep has, dropping MATRICULE when drop_matricule. ERR_FRAME when the record is malformed. */
enum err record_filter(node_id root, const void *data, size_t len, const struct keep *keep, bool drop_matricule, struct buf *out);
/* First value of a leaf in document order. */
bool record_find(node_id root, const void *data, size_t len, node_id leaf, struct value *v);

#endif
