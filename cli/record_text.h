/* A household for people, read from its JSON form (record_json.h), so that what is masked there is masked here. */
#ifndef CLI_RECORD_TEXT_H
#define CLI_RECORD_TEXT_H

#include <jansson.h>

#include "cli/output.h"
#include "flux/base/buf.h"
#include "flux/record/schema.h"

/* State, payer, persons, address, right. persons: as in dossier show --json. */
enum err record_summary(struct output *o, const json_t *record, const json_t *persons);
/* Every field with its French label and official name. */
void record_tree(struct output *o, const struct schema *s, node_id block, const json_t *object);
/* "2, Droit ouvert et versable" when the code has a label, else the code; "" for NULL. */
const char *coded(enum code_list list, const char *code, char *out, size_t size);
/* The role of a person of the record for the RSA, NULL when there is none. */
const char *person_role(const json_t *person);

#endif
