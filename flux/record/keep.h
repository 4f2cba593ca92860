/* Minimisation: which leaves a département keeps, decided from a profile, a keep list and the NIR rule, and applied in the parser
 * before a value reaches a disk or a log. Source: design 4, law COL-01 to COL-05. */
#ifndef FLUX_RECORD_KEEP_H
#define FLUX_RECORD_KEEP_H

#include <stdbool.h>

#include "flux/base/err.h"
#include "flux/record/schema.h"

struct keep_rule {
    enum profile profile;
    /* Comma-separated data classes and mnemonics kept beyond the profile, or "all"; "" for none. NEVER contains the NIR. */
    const char *extra;
    bool nir; /* NIR, and MSA matricules, kept readable (sealed) */
};

/* One bit per node; a block is on when something in it is. Fixed size, may be copied. */
struct keep {
    uint8_t on[SCHEMA_NODES_MAX / 8];
};

/* ERR_CONFIG when a word of extra names nothing: it is copied into bad[size], cut. */
enum err keep_make(const struct schema *s, const struct keep_rule *rule, struct keep *out, char *bad, size_t size);
static inline bool keep_has(const struct keep *k, node_id n) { return k->on[n / 8] >> (n % 8) & 1; }
/* Adds a leaf and the blocks around it. */
void keep_add(const struct schema *s, struct keep *k, node_id leaf);
/* Leaves that hold a NIR: kept readable only under keep_rule.nir; the MSA matricule is not among them (FONORG decides). */
bool node_is_nir(const struct schema *s, node_id n);

#endif
