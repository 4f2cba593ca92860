#include "tests/fuzz/exclusions.h"

#include <stdio.h>
#include <string.h>

#include "flux/base/utf8.h"
#include "flux/record/value.h"

enum { TEXT_MAX = 512 };

static const xmlChar *const xsi = (const xmlChar *)"http://www.w3.org/2001/XMLSchema-instance";

struct amendment {
    const struct ours *ours;
    bool (*leaf)(const struct amendment *a, xmlNode *node, const struct node *leaf, char text[TEXT_MAX]);
    bool (*element)(xmlNode *node);
};

/* ---- elements of the table ---- */

/* The node of the table at this place, NODE_NONE when it has none. */
static node_id node_of(const xmlNode *element)
{
    const struct schema *s = &schema_vrsb0801;
    const xmlNode *up = element->parent;
    if (!up || up->type != XML_ELEMENT_NODE)
        return strcmp((const char *)element->name, s->nodes[0].name) == 0 ? 0 : NODE_NONE;
    node_id block = node_of(up);
    if (block == NODE_NONE || s->nodes[block].type != TYPE_BLOCK)
        return NODE_NONE;
    for (node_id n = (node_id)(block + 1); n < s->nodes[block].end; n = s->nodes[n].end)
        if (strcmp((const char *)element->name, s->nodes[n].name) == 0)
            return n;
    return NODE_NONE;
}

/* The root, the header, the trailer and what they hold: all but households. */
static bool in_envelope(const xmlNode *element)
{
    for (; element->parent && element->parent->type == XML_ELEMENT_NODE; element = element->parent)
        if (node_of(element) == schema_vrsb0801.household)
            return false;
    return true;
}

static bool holds_elements(const xmlNode *element)
{
    for (const xmlNode *c = element->children; c; c = c->next)
        if (c->type == XML_ELEMENT_NODE)
            return true;
    return false;
}

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/* In place; whether anything was there to be taken off. */
static bool trim(char *text)
{
    size_t len = strlen(text), from = 0;
    while (len && is_space(text[len - 1]))
        len--;
    while (from < len && is_space(text[from]))
        from++;
    bool changed = from > 0 || text[len] != 0;
    memmove(text, text + from, len - from);
    text[len - from] = 0;
    return changed;
}

static size_t digits(const char *text) { return strspn(text, "0123456789"); }

/* ---- values ---- */

static bool amend_blanks(const struct amendment *a, xmlNode *node, const struct node *leaf, char text[TEXT_MAX])
{
    (void)a, (void)node;
    return (leaf->type == TYPE_DATE || leaf->type == TYPE_TIME) && trim(text);
}

/* Takes the zeros at the end off that are too many for libxml2. */
static bool amend_decimals(const struct amendment *a, xmlNode *node, const struct node *leaf, char text[TEXT_MAX])
{
    enum { SURE = 20 };
    (void)a, (void)node;
    if (leaf->type != TYPE_AMOUNT)
        return false;
    trim(text);
    char *point = strchr(text, '.');
    size_t len = strlen(text);
    if (!point || digits(point + 1) != strlen(point + 1) || len <= SURE)
        return false;
    while (len > SURE && text[len - 1] == '0')
        text[--len] = 0;
    return true;
}

/* Keeps so many digits of a second that a double holds them. */
static bool amend_seconds(const struct amendment *a, xmlNode *node, const struct node *leaf, char text[TEXT_MAX])
{
    enum { SURE = 9 };
    (void)a, (void)node;
    char *point = leaf->type == TYPE_TIME ? strchr(text, '.') : NULL;
    size_t n = point ? digits(point + 1) : 0;
    if (n <= SURE)
        return false;
    memmove(point + 1 + SURE, point + 1 + n, strlen(point + 1 + n) + 1);
    return true;
}

/* Keeps the last eight digits of a year, which have the same leap years. */
static bool amend_years(const struct amendment *a, xmlNode *node, const struct node *leaf, char text[TEXT_MAX])
{
    enum { SURE = 8 };
    (void)a, (void)node;
    char *year = text + (text[0] == '-');
    size_t n = leaf->type == TYPE_DATE ? digits(year) : 0;
    if (n <= 2 * SURE || year[0] == '0')
        return false;
    memmove(year, year + n - SURE, strlen(year + n - SURE) + 1);
    year[0] = '1';
    return true;
}

/* Padding is a warning, and those of the envelope are told nowhere. */
static bool amend_padding(const struct amendment *a, xmlNode *node, const struct node *leaf, char text[TEXT_MAX])
{
    (void)a;
    return in_envelope(node) && (leaf->type == TYPE_TEXT || leaf->type == TYPE_CODE) && trim(text);
}

/* A year that is none for us; what else is wrong is not looked at. */
static bool is_odd_year(const char *text)
{
    int first, last, unused;
    date_from_days(DATE_FIRST, &first, &unused, &unused);
    date_from_days(DATE_LAST, &last, &unused, &unused);
    int year = 0;
    for (size_t i = 0; i < 4 && digits(text + i); i++)
        year = year * 10 + (text[i] - '0');
    return text[0] == '-' || digits(text) > 4 || year < first || year > last;
}

/* What we cannot take refuses the flux, whatever the schema says. */
static bool amend_header(const struct amendment *a, xmlNode *node, const struct node *leaf, char text[TEXT_MAX])
{
    const struct finding *f = &a->ours->first;
    char path[FINDING_PATH_MAX];
    node_id n = node_of(node);
    schema_path(&schema_vrsb0801, n, path, sizeof path);
    if (f->code != F_HEADER || strcmp(path, f->path) != 0)
        return false;
    trim(text);
    bool words = leaf->type == TYPE_TEXT || leaf->type == TYPE_CODE;
    if (!(words ? !utf8_printable(text, strlen(text)) : leaf->type == TYPE_DATE && is_odd_year(text)))
        return false;
    memset(text, 'x', TEXT_MAX - 1);
    text[TEXT_MAX - 1] = 0;
    return true;
}

/* ---- elements ---- */

static bool drop_attributes(xmlNode *element)
{
    bool changed = element->properties != NULL;
    while (element->properties)
        xmlRemoveProp(element->properties);
    return changed;
}

static bool drop_text(xmlNode *element)
{
    bool changed = false;
    for (xmlNode *c = element->children, *next; c; c = next) {
        next = c->next;
        if (c->type != XML_TEXT_NODE && c->type != XML_CDATA_SECTION_NODE)
            continue;
        xmlUnlinkNode(c);
        xmlFreeNode(c);
        changed = true;
    }
    return changed;
}

/* Attributes and text between elements are warnings, and those of the envelope are told nowhere. */
static bool amend_envelope(xmlNode *element)
{
    node_id n = node_of(element);
    if (n == NODE_NONE || !in_envelope(element) || n == schema_vrsb0801.household)
        return false;
    bool attributes = drop_attributes(element);
    return (schema_vrsb0801.nodes[n].type == TYPE_BLOCK && drop_text(element)) || attributes;
}

/* An attribute of any other name is forbidden, and so is this one for us. */
static bool amend_xsi_type(xmlNode *element)
{
    xmlAttrPtr attribute = xmlHasNsProp(element, (const xmlChar *)"type", xsi);
    if (!attribute)
        return false;
    xmlRemoveProp(attribute);
    return xmlNewProp(element, (const xmlChar *)"type", (const xmlChar *)"") != NULL;
}

/* ---- all of a document ---- */

static bool amend_leaf(const struct amendment *a, xmlNode *element)
{
    char text[TEXT_MAX];
    node_id n = node_of(element);
    if (n == NODE_NONE || schema_vrsb0801.nodes[n].type == TYPE_BLOCK || holds_elements(element))
        return false;
    xmlChar *content = xmlNodeGetContent(element);
    bool fits = content && strlen((const char *)content) < sizeof text;
    if (fits)
        snprintf(text, sizeof text, "%s", (const char *)content);
    xmlFree(content);
    if (!fits || !a->leaf(a, element, &schema_vrsb0801.nodes[n], text))
        return false;
    xmlNodeSetContent(element, NULL);
    xmlNodeAddContent(element, (const xmlChar *)text);
    return true;
}

static bool amend(const struct amendment *a, xmlNode *element)
{
    bool changed = a->leaf && amend_leaf(a, element);
    changed = (a->element && a->element(element)) || changed;
    for (xmlNode *c = element->children; c; c = c->next)
        if (c->type == XML_ELEMENT_NODE && amend(a, c))
            changed = true;
    return changed;
}

/* Whether an attribute is all that we hold against a document. */
static bool only_attributes(const struct ours *o)
{
    bool only = o->met[V_ATTRIBUTE];
    for (unsigned i = 1; i < FINDING_COUNT; i++)
        only = only && (i == V_ATTRIBUTE || !o->met[i] || !finding_rule((enum finding_code)i)->schema);
    return only;
}

bool exclusion_amend(enum exclusion which, xmlDocPtr doc, const struct ours *o)
{
    static bool (*const leaves[EXCLUSIONS])(const struct amendment *, xmlNode *, const struct node *, char *) = {
        [EXCLUDED_BLANKS] = amend_blanks, [EXCLUDED_SECONDS] = amend_seconds,  [EXCLUDED_DECIMALS] = amend_decimals,
        [EXCLUDED_YEARS] = amend_years,   [EXCLUDED_ENVELOPE] = amend_padding, [EXCLUDED_HEADER] = amend_header,
    };
    struct amendment a = {.ours = o, .leaf = leaves[which]};
    if (which == EXCLUDED_ENVELOPE)
        a.element = amend_envelope;
    else if (which == EXCLUDED_XSI_TYPE)
        a.element = amend_xsi_type;
    bool ours_alone = which == EXCLUDED_XSI_TYPE ? only_attributes(o) : which == EXCLUDED_HEADER ? o->met[F_HEADER] : o->valid;
    xmlNode *root = xmlDocGetRootElement(doc);
    return ours_alone && root && amend(&a, root);
}

static const struct {
    const char *name, *reason;
} words[EXCLUSIONS] = {
    [EXCLUDED_BLANKS] = {"blanks of dates and times", "part 2, 4.3.6: their white space collapses; libxml2 2.9 refuses it"},
    [EXCLUDED_DECIMALS] = {"long decimals", "part 2, 3.2.3: zeros at the end of a fraction do not count; libxml2 stops at 24 digits"},
    [EXCLUDED_SECONDS] = {"long seconds", "part 2, 3.2.8: any number of digits follows the point; libxml2 rounds them as a double"},
    [EXCLUDED_YEARS] = {"long years", "part 2, 3.2.9: a year has four digits or more; libxml2 stops at a long, as 5.4 allows"},
    [EXCLUDED_ENVELOPE] = {"warnings of the envelope",
                           "attributes, text and padding outside of households have no household to be told of"},
    [EXCLUDED_HEADER] = {"values of the envelope", "far years and control characters are valid there, and refuse the flux"},
    [EXCLUDED_XSI_TYPE] = {"xsi:type", "part 1, 3.3.4: it may name the type that the element has already; we report any"},
};

const char *exclusion_name(enum exclusion which) { return words[which].name; }
const char *exclusion_reason(enum exclusion which) { return words[which].reason; }
