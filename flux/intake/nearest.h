/* What somebody probably meant to type. */
#ifndef FLUX_INTAKE_NEAREST_H
#define FLUX_INTAKE_NEAREST_H

#include <stddef.h>

enum { NEAREST_WORD_MAX = 64 };

struct nearest {
    const char *typed;
    const char *best; /* NULL as long as nothing is near enough */
    size_t distance;
};

void nearest_init(struct nearest *n, const char *typed);
/* Keeps word when it is nearer than what came before: at most a third of its letters differ. */
void nearest_try(struct nearest *n, const char *word);

#endif
