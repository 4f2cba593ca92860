#include "tests/fuzz/change.h"

#include <stdio.h>
#include <string.h>

#include "tests/fuzz/chance.h"
#include "tests/fuzz/tries.h"

#define COUNT(a) ((unsigned)(sizeof(a) / sizeof(a)[0]))

static const char *const pads[] = {" ", "  \n\t", "&#13;", "&#9;", "&#32;", "\xC2\xA0", "        ", "\r\n"};
static const char *const splits[] = {"<!-- -->", "<?p i?>", "<![CDATA[]]>", "<!---->", "<!-- a --><?p?>", "<![CDATA[ ]]>"};
static const char *const unknowns[] = {"<Inconnu/>", "<Inconnu>1</Inconnu>", "<Inconnu a=\"1\"><NOM>X</NOM></Inconnu>",
                                       "<u:NOM xmlns:u=\"urn:u\"/>", "<VERSIONFLUX>0901</VERSIONFLUX>"};
static const char *const texts[] = {"x",    "&#32;", "&#10;",  "\xC2\xA0", "&#160;", "<![CDATA[ ]]>", "<![CDATA[]]>", "<![CDATA[x]]>",
                                    "  \n", "0",     "&#x85;", "&lt;"};
static const char *const remarks[] = {"<!-- c -->", "<?p i?>", "\n\t", "<!----> <?p?>\n", "<!-- <NOM> -->"};
static const char *const references[] = {"&amp;",  "&lt;",     "&gt;", "&quot;",   "&apos;", "&inconnu;",
                                         "&#233;", "&#x20AC;", "&#0;", "&#xFFFE;", "&#x1;"};
static const char *const breaks[] = {
    "&", "<", "]]>", "\x01", "</Racine>", "<NOM>", "<!-- -- -->", "<?xml version=\"1.0\"?>", "<a b=c/>", "<a b='1' b='2'/>"};
static const char *const attributes[] = {
    "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:nil=\"true\"",
    "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:nil=\"false\"",
    "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xsi:type=\"xs:string\"",
    "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xsi:type=\"xs:date\"",
    "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"Inconnu\"",
    "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:noNamespaceSchemaLocation=\"vrsb0801.xsd\"",
    "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"urn:x x.xsd\"",
    "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:autre=\"1\"",
    "xml:lang=\"fr\"",
    "xml:space=\"preserve\"",
    "a=\"1\"",
    "a=\"\"",
    "xmlns:u=\"urn:u\" u:a=\"1\"",
    "u:a=\"1\"",
};
static const char *const namespaces[] = {"xmlns=\"urn:x\"", "xmlns:x=\"urn:x\"", "xmlns=\"\"", "xmlns:x=\"\"",
                                         "xmlns:xml=\"http://www.w3.org/XML/1998/namespace\""};
static const char *const prologues[] = {"<!-- c -->", "<?p i?>",  "\n", "<!DOCTYPE Racine>", "<!DOCTYPE Racine [<!ENTITY a \"b\">]>",
                                        "x",          "<Racine/>"};

static bool rescan(struct doc *d)
{
    doc_scan(d);
    return true;
}

/* ---- places ---- */

enum { PLACES = 4 };

/* Before, behind, at the start of the content, at its end. */
static size_t place(const struct element *e, unsigned which)
{
    const size_t at[PLACES] = {e->start, e->end, e->in, e->out};
    return at[which % PLACES];
}

/* A place outside of the root is none for elements. */
static size_t inner_place(const struct element *e, unsigned which) { return place(e, e->parent == DOC_NONE ? 2 + which % 2 : which); }

enum { NAME_ROOM = 80 };

static void take_name(const struct doc *d, const struct element *e, char name[NAME_ROOM])
{
    size_t len = doc_name_len(d, e);
    snprintf(name, NAME_ROOM, "%.*s", (int)(len < 64 ? len : 64), d->text + e->start + 1);
}

static bool is_empty_tag(const struct element *e) { return e->in == e->end; }

/* <a/> becomes <a></a>, so that there is a content to change. */
static bool open_up(struct doc *d, unsigned element)
{
    struct element *e = &d->elements[element];
    if (!is_empty_tag(e))
        return true;
    char name[NAME_ROOM], closing[NAME_ROOM + 8];
    take_name(d, e, name);
    int n = snprintf(closing, sizeof closing, "></%s>", name);
    return doc_replace(d, e->in - 2u, e->in, closing, (size_t)n) && rescan(d) && !is_empty_tag(e);
}

static bool put(struct doc *d, unsigned element, unsigned where, const char *text)
{
    return open_up(d, element) && doc_insert(d, inner_place(&d->elements[element], where), text);
}

/* ---- content ---- */

static bool change_value(struct doc *d, unsigned element, uint32_t number)
{
    char text[TRY_MAX];
    const struct element *e = &d->elements[element];
    if (!doc_is_leaf(e) || !open_up(d, element))
        return false;
    const struct node *leaf = &schema_vrsb0801.nodes[e->node];
    tries_text(leaf, number % tries_count(leaf), text);
    return doc_replace(d, e->in, e->out, text, strlen(text));
}

static bool change_pad(struct doc *d, unsigned element, uint32_t number)
{
    const char *pad = pads[number % COUNT(pads)];
    unsigned side = number / COUNT(pads) % 3;
    const struct element *e = &d->elements[element];
    return doc_is_leaf(e) && open_up(d, element) && (side == 0 || doc_insert(d, e->out, pad)) && (side == 1 || doc_insert(d, e->in, pad));
}

static bool change_empty(struct doc *d, unsigned element, uint32_t number)
{
    const struct element *e = &d->elements[element];
    if (number % 2 || is_empty_tag(e))
        return !is_empty_tag(e) && doc_replace(d, e->in, e->out, "", 0);
    return doc_replace(d, e->in - 1u, e->end, "/>", 2);
}

static bool change_split(struct doc *d, unsigned element, uint32_t number, uint64_t *state)
{
    const struct element *e = &d->elements[element];
    size_t len = e->out - e->in;
    if (!doc_is_leaf(e) || len == 0 || memchr(d->text + e->in, '<', len) || memchr(d->text + e->in, '&', len))
        return false;
    size_t at = e->in + chance_below(state, (uint32_t)len + 1);
    uint32_t form = number % (COUNT(splits) + 2);
    char reference[16];
    if (form < COUNT(splits))
        return doc_insert(d, at, splits[form]);
    if (form == COUNT(splits))
        return doc_insert(d, e->out, "]]>") && doc_insert(d, e->in, "<![CDATA[");
    if ((d->text[at] & 0x80) || at == e->out)
        return false;
    int n = snprintf(reference, sizeof reference, number & 1 ? "&#%u;" : "&#x%X;", (unsigned)(unsigned char)d->text[at]);
    return doc_replace(d, at, at + 1, reference, (size_t)n);
}

/* ---- elements ---- */

static bool change_delete(struct doc *d, unsigned element)
{
    const struct element *e = &d->elements[element];
    return doc_replace(d, e->start, e->end, "", 0);
}

/* Puts a copy of an element where no element is cut. */
static bool copy_to(struct doc *d, const struct element *e, size_t at)
{
    static char copy[DOC_ROOM];
    size_t len = e->end - e->start;
    memcpy(copy, d->text + e->start, len);
    return doc_replace(d, at, at, copy, len);
}

static bool change_double(struct doc *d, unsigned element, uint32_t number)
{
    const struct element *e = &d->elements[element];
    if (e->parent == DOC_NONE)
        return false;
    size_t at = number % 2 ? e->end : d->elements[e->parent].out;
    return copy_to(d, e, at) && (number % 4 < 2 || copy_to(d, e, at));
}

static bool change_swap(struct doc *d, unsigned element)
{
    const struct element *e = &d->elements[element];
    unsigned next = element + 1;
    while (next < d->count && d->elements[next].start < e->end)
        next++;
    const struct element other = next < d->count ? d->elements[next] : (struct element){.parent = DOC_NONE};
    if (e->parent == DOC_NONE || other.parent != e->parent)
        return false;
    return copy_to(d, e, other.end) && doc_replace(d, e->start, other.start, "", 0);
}

static bool change_move(struct doc *d, unsigned element, uint64_t *state)
{
    const struct element e = d->elements[element], to = d->elements[chance_below(state, d->count)];
    size_t at = inner_place(&to, chance_below(state, 2)), len = e.end - e.start;
    if (e.parent == DOC_NONE || (at > e.start && at < e.end) || !copy_to(d, &e, at))
        return false;
    size_t from = at <= e.start ? e.start + len : e.start;
    return doc_replace(d, from, from + len, "", 0);
}

static bool rename_to(struct doc *d, const struct element *e, const char *name)
{
    size_t len = doc_name_len(d, e), n = strlen(name);
    bool right = is_empty_tag(e) || doc_replace(d, e->out + 2u, e->out + 2u + len, name, n);
    return right && doc_replace(d, e->start + 1u, e->start + 1u + len, name, n);
}

/* A sibling of the table, or any element of it. */
static node_id draw_name(const struct element *e, bool sibling, uint64_t *state)
{
    const struct schema *s = &schema_vrsb0801;
    if (!sibling || e->node == NODE_NONE || e->node == 0)
        return (node_id)chance_below(state, s->count);
    node_id up = s->nodes[e->node].parent, n = (node_id)(up + 1 + chance_below(state, s->nodes[up].end - up - 1u));
    while (s->nodes[n].parent != up)
        n = s->nodes[n].parent;
    return n;
}

static bool change_rename(struct doc *d, unsigned element, uint32_t number, uint64_t *state)
{
    char name[NAME_ROOM];
    const struct element *e = &d->elements[element];
    take_name(d, e, name);
    size_t len = strlen(name);
    switch (number % 5) {
    case 0:
        memcpy(name + len, "X", 2);
        break;
    case 1:
        name[0] = (char)(name[0] ^ 0x20);
        break;
    case 2:
        name[len - 1] = 0;
        break;
    default:
        snprintf(name, sizeof name, "%s", schema_vrsb0801.nodes[draw_name(e, number % 5 == 3, state)].name);
    }
    return rename_to(d, e, name[0] ? name : "x");
}

static bool change_wrap(struct doc *d, unsigned element, uint32_t number)
{
    char name[NAME_ROOM], tag[NAME_ROOM + 8];
    const struct element e = d->elements[element];
    if (e.parent == DOC_NONE)
        return false;
    take_name(d, &e, name);
    const char *around = number % 2 ? name : "Inconnu";
    snprintf(tag, sizeof tag, "</%s>", around);
    bool right = doc_insert(d, e.end, tag);
    snprintf(tag, sizeof tag, "<%s>", around);
    return right && doc_insert(d, e.start, tag);
}

static bool change_unwrap(struct doc *d, unsigned element)
{
    const struct element e = d->elements[element];
    return e.parent != DOC_NONE && !is_empty_tag(&e) && doc_replace(d, e.out, e.end, "", 0) && doc_replace(d, e.start, e.in, "", 0);
}

/* Where a child of a block belongs: behind the last one that may not follow it. */
static size_t right_place(const struct doc *d, unsigned block, node_id n)
{
    size_t at = d->elements[block].in;
    for (unsigned i = block + 1; i < d->count && d->elements[i].start < d->elements[block].end; i++)
        if (d->elements[i].parent == block && d->elements[i].node != NODE_NONE && d->elements[i].node <= n)
            at = d->elements[i].end;
    return at;
}

static bool change_official(struct doc *d, unsigned element, uint32_t number, uint64_t *state)
{
    const struct schema *s = &schema_vrsb0801;
    struct element *e = &d->elements[element];
    unsigned block = doc_is_leaf(e) && e->parent != DOC_NONE ? e->parent : element;
    const struct element *in = &d->elements[block];
    if (in->node == NODE_NONE || is_empty_tag(in))
        return false;
    node_id n = (node_id)(in->node + 1 + chance_below(state, (uint32_t)(s->nodes[in->node].end - in->node - 1)));
    while (s->nodes[n].parent != in->node)
        n = s->nodes[n].parent;
    if (s->nodes[n].type == TYPE_BLOCK)
        return false;
    char value[TRY_MAX], text[TRY_MAX + 128];
    bool plain = number % 3 != 0;
    tries_text(&s->nodes[n], plain ? 5 : chance_below(state, tries_count(&s->nodes[n])), value);
    snprintf(text, sizeof text, "<%s>%s</%s>", s->nodes[n].name, value, s->nodes[n].name);
    size_t at = number % 4 ? right_place(d, block, n) : inner_place(e, chance_below(state, PLACES));
    return doc_insert(d, at, text);
}

/* ---- tags ---- */

static bool put_attribute(struct doc *d, unsigned element, const char *text)
{
    const struct element *e = &d->elements[element];
    size_t at = e->start + 1u + doc_name_len(d, e);
    return doc_insert(d, at, text) && doc_insert(d, at, " ");
}

static bool change_namespace(struct doc *d, unsigned element, uint32_t number)
{
    const struct element e = d->elements[element];
    char name[NAME_ROOM], prefixed[NAME_ROOM + 8];
    uint32_t form = number % (COUNT(namespaces) + 2);
    if (form < COUNT(namespaces))
        return put_attribute(d, element, namespaces[form]);
    take_name(d, &e, name);
    snprintf(prefixed, sizeof prefixed, "u:%s", name);
    bool right = rename_to(d, &e, prefixed);
    return right && (form == COUNT(namespaces) || doc_insert(d, e.start + 1u + strlen(prefixed), " xmlns:u=\"urn:u\""));
}

static bool change_prologue(struct doc *d, uint32_t number)
{
    const struct element *root = &d->elements[0];
    uint32_t form = number % (COUNT(prologues) * 2);
    return doc_insert(d, form < COUNT(prologues) ? root->start : root->end, prologues[form % COUNT(prologues)]);
}

static bool change_break(struct doc *d, unsigned element, uint32_t number)
{
    const struct element *e = &d->elements[element];
    uint32_t form = number % (COUNT(breaks) + 3);
    if (form < COUNT(breaks))
        return put(d, element, 2, breaks[form]);
    if (form == COUNT(breaks))
        return !is_empty_tag(e) && doc_replace(d, e->out, e->end, "", 0);
    if (form == COUNT(breaks) + 1)
        return doc_replace(d, e->start, e->in, "", 0);
    d->len = e->out;
    return true;
}

/* ---- all of them ---- */

bool change(enum change how, struct doc *d, unsigned element, uint32_t number, uint64_t *state)
{
    switch (how) {
    case CHANGE_VALUE:
        return change_value(d, element, number);
    case CHANGE_PAD:
        return change_pad(d, element, number);
    case CHANGE_EMPTY:
        return change_empty(d, element, number);
    case CHANGE_SPLIT:
        return change_split(d, element, number, state);
    case CHANGE_DELETE:
        return change_delete(d, element);
    case CHANGE_DOUBLE:
        return change_double(d, element, number);
    case CHANGE_SWAP:
        return change_swap(d, element);
    case CHANGE_MOVE:
        return change_move(d, element, state);
    case CHANGE_RENAME:
        return change_rename(d, element, number, state);
    case CHANGE_WRAP:
        return change_wrap(d, element, number);
    case CHANGE_UNWRAP:
        return change_unwrap(d, element);
    case CHANGE_UNKNOWN:
        return put(d, element, number / COUNT(unknowns), unknowns[number % COUNT(unknowns)]);
    case CHANGE_OFFICIAL:
        return change_official(d, element, number, state);
    case CHANGE_TEXT:
        return put(d, element, number / COUNT(texts), texts[number % COUNT(texts)]);
    case CHANGE_ATTRIBUTE:
        return put_attribute(d, element, attributes[number % COUNT(attributes)]);
    case CHANGE_NAMESPACE:
        return change_namespace(d, element, number);
    case CHANGE_REMARK:
        return put(d, element, number / COUNT(remarks), remarks[number % COUNT(remarks)]);
    case CHANGE_REFERENCE:
        return put(d, element, 2 + number / COUNT(references), references[number % COUNT(references)]);
    case CHANGE_BREAK:
        return change_break(d, element, number);
    default:
        return change_prologue(d, number);
    }
}

const char *change_name(enum change how)
{
    static const char *const names[CHANGES] = {"value",     "pad",       "empty",  "split",     "delete",  "double",   "swap",
                                               "move",      "rename",    "wrap",   "unwrap",    "unknown", "official", "text",
                                               "attribute", "namespace", "remark", "reference", "break",   "prologue"};
    return names[how];
}
