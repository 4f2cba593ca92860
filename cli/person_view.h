/* Persons across dossiers, for machines and for people. */
#ifndef CLI_PERSON_VIEW_H
#define CLI_PERSON_VIEW_H

#include <jansson.h>

#include "cli/instance.h"
#include "store/identity_decide.h"

/* Words for machines; "" for what is none. */
const char *rule_name(enum identity_rule rule);
const char *reason_name(enum review_reason reason);
/* Sentences, translated. */
const char *rule_label(const char *name);
const char *reason_label(const char *name);
json_t *compared_json(unsigned compared);

/* What all flux say of a member: where it stands, its last Personne under "person", when it was seen. */
enum err member_json(struct store_txn *t, uint64_t member, json_t **ret);
/* Adds to each person of a dossier, known by its id, who it is across dossiers and how that was found. */
enum err persons_add_identity(struct store_txn *t, json_t *persons);

enum { PAIR_MAX = 48 };

/* "12-57" */
const char *pair_text(uint64_t a, uint64_t b, char out[PAIR_MAX]);
bool pair_parse(const char *text, uint64_t *a, uint64_t *b);

#endif
