/* One finding, for machines and for people. */
#ifndef CLI_FINDING_VIEW_H
#define CLI_FINDING_VIEW_H

#include <jansson.h>

#include "cli/output.h"
#include "flux/record/finding.h"

const char *cost_name(enum cost c);  /* "refused", "held", "household", "field", "warning": for machines */
const char *cost_label(enum cost c); /* what it costs, translated */

/* Puts code, severity, path, line, message. */
void finding_json(json_t *object, const struct finding *f);
void finding_text(struct output *o, const struct finding *f);

#endif
