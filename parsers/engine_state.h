/* Inside of the engine: what its files share. */
#ifndef PARSERS_ENGINE_STATE_H
#define PARSERS_ENGINE_STATE_H

#include <string.h>

#include "flux/record/record.h"
#include "parsers/checks.h"
#include "parsers/engine.h"
#include "parsers/engine_xml.h"
#include "parsers/scan.h"

enum { UNKNOWN_MAX = 256, CODES_MAX = 256, TOTALS = 2 };

/* What stands open below the root. */
enum area { AREA_NONE, AREA_HEADER, AREA_HOUSEHOLD, AREA_TRAILER };

/* How far the envelope got. */
enum stage { STAGE_START, STAGE_ROOT, STAGE_HEADED, STAGE_TRAILED, STAGE_CLOSED };

/* An open block. */
struct level {
    node_id block;
    node_id last;                        /* child that came last, NODE_NONE at first */
    node_id recorded;                    /* child that went into the record last */
    bool kept;                           /* goes into the record */
    uint32_t met;                        /* bit per child number: it came as often as it must */
    uint16_t count[SCHEMA_CHILDREN_MAX]; /* of children, by number; stays at its highest */
};

/* What was met of a node, in one place: each element looks here. */
struct met {
    uint64_t count;
    uint32_t name_len;
    uint32_t line;       /* of the first */
    node_id first, next; /* the child that came first in the block, what came next after it; 0 before */
    uint32_t required;   /* of a block: bit per number of a child that must come */
};

struct unknown {
    node_id parent;
    const char *name; /* as engine_name gave it */
    uint64_t count;
    uint32_t line;
};

/* A code that is in no list. */
struct stray {
    node_id leaf;
    char code[CENSUS_CODE_MAX + 1]; /* "" for what is not shown */
    uint64_t count;
    uint32_t line;
};

/* A start tag, whoever read it. */
struct tag {
    struct span name;
    bool plain;   /* in no namespace, as the names of the table */
    bool foreign; /* has an attribute that the schema does not know */
    uint32_t attributes, namespaces;
    node_id node; /* engine_expected, when the name was found to be its name; 0 when nobody looked */
};

struct engine {
    struct engine_config config;
    const struct schema *schema;
    const struct node *nodes;
    const uint8_t *watched; /* by node: what the checks want to hear of */
    struct met met[SCHEMA_NODES_MAX];

    enum err err;                    /* of the sink, or of memory */
    bool stop, refused, done;        /* done: the header was told */
    struct msg_fatal fatal, pending; /* pending: a fault of the header, told when the flux turns out to be of our format */
    struct span held, input;         /* what next gave and nobody has read: held comes first */
    enum finding_code then;          /* what is wrong after it */
    bool ending;                     /* no more bytes come */
    uint32_t line;                   /* where what is being told stands: the end of it, and of a tag before its bracket */
    uint64_t offset;                 /* in bytes of UTF-8 */

    struct xml xml;
    struct scan scan;

    enum stage stage;
    enum area area;
    uint32_t depth, skip; /* elements open; depth of the element whose content is passed over, 0 when none */
    bool capture;         /* the text of what is passed over is wanted */
    struct level levels[SCHEMA_DEPTH_MAX + 1];
    unsigned open; /* levels in use */

    node_id leaf; /* NODE_NONE outside of one */
    uint32_t leaf_line;
    bool leaf_recorded, leaf_aside; /* its value goes into the record; is not judged */
    bool run_told;                  /* V_TEXT was found in this run of text */
    size_t run;                     /* text since the last tag, outside of leaves */
    size_t text_len;
    const uint8_t *text; /* of the leaf: in room, or where it was read */
    uint8_t *room;       /* limits.text_bytes long */

    struct buf header, record, scratch;
    bool drowned, rejected; /* household beyond its limits; household rejected */
    uint32_t elements;      /* of the household */
    uint64_t household_at;  /* offset of its start */
    uint64_t read, accepted;
    int64_t totals[TOTALS];
    unsigned totals_seen;

    struct unknown unknown[UNKNOWN_MAX + 1];
    unsigned unknown_count;
    struct stray strays[CODES_MAX], other_strays[SCHEMA_NODES_MAX]; /* others by leaf: those not shown, and those beyond the bound */
    unsigned stray_count;

    struct checks checks;
    struct msg_household household;
    char faulty_text[FAULTY_MAX][FAULTY_TEXT_MAX];
};

/* Whether the open household is beyond its limits. */
static inline bool engine_beyond(const struct engine *e)
{
    const struct parse_limits *l = e->config.limits;
    return e->elements > l->household_elements || e->offset - e->household_at > l->household_bytes;
}

/* The header and the trailer are always kept whole. */
static inline bool engine_keeps(const struct engine *e, node_id n) { return e->area != AREA_HOUSEHOLD || keep_has(e->config.keep, n); }

static inline struct level *engine_top(struct engine *e) { return &e->levels[e->open - 1]; }

/* engine.c: ends the run; the first reason stays. */
void engine_stop(struct engine *e, enum err err);
void engine_refuse(struct engine *e, enum finding_code code, uint32_t line, const char *path, const char *detail);
/* The next bytes into input, which is empty; false when there are none. */
bool engine_refill(struct engine *e);

/* engine_events.c: what a front end tells, line and offset set before. Text may come in pieces of whole characters. */
void engine_start(struct engine *e, const struct tag *t);
void engine_text(struct engine *e, struct span text);
void engine_cdata(struct engine *e, struct span text);
void engine_end(struct engine *e);
bool is_blank(struct span text);
/* The name as a string that stays, the same for equal names. */
const char *engine_name(struct engine *e, struct span name);
void engine_count(struct engine *e, node_id n);

/* Whether the text of the open element goes into the leaf, or into what stands in its place. */
static inline bool engine_takes_text(const struct engine *e) { return e->skip ? e->capture && e->skip == e->depth : e->leaf != NODE_NONE; }

static inline bool engine_is_named(const struct engine *e, node_id n, struct span name)
{
    return e->met[n].name_len == name.len && memcmp(e->nodes[n].name, name.data, name.len) == 0;
}

/* The child of the open block that comes next if this household is as the one before; 0 when there is none. */
static inline node_id engine_expected(const struct engine *e)
{
    if (!e->open || e->skip || e->leaf != NODE_NONE)
        return 0;
    const struct level *l = &e->levels[e->open - 1];
    return l->last == NODE_NONE ? e->met[l->block].first : e->met[l->last].next;
}

/* engine_tree.c: elements below the root, in the order of the table. */
void tree_open(struct engine *e, node_id block);
void tree_start(struct engine *e, const struct tag *t);
void tree_child_of_leaf(struct engine *e);
void tree_end_leaf(struct engine *e);
void tree_end_block(struct engine *e);
/* Text where only elements may stand. */
void tree_text(struct engine *e, uint32_t line);

/* engine_flux.c: the envelope and the households. */
void flux_start_root(struct engine *e, const struct tag *t);
void flux_start_child(struct engine *e, const struct tag *t);
void flux_end_area(struct engine *e);
void flux_end_root(struct engine *e);
/* Gives the open household up. */
void flux_drown(struct engine *e);
void flux_end_drowned(struct engine *e);
void flux_version(struct engine *e);

/* engine_findings.c */
void find_begin_household(struct engine *e);
/* About child of the open block, at this position; NODE_NONE: about the open block itself. */
void find_add(struct engine *e, enum finding_code code, node_id child, uint32_t position, uint32_t line);
/* A key leaf that is there, and empty. */
void find_empty_key(struct engine *e, node_id leaf);
/* Remembers the text of the open leaf. */
void find_faulty(struct engine *e, node_id leaf);
void find_unknown(struct engine *e, struct span name);
/* A code that is in no list, as encoded. */
void find_code(struct engine *e, node_id leaf, struct span encoded);
/* What the checks tell: ctx is the engine. A household that is rejected has its reason. */
void find_told(void *ctx, enum finding_code code, const struct place *place);
enum err find_send_census(struct engine *e);

#endif
