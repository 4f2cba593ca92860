/* What is found while a flux is read, gathered for its report. */
#ifndef FLUX_INTAKE_GATHER_H
#define FLUX_INTAKE_GATHER_H

#include "flux/record/message.h"
#include "store/store.h"

bool gather_has(const struct msg_household *m, enum finding_code code);
/* Adds what the parser cannot know, about a leaf of the household that stands in no repeated block. When all places are taken, the last. */
void gather_add(struct msg_household *m, enum finding_code code, node_id leaf);
/* Counts the findings of a household by code. */
void gather_household(struct flux_report *r, const struct msg_household *m);
/* Keeps what was never seen before; ERR_FRAME beyond what a parser sends. */
enum err gather_census(struct flux_report *r, const struct msg_census *m);
/* Elements before codes, the most frequent first. */
void gather_settle(struct flux_report *r);

#endif
