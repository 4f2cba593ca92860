/* What two members, taken alone, say of being one person. */
#ifndef STORE_IDENTITY_EDGES_H
#define STORE_IDENTITY_EDGES_H

#include "store/identity_decide.h"

struct edge {
    size_t a, b;
    enum identity_rule rule;   /* RULE_ALONE: nothing joins them */
    enum review_reason reason; /* to be given when they are not joined; 0: none */
    unsigned compared;
};

/* rule and reason are 0 when the two have nothing to do with each other. */
struct edge edge_between(const struct member *a, const struct member *b);

#endif
