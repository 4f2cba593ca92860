/* What a flux is made of. One .def file per format (vrsb0801.def) is the only place where a field is written; everything else walks the
 * tables below. Nodes stand in schema order, a block before its content, so the content of node b is b + 1 .. nodes[b].end - 1 and the
 * sibling after n is nodes[n].end. */
#ifndef FLUX_RECORD_SCHEMA_H
#define FLUX_RECORD_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flux/base/err.h"

enum node_type {
    TYPE_BLOCK,
    TYPE_TEXT,    /* free text, trimmed */
    TYPE_CODE,    /* short text, trimmed, often of a code list */
    TYPE_NIR,     /* short text that is empty or a sound NIR (flux/record/nir.h) */
    TYPE_DIGITS,  /* a number that names something: digits, leading zeros kept */
    TYPE_INTEGER, /* a number that counts */
    TYPE_AMOUNT,  /* hundredths: centimes, or hundredths of a hectare */
    TYPE_DATE,    /* calendar day */
    TYPE_TIME,    /* time of day */
    TYPE_BOOL
};

enum data_class {
    CLASS_NONE,
    CLASS_IDENTITY,
    CLASS_CONTACT,
    CLASS_ADMINISTRATIVE,
    CLASS_RIGHT,
    CLASS_BENEFIT,
    CLASS_ECONOMIC,
    CLASS_ACTIVITY,
    CLASS_HEALTH,
    CLASS_FREE_TEXT,
    CLASS_THIRD_PARTY,
    CLASS_POLE_EMPLOI,
    CLASS_COUNT
};

/* The smallest profile that keeps a leaf; each profile keeps what the ones before it keep. */
enum profile { PROFILE_MONJOB62, PROFILE_ACCOMPAGNEMENT, PROFILE_GESTION, PROFILE_NEVER };

/* NEED_KEY: without it the household cannot be told from another one, so its fault costs the household. */
enum need { NEED_NO, NEED_KEY };

/* What the payers mean beyond the type. */
enum leaf_rule {
    RULE_NONE,
    RULE_NAME,      /* of a person: V_NAME */
    RULE_MATRICULE, /* not all zeros: V_MATRICULE */
    RULE_NUMDEMRSA, /* 11 characters: V_NUMDEMRSA */
    RULE_POSITIVE   /* no negative amount: V_NEGATIVE */
};

typedef uint16_t node_id;
enum { NODE_NONE = 0xffff, OCCURS_MANY = 0xffff, SCHEMA_NODES_MAX = 512, SCHEMA_DEPTH_MAX = 12, SCHEMA_CHILDREN_MAX = 32 };

/* Node ids of vrsb0801: VRSB_Personne for a block, VRSB_Identification_NIR for a leaf. */
enum vrsb0801_node {
#define BLOCK(parent, name, number, min, max, need, label) VRSB_##name,
#define LEAF(parent, name, ...) VRSB_##parent##_##name,
#define END(name) VRSB_END_##name, VRSB_LAST_##name = VRSB_END_##name - 1,
#include "flux/record/vrsb0801.def"
#undef BLOCK
#undef LEAF
#undef END
    VRSB_COUNT
};

enum code_list {
    LIST_NONE,
#define LIST(name, label) LIST_##name,
#define CODE(list, code, label)
#include "flux/record/codes.def"
#undef LIST
#undef CODE
    LIST_COUNT
};

struct node {
    const char *name;  /* official, verbatim */
    const char *label; /* French */
    node_id parent, end;
    uint8_t number; /* within the parent, on disk */
    uint8_t type, need, data_class, profile, rule;
    uint16_t max_len; /* characters; digits for integers and amounts; 0 where the type bounds it */
    uint16_t min_occurs, max_occurs;
    uint16_t list;
};

struct schema {
    const char *name;
    uint8_t id;                         /* on disk */
    node_id household, header, trailer; /* blocks repeated per household, first and last in the flux */
    node_id count;
    const struct node *nodes; /* nodes[0] is the root */
    /* children[block][number], 0 where there is none */
    const node_id (*children)[SCHEMA_CHILDREN_MAX];
};

extern const struct schema schema_vrsb0801;

/* NULL when unknown. */
const struct schema *schema_by_id(unsigned id);
/* The child of block with this number, or NODE_NONE. */
static inline node_id schema_child(const struct schema *s, node_id block, unsigned number)
{
    node_id n = number < SCHEMA_CHILDREN_MAX ? s->children[block][number] : 0;
    return n ? n : (node_id)NODE_NONE;
}

/* The first node with this path below the root ("InfosFoyerRSA/Personne/Identification/NIR"), or NODE_NONE. */
node_id schema_by_path(const struct schema *s, const char *path);
/* "InfosFoyerRSA/Personne/Identification/NIR" of a node; text is cut to size and terminated. */
void schema_path(const struct schema *s, node_id node, char *text, size_t size);

const char *data_class_name(enum data_class c);       /* "identity", "free-text"…: the word of the configuration */
enum data_class data_class_by_name(const char *name); /* CLASS_NONE when unknown */
const char *profile_name(enum profile p);
bool profile_by_name(const char *name, enum profile *p);

const char *code_list_name(enum code_list list);
const char *code_list_label(enum code_list list);
/* The French label of a code, or NULL when the list does not know it. */
const char *code_label(enum code_list list, const char *code, size_t len);
/* Visits every code of a list in table order. */
void code_each(enum code_list list, void (*visit)(void *ctx, const char *code, const char *label), void *ctx);

#endif
