/* Texts worth trying as the value of a leaf: at and around every bound of its type. Source: XML Schema part 2, vrsb0801. */
#ifndef TESTS_FUZZ_TRIES_H
#define TESTS_FUZZ_TRIES_H

#include <stddef.h>

#include "flux/record/schema.h"

enum { TRY_MAX = 4096 };

/* How many texts there are for a leaf. */
unsigned tries_count(const struct node *leaf);
/* Writes number i, terminated, as it stands in XML. */
void tries_text(const struct node *leaf, unsigned i, char text[TRY_MAX]);

#endif
