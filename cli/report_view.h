/* What was found in a flux, counted: for machines, in short after an import, in full for flux show. r: NULL when nothing was read. */
#ifndef CLI_REPORT_VIEW_H
#define CLI_REPORT_VIEW_H

#include <jansson.h>

#include "cli/output.h"
#include "flux/intake/intake.h"

/* Puts causes and unknown. */
void report_json(json_t *object, const struct flux_report *r);
/* A few lines, the dearest and most frequent causes first; nothing when nothing was found. */
void report_short(struct output *o, const struct flux_result *r);
enum err report_full(struct output *o, const struct flux_result *r);

#endif
