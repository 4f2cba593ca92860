#include "samples/spoil.h"

#include <stdio.h>
#include <string.h>

#include "samples/spoil_edit.h"

enum where { HERE, END, HOUSE, IN_HOUSE, PASSED, WITHIN, NEW, LINE, AT_END, NOWHERE };

struct find {
    enum fault fault;
    enum finding_code code;
    enum where where;
    node_id seat;
    unsigned at;
};

/* The first of a fault is its own. */
#define EDIT(id, node, at, how)
#define FAULT(id, name, code, needs, where, seat, at) {FAULT_##id, code, where, VRSB_##seat, at},
#define ALSO(id, code, where, seat, at) {FAULT_##id, code, where, VRSB_##seat, at},
static const struct find finds[] = {
#include "samples/faults.def"
};
#undef FAULT
#undef EDIT
#undef ALSO

enum { FINDS = sizeof finds / sizeof finds[0] };

static const struct find *own(enum fault f)
{
    for (size_t i = 0; i < FINDS; i++)
        if (finds[i].fault == f)
            return &finds[i];
    return NULL;
}

enum finding_code fault_code(enum fault f) { return own(f)->code; }

node_id fault_place(enum fault f) { return own(f)->seat; }

bool fault_is_file(enum fault f) { return finding_rule(fault_code(f))->cost <= COST_HELD; }

/* ---- what is to be found ---- */

static bool costs_household(enum fault f)
{
    for (size_t i = 0; i < FINDS; i++)
        if (finds[i].fault == f && finding_rule(finds[i].code)->cost == COST_HOUSEHOLD)
            return true;
    return false;
}

static void put_step(const struct spoil *s, char path[FINDING_PATH_MAX], node_id n, unsigned position)
{
    const struct node *node = &schema_vrsb0801.nodes[n];
    size_t len = strlen(path), room = FINDING_PATH_MAX - len;
    unsigned long long at = n == VRSB_InfosFoyerRSA ? s->household : position;
    if (node->max_occurs > 1)
        snprintf(path + len, room, "%s%s[%llu]", len ? "/" : "", node->name, at);
    else
        snprintf(path + len, room, "%s%s", len ? "/" : "", node->name);
}

static unsigned position_in(const struct spoil_level *l, node_id n) { return l->count[schema_vrsb0801.nodes[n].number]; }

/* Of the open blocks; the root is in no path. */
static void open_path(const struct spoil *s, char path[FINDING_PATH_MAX])
{
    path[0] = '\0';
    for (unsigned i = 0; i < s->open; i++)
        if (s->levels[i].block != 0)
            put_step(s, path, s->levels[i].block, i ? position_in(&s->levels[i - 1], s->levels[i].block) : 0);
}

static void tell(struct spoil *s, const struct find *f, const char *path, uint32_t line)
{
    bool file = fault_is_file(f->fault);
    struct spoil_found found = {.fault = f->fault, .code = f->code, .node = f->seat, .line = line};
    snprintf(found.path, sizeof found.path, "%s", path);
    if (!file) {
        found.household = s->household;
        memcpy(found.numdemrsa, s->numdemrsa, sizeof found.numdemrsa);
        found.rejected = costs_household(f->fault);
    }
    s->told |= 1u << (f - own(f->fault));
    s->o->found(s->o->ctx, &found);
}

static bool is_told(const struct spoil *s, const struct find *f) { return s->told >> (f - own(f->fault)) & 1; }

static const struct spoil_level *level_of(const struct spoil *s, node_id block)
{
    for (unsigned i = 0; i < s->open; i++)
        if (s->levels[i].block == block)
            return &s->levels[i];
    return NULL;
}

/* Whether the path of open blocks is that of the person it is about. */
static bool person_is_open(const struct spoil *s, node_id n)
{
    const struct spoil_level *household = spoil_of_person(n) ? level_of(s, VRSB_InfosFoyerRSA) : NULL;
    return !household || position_in(household, VRSB_Personne) == s->person + 1;
}

/* The position that a seat's `at` means. */
static unsigned position_of(const struct spoil *s, node_id n)
{
    const struct spoil_level *l = &s->levels[s->open - 1];
    unsigned position = position_in(l, n);
    if (n == VRSB_Personne)
        return position > s->person ? position - s->person : 0;
    node_id several = spoil_repeated(n);
    if (position > 1 || several == NODE_NONE || several == n)
        return position;
    return position_in(level_of(s, schema_vrsb0801.nodes[several].parent), several);
}

static bool is_seat(const struct spoil *s, const struct find *f, node_id n)
{
    bool inside = n > VRSB_InfosFoyerRSA && n < schema_vrsb0801.nodes[VRSB_InfosFoyerRSA].end;
    bool here = f->fault == s->now && f->seat == n && !is_told(s, f) && (s->host || !inside);
    return here && person_is_open(s, n) && position_of(s, n) == f->at;
}

static void tell_here(struct spoil *s, const struct find *f, node_id n, uint32_t line)
{
    char path[FINDING_PATH_MAX];
    bool house = f->where == HOUSE || f->where == PASSED;
    open_path(s, path);
    if (house) {
        path[0] = '\0';
        put_step(s, path, VRSB_InfosFoyerRSA, 0);
    } else if (f->where == NEW) {
        size_t len = strlen(path);
        snprintf(path + len, sizeof path - len, "/%s", spoil_new_name);
    } else if (f->where != LINE && f->where != WITHIN) {
        put_step(s, path, n, s->open ? position_in(&s->levels[s->open - 1], n) : 0);
    }
    tell(s, f, f->where == LINE ? "" : path, f->where == IN_HOUSE ? s->household_line : line);
}

void spoil_enter(struct spoil *s, node_id n, uint32_t line)
{
    if (s->now == FAULT_NONE || !s->seats)
        return;
    if (s->open) {
        struct spoil_level *l = &s->levels[s->open - 1];
        l->count[schema_vrsb0801.nodes[n].number]++;
    }
    if (n == VRSB_InfosFoyerRSA)
        s->household_line = line;
    for (size_t i = 0; i < FINDS; i++) {
        const struct find *f = &finds[i];
        bool met = f->fault == s->now && f->where != END && f->where != AT_END && f->where != NOWHERE;
        if (met && (s->open ? is_seat(s, f, n) : f->seat == n))
            tell_here(s, f, n, line);
    }
    if (schema_vrsb0801.nodes[n].type == TYPE_BLOCK)
        s->levels[s->open++] = (struct spoil_level){.block = n};
}

static void tell_end(struct spoil *s, const struct find *f, uint32_t line)
{
    char path[FINDING_PATH_MAX];
    const struct spoil_level *l = &s->levels[s->open - 1];
    open_path(s, path);
    put_step(s, path, f->seat, position_in(l, f->seat) + 1);
    tell(s, f, f->where == AT_END ? "" : path, line);
}

void spoil_leave(struct spoil *s, uint32_t line)
{
    if (s->now == FAULT_NONE || !s->seats || s->open == 0)
        return;
    node_id block = s->levels[s->open - 1].block;
    for (size_t i = 0; i < FINDS; i++) {
        const struct find *f = &finds[i];
        bool missing = f->where == END && schema_vrsb0801.nodes[f->seat].parent == block && person_is_open(s, f->seat);
        bool ends = f->where == AT_END && f->seat == block;
        if (f->fault == s->now && !is_told(s, f) && (missing || ends))
            tell_end(s, f, line);
    }
    s->open--;
}

/* What was announced by the household, or the file, that ends here. */
static void settle(struct spoil *s)
{
    for (size_t i = 0; i < FINDS && s->now != FAULT_NONE && s->seats; i++)
        if (finds[i].fault == s->now && !is_told(s, &finds[i]))
            s->err = ERR_BUG;
    s->told = 0;
}

void spoil_household_end(struct spoil *s)
{
    s->host = false;
    if (spoil_file_fault(s) != FAULT_NONE)
        return;
    settle(s);
    s->now = FAULT_NONE;
}

enum err spoil_end(struct spoil *s)
{
    for (size_t i = 0; i < FINDS; i++)
        if (finds[i].fault == s->now && finds[i].where == NOWHERE)
            tell(s, &finds[i], "", 0);
    if (s->now != FAULT_NONE && !fault_is_unplaced(s, s->now))
        settle(s);
    return s->err;
}
