#include "flux/record/movement.h"

#include <string.h>

static const struct movement_row rows[MOVEMENT_COUNT] = {
#define MOVEMENT(name, word, meaning) {word, meaning},
#include "flux/record/movement.def"
#undef MOVEMENT
};

const struct movement_row *movement_row(enum movement_kind kind) { return &rows[kind]; }

enum movement_kind movement_by_word(const char *word)
{
    unsigned k = 0;
    while (k < MOVEMENT_COUNT && strcmp(rows[k].word, word) != 0)
        k++;
    return (enum movement_kind)k;
}

struct teller {
    const struct movement_side *before, *after;
    int64_t reference;
    movement_visit *visit;
    void *ctx;
};

static enum err tell(const struct teller *t, struct movement m)
{
    m.from_state = t->before ? t->before->state : 0;
    m.to_state = t->after->state;
    return t->visit(t->ctx, &m);
}

/* The position of who on that side, -1 when it does not name them. Of somebody named twice the last counts. */
static int position(const struct movement_side *side, uint64_t who)
{
    size_t i = side ? side->right->count : 0;
    while (i-- > 0)
        if (side->persons[i] == who)
            return (int)i;
    return -1;
}

static bool is_last(const struct movement_side *side, size_t at) { return position(side, side->persons[at]) == (int)at; }

/* A closed right ends the attachment of everybody: that is one exit, and nobody leaves. */
static bool is_attached(const struct movement_side *side, int at)
{
    return at >= 0 && (!side->right->persons[at].dfratdos.told || state_is_closed(side->state));
}

static enum err tell_entrants(const struct teller *t)
{
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < t->after->right->count; i++) {
        int at = position(t->before, t->after->persons[i]);
        bool was = at >= 0 && person_is_subject(&t->before->right->persons[at], t->before->state);
        if (!was && is_last(t->after, i) && person_is_subject(&t->after->right->persons[i], t->after->state))
            e = tell(t, (struct movement){.kind = MOVEMENT_ENTRANT, .person = (int)i});
    }
    return e;
}

static enum err tell_state(const struct teller *t)
{
    char from = t->before->state, to = t->after->state;
    const struct right *r = t->after->right;
    struct movement m = {.person = -1};
    if (state_ends(from, to)) {
        struct right_end end = right_end(r, to, t->reference);
        m.kind = MOVEMENT_EXIT;
        m.motive = end.motive;
        m.day = (struct right_day){true, end.days};
        m.estimated = end.source == END_ESTIMATED;
    } else if (state_reopens(from, to)) {
        m.kind = MOVEMENT_REOPENED;
    } else if (from == '2' && state_is_suspended(to)) {
        m.kind = MOVEMENT_SUSPENDED;
        m.day = r->suspended;
    } else if (state_is_suspended(from) && to == '2') {
        m.kind = MOVEMENT_RESUMED;
    } else {
        return ERR_OK;
    }
    return tell(t, m);
}

static enum err tell_move(const struct teller *t)
{
    const struct right *a = t->before->right, *b = t->after->right;
    if (!home_moved(&a->home, &b->home))
        return ERR_OK;
    return tell(t,
                (struct movement){.kind = MOVEMENT_MOVE, .person = -1, .day = b->home.dtemm, .from = right_place(a), .to = right_place(b)});
}

static bool differ(struct span a, struct span b) { return a.len != b.len || memcmp(a.data, b.data, a.len) != 0; }

static enum err tell_roles(const struct teller *t)
{
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < t->after->right->count; i++) {
        int at = position(t->before, t->after->persons[i]);
        struct span from = at < 0 ? (struct span){0} : t->before->right->persons[at].role, to = t->after->right->persons[i].role;
        if (is_last(t->after, i) && from.len && to.len && differ(from, to))
            e = tell(t, (struct movement){.kind = MOVEMENT_ROLE, .person = (int)i, .from_role = from, .to_role = to});
    }
    return e;
}

static enum err tell_arrivals(const struct teller *t)
{
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < t->after->right->count; i++)
        if (is_last(t->after, i) && is_attached(t->after, (int)i) && !is_attached(t->before, position(t->before, t->after->persons[i])))
            e = tell(t, (struct movement){.kind = MOVEMENT_ARRIVED, .person = (int)i, .to_role = t->after->right->persons[i].role});
    return e;
}

static enum err tell_departures(const struct teller *t)
{
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < t->before->right->count; i++) {
        int at = position(t->after, t->before->persons[i]);
        struct movement m = {.kind = MOVEMENT_LEFT, .person = at < 0 ? (int)i : at, .person_before = at < 0};
        if (!is_last(t->before, i) || !is_attached(t->before, (int)i) || is_attached(t->after, at))
            continue;
        m.day = at < 0 ? (struct right_day){true, t->reference} : t->after->right->persons[at].dfratdos;
        m.estimated = at < 0;
        m.from_role = t->before->right->persons[i].role;
        e = tell(t, m);
    }
    return e;
}

static enum err tell_mutations(const struct teller *t)
{
    const struct right *r = t->after->right;
    enum err e = ERR_OK;
    if (r->arrival.told && !t->after->arrival_known)
        e = tell(t, (struct movement){.kind = MOVEMENT_MUTATION_IN, .person = -1, .day = r->arrival});
    if (!e && r->departure.told && !t->after->departure_known)
        e = tell(t, (struct movement){.kind = MOVEMENT_MUTATION_OUT, .person = -1, .day = r->departure});
    return e;
}

enum err movements_between(const struct movement_side *before, const struct movement_side *after, int64_t reference, movement_visit *visit,
                           void *ctx)
{
    const struct teller t = {before, after, reference, visit, ctx};
    enum err e = tell_entrants(&t);
    if (before) {
        e = e ? e : tell_state(&t);
        e = e ? e : tell_move(&t);
        e = e ? e : tell_roles(&t);
        e = e ? e : tell_arrivals(&t);
        e = e ? e : tell_departures(&t);
    }
    return e ? e : tell_mutations(&t);
}
