/* The NUMDEMRSA of a flux that were met: 64 bits of each, under a key drawn for the run, so that no file can be made to collide. At most
 * 16 bytes a household. */
#ifndef FLUX_INTAKE_NUMBER_SET_H
#define FLUX_INTAKE_NUMBER_SET_H

#include <stdbool.h>

#include "flux/base/err.h"
#include "flux/base/wire.h"

struct number_set;

enum err number_set_new(struct number_set **ret);
struct number_set *number_set_free(struct number_set *s); /* NULL allowed */
enum err number_set_add(struct number_set *s, struct span number, bool *was_there);

#endif
