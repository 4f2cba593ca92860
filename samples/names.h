/* Names composed at random of the words of names.def. A word of chance gives the same name for ever. */
#ifndef SAMPLES_NAMES_H
#define SAMPLES_NAMES_H

#include <stddef.h>
#include <stdint.h>

enum name_list {
#define NAMES(list, ...) NAMES_##list,
#include "samples/names.def"
#undef NAMES
    NAMES_COUNT
};

/* UTF-8, not terminated. What does not fit is left out; texts of our lists fit. */
struct text {
    size_t len;
    char s[120];
};

void text_add(struct text *t, const char *s);
void text_add_bytes(struct text *t, const char *s, size_t n);
/* Digits, padded with zeros to width. */
void text_add_number(struct text *t, uint64_t n, unsigned width);

/* A word of a list. */
const char *name_pick(enum name_list list, uint64_t word);
void name_of_birth(struct text *t, uint64_t word); /* at most 27 characters */
void name_first(struct text *t, uint64_t word, int woman);
void name_town(struct text *t, uint64_t word); /* at most 26 */

#endif
