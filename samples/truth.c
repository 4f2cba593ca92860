#include "samples/truth.h"

#include <string.h>

#include "samples/person.h"
#include "samples/truth_cast.h"

/* Of a thousand households of the first month, those that a case stands on; months that its life must leave it as it is. */
enum { CASES = 450, CALM = 12, WORD_CASE = 60 };

static const struct cast_rule rules[SITUATION_COUNT] = {
#define SITUATION(id, name, sort, weight, subject, where, other, nir_a, nir_b, change, link, reason)                                       \
    [SITUATION_##id] = {name,          reason,       TRUTH_##sort, weight,          SUBJECT_##subject, WHERE_##where,                      \
                        OTHER_##other, CAST_##nir_a, CAST_##nir_b, CHANGE_##change, LINK_##link},
#include "samples/truth.def"
#undef SITUATION
};

const char *situation_name(enum situation s) { return rules[s].name; }
enum truth_sort situation_sort(enum situation s) { return rules[s].sort; }
const char *situation_reason(enum situation s) { return rules[s].reason; }

enum situation situation_by_name(const char *name, size_t len)
{
    for (int s = 0; s < SITUATION_COUNT; s++)
        if (strlen(rules[s].name) == len && memcmp(rules[s].name, name, len) == 0)
            return (enum situation)s;
    return SITUATION_NONE;
}

void truth_msa(const struct truth_options *o, struct sample_options *msa)
{
    *msa = o->caf;
    msa->emitter = SAMPLE_MSA;
    msa->households = o->caf.households / 50 + 1;
}

/* ---- which case stands on a household ---- */

static bool needs_couple(const struct cast_rule *r)
{
    return r->subject == SUBJECT_CJT || r->where == WHERE_SPOUSE || r->where == WHERE_CJT_SEAT;
}

static unsigned needs_children(const struct cast_rule *r)
{
    bool one = r->subject == SUBJECT_CHILD || r->subject == SUBJECT_GROWN || r->where == WHERE_CHILD_SEAT;
    return r->subject == SUBJECT_TWINS ? 2 : one || r->where == WHERE_CHILDREN;
}

static unsigned weight(const struct truth_options *o, int s, const struct origin *at)
{
    const struct cast_rule *r = &rules[s];
    bool fits = o->wanted[s] && (at->couple || !needs_couple(r)) && at->children >= needs_children(r);
    return fits ? r->weight : 0;
}

static enum situation draw(const struct truth_options *o, const struct series *s, uint32_t rank, uint64_t *word)
{
    struct origin at;
    struct life life;
    life_origin(s, 0, rank, &at);
    *word = rng_word(at.key, WORD_CASE, 0, 0);
    if (!rng_permille(*word, CASES))
        return SITUATION_NONE;
    life_at(s, &at, CALM, &life);
    if (life.changed != LIFE_NONE)
        return SITUATION_NONE;
    unsigned total = 0;
    for (int i = 0; i < SITUATION_COUNT; i++)
        total += weight(o, i, &at);
    uint32_t left = rng_below(rng_mix(*word), total ? total : 1);
    for (int i = 0; i < SITUATION_COUNT; i++) {
        unsigned w = weight(o, i, &at);
        if (left < w)
            return (enum situation)i;
        left -= w;
    }
    return SITUATION_NONE;
}

/* ---- making it ---- */

struct setting {
    struct cast cast;
    struct series caf;
    enum situation situation;
    unsigned from; /* month in which it happens */
};

static void first_month(struct sample_options *o)
{
    int month = o->year * 12 + o->month - 1 - (int)o->month_index;
    o->year = month / 12;
    o->month = month % 12 + 1;
    o->month_index = 0;
}

static bool in_msa(const struct cast_rule *r) { return r->where == WHERE_MSA || r->where == WHERE_MOVED; }

/* Options and rank of the household that becomes the further dossier. */
static uint32_t further_of(const struct truth *t, const struct cast_rule *r, uint32_t rank, struct sample_options *o)
{
    *o = t->o->caf;
    if (in_msa(r))
        truth_msa(t->o, o);
    return o->households + rank;
}

static bool set_up(struct truth *t, uint32_t rank, struct setting *s)
{
    struct sample_options o = t->o->caf;
    s->caf = series_of(&o);
    t->marked = 0;
    s->situation = draw(t->o, &s->caf, rank, &s->cast.word);
    if (s->situation == SITUATION_NONE)
        return false;
    const struct cast_rule *r = s->cast.rule = &rules[s->situation];
    s->from = r->where == WHERE_ONCE ? 0 : 1 + rank % 2;
    first_month(&o);
    household_make(&o, &s->caf, 0, rank, &t->first);
    uint32_t further = further_of(t, r, rank, &o);
    struct series other = series_of(&o);
    first_month(&o);
    household_make(&o, &other, 0, further, &t->other);
    cast_make(&s->cast, &t->first, &t->other, t->msa && in_msa(r));
    t->situation = s->situation;
    t->rank = rank;
    return true;
}

static void mark(struct truth *t, const struct person *p)
{
    for (unsigned i = 0; i < t->marked; i++)
        if (t->serial[i] == p->serial)
            return;
    t->serial[t->marked++] = p->serial;
}

static void seat(struct truth *t, struct person *at, const struct person *p)
{
    enum role role = at->role, family = at->role_pfa;
    *at = *p;
    at->role = role;
    at->role_pfa = family;
    mark(t, p);
}

static void replace(struct truth *t, struct household *h, unsigned slot, const struct person *p)
{
    for (unsigned i = 0; i < h->person_count; i++)
        if (h->persons[i].slot == slot) {
            seat(t, &h->persons[i], p);
            return;
        }
}

static void remove_slot(struct household *h, unsigned slot)
{
    for (unsigned i = 0; i < h->person_count; i++) {
        if (h->persons[i].slot != slot)
            continue;
        h->adults -= i < h->adults;
        h->children -= h->persons[i].role == ROLE_ENF;
        h->person_count--;
        memmove(&h->persons[i], &h->persons[i + 1], (h->person_count - i) * sizeof h->persons[0]);
        return;
    }
}

/* The right ends by regrouping, which is told once. */
static void regroup(const struct setting *s, struct household *h)
{
    if (h->month < s->from)
        return;
    h->life.present = h->life.present && h->month == s->from;
    h->life.etat = 5;
    h->life.event = LIFE_CLOSE;
    h->life.closing = LIFE_CLOSE;
    h->life.ended = (int)s->from - 1;
    h->regrouped = true;
}

/* B comes after A: one who is no longer A's is not there before. */
static void later(struct truth *t, const struct setting *s, struct household *h)
{
    const struct cast *c = &s->cast;
    bool now = h->month >= s->from;
    if (c->rule->other == OTHER_TWIN)
        remove_slot(h, SLOT_TWIN);
    replace(t, h, c->a.slot, now ? &c->b : &c->a);
}

static void apart(struct truth *t, const struct setting *s, struct household *h)
{
    const struct cast *c = &s->cast;
    replace(t, h, c->a.slot, &c->a);
    if (c->rule->other == OTHER_TWIN && s->from % 2)
        replace(t, h, SLOT_TWIN, &c->b);
    else if (c->rule->other == OTHER_TWIN)
        remove_slot(h, SLOT_TWIN);
    if (h->month >= s->from && (c->rule->where == WHERE_CHILDREN || c->rule->where == WHERE_SPOUSE))
        remove_slot(h, SLOT_CJT);
    if (c->rule->where == WHERE_MOVED && h->month >= s->from)
        h->life.present = false;
    if (c->rule->link == LINK_RGD)
        regroup(s, h);
}

void truth_change(struct truth *t, struct household *h, unsigned start, uint32_t rank)
{
    struct setting s;
    t->marked = 0;
    if (t->msa || start > 0 || !set_up(t, rank, &s))
        return;
    const struct cast *c = &s.cast;
    switch (c->rule->where) {
    case WHERE_LATER:
        later(t, &s, h);
        break;
    case WHERE_BESIDE:
    case WHERE_CHILD_SEAT:
    case WHERE_CJT_SEAT:
        replace(t, h, c->a.slot, &c->a);
        replace(t, h, c->b.slot, &c->b);
        break;
    default:
        apart(t, &s, h);
        break;
    }
    household_settle(h);
}

static void alone(struct truth *t, struct household *h, const struct person *p)
{
    h->person_count = h->adults = 1;
    h->children = h->life.births = 0;
    h->persons[0].role = h->persons[0].role_pfa = ROLE_DEM;
    seat(t, &h->persons[0], p);
}

/* As they are in the first dossier in this month. */
static void bring_children(struct truth *t, const struct setting *s, uint32_t rank, struct household *h)
{
    household_make(&t->o->caf, &s->caf, 0, rank, &t->first);
    for (unsigned i = 0; i < t->first.person_count; i++) {
        if (t->first.persons[i].role != ROLE_ENF)
            continue;
        h->persons[h->person_count++] = t->first.persons[i];
        h->children++;
        mark(t, &t->first.persons[i]);
    }
}

/* The one who left A comes first, as demandeur; B is the new conjoint. */
static void bring_spouse(struct truth *t, const struct cast *c, struct household *h)
{
    struct person left = *cast_slot(&t->first, SLOT_CJT);
    cast_own_nir(&left, t->msa);
    seat(t, &h->persons[0], &left);
    h->persons[1].role = h->persons[1].role_pfa = ROLE_CJT;
    seat(t, &h->persons[1], &c->b);
    h->person_count = h->adults = 2;
}

static void link(const struct truth *t, const struct setting *s, struct household *h)
{
    const struct cast_rule *r = s->cast.rule;
    if (r->link == LINK_PRECE)
        h->origin.previous = t->first.origin.id;
    if (r->link == LINK_MATRICULE)
        memcpy(h->matricule, t->first.matricule, sizeof h->matricule);
    if (r->link != LINK_CEDANT || h->month != s->from)
        return;
    h->life.event = LIFE_MUTATION_IN;
    memcpy(h->cedant, t->first.matricule, sizeof h->cedant);
}

static void moved(struct truth *t, const struct setting *s, uint32_t rank, struct household *h)
{
    household_make(&t->o->caf, &s->caf, 0, rank, h);
    h->series.msa = true;
    replace(t, h, s->cast.a.slot, &s->cast.b);
    household_settle(h);
}

bool truth_further(struct truth *t, uint32_t rank, struct household *h)
{
    struct setting s;
    struct sample_options o;
    if (!set_up(t, rank, &s))
        return false;
    const struct cast *c = &s.cast;
    bool none = c->rule->where == WHERE_LATER || c->rule->where >= WHERE_BESIDE;
    if (none || t->msa != in_msa(c->rule) || t->o->caf.month_index < s.from)
        return false;
    if (c->rule->where == WHERE_MOVED) {
        moved(t, &s, rank, h);
        return h->life.present;
    }
    uint32_t further = further_of(t, c->rule, rank, &o);
    struct series series = series_of(&o);
    household_make(&o, &series, 0, further, h);
    h->options = &t->o->caf;
    if (!h->life.present)
        return false;
    alone(t, h, &c->b);
    if (c->rule->where == WHERE_SPOUSE)
        bring_spouse(t, c, h);
    household_settle(h);
    link(t, &s, h);
    if (c->rule->where == WHERE_CHILDREN)
        bring_children(t, &s, rank, h);
    return true;
}

void truth_tell(const struct truth *t, const struct household *h)
{
    for (unsigned i = 0; i < h->person_count; i++) {
        struct truth_seen seen = {
            .numdemrsa = h->numdemrsa, .ordinal = i, .human = h->persons[i].serial, .situation = SITUATION_NONE, .rank = t->rank};
        for (unsigned m = 0; m < t->marked; m++)
            if (t->serial[m] == seen.human)
                seen.situation = t->situation;
        t->o->seen(t->o->ctx, &seen);
    }
}
