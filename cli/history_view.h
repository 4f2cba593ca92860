/* What changes in a household: kinds, and values for the commands that show persons. */
#ifndef CLI_HISTORY_VIEW_H
#define CLI_HISTORY_VIEW_H

#include <jansson.h>

#include "cli/output.h"
#include "flux/base/buf.h"
#include "flux/record/changes.h"

enum { KINDS_TEXT_MAX = 512 };

/* What a word for machines says, translated. */
const char *change_label(const char *word);
/* An array of words, for machines. */
json_t *kinds_json(change_set set);
/* "state of the right, role": translated. */
const char *kinds_text(const json_t *kinds, char out[KINDS_TEXT_MAX]);

/* Canonical text of a leaf, an object for a block, true for the presence of a person. nir: as for record_json. NULL: malformed. */
json_t *trait_json(const struct trait *t, bool nir);
/* The label of a code, or of the first one in a block that has one; NULL when there is none. */
const char *trait_label(node_id node, const json_t *value);
/* One line for people, terminated, appended to out. */
void trait_text(node_id node, const json_t *value, struct buf *out);

#endif
