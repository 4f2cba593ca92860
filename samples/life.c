#include "samples/life.h"

#include <stddef.h>

#include "samples/rng.h"

enum {
    STRIDE = 100, /* one household in STRIDE may separate in a given month */
    WORD_COUPLE = 1,
    WORD_WOMAN,
    WORD_BORN,
    WORD_CHILDREN,
    WORD_PHASE,
    WORD_EVENT,
    WORD_ARRIVAL,
    WORD_SEPARATION,
    WORD_RULES
};

enum { STATES = 7, CHANCES = 8 };

/* Of ten thousand, by month, in each ETATDOSRSA. */
static const struct {
    enum life_event event;
    unsigned weight;
} chances[STATES][CHANCES] = {
    [0] = {{LIFE_GRANT, 6500}, {LIFE_REFUSAL, 1500}},
    [1] = {{LIFE_NOTHING, 0}},
    [2] = {{LIFE_CLOSE, 130},
           {LIFE_MUTATION_OUT, 30},
           {LIFE_SUSPEND_PAY, 200},
           {LIFE_SUSPEND_RIGHT, 40},
           {LIFE_MOVE, 120},
           {LIFE_BIRTH, 120},
           {LIFE_SWAP, 40},
           {LIFE_SUCCESSION, 15}},
    [3] = {{LIFE_RESUME, 2500}, {LIFE_CLOSE, 600}},
    [4] = {{LIFE_RESUME, 2000}, {LIFE_CLOSE, 700}},
    [5] = {{LIFE_REOPEN, 350}, {LIFE_REGULARISATION, 100}},
    [6] = {{LIFE_REOPEN, 350}, {LIFE_REGULARISATION, 100}},
};

static const uint8_t etat_after[LIFE_EVENT_COUNT] = {
    [LIFE_GRANT] = 2,  [LIFE_REFUSAL] = 1, [LIFE_SUSPEND_RIGHT] = 3, [LIFE_SUSPEND_PAY] = 4,    [LIFE_RESUME] = 2,
    [LIFE_REOPEN] = 2, [LIFE_CLOSE] = 5,   [LIFE_MUTATION_OUT] = 5,  [LIFE_REGULARISATION] = 6,
};

uint32_t life_arrivals(uint32_t households) { return households / 50 + 1; }

bool life_rare(const struct origin *o, unsigned rule, unsigned period) { return (o->rules + rule * 7919) % period == 0; }

static uint32_t base_id(const struct series *s, unsigned start, uint32_t rank)
{
    uint32_t id = s->msa ? LIFE_SERIES : 0;
    return start == 0 ? id + rank : id + LIFE_FIRST_MAX + (start - 1) * LIFE_ARRIVALS_MAX + rank;
}

static unsigned children_of(uint64_t key, bool couple)
{
    uint32_t p = rng_below(rng_word(key, WORD_CHILDREN, 0, 0), 100) + (couple ? 25 : 0);
    return p < 60 ? 0 : p < 80 ? 1 : p < 95 ? 2 : p < 105 ? 3 : p < 113 ? 4 : 5;
}

static void plain_origin(const struct series *s, unsigned start, uint32_t rank, struct origin *o)
{
    int year = (s->first_month + (int)start) / 12;
    uint32_t id = base_id(s, start, rank);
    uint64_t key = rng_mix(s->seed + rng_mix(id));
    *o = (struct origin){.key = key, .id = id, .rank = rank, .start = start, .previous = LIFE_NONE};
    o->couple = rng_permille(rng_word(key, WORD_COUPLE, 0, 0), 250);
    o->woman[0] = rng_permille(rng_word(key, WORD_WOMAN, 0, 0), 560);
    o->woman[1] = rng_permille(rng_word(key, WORD_WOMAN, 1, 0), 970) ? !o->woman[0] : o->woman[0];
    o->born[0] = year - 21 - (int)rng_below(rng_word(key, WORD_BORN, 0, 0), 43);
    o->born[1] = o->born[0] + 6 - (int)rng_below(rng_word(key, WORD_BORN, 1, 0), 13);
    if (o->born[1] > year - 19)
        o->born[1] = year - 19;
    o->children = children_of(key, o->couple);
    o->phase = rng_below(rng_word(key, WORD_PHASE, 0, 0), 3);
    o->rules = rank + rng_below(rng_word(s->seed, WORD_RULES, 0, start), 100000);
    for (unsigned i = 0; i < 2; i++) {
        o->adult[i].key = rng_mix(key + 1000 + i);
        o->adult[i].id = id;
        o->adult[i].slot = i;
    }
}

/* Which households may separate in a month, so that the household left and the dossier newly asked for find each other without search:
 * rank = STRIDE * n + this, and the arrival of rank 2 * n. */
static uint32_t separation_offset(const struct series *s, unsigned month)
{
    return rng_below(rng_word(s->seed, WORD_SEPARATION, 0, month), STRIDE);
}

static bool may_separate(const struct series *s, const struct origin *o, unsigned month)
{
    return o->start == 0 && month > 0 && o->couple && o->rank % STRIDE == separation_offset(s, month);
}

void life_origin(const struct series *s, unsigned start, uint32_t rank, struct origin *o)
{
    plain_origin(s, start, rank, o);
    if (start == 0 || rank % 2 != 0)
        return;
    struct origin left;
    struct life life;
    uint64_t left_rank = (uint64_t)STRIDE * (rank / 2) + separation_offset(s, start);
    if (left_rank >= LIFE_FIRST_MAX)
        return;
    plain_origin(s, 0, (uint32_t)left_rank, &left);
    if (!may_separate(s, &left, start))
        return;
    life_at(s, &left, start, &life);
    if (life.event != LIFE_SEPARATION)
        return;
    unsigned leaver = life.swapped ? 0 : 1;
    o->previous = left.id;
    o->couple = false;
    o->children = 0;
    o->adult[0] = left.adult[leaver];
    o->woman[0] = left.woman[leaver];
    o->born[0] = left.born[leaver];
}

static bool fertile(const struct series *s, const struct origin *o, const struct life *l, unsigned month)
{
    int year = (s->first_month + (int)month) / 12;
    bool both = o->couple && !l->separated && !l->succeeded;
    if (l->births == LIFE_BIRTHS_MAX || o->children + l->births >= 6 || (l->births > 0 && month - l->birth[l->births - 1] < 12))
        return false;
    for (unsigned i = 0; i < 2; i++) {
        bool here = both || i == (l->swapped ? 1U : 0U);
        if (here && o->woman[i] && year - o->born[i] < 43)
            return true;
    }
    return false;
}

static bool possible(const struct series *s, const struct origin *o, const struct life *l, unsigned month, enum life_event e)
{
    bool both = o->couple && !l->separated && !l->succeeded;
    switch (e) {
    case LIFE_BIRTH:
        return fertile(s, o, l, month);
    case LIFE_SWAP:
    case LIFE_SUCCESSION:
        return both && !l->swapped;
    case LIFE_REOPEN:
    case LIFE_REGULARISATION:
        return l->closing == LIFE_CLOSE;
    case LIFE_CLOSE:
        return month > l->entered + 1;
    default:
        return true;
    }
}

static enum life_event draw(const struct series *s, const struct origin *o, const struct life *l, unsigned month)
{
    bool both = o->couple && !l->separated && !l->succeeded;
    if (both && l->etat == 2 && may_separate(s, o, month))
        return LIFE_SEPARATION;
    uint32_t p = rng_below(rng_word(o->key, WORD_EVENT, 0, month), 10000);
    for (unsigned i = 0; i < CHANCES; i++) {
        if (p < chances[l->etat][i].weight)
            return possible(s, o, l, month, chances[l->etat][i].event) ? chances[l->etat][i].event : LIFE_NOTHING;
        p -= chances[l->etat][i].weight;
    }
    return LIFE_NOTHING;
}

static void move(struct life *l, unsigned month)
{
    for (unsigned i = 1; i < LIFE_MOVES_MAX; i++)
        l->move[i - 1] = l->move[i];
    l->move[LIFE_MOVES_MAX - 1] = month;
    l->moves++;
}

static void apply(struct life *l, enum life_event e, unsigned month)
{
    l->event = e;
    if (e == LIFE_BIRTH)
        l->birth[l->births++] = month;
    if (e == LIFE_MOVE)
        move(l, month);
    if (e == LIFE_SEPARATION || e == LIFE_SWAP || e == LIFE_SUCCESSION)
        l->changed = month;
    l->separated = l->separated || e == LIFE_SEPARATION;
    l->succeeded = l->succeeded || e == LIFE_SUCCESSION;
    l->swapped = l->swapped || e == LIFE_SWAP || e == LIFE_SUCCESSION;
    if (e == LIFE_GRANT || e == LIFE_REOPEN)
        l->entered = month;
    if (e == LIFE_CLOSE || e == LIFE_MUTATION_OUT) {
        l->closing = e;
        l->ended = (int)month - 1;
    }
    if (e == LIFE_GRANT || e == LIFE_REOPEN || e == LIFE_RESUME)
        l->declaration = (int)month;
    if (etat_after[e] != 0) {
        l->since = (int)month;
        l->etat = etat_after[e];
    }
}

/* Of a hundred first households, so that a thousand hold every state. */
static void start_first(const struct origin *o, struct life *l)
{
    uint32_t p = (o->rules * 37) % 100;
    l->etat = p == 0 ? 0 : p == 1 ? 1 : p < 4 ? 5 : p == 4 ? 6 : p < 7 ? 3 : p < 16 ? 4 : 2;
    if (l->etat == 5) {
        l->ended = -1;
        l->closing = (o->rules / 100) % 3 == 0 ? LIFE_MUTATION_OUT : LIFE_CLOSE;
        l->event = l->closing;
    } else if (l->etat == 6) {
        l->closing = LIFE_CLOSE;
        l->event = LIFE_REGULARISATION;
        l->ended = -2 - (int)(o->rules % 5);
    } else if (l->etat == 1)
        l->event = LIFE_REFUSAL;
    else if (l->etat == 2 && life_rare(o, 1, 131))
        l->event = LIFE_MUTATION_IN;
    if (l->etat == 3 || l->etat == 4)
        l->since = -(int)(o->rules / 100 % 3);
}

static void start_arrival(const struct origin *o, struct life *l)
{
    uint32_t p = rng_below(rng_word(o->key, WORD_ARRIVAL, 0, 0), 100);
    l->event = p >= 93 && o->previous == LIFE_NONE ? LIFE_MUTATION_IN : LIFE_REQUEST;
    l->etat = p < 28 ? 0 : p < 32 ? 4 : 2;
}

static void start(const struct origin *o, struct life *l)
{
    *l = (struct life){.entered = o->start, .since = (int)o->start, .changed = LIFE_NONE, .present = true};
    l->declaration = (int)o->start - (int)(o->start + o->phase) % 3;
    if (o->start == 0)
        start_first(o, l);
    else
        start_arrival(o, l);
    if (o->start > 0)
        l->declaration = (int)o->start;
    l->came = l->event == LIFE_MUTATION_IN;
    l->declared = l->etat == 2 && l->declaration == (int)o->start;
}

static bool closed(unsigned etat) { return etat == 1 || etat == 5 || etat == 6; }

static void step(const struct series *s, const struct origin *o, unsigned month, struct life *l)
{
    apply(l, draw(s, o, l, month), month);
    bool open = l->etat == 2 || l->etat == 3;
    if (open && (month + o->phase) % 3 == 0)
        l->declaration = (int)month;
    l->declared = open && l->declaration == (int)month;
    l->present = !closed(l->etat) || l->event != LIFE_NOTHING;
}

void life_at(const struct series *s, const struct origin *o, unsigned month, struct life *l)
{
    start(o, l);
    for (unsigned m = o->start + 1; m <= month; m++)
        step(s, o, m, l);
}
