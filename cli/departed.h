/* Who was of a household and is not any more. */
#ifndef CLI_DEPARTED_H
#define CLI_DEPARTED_H

#include <jansson.h>

#include "cli/output.h"
#include "store/asof.h"

/* Whether a person that the record still names has left: DFRATDOS has come on this day. */
bool person_has_left(const json_t *person, int64_t day);
/* Those whom an earlier state named and the last one that when lets speak does not, with the day since when; then those who have left by
 * day. The oldest departure first. nir: as for record_json. */
enum err departed_json(struct store_txn *t, uint64_t serial, const struct asof *when, int64_t day, bool nir, json_t **ret);
void departed_text(struct output *o, const json_t *departed);

#endif
