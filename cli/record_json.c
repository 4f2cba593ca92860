#include "cli/record_json.h"

#include <string.h>

#include "flux/base/wipe.h"
#include "flux/record/record.h"

static json_t *add(json_t *parent, const struct node *n, json_t *value)
{
    if (!parent || !value) {
        json_decref(value);
        return NULL;
    }
    if (n->max_occurs <= 1)
        return json_object_set_new(parent, n->name, value) == 0 ? value : NULL;
    json_t *list = json_object_get(parent, n->name);
    if (!list) {
        list = json_array();
        if (json_object_set_new(parent, n->name, list) != 0)
            return NULL;
    }
    return json_array_append_new(list, value) == 0 ? value : NULL;
}

/* The number an MSA gives is a NIR. When the payer is not known to be a CAF it is taken for one. Source: design 5. */
static bool is_matricule(node_id n) { return n == VRSB_Organisme_MATRICULE || n == VRSB_OrganismeCedant_MATRICULEORGCEDMUT; }

static bool caf_before(const json_t *parent)
{
    const char *payer = json_string_value(json_object_get(parent, "FONORG"));
    if (!payer)
        payer = json_string_value(json_object_get(parent, "FONORGCEDMUT"));
    return payer && strcmp(payer, "CAF") == 0;
}

static json_t *leaf_json(const struct record_walk *w, const json_t *parent, bool nir)
{
    char text[VALUE_TEXT_MAX];
    if (!nir && (node_is_nir(w->schema, w->node) || (is_matricule(w->node) && !caf_before(parent))))
        return json_string(NIR_MASK);
    size_t len = value_text(&w->value, text);
    json_t *value = json_stringn(text, len);
    wipe(text, len);
    return value;
}

static bool step(struct record_walk *w, enum record_event event, json_t *stack[], bool nir)
{
    const struct node *n = &w->schema->nodes[w->node];
    if (event == RECORD_LEAF) {
        json_t *parent = stack[w->depth];
        return add(parent, n, leaf_json(w, parent, nir)) != NULL;
    }
    if (event == RECORD_ENTER) {
        stack[w->depth] = add(stack[w->depth - 1], n, json_object());
        return stack[w->depth] != NULL;
    }
    return event == RECORD_LEAVE;
}

json_t *record_json(node_id root, struct span record, bool nir)
{
    struct record_walk w;
    json_t *stack[SCHEMA_DEPTH_MAX + 1] = {json_object()};
    record_walk_init(&w, root, record.data, record.len);
    enum record_event event = record_next(&w);
    while (event != RECORD_END && event != RECORD_BAD && step(&w, event, stack, nir))
        event = record_next(&w);
    wipe(&w.value, sizeof(w.value));
    if (event == RECORD_END)
        return stack[0];
    json_decref(stack[0]);
    return NULL;
}
