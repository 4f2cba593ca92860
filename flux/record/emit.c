/* schema-emit md|xsd: writes what people and other tools read of the field table, at build time. */
#include <stdio.h>
#include <string.h>

#include "flux/record/schema.h"

static const char *type_word(const struct node *n)
{
    static const char *const words[] = {
        [TYPE_TEXT] = "text",     [TYPE_CODE] = "code", [TYPE_NIR] = "NIR",   [TYPE_DIGITS] = "digits", [TYPE_INTEGER] = "integer",
        [TYPE_AMOUNT] = "amount", [TYPE_DATE] = "date", [TYPE_TIME] = "time", [TYPE_BOOL] = "boolean",
    };
    return words[n->type];
}

/* ---- Markdown ---- */

/* A bar would end the cell. */
static void md_text(FILE *out, const char *text)
{
    for (; *text; text++)
        fputs((char[3]){*text == '|' ? '\\' : *text, *text == '|' ? '|' : 0, 0}, out);
}

static void md_occurs(FILE *out, const struct node *n)
{
    if (n->max_occurs == OCCURS_MANY)
        fprintf(out, "%u..n", n->min_occurs);
    else if (n->min_occurs == n->max_occurs)
        fprintf(out, "%u", n->min_occurs);
    else
        fprintf(out, "%u..%u", n->min_occurs, n->max_occurs);
}

static void md_length(FILE *out, const struct node *n)
{
    if (n->type == TYPE_AMOUNT)
        fprintf(out, "%u, of which 2 decimals", n->max_len);
    else if (n->max_len)
        fprintf(out, "%u", n->max_len);
}

static void md_leaf(FILE *out, const struct node *n)
{
    fprintf(out, "| `%s` | ", n->name);
    md_text(out, n->label);
    fprintf(out, " | %s | ", type_word(n));
    md_length(out, n);
    fputs(" | ", out);
    md_occurs(out, n);
    fprintf(out, " | %s | %s | ", data_class_name(n->data_class), profile_name(n->profile));
    if (n->list != LIST_NONE)
        fprintf(out, "`%s`", code_list_name(n->list));
    fputs(n->need == NEED_KEY ? " | yes |\n" : " | |\n", out);
}

static void md_block(FILE *out, const struct schema *s, node_id block)
{
    char path[256];
    const struct node *b = &s->nodes[block];
    bool head = false;
    schema_path(s, block, path, sizeof path);
    fprintf(out, "\n## %s\n\n", b->name);
    md_text(out, b->label);
    fputs(". Occurs: ", out);
    md_occurs(out, b);
    fprintf(out, ". Path: `/%s%s%s`.\n", s->nodes[0].name, *path ? "/" : "", path);
    for (node_id n = (node_id)(block + 1); n < b->end; n = s->nodes[n].end) {
        if (s->nodes[n].type == TYPE_BLOCK)
            continue;
        if (!head)
            fputs("\n| Mnemonic | Label | Type | Length | Occurs | Data class | Profile | Codes | Key "
                  "|\n|---|---|---|---|---|---|---|---|---|\n",
                  out);
        head = true;
        md_leaf(out, &s->nodes[n]);
    }
}

static void md(FILE *out, const struct schema *s)
{
    fprintf(out,
            "# Fields of the flux `%s`\n\n"
            "Written by `schema-emit md` from the field table (`flux/record/%s.def`): change the table, not this page.\n\n"
            "- *Length* counts characters; digits for integers and amounts.\n"
            "- *Profile* is the smallest collection profile that keeps the field: each profile keeps what the ones before it keep\n"
            "  (%s, %s, %s). `%s`: only what `keep` names is kept. A NIR is kept only with `nir = sealed`.\n"
            "- *Codes* names the list of known codes. A code that is in no list is a warning, never a fault.\n"
            "- *Key*: the household cannot be told from another one without it, so a fault in it costs the household.\n",
            s->name, s->name, profile_name(PROFILE_MONJOB62), profile_name(PROFILE_ACCOMPAGNEMENT), profile_name(PROFILE_GESTION),
            profile_name(PROFILE_NEVER));
    for (node_id n = 0; n < s->count; n++)
        if (s->nodes[n].type == TYPE_BLOCK)
            md_block(out, s, n);
}

/* ---- XML Schema ---- */

static void xsd_text(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '&')
            fputs("&amp;", out);
        else if (*text == '<')
            fputs("&lt;", out);
        else
            fputc(*text, out);
    }
}

static void xsd_occurs(FILE *out, const struct node *n)
{
    if (n->min_occurs != 1)
        fprintf(out, " minOccurs=\"%u\"", n->min_occurs);
    if (n->max_occurs == OCCURS_MANY)
        fputs(" maxOccurs=\"unbounded\"", out);
    else if (n->max_occurs != 1)
        fprintf(out, " maxOccurs=\"%u\"", n->max_occurs);
}

/* The type of a leaf, written once however many leaves have it: "text-28", "amount-9". */
static void xsd_type_name(FILE *out, const struct node *n)
{
    switch ((enum node_type)n->type) {
    case TYPE_TEXT:
    case TYPE_CODE:
    case TYPE_NIR:
        fprintf(out, "text-%u", n->max_len);
        break;
    case TYPE_DIGITS:
    case TYPE_INTEGER:
        fprintf(out, "integer-%u", n->max_len);
        break;
    case TYPE_AMOUNT:
        fprintf(out, "amount-%u", n->max_len);
        break;
    case TYPE_DATE:
    case TYPE_TIME:
    case TYPE_BOOL:
    case TYPE_BLOCK:
        fprintf(out, "xs:%s", type_word(n));
        break;
    }
}

static bool xsd_bounded(const struct node *n) { return n->type >= TYPE_TEXT && n->type <= TYPE_AMOUNT; }

static bool xsd_same_type(const struct node *a, const struct node *b)
{
    bool text_a = a->type <= TYPE_NIR, text_b = b->type <= TYPE_NIR;
    bool amount_a = a->type == TYPE_AMOUNT, amount_b = b->type == TYPE_AMOUNT;
    return xsd_bounded(a) && xsd_bounded(b) && text_a == text_b && amount_a == amount_b && a->max_len == b->max_len;
}

static void xsd_type(FILE *out, const struct node *n)
{
    static const char *const bases[] = {[TYPE_TEXT] = "string",    [TYPE_CODE] = "string",     [TYPE_NIR] = "string",
                                        [TYPE_DIGITS] = "integer", [TYPE_INTEGER] = "integer", [TYPE_AMOUNT] = "decimal"};
    fputs("  <xs:simpleType name=\"", out);
    xsd_type_name(out, n);
    fprintf(out, "\">\n    <xs:restriction base=\"xs:%s\">\n", bases[n->type]);
    fprintf(out, "      <xs:%s value=\"%u\"/>\n", n->type <= TYPE_NIR ? "maxLength" : "totalDigits", n->max_len);
    if (n->type == TYPE_AMOUNT)
        fputs("      <xs:fractionDigits value=\"2\"/>\n", out);
    fputs("    </xs:restriction>\n  </xs:simpleType>\n", out);
}

static void xsd_types(FILE *out, const struct schema *s)
{
    for (node_id n = 0; n < s->count; n++) {
        bool done = !xsd_bounded(&s->nodes[n]);
        for (node_id before = 0; before < n && !done; before++)
            done = xsd_same_type(&s->nodes[before], &s->nodes[n]);
        if (!done)
            xsd_type(out, &s->nodes[n]);
    }
}

static void xsd_block(FILE *out, const struct schema *s, node_id block)
{
    const struct node *b = &s->nodes[block];
    fprintf(out, "  <xs:element name=\"%s\">\n    <xs:annotation><xs:documentation>", b->name);
    xsd_text(out, b->label);
    fputs("</xs:documentation></xs:annotation>\n    <xs:complexType>\n      <xs:sequence>\n", out);
    for (node_id n = (node_id)(block + 1); n < b->end; n = s->nodes[n].end) {
        const struct node *child = &s->nodes[n];
        fprintf(out, "        <xs:element %s=\"%s\"", child->type == TYPE_BLOCK ? "ref" : "name", child->name);
        if (child->type != TYPE_BLOCK) {
            fputs(" type=\"", out);
            xsd_type_name(out, child);
            fputs("\"", out);
        }
        xsd_occurs(out, child);
        fputs("/>\n", out);
    }
    fputs("      </xs:sequence>\n    </xs:complexType>\n  </xs:element>\n", out);
}

static void xsd(FILE *out, const struct schema *s)
{
    fprintf(out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<!-- %s: written by schema-emit from the field table; accepts and refuses what the schema of the payers does. -->\n"
            "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">\n",
            s->name);
    xsd_types(out, s);
    for (node_id n = 0; n < s->count; n++)
        if (s->nodes[n].type == TYPE_BLOCK)
            xsd_block(out, s, n);
    fputs("</xs:schema>\n", out);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "md") == 0) {
        md(stdout, &schema_vrsb0801);
    } else if (argc == 2 && strcmp(argv[1], "xsd") == 0) {
        xsd(stdout, &schema_vrsb0801);
    } else {
        fputs("usage: schema-emit md|xsd\n", stderr);
        return 64;
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("schema-emit: cannot write\n", stderr);
        return 74;
    }
    return 0;
}
