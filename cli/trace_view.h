/* What each flux did to a dossier, or to one person of it, for machines and for people. */
#ifndef CLI_TRACE_VIEW_H
#define CLI_TRACE_VIEW_H

#include <jansson.h>

#include "cli/output.h"
#include "flux/record/changes.h"
#include "store/asof.h"

struct trace {
    json_t *lines;
    const char *numdemrsa;   /* of the dossier, or of what was rejected */
    const uint64_t *members; /* of one person; none: the whole dossier */
    size_t member_count;
    struct traits before, now;
    bool named;        /* the person, by the flux that carried the dossier last */
    char state;        /* ETATDOSRSA as it was said last */
    size_t carried_to; /* lines up to the last one that carried the dossier */
};

/* Adds the lines of a dossier, in the order of the flux. */
enum err trace_dossier(struct store_txn *t, uint64_t serial, struct trace *out);
void trace_free(struct trace *t);
enum err trace_text(struct output *o, const json_t *lines, bool with_dossier);

#endif
