#include "flux/record/keep.h"

#include <stdio.h>
#include <string.h>

void keep_add(const struct schema *s, struct keep *k, node_id leaf)
{
    for (node_id n = leaf; n != NODE_NONE; n = s->nodes[n].parent)
        k->on[n / 8] = (uint8_t)(k->on[n / 8] | 1u << (n % 8));
}

bool node_is_nir(const struct schema *s, node_id n) { return strcmp(s->nodes[n].name, "NIR") == 0; }

/* Whether word names this leaf: its class, its mnemonic, or all. */
static bool word_takes(const struct schema *s, node_id n, const char *word)
{
    if (strcmp(word, "all") == 0)
        return true;
    const struct node *node = &s->nodes[n];
    return strcmp(word, node->name) == 0 || strcmp(word, data_class_name((enum data_class)node->data_class)) == 0;
}

static bool add_word(const struct schema *s, struct keep *k, const char *word)
{
    bool taken = false;
    for (node_id n = 0; n < s->count; n++)
        if (s->nodes[n].type != TYPE_BLOCK && !node_is_nir(s, n) && word_takes(s, n, word)) {
            keep_add(s, k, n);
            taken = true;
        }
    return taken;
}

static enum err add_extra(const struct schema *s, struct keep *k, const char *extra, char *bad, size_t size)
{
    static const char between[] = ", \t";
    for (const char *at = extra + strspn(extra, between); *at; at += strspn(at, between)) {
        char word[64];
        size_t len = strcspn(at, between);
        snprintf(word, sizeof word, "%.*s", (int)(len < sizeof word ? len : sizeof word - 1), at);
        if (!add_word(s, k, word)) {
            snprintf(bad, size, "%s", word);
            return ERR_CONFIG;
        }
        at += len;
    }
    return ERR_OK;
}

enum err keep_make(const struct schema *s, const struct keep_rule *rule, struct keep *out, char *bad, size_t size)
{
    *out = (struct keep){0};
    if (size)
        bad[0] = 0;
    for (node_id n = 0; n < s->count; n++)
        if (s->nodes[n].type != TYPE_BLOCK && s->nodes[n].profile <= rule->profile && s->nodes[n].profile != PROFILE_NEVER)
            keep_add(s, out, n);
    enum err e = add_extra(s, out, rule->extra, bad, size);
    for (node_id n = 0; n < s->count && rule->nir && !e; n++) {
        /* A relative's NIR follows the rest of the relative: it is kept only where third parties are. */
        bool third = s->nodes[n].data_class == CLASS_THIRD_PARTY;
        if (node_is_nir(s, n) && (!third || keep_has(out, s->nodes[n].parent)))
            keep_add(s, out, n);
    }
    return e;
}
