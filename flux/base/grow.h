/* Arrays that double. */
#ifndef FLUX_BASE_GROW_H
#define FLUX_BASE_GROW_H

#include <stddef.h>
#include <stdlib.h>

/* An array of count items of so many bytes, with room for one more: list itself, or a larger one that takes its place. *cap: for how many
 * there is room; first: for how many at first. NULL without memory, and list stays as it is. */
static inline void *grow(void *list, size_t count, size_t *cap, size_t item, size_t first)
{
    if (count < *cap)
        return list;
    size_t larger = *cap ? 2 * *cap : first;
    void *at = reallocarray(list, larger, item);
    if (at)
        *cap = larger;
    return at;
}

#endif
