#include "samples/xml_out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum err xml_out_init(struct xml_out *x, FILE *file, enum sample_encoding encoding, bool indent)
{
    *x = (struct xml_out){.file = file, .encoding = encoding, .indent = indent, .line = 1, .buffer = malloc(XML_OUT_BUFFER)};
    return x->buffer != NULL ? ERR_OK : ERR_NOMEM;
}

static enum err write_failure(void)
{
    if (errno == ENOSPC || errno == EDQUOT)
        return ERR_NOSPACE;
    return ERR_IO;
}

static void spill(struct xml_out *x)
{
    errno = 0;
    if (x->err == ERR_OK && x->len > 0 && !x->cut && fwrite(x->buffer, 1, x->len, x->file) != x->len)
        x->err = write_failure();
    x->len = 0;
}

/* Every element, escaped and indented, fits in XML_OUT_ROOM. */
static void room(struct xml_out *x)
{
    if (x->len > XML_OUT_BUFFER - XML_OUT_ROOM)
        spill(x);
}

static void put(struct xml_out *x, const char *bytes, size_t n)
{
    memcpy(x->buffer + x->len, bytes, n);
    x->len += n;
}

static void put_char(struct xml_out *x, unsigned c) { x->buffer[x->len++] = (char)c; }

#define PUT(x, literal) put(x, literal, sizeof(literal) - 1)

void xml_line_start(struct xml_out *x)
{
    room(x);
    if (!x->indent)
        return;
    memset(x->buffer + x->len, '\t', x->depth);
    x->len += x->depth;
}

void xml_line_end(struct xml_out *x)
{
    if (!x->indent)
        return;
    put_char(x, '\n');
    x->line++;
}

void xml_declaration(struct xml_out *x)
{
    static const char *const names[] = {
        [SAMPLE_UTF8] = "UTF-8",
        [SAMPLE_UTF8_BOM] = "UTF-8",
        [SAMPLE_WINDOWS_1252] = "windows-1252",
        [SAMPLE_ISO_8859_1] = "ISO-8859-1",
        [SAMPLE_ISO_8859_15] = "ISO-8859-15",
    };
    if (x->encoding == SAMPLE_UTF8_BOM)
        PUT(x, "\xEF\xBB\xBF");
    PUT(x, "<?xml version=\"1.0\" encoding=\"");
    put(x, names[x->encoding], strlen(names[x->encoding]));
    PUT(x, "\"?>\n");
    x->line++;
}

void xml_open(struct xml_out *x, const char *name, const char *attributes)
{
    xml_line_start(x);
    put_char(x, '<');
    put(x, name, strlen(name));
    put(x, attributes, strlen(attributes));
    put_char(x, '>');
    xml_line_end(x);
    x->depth++;
}

void xml_close(struct xml_out *x, const char *name)
{
    x->depth--;
    xml_line_start(x);
    PUT(x, "</");
    put(x, name, strlen(name));
    put_char(x, '>');
    xml_line_end(x);
}

/* Only these three stand outside Latin-1 in our lists. */
enum { OE_UPPER = 0x152, OE_LOWER = 0x153, EURO = 0x20AC };

static void put_special(struct xml_out *x, unsigned c)
{
    unsigned which = c == OE_UPPER ? 0 : c == OE_LOWER ? 1 : 2;
    static const unsigned char windows_1252[] = {0x8C, 0x9C, 0x80}, iso_8859_15[] = {0xBC, 0xBD, 0xA4};
    static const char *const spelled[] = {"OE", "oe", "EUR"};
    if (c != OE_UPPER && c != OE_LOWER && c != EURO)
        x->err = ERR_BUG;
    else if (x->encoding == SAMPLE_WINDOWS_1252)
        put_char(x, windows_1252[which]);
    else if (x->encoding == SAMPLE_ISO_8859_15)
        put_char(x, iso_8859_15[which]);
    else
        put(x, spelled[which], strlen(spelled[which]));
}

/* Signs of Latin-1 that ISO-8859-15 gave away to other letters. */
static bool given_away(unsigned c)
{
    return c == 0xA4 || c == 0xA6 || c == 0xA8 || c == 0xB4 || c == 0xB8 || c == 0xBC || c == 0xBD || c == 0xBE;
}

/* One character of two or three bytes; returns how many. */
static size_t put_wide(struct xml_out *x, const unsigned char *at)
{
    size_t n = at[0] < 0xE0 ? 2 : 3;
    if (x->encoding == SAMPLE_UTF8 || x->encoding == SAMPLE_UTF8_BOM) {
        put(x, (const char *)at, n);
        return n;
    }
    unsigned c = n == 2 ? (at[0] & 0x1Fu) << 6 | (at[1] & 0x3Fu) : (at[0] & 0x0Fu) << 12 | (at[1] & 0x3Fu) << 6 | (at[2] & 0x3Fu);
    if (c > 0xFF)
        put_special(x, c);
    else if (x->encoding == SAMPLE_ISO_8859_15 && given_away(c))
        x->err = ERR_BUG;
    else
        put_char(x, c);
    return n;
}

void xml_text(struct xml_out *x, const char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 0x80) {
            i += put_wide(x, (const unsigned char *)text + i);
            continue;
        }
        if (c == '&')
            PUT(x, "&amp;");
        else if (c == '<')
            PUT(x, "&lt;");
        else if (c == '>')
            PUT(x, "&gt;");
        else
            put_char(x, c);
        i++;
    }
}

void xml_leaf(struct xml_out *x, const char *name, const char *text, size_t len)
{
    size_t n = strlen(name);
    xml_line_start(x);
    put_char(x, '<');
    put(x, name, n);
    if (len == 0) {
        PUT(x, " />");
        xml_line_end(x);
        return;
    }
    put_char(x, '>');
    xml_text(x, text, len);
    PUT(x, "</");
    put(x, name, n);
    put_char(x, '>');
    xml_line_end(x);
}

void xml_verbatim(struct xml_out *x, const char *bytes)
{
    for (; *bytes != '\0'; bytes++) {
        room(x);
        put_char(x, (unsigned char)*bytes);
        x->line += *bytes == '\n';
    }
}

void xml_cut(struct xml_out *x)
{
    spill(x);
    x->cut = true;
}

enum err xml_out_done(struct xml_out *x)
{
    spill(x);
    errno = 0;
    if (x->err == ERR_OK && (fflush(x->file) != 0 || ferror(x->file)))
        x->err = write_failure();
    free(x->buffer);
    x->buffer = NULL;
    return x->err;
}
