/* Who the members of a household are. */
#ifndef SAMPLES_PERSON_H
#define SAMPLES_PERSON_H

#include "samples/household.h"

/* Fills persons, person_count, adults, children from origin, life and month. Demandeur first, then the conjoint. */
void persons_make(struct household *h);

#endif
