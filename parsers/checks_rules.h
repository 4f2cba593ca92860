/* Inside of the checks: the rules as functions of values, and those that look at a person, an address, a household. */
#ifndef PARSERS_CHECKS_RULES_H
#define PARSERS_CHECKS_RULES_H

#include "parsers/checks.h"

#define CODE2(a, b) ((a) << 8 | (b))
#define CODE3(a, b, c) (CODE2(a, b) << 8 | (c))

/* Characters in base 256; -1 when they are too many to be a code. */
int64_t rule_code(const char *text, size_t len);
/* What a name's spellings share, whatever their case. */
uint64_t rule_digest(const char *text, size_t len);
/* One number for a person: equal for equal persons. rgnai: -1 without. */
uint64_t rule_person_key(uint64_t nomnai, uint64_t prenom, int64_t dtnai, int64_t rgnai);
enum role rule_role(int64_t roleper);
/* Whether a commune (62041) is surely not of a département (062). */
bool rule_elsewhere(int64_t ideparte, int64_t numcom);
/* sexe, typedtnai: codes, 0 without; born: days since 1970. */
bool rule_nir_disagrees(const struct nir *nir, int64_t sexe, bool has_born, int64_t born, int64_t typedtnai);

/* A leaf or block that came since the last opening of scope, NULL otherwise. */
static inline const struct fact *check_fact(const struct checks *c, enum watch w, enum watch scope)
{
    const struct fact *f = &c->facts[w];
    return f->when && f->when >= c->facts[scope].when ? f : NULL;
}

/* The same, of what has a value. */
static inline const struct fact *check_value(const struct checks *c, enum watch w, enum watch scope)
{
    const struct fact *f = check_fact(c, w, scope);
    return f && f->readable ? f : NULL;
}

static inline void check_tell(const struct checks *c, enum finding_code code, const struct place *place) { c->tell(c->ctx, code, place); }
/* About the first of a block that came; level as in checks.def. */
void check_tell_first(const struct checks *c, enum finding_code code, const struct fact *block, unsigned level);

void check_prestations(struct checks *c);
void check_personne(struct checks *c);
void check_adresse(struct checks *c);
void check_right(struct checks *c);

#endif
