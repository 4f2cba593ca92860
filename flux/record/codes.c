#include "flux/record/schema.h"

#include <string.h>

static const struct {
    const char *name, *label;
} lists[LIST_COUNT] = {
    [LIST_NONE] = {"", ""},
#define LIST(name, label) [LIST_##name] = {#name, label},
#define CODE(list, code, label)
#include "flux/record/codes.def"
#undef LIST
#undef CODE
};

static const struct {
    enum code_list list;
    const char *code, *label;
} codes[] = {
#define LIST(name, label)
#define CODE(list, code, label) {LIST_##list, code, label},
#include "flux/record/codes.def"
#undef LIST
#undef CODE
};

enum { CODES = sizeof codes / sizeof codes[0] };

const char *code_list_name(enum code_list list) { return lists[list].name; }

const char *code_list_label(enum code_list list) { return lists[list].label; }

/* The table stands list by list in the order of the enumeration, so a list starts where a binary search says. */
static size_t list_start(enum code_list list)
{
    size_t lo = 0, hi = CODES;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (codes[mid].list < list)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

const char *code_label(enum code_list list, const char *code, size_t len)
{
    for (size_t i = list_start(list); i < CODES && codes[i].list == list; i++)
        if (len && codes[i].code[0] == code[0] && strncmp(codes[i].code, code, len) == 0 && codes[i].code[len] == 0)
            return codes[i].label;
    return NULL;
}

void code_each(enum code_list list, void (*visit)(void *ctx, const char *code, const char *label), void *ctx)
{
    for (size_t i = list_start(list); i < CODES && codes[i].list == list; i++)
        visit(ctx, codes[i].code, codes[i].label);
}
