#include "cli/history_view.h"

#include <string.h>

#include "cli/i18n.h"
#include "cli/json.h"
#include "cli/record_json.h"
#include "cli/record_text.h"
#include "cli/text.h"
#include "flux/base/wipe.h"
#include "flux/record/record.h"

enum { CODED_MAX = 200 };

static const char *kind_label(enum change_kind k)
{
    static const char *const labels[CHANGE_COUNT] = {
        [CHANGE_STATE] = N_("state of the right"),
        [CHANGE_CLOSING] = N_("closing"),
        [CHANGE_REOPENING] = N_("re-opening"),
        [CHANGE_REGULARISATION] = N_("regularisation of a closed right"),
        [CHANGE_REFUSAL] = N_("refusal"),
        [CHANGE_SUSPENSION] = N_("suspension"),
        [CHANGE_COMPOSITION] = N_("composition"),
        [CHANGE_ARRIVAL] = N_("arrival"),
        [CHANGE_DEPARTURE] = N_("departure"),
        [CHANGE_MEMBERSHIP] = N_("membership"),
        [CHANGE_ROLE] = N_("role"),
        [CHANGE_DUTIES] = N_("rights and duties"),
        [CHANGE_ADDRESS] = N_("address"),
        [CHANGE_CONTACT] = N_("contact"),
        [CHANGE_IDENTITY] = N_("identity"),
        [CHANGE_MATRICULE] = N_("payer and matricule"),
        [CHANGE_MUTATION] = N_("mutation"),
        [CHANGE_BENEFIT] = N_("benefit"),
        [CHANGE_OTHER] = N_("other fields"),
    };
    return _(labels[k]);
}

json_t *kinds_json(change_set set)
{
    json_t *list = json_array();
    for (unsigned k = 0; k < CHANGE_COUNT; k++)
        if (set & change_bit((enum change_kind)k))
            json_array_append_new(list, json_string(change_word((enum change_kind)k)));
    return list;
}

const char *change_label(const char *word)
{
    for (unsigned k = 0; k < CHANGE_COUNT; k++)
        if (strcmp(change_word((enum change_kind)k), word) == 0)
            return kind_label((enum change_kind)k);
    return word;
}

const char *kinds_text(const json_t *kinds, char out[KINDS_TEXT_MAX])
{
    size_t i, len = 0;
    json_t *word;
    out[0] = '\0';
    json_array_foreach(kinds, i, word)
    {
        int n = snprintf(out + len, KINDS_TEXT_MAX - len, "%s%s", i ? ", " : "", change_label(json_string_value(word)));
        len += n < 0 ? 0 : (size_t)n;
        if (len >= KINDS_TEXT_MAX)
            break;
    }
    return out;
}

static json_t *leaf_json(const struct trait *t, bool nir)
{
    struct wire w;
    struct value v;
    char text[VALUE_TEXT_MAX];
    if (!nir && node_is_nir(&schema_vrsb0801, t->node))
        return json_string(NIR_MASK);
    wire_init(&w, t->value.data, t->value.len);
    if (value_decode(&schema_vrsb0801.nodes[t->node], &w, &v) || wire_done(&w))
        return NULL;
    size_t len = value_text(&v, text);
    json_t *json = json_stringn(text, len);
    wipe(text, len);
    return json;
}

static json_t *block_json(const struct trait *t, bool nir)
{
    struct buf b;
    buf_init(&b, RECORD_MAX);
    record_begin(&b, &schema_vrsb0801);
    buf_put(&b, t->value.data, t->value.len);
    json_t *json = b.err ? NULL : record_json(t->node, (struct span){b.data, b.len}, nir);
    buf_free(&b);
    return json;
}

json_t *trait_json(const struct trait *t, bool nir)
{
    if (t->kind == CHANGE_COMPOSITION)
        return json_true();
    return schema_vrsb0801.nodes[t->node].type == TYPE_BLOCK ? block_json(t, nir) : leaf_json(t, nir);
}

const char *trait_label(node_id node, const json_t *value)
{
    const struct node *n = &schema_vrsb0801.nodes[node];
    const char *code = json_string_value(value), *label = NULL;
    if (code)
        return n->list ? code_label((enum code_list)n->list, code, strlen(code)) : NULL;
    if (!json_is_object(value))
        return NULL;
    for (node_id c = (node_id)(node + 1); c < n->end && !label; c = schema_vrsb0801.nodes[c].end)
        label = trait_label(c, json_object_get(value, schema_vrsb0801.nodes[c].name));
    return label;
}

static const char *shown(const struct node *n, const char *value, char out[CODED_MAX], char day[TEXT_SHORT])
{
    switch (n->type) {
    case TYPE_DATE:
        return text_date(value, day);
    case TYPE_BOOL:
        return strcmp(value, "true") == 0 ? _("yes") : _("no");
    case TYPE_AMOUNT:
        return text_amount(value, day);
    case TYPE_CODE:
        return coded((enum code_list)n->list, value, out, CODED_MAX);
    default:
        return value;
    }
}

/* The street stands on one line. */
static const char *separator(node_id node)
{
    bool street = node == VRSB_AdresseDetailleeFrance_LIBTYPEVOIE || node == VRSB_AdresseDetailleeFrance_NOMVOIE ||
                  node == VRSB_AdresseDetailleeFrance_NOMCOM;
    return street ? " " : "; ";
}

static void put_value(node_id node, const json_t *value, struct buf *out, size_t start)
{
    const struct schema *s = &schema_vrsb0801;
    char text[CODED_MAX], day[TEXT_SHORT];
    size_t i;
    json_t *item;
    if (json_is_string(value) && json_string_length(value)) {
        if (out->len > start)
            buf_put(out, separator(node), strlen(separator(node)));
        const char *what = shown(&s->nodes[node], json_string_value(value), text, day);
        buf_put(out, what, strlen(what));
    } else if (json_is_array(value)) {
        json_array_foreach(value, i, item) put_value(node, item, out, start);
    } else if (json_is_object(value)) {
        for (node_id c = (node_id)(node + 1); c < s->nodes[node].end; c = s->nodes[c].end)
            put_value(c, json_object_get(value, s->nodes[c].name), out, start);
    }
}

void trait_text(node_id node, const json_t *value, struct buf *out)
{
    put_value(node, value, out, out->len);
    buf_u8(out, 0);
}
