/* A record as JSON: blocks by their own names, repeatable blocks as arrays, leaves as strings of canonical text. */
#ifndef CLI_RECORD_JSON_H
#define CLI_RECORD_JSON_H

#include <jansson.h>
#include <stdbool.h>

#include "flux/base/wire.h"
#include "flux/record/schema.h"

#define NIR_MASK "***"

/* root: the block whose content the record is. nir: NIR and MSA matricules in clear, else masked. NULL: malformed, or no memory. */
json_t *record_json(node_id root, struct span record, bool nir);

#endif
