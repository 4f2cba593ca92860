/* Judges and reads one flux while its bytes come in, from the tables of flux/record. UTF-8 in, calls of the sink out: header, then
 * households and rejects, then the census. No tree, no second pass; memory does not depend on the size of the flux. */
#ifndef PARSERS_ENGINE_H
#define PARSERS_ENGINE_H

#include "parsers/parsers.h"

struct engine;

struct engine_config {
    const struct schema *schema;
    const struct keep *keep;
    const struct parse_limits *limits;
    const struct parse_sink *sink;
    const char *member, *encoding; /* for the header message */
    bool header_only;              /* stop where the header is complete, and call nothing of the sink */
    bool without_scan;             /* libxml2 reads all: for a test that compares */
    /* The next bytes of UTF-8, valid until the next call; none at the end. *then: what is wrong right after them, or FINDING_NONE. An
     * error is that of the run. */
    enum err (*next)(void *ctx, struct span *utf8, enum finding_code *then);
    void *ctx; /* of next */
};

/* Borrows everything in config until it is freed. */
enum err engine_new(struct engine **ret, const struct engine_config *config);
struct engine *engine_free(struct engine *e);

/* Reads to the end. ERR_BAD when the flux is refused: see engine_fatal. ERR_STOPPED when a header_only run has what it wants. */
enum err engine_run(struct engine *e);

const struct msg_fatal *engine_fatal(const struct engine *e);
/* The record of the header, empty before it is complete. */
struct span engine_header(const struct engine *e);
/* Numbers of households, and those announced by the trailer. */
void engine_totals(const struct engine *e, struct msg_end *end);

#endif
