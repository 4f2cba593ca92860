/* Faults put into a made-up flux on purpose, one per household, each at a known place: what is done and what must be found stands in
 * faults.def. Streams like the rest of the generator; the same seed puts the same faults at the same places. What is said about a fault
 * is known from what was written, and nobody who reads flux is asked. */
#ifndef SAMPLES_SPOIL_H
#define SAMPLES_SPOIL_H

#include "flux/record/finding.h"
#include "flux/record/schema.h"
#include "samples/fill.h"
#include "samples/xml_out.h"

enum fault {
#define FAULT(id, name, code, needs, where, seat, at) FAULT_##id,
#define EDIT(id, node, at, how)
#define ALSO(id, code, where, seat, at)
#include "samples/faults.def"
#undef FAULT
#undef EDIT
#undef ALSO
    FAULT_COUNT,
    FAULT_NONE = FAULT_COUNT
};

/* One thing to be found. */
struct spoil_found {
    enum fault fault;
    uint64_t household;                /* in the flux, from 1; 0 when it is about the file */
    char numdemrsa[NUMDEMRSA_LEN + 1]; /* as written; "" when it was taken away */
    bool rejected;                     /* what the fault costs the household */
    enum finding_code code;
    node_id node; /* that it stands at */
    char path[FINDING_PATH_MAX];
    uint32_t line; /* 0 when it stands at no place of the file */
};

struct spoil_options {
    bool wanted[FAULT_COUNT]; /* several of households, or one of the file */
    void (*found)(void *ctx, const struct spoil_found *f);
    void *ctx;
};

const char *fault_name(enum fault f); /* "nir-key" */
enum finding_code fault_code(enum fault f);
node_id fault_place(enum fault f);
/* About the whole file: it stands alone, and nothing else is said of such a flux. */
bool fault_is_file(enum fault f);
/* Whether such a flux can hold it: some faults are of daily flux, some of monthly ones. */
bool fault_fits(enum fault f, const struct sample_options *o);
/* FAULT_NONE when there is no such fault. */
enum fault fault_by_name(const char *name, size_t len);

/* ---- for sample.c ---- */

struct spoil_level {
    node_id block;
    uint16_t count[SCHEMA_CHILDREN_MAX]; /* of children, by number */
};

struct spoil {
    const struct spoil_options *o;
    bool placed[FAULT_COUNT];
    unsigned stride, owed; /* one fault every so many households, or later when nobody could take it */
    enum fault now;        /* in what is being written */
    bool host;             /* the open household takes it */
    bool edits, seats;
    unsigned person; /* that it is about */
    uint64_t household;
    uint32_t household_line;
    char numdemrsa[NUMDEMRSA_LEN + 1];
    uint32_t told; /* bit per thing to be found */
    unsigned open;
    struct spoil_level levels[SCHEMA_DEPTH_MAX + 2];
    struct {
        bool due;
        unsigned start;
        uint32_t rank;
    } again; /* the household that comes a second time, at the end */
    enum err err;
};

struct edit;

void spoil_start(struct spoil *s, const struct spoil_options *o, const struct sample_options *sample);
/* Whether the household that f stands at takes a fault; called for each, in the order of the file. */
void spoil_choose(struct spoil *s, struct fill *f, unsigned start, uint32_t rank);
/* The household of spoil.again is about to be written for the second time. */
void spoil_choose_again(struct spoil *s, const struct fill *f);
void spoil_household_end(struct spoil *s);
/* After the last byte: what is to be found at no place of the file. ERR_BUG when something that was to be found was never written. */
enum err spoil_end(struct spoil *s);

/* Wanted, and no household could take it. */
bool fault_is_unplaced(const struct spoil *s, enum fault f);

/* What happens to the node that f stands at; NULL for nothing. */
const struct edit *spoil_edit(const struct spoil *s, const struct fill *f, node_id n);
unsigned spoil_count(const struct spoil *s, const struct fill *f, node_id block, unsigned count);
/* The text of a leaf; false when it is left as it is. */
bool spoil_text(const struct fill *f, const struct edit *e, struct text *t);
bool edit_omits(const struct edit *e);
bool edit_swaps(const struct edit *e);

/* An element starts on this line; a block ends. */
void spoil_enter(struct spoil *s, node_id n, uint32_t line);
void spoil_leave(struct spoil *s, uint32_t line);

/* Writes a leaf with its fault; e may be NULL. */
void spoil_leaf(struct spoil *s, struct xml_out *x, node_id n, const struct edit *e, const char *text, size_t len);
/* Everything before the content of the root. */
void spoil_prolog(struct spoil *s, struct xml_out *x, const char *name, const char *attributes);
const char *spoil_root(const struct spoil *s, const char *name);

#endif
