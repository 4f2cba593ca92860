#include "samples/spoil_edit.h"

/* Beyond what fluxrsa-parse bears by default, and far enough from it that the bounds may move a little. */
enum { DEEP = 200, LONG = 300000, NOTES = 200, THOUSANDS = 12000, PIECE = 1000 };

#define NEW_NAME "NOUVEAU"
const char spoil_new_name[] = NEW_NAME;
static const char new_element[] = "<" NEW_NAME ">1</" NEW_NAME ">";

static void put_many(struct xml_out *x, char c, size_t n)
{
    char piece[PIECE + 1];
    memset(piece, c, PIECE);
    for (size_t done = 0; done < n; done += PIECE) {
        piece[n - done < PIECE ? n - done : PIECE] = '\0';
        xml_verbatim(x, piece);
    }
}

static void put_deep(struct xml_out *x)
{
    for (unsigned i = 0; i < DEEP; i++)
        xml_verbatim(x, "<N>");
    for (unsigned i = 0; i < DEEP; i++)
        xml_verbatim(x, "</N>");
}

static void put_long_tag(struct xml_out *x)
{
    xml_verbatim(x, "<" NEW_NAME " note=\"");
    put_many(x, 'x', LONG);
    xml_verbatim(x, "\" />");
}

static void put_long_text(struct xml_out *x)
{
    xml_verbatim(x, "<" NEW_NAME ">");
    put_many(x, 'x', LONG);
    xml_verbatim(x, "</" NEW_NAME ">");
}

static void put_many_notes(struct xml_out *x)
{
    xml_verbatim(x, "<" NEW_NAME);
    for (unsigned i = 0; i < NOTES; i++) {
        struct text note = {0};
        text_add(&note, " n");
        text_add_number(&note, i, 1);
        text_add(&note, "=\"1\"");
        note.s[note.len] = '\0';
        xml_verbatim(x, note.s);
    }
    xml_verbatim(x, " />");
}

/* On the line of the element that follows, so that its line is theirs. */
static void put_before(struct xml_out *x, enum effect e)
{
    xml_line_start(x);
    switch (e) {
    case EFFECT_STRAY:
        xml_verbatim(x, "texte");
        break;
    case EFFECT_NEW_ELEMENT:
        xml_verbatim(x, new_element);
        break;
    case EFFECT_THOUSANDS:
        for (unsigned i = 0; i < THOUSANDS; i++)
            xml_verbatim(x, "<" NEW_NAME " />");
        break;
    case EFFECT_DEEP:
        put_deep(x);
        break;
    case EFFECT_LONG_TEXT:
        put_long_text(x);
        break;
    case EFFECT_LONG_TAG:
        put_long_tag(x);
        break;
    default:
        put_many_notes(x);
        break;
    }
}

static bool is_before(enum effect e)
{
    return e == EFFECT_STRAY || e == EFFECT_NEW_ELEMENT || e == EFFECT_THOUSANDS || e == EFFECT_DEEP || e == EFFECT_LONG_TEXT ||
           e == EFFECT_LONG_TAG || e == EFFECT_MANY_NOTES;
}

static void put_tag(struct xml_out *x, const char *before, const char *name, const char *after)
{
    xml_verbatim(x, before);
    xml_verbatim(x, name);
    xml_verbatim(x, after);
}

/* A leaf whose tags or bytes are not what they should be. */
static void put_broken(struct xml_out *x, const char *name, enum effect e, const char *text, size_t len)
{
    xml_line_start(x);
    put_tag(x, "<", name, e == EFFECT_NOTED ? " note=\"1\">" : ">");
    xml_text(x, text, len);
    if (e == EFFECT_INNER)
        xml_verbatim(x, new_element);
    if (e == EFFECT_BYTES)
        xml_verbatim(x, "\xE9\xE8");
    if (e == EFFECT_CUT)
        xml_cut(x);
    put_tag(x, "</", name, e == EFFECT_MISNESTED ? "S>" : ">");
    xml_line_end(x);
}

static bool is_broken(enum effect e)
{
    return e == EFFECT_NOTED || e == EFFECT_INNER || e == EFFECT_BYTES || e == EFFECT_CUT || e == EFFECT_MISNESTED;
}

void spoil_leaf(struct spoil *s, struct xml_out *x, node_id n, const struct edit *e, const char *text, size_t len)
{
    const char *name = schema_vrsb0801.nodes[n].name;
    if (e && is_before(e->effect))
        put_before(x, e->effect);
    spoil_enter(s, n, x->line);
    if (e && is_broken(e->effect))
        put_broken(x, name, e->effect, text, len);
    else
        xml_leaf(x, name, text, len);
    if (!e || e->effect != EFFECT_TWICE)
        return;
    spoil_enter(s, n, x->line);
    xml_leaf(x, name, text, len);
}

/* ---- before the content ---- */

static const char *other_schema(const char *attributes, struct text *t)
{
    const char *name = strstr(attributes, schema_vrsb0801.name);
    if (!name)
        return attributes;
    text_add_bytes(t, attributes, (size_t)(name - attributes));
    text_add(t, "vrsb1201.xsd\"");
    t->s[t->len] = '\0';
    return t->s;
}

/* Bytes that do not belong to UTF-8 need a file that says it is. */
static void declare(const struct spoil *s, struct xml_out *x)
{
    if (spoil_root_edit(s, EFFECT_AS_UTF8) && x->encoding != SAMPLE_UTF8_BOM)
        x->encoding = SAMPLE_UTF8;
    if (spoil_root_edit(s, EFFECT_NOTHING))
        xml_cut(x);
    if (spoil_root_edit(s, EFFECT_TABLE)) {
        xml_verbatim(x, "NUMDEMRSA;NOM;PRENOM\n");
        xml_cut(x);
    }
    if (spoil_root_edit(s, EFFECT_DECLARED))
        xml_verbatim(x, "<?xml version=\"1.0\" encoding=\"EBCDIC-CP-FR\"?>\n");
    else
        xml_declaration(x);
}

const char *spoil_root(const struct spoil *s, const char *name) { return spoil_root_edit(s, EFFECT_RENAMED) ? "Classeur" : name; }

void spoil_prolog(struct spoil *s, struct xml_out *x, const char *name, const char *attributes)
{
    struct text other = {0};
    declare(s, x);
    spoil_enter(s, 0, x->line);
    if (spoil_root_edit(s, EFFECT_DOCTYPE))
        xml_verbatim(x, "<!DOCTYPE Racine [<!ENTITY nom \"MARTIN\">]>");
    xml_open(x, spoil_root(s, name), spoil_root_edit(s, EFFECT_OTHER_SCHEMA) ? other_schema(attributes, &other) : attributes);
}
