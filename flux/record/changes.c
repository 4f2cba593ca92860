#include "flux/record/changes.h"

#include <stdlib.h>
#include <string.h>

#include "flux/base/grow.h"
#include "flux/record/record.h"
#include "flux/record/right.h"

const char *change_word(enum change_kind k)
{
    static const char *const words[] = {
#define CHANGE(name, word) word,
#include "flux/record/change.def"
#undef CHANGE
    };
    return words[k];
}

struct row {
    node_id node;
    uint8_t kind;
    bool whole;
};

static const struct row rows[] = {
#define AT(node, kind) {node, CHANGE_##kind, false},
#define WHOLE(node, kind) {node, CHANGE_##kind, true},
#include "flux/record/change.def"
#undef AT
#undef WHOLE
};

static const struct row *row_of(node_id node)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].node == node)
            return &rows[i];
    return NULL;
}

static enum change_kind kind_of(const struct schema *s, node_id node)
{
    for (node_id n = node; n != s->household; n = s->nodes[n].parent) {
        const struct row *row = row_of(n);
        if (row)
            return (enum change_kind)row->kind;
    }
    return s->nodes[node].data_class == CLASS_CONTACT ? CHANGE_CONTACT : CHANGE_OTHER;
}

static bool is_whole(const struct schema *s, node_id block)
{
    const struct row *row = row_of(block);
    return block != VRSB_Personne && (s->nodes[block].max_occurs > 1 || (row && row->whole));
}

void traits_free(struct traits *t)
{
    free(t->at);
    *t = (struct traits){0};
}

static enum err add(struct traits *t, const struct trait *trait)
{
    struct trait *at = grow(t->at, t->count, &t->cap, sizeof(*at), 64);
    if (!at)
        return ERR_NOMEM;
    t->at = at;
    t->at[t->count++] = *trait;
    return ERR_OK;
}

/* A record while it is taken apart. */
struct reading {
    struct traits *out;
    struct record_walk walk;
    const uint8_t *before; /* where the event at hand began */
    const uint64_t *persons;
    size_t count, seen;
    uint64_t person;
    bool in_person, skip; /* skip: the same person is named again further down, and the last one counts */
    struct trait whole;   /* the open block that counts as one thing */
    unsigned whole_depth;
    const uint8_t *whole_start;
    struct span role; /* of the Prestations at hand */
    bool rsa;
};

static enum err take(struct reading *r, const struct trait *t) { return t->of_person && r->skip ? ERR_OK : add(r->out, t); }

static enum err enter_person(struct reading *r)
{
    if (r->seen == r->count)
        return ERR_FRAME;
    r->person = r->persons[r->seen++];
    r->in_person = true;
    r->skip = false;
    for (size_t i = r->seen; i < r->count; i++)
        r->skip |= r->persons[i] == r->person;
    const struct trait there = {.kind = CHANGE_COMPOSITION, .node = VRSB_Personne, .of_person = true, .subject = r->person};
    return take(r, &there);
}

static struct trait trait_at(const struct reading *r, node_id node)
{
    return (struct trait){
        .kind = kind_of(r->walk.schema, node), .node = node, .of_person = r->in_person, .subject = r->in_person ? r->person : 0};
}

static enum err enter(struct reading *r)
{
    const struct record_walk *w = &r->walk;
    if (w->node == VRSB_Personne)
        return enter_person(r);
    if (r->whole_depth || !is_whole(w->schema, w->node))
        return ERR_OK;
    r->whole = trait_at(r, w->node);
    r->whole_depth = w->depth;
    r->whole_start = w->wire.at;
    r->role = (struct span){0};
    r->rsa = false;
    return ERR_OK;
}

/* The role that counts is that of NATPREST RSA. Source: flux-caf-msa 4.3, case 65. */
static enum err leave_whole(struct reading *r)
{
    struct trait *t = &r->whole;
    t->value = (struct span){r->whole_start, (size_t)(r->walk.wire.at - 1 - r->whole_start)};
    r->whole_depth = 0;
    if (t->node == VRSB_Prestations && r->rsa && r->role.len) {
        t->kind = CHANGE_ROLE;
        t->node = VRSB_Prestations_ROLEPERS;
        t->value = r->role;
    }
    return take(r, t);
}

static enum err leave(struct reading *r)
{
    if (r->walk.node == VRSB_Personne)
        r->in_person = false;
    return r->whole_depth && r->walk.depth + 1 == r->whole_depth ? leave_whole(r) : ERR_OK;
}

static uint64_t rank_of(struct span text)
{
    uint64_t rank = 0;
    for (size_t i = 0; i < text.len; i++)
        rank = rank * 10 + (uint64_t)(text.data[i] - '0');
    return rank;
}

static void leaf_of_whole(struct reading *r, struct span value)
{
    const struct record_walk *w = &r->walk;
    if (w->node == VRSB_TroncCommunAdresse_RGADR)
        r->whole.subject = rank_of(w->value.text);
    else if (w->node == VRSB_Prestations_NATPREST)
        r->rsa = w->value.text.len == 3 && memcmp(w->value.text.data, "RSA", 3) == 0;
    else if (w->node == VRSB_Prestations_ROLEPERS)
        r->role = value;
}

static enum err leaf(struct reading *r)
{
    struct trait t = trait_at(r, r->walk.node);
    t.value = (struct span){r->before + 1, (size_t)(r->walk.wire.at - r->before - 1)};
    if (!r->whole_depth)
        return take(r, &t);
    leaf_of_whole(r, t.value);
    return ERR_OK;
}

static enum err take_apart(struct reading *r)
{
    for (;;) {
        r->before = r->walk.wire.at;
        enum record_event event = record_next(&r->walk);
        if (event == RECORD_END)
            return r->seen == r->count ? ERR_OK : ERR_FRAME;
        enum err e = event == RECORD_ENTER ? enter(r) : event == RECORD_LEAF ? leaf(r) : event == RECORD_LEAVE ? leave(r) : ERR_FRAME;
        if (e)
            return e;
    }
}

static int compare(uint64_t a, uint64_t b) { return (a > b) - (a < b); }

static int compare_things(const struct trait *x, const struct trait *y)
{
    int d = compare(x->kind, y->kind);
    d = d ? d : compare(x->of_person, y->of_person);
    d = d ? d : compare(x->subject, y->subject);
    return d ? d : compare(x->node, y->node);
}

static int compare_values(struct span a, struct span b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int d = n ? memcmp(a.data, b.data, n) : 0;
    return d ? d : compare(a.len, b.len);
}

static int by_thing(const void *a, const void *b)
{
    const struct trait *x = a, *y = b;
    int d = compare_things(x, y);
    return d ? d : compare_values(x->value, y->value);
}

bool trait_same_thing(const struct trait *a, const struct trait *b) { return compare_things(a, b) == 0; }

static bool of_closing(const struct trait *t) { return t->kind == CHANGE_CLOSING; }

/* FinDroit of a right that is open says nothing of it, and a closing moved from one block to the other is the same closing. Source:
 * flux-caf-msa 7.2, cases 30 and 34. */
static void settle_closing(struct traits *t)
{
    bool closed = state_is_closed(traits_state(t));
    for (size_t i = 0; i < t->count; i++)
        if (of_closing(&t->at[i]))
            t->at[i] = (struct trait){.kind = closed ? CHANGE_CLOSING : CHANGE_OTHER,
                                      .node = closed ? (node_id)VRSB_FinDroit : t->at[i].node,
                                      .value = t->at[i].value};
}

enum err traits_read(struct traits *t, const struct schema *schema, struct span record, const uint64_t *persons, size_t count)
{
    struct reading r = {.out = t, .persons = persons, .count = count};
    t->count = 0;
    if (!record.len)
        return ERR_OK;
    record_walk_init(&r.walk, schema->household, record.data, record.len);
    enum err e = take_apart(&r);
    if (e)
        return e;
    settle_closing(t);
    if (t->count)
        qsort(t->at, t->count, sizeof *t->at, by_thing);
    return ERR_OK;
}

char traits_state(const struct traits *t)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct trait *s = &t->at[i];
        if (s->node == VRSB_EtatDossierRSA_ETATDOSRSA && s->value.len >= 2)
            return (char)s->value.data[1];
    }
    return '\0';
}

/* How many traits from i on are about the same thing. */
static size_t run_of(const struct traits *t, size_t i)
{
    size_t n = 0;
    while (i + n < t->count && trait_same_thing(&t->at[i], &t->at[i + n]))
        n++;
    return n;
}

struct run {
    const struct trait *at;
    size_t count, i;
};

/* The next one that the other side does not say too. */
static const struct trait *next_own(struct run *r, const struct run *other)
{
    for (; r->i < r->count; r->i++) {
        size_t same = 0, theirs = 0;
        for (size_t k = 0; k < r->i; k++)
            same += compare_values(r->at[k].value, r->at[r->i].value) == 0;
        for (size_t k = 0; k < other->count; k++)
            theirs += compare_values(other->at[k].value, r->at[r->i].value) == 0;
        if (same >= theirs)
            return &r->at[r->i++];
    }
    return NULL;
}

static void visit_thing(struct run a, struct run b, void (*visit)(void *ctx, const struct trait *before, const struct trait *now),
                        void *ctx)
{
    for (;;) {
        const struct trait *before = next_own(&a, &b), *now = next_own(&b, &a);
        if (!before && !now)
            return;
        visit(ctx, before, now);
    }
}

void changes_each(const struct traits *before, const struct traits *now,
                  void (*visit)(void *ctx, const struct trait *before, const struct trait *now), void *ctx)
{
    for (size_t i = 0, k = 0; i < before->count || k < now->count;) {
        int d = i == before->count ? 1 : k == now->count ? -1 : compare_things(&before->at[i], &now->at[k]);
        struct run a = {&before->at[i], d <= 0 ? run_of(before, i) : 0, 0};
        struct run b = {&now->at[k], d >= 0 ? run_of(now, k) : 0, 0};
        visit_thing(a, b, visit, ctx);
        i += a.count;
        k += b.count;
    }
}

static bool names(const struct traits *t, uint64_t person)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->at[i].kind == CHANGE_COMPOSITION && t->at[i].subject == person)
            return true;
    return false;
}

struct kinds {
    const struct traits *before, *now;
    uint64_t person;
    change_set set;
};

static void add_kind(void *ctx, const struct trait *before, const struct trait *now)
{
    struct kinds *k = ctx;
    const struct trait *any = now ? now : before;
    if (k->person && any->of_person && any->subject != k->person)
        return;
    if (any->kind == CHANGE_COMPOSITION)
        k->set |= change_bit(CHANGE_COMPOSITION) | change_bit(now ? CHANGE_ARRIVAL : CHANGE_DEPARTURE);
    else if (!any->of_person || (names(k->before, any->subject) && names(k->now, any->subject)))
        k->set |= change_bit(any->kind);
}

static change_set of_state(char before, char now)
{
    change_set set = 0;
    if (state_reopens(before, now))
        set |= change_bit(CHANGE_REOPENING);
    if (state_ends(before, now))
        set |= change_bit(CHANGE_CLOSING);
    if (before && before != now && now == '6')
        set |= change_bit(CHANGE_REGULARISATION);
    return set;
}

change_set changes_between(const struct traits *before, const struct traits *now, uint64_t person)
{
    struct kinds k = {before, now, person, 0};
    changes_each(before, now, add_kind, &k);
    return k.set | of_state(traits_state(before), traits_state(now));
}
