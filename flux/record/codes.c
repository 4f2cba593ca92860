#include "flux/record/schema.h"

#include <string.h>

/* Both tables number their entries by line of codes.def, so that a list starts where it stands there. */
static const struct {
    const char *name, *label;
    size_t line;
} lists[LIST_COUNT] = {
    [LIST_NONE] = {"", "", 0},
#define LIST(name, label) [LIST_##name] = {#name, label, __LINE__},
#define CODE(list, code, label)
#include "flux/record/codes.def"
#undef LIST
#undef CODE
};

enum { CODE_MAX = 12 };

static const struct {
    char code[CODE_MAX]; /* filled up with zeros */
    const char *label;
} codes[] = {
#define LIST(name, label)
#define CODE(list, code, label) [__LINE__] = {code, label},
#include "flux/record/codes.def"
#undef LIST
#undef CODE
};

enum { CODES = sizeof codes / sizeof codes[0] };

/* Between its own line and that of the next list; lines of comment have no label. */
static size_t list_start(enum code_list list) { return lists[list].line + 1; }

static size_t list_end(enum code_list list) { return list + 1 < LIST_COUNT ? lists[list + 1].line : CODES; }

const char *code_list_name(enum code_list list) { return lists[list].name; }

const char *code_list_label(enum code_list list) { return lists[list].label; }

const char *code_label(enum code_list list, const char *code, size_t len)
{
    char wanted[CODE_MAX] = {0};
    if (len == 0 || len >= sizeof wanted)
        return NULL;
    memcpy(wanted, code, len);
    const size_t end = list_end(list);
    for (size_t i = list_start(list); i < end; i++)
        if (memcmp(codes[i].code, wanted, sizeof wanted) == 0)
            return codes[i].label;
    return NULL;
}

void code_each(enum code_list list, void (*visit)(void *ctx, const char *code, const char *label), void *ctx)
{
    for (size_t i = list_start(list); i < list_end(list); i++)
        if (codes[i].label)
            visit(ctx, codes[i].code, codes[i].label);
}
