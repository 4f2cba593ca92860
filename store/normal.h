/* Normal forms: what two spellings of one thing share, so that a blind index finds either. Sources: flux-caf-msa 4.3 to 4.5. */
#ifndef STORE_NORMAL_H
#define STORE_NORMAL_H

#include <stdbool.h>
#include <stddef.h>

#include "flux/base/wire.h"

enum { NORMAL_MAX = 512, NORMAL_NUMBER = 16, NORMAL_NIR = 13 };

/* A normal form: personal, wiped by who holds it. */
struct normal {
    size_t len;
    char text[NORMAL_MAX];
};

/* Each is false, with an empty form, when the text names nothing: empty, all zeros, or not of its kind. */
bool normal_numdemrsa(struct span text, struct normal *out); /* upper case, padded with zeros to 11 */
bool normal_nir(struct span text, struct normal *out);       /* first 13 of 13 or 15 characters, upper case, no spaces */
/* A CAF number: 7 digits, the zeros that follow cut, those that lead restored. An MSA one is a NIR and takes its form. */
bool normal_matricule(struct span text, struct normal *out);
/* Letters without marks or case, words parted by one space: hyphens, apostrophes and the rest part words. */
bool normal_name(struct span text, struct normal *out);

static inline struct span normal_span(const struct normal *n) { return (struct span){(const uint8_t *)n->text, n->len}; }

#endif
