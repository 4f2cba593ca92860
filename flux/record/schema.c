#include "flux/record/schema.h"

#include <stdio.h>
#include <string.h>

#define MANY OCCURS_MANY

static const struct node nodes_vrsb0801[VRSB_COUNT] = {
#define VRSB_NONE NODE_NONE
#define BLOCK(parent_, name_, number_, min, max, need_, label_)                                                                            \
    [VRSB_##name_] = {.name = #name_,                                                                                                      \
                      .label = (label_),                                                                                                   \
                      .parent = VRSB_##parent_,                                                                                            \
                      .end = VRSB_END_##name_,                                                                                             \
                      .number = (number_),                                                                                                 \
                      .type = TYPE_BLOCK,                                                                                                  \
                      .need = (need_),                                                                                                     \
                      .profile = PROFILE_NEVER,                                                                                            \
                      .min_occurs = (min),                                                                                                 \
                      .max_occurs = (max)},
#define LEAF(parent_, name_, number_, type_, len, min, max, need_, class_, profile_, list_, label_)                                        \
    [VRSB_##parent_##_##name_] = {.name = #name_,                                                                                          \
                                  .label = (label_),                                                                                       \
                                  .parent = VRSB_##parent_,                                                                                \
                                  .end = VRSB_##parent_##_##name_ + 1,                                                                     \
                                  .number = (number_),                                                                                     \
                                  .type = TYPE_##type_,                                                                                    \
                                  .need = (need_),                                                                                         \
                                  .data_class = CLASS_##class_,                                                                            \
                                  .profile = PROFILE_##profile_,                                                                           \
                                  .max_len = (len),                                                                                        \
                                  .min_occurs = (min),                                                                                     \
                                  .max_occurs = (max),                                                                                     \
                                  .list = LIST_##list_},
#define END(name)
#include "flux/record/vrsb0801.def"
#undef BLOCK
#undef LEAF
#undef END
#define RULE(leaf, rule_) [VRSB_##leaf].rule = RULE_##rule_
    RULE(Organisme_MATRICULE, MATRICULE),
    RULE(DemandeRSA_NUMDEMRSA, NUMDEMRSA),
    RULE(DossierCAF_NUMDEMRSAPRECE, NUMDEMRSA),
    RULE(Identification_NOM, NAME),
    RULE(Identification_NOMNAI, NAME),
    RULE(Identification_PRENOM, NAME),
    RULE(Rattachement_NOMNAI, NAME),
    RULE(Rattachement_PRENOM, NAME),
    RULE(DetailCalculDroitRSA_MTRSAVERS, POSITIVE),
    RULE(MontantsCalculDroitRSA_MTTOTDRORSA, POSITIVE),
#undef RULE
};

/* The row after the last is that of nothing, whose child is the root. */
#undef VRSB_NONE
#define VRSB_NONE VRSB_COUNT
static const node_id children_vrsb0801[VRSB_COUNT + 1][SCHEMA_CHILDREN_MAX] = {
#define BLOCK(parent, name, number, ...) [VRSB_##parent][number] = VRSB_##name,
#define LEAF(parent, name, number, ...) [VRSB_##parent][number] = VRSB_##parent##_##name,
#define END(name)
#include "flux/record/vrsb0801.def"
#undef BLOCK
#undef LEAF
#undef END
};

const struct schema schema_vrsb0801 = {
    .name = "vrsb0801",
    .id = 1,
    .household = VRSB_InfosFoyerRSA,
    .header = VRSB_IdentificationFlux,
    .trailer = VRSB_TransmissionFlux,
    .count = VRSB_COUNT,
    .nodes = nodes_vrsb0801,
    .children = children_vrsb0801,
};

const struct schema *schema_by_id(unsigned id) { return id == schema_vrsb0801.id ? &schema_vrsb0801 : NULL; }

static node_id child_by_name(const struct schema *s, node_id block, const char *name, size_t len)
{
    for (node_id n = (node_id)(block + 1); n < s->nodes[block].end; n = s->nodes[n].end)
        if (strncmp(s->nodes[n].name, name, len) == 0 && s->nodes[n].name[len] == 0)
            return n;
    return NODE_NONE;
}

node_id schema_by_path(const struct schema *s, const char *path)
{
    node_id n = 0;
    while (n != NODE_NONE && *path) {
        size_t len = strcspn(path, "/");
        n = child_by_name(s, n, path, len);
        path += len + (path[len] == '/');
    }
    return n;
}

void schema_path(const struct schema *s, node_id node, char *text, size_t size)
{
    node_id chain[SCHEMA_DEPTH_MAX];
    size_t depth = 0, at = 0;
    for (node_id n = node; n != 0 && n < s->count && depth < SCHEMA_DEPTH_MAX; n = s->nodes[n].parent)
        chain[depth++] = n;
    if (size)
        text[0] = 0;
    while (depth-- && at < size) {
        int n = snprintf(text + at, size - at, "%s%s", at ? "/" : "", s->nodes[chain[depth]].name);
        at += n > 0 ? (size_t)n : 0;
    }
}

static const char *const class_names[CLASS_COUNT] = {
    [CLASS_NONE] = "none",
    [CLASS_IDENTITY] = "identity",
    [CLASS_CONTACT] = "contact",
    [CLASS_ADMINISTRATIVE] = "administrative",
    [CLASS_RIGHT] = "right",
    [CLASS_BENEFIT] = "benefit",
    [CLASS_ECONOMIC] = "economic",
    [CLASS_ACTIVITY] = "activity",
    [CLASS_HEALTH] = "health",
    [CLASS_FREE_TEXT] = "free-text",
    [CLASS_THIRD_PARTY] = "third-party",
    [CLASS_POLE_EMPLOI] = "pole-emploi",
};

const char *data_class_name(enum data_class c) { return class_names[(size_t)c < CLASS_COUNT ? c : CLASS_NONE]; }

enum data_class data_class_by_name(const char *name)
{
    for (size_t i = CLASS_NONE + 1; i < CLASS_COUNT; i++)
        if (strcmp(class_names[i], name) == 0)
            return (enum data_class)i;
    return CLASS_NONE;
}

static const char *const profile_names[] = {"monjob62", "accompagnement", "gestion", "never"};

const char *profile_name(enum profile p) { return profile_names[p]; }

bool profile_by_name(const char *name, enum profile *p)
{
    for (unsigned i = PROFILE_MONJOB62; i < PROFILE_NEVER; i++)
        if (strcmp(profile_names[i], name) == 0) {
            *p = (enum profile)i;
            return true;
        }
    return false;
}
