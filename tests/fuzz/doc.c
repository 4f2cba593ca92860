#include "tests/fuzz/doc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "samples/sample.h"

static bool starts(const struct doc *d, size_t at, const char *word)
{
    size_t n = strlen(word);
    return at + n <= d->len && memcmp(d->text + at, word, n) == 0;
}

/* Behind the word, or the end of the text. */
static size_t behind(const struct doc *d, size_t at, const char *word)
{
    const char *p = at < d->len ? memmem(d->text + at, d->len - at, word, strlen(word)) : NULL;
    return p ? (size_t)(p - d->text) + strlen(word) : d->len;
}

/* Behind the `>` of a tag: one inside quotes is not it. */
static size_t tag_end(const struct doc *d, size_t at)
{
    char quote = 0;
    for (; at < d->len; at++) {
        char c = d->text[at];
        if (quote)
            quote = c == quote ? 0 : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (c == '>')
            return at + 1;
    }
    return d->len;
}

static bool ends_name(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '/' || c == '>'; }

static size_t name_len(const struct doc *d, size_t at)
{
    size_t n = 0;
    while (at + n < d->len && !ends_name(d->text[at + n]))
        n++;
    return n;
}

size_t doc_name_len(const struct doc *d, const struct element *e) { return name_len(d, e->start + 1u); }

bool doc_is_leaf(const struct element *e) { return e->node != NODE_NONE && schema_vrsb0801.nodes[e->node].type != TYPE_BLOCK; }

static bool is_named(node_id n, const char *name, size_t len)
{
    const char *official = schema_vrsb0801.nodes[n].name;
    return strlen(official) == len && memcmp(official, name, len) == 0;
}

static node_id node_of(const struct doc *d, uint16_t parent, const char *name, size_t len)
{
    const struct schema *s = &schema_vrsb0801;
    if (parent == DOC_NONE)
        return is_named(0, name, len) ? 0 : NODE_NONE;
    node_id block = d->elements[parent].node;
    if (block == NODE_NONE || s->nodes[block].type != TYPE_BLOCK)
        return NODE_NONE;
    for (node_id n = (node_id)(block + 1); n < s->nodes[block].end; n = s->nodes[n].end)
        if (is_named(n, name, len))
            return n;
    return NODE_NONE;
}

/* Takes the first tag at *at; *open is the element that is then open. */
static void open_element(struct doc *d, size_t *at, uint16_t *open)
{
    size_t end = tag_end(d, *at), n = name_len(d, *at + 1);
    struct element *e = &d->elements[d->count];
    *e = (struct element){(uint32_t)*at, (uint32_t)end, (uint32_t)end, (uint32_t)end, *open, node_of(d, *open, d->text + *at + 1, n)};
    if (d->text[end - 2] != '/')
        *open = (uint16_t)d->count;
    d->count++;
    *at = end;
}

static bool close_element(struct doc *d, size_t *at, uint16_t *open)
{
    if (*open == DOC_NONE)
        return false;
    struct element *e = &d->elements[*open];
    size_t n = name_len(d, *at + 2);
    bool same = n == doc_name_len(d, e) && memcmp(d->text + *at + 2, d->text + e->start + 1, n) == 0;
    e->out = (uint32_t)*at;
    *at = tag_end(d, *at);
    e->end = (uint32_t)*at;
    *open = e->parent;
    return same;
}

bool doc_scan(struct doc *d)
{
    uint16_t open = DOC_NONE;
    bool same = true;
    d->count = 0;
    for (size_t at = 0; same && at < d->len && d->count < DOC_ELEMENTS - 1;) {
        if (d->text[at] != '<')
            at++;
        else if (starts(d, at, "<!--"))
            at = behind(d, at, "-->");
        else if (starts(d, at, "<![CDATA["))
            at = behind(d, at, "]]>");
        else if (starts(d, at, "<?"))
            at = behind(d, at, "?>");
        else if (starts(d, at, "<!"))
            at = tag_end(d, at);
        else if (starts(d, at, "</"))
            same = close_element(d, &at, &open);
        else
            open_element(d, &at, &open);
    }
    return same && open == DOC_NONE && d->count > 0;
}

void doc_copy(struct doc *to, const struct doc *from)
{
    to->len = from->len;
    to->count = from->count;
    memcpy(to->elements, from->elements, from->count * sizeof from->elements[0]);
    memcpy(to->text, from->text, from->len);
}

bool doc_replace(struct doc *d, size_t from, size_t to, const char *text, size_t len)
{
    if (from > to || to > d->len || d->len - (to - from) + len > DOC_ROOM)
        return false;
    memmove(d->text + from + len, d->text + to, d->len - to);
    memcpy(d->text + from, text, len);
    d->len = d->len - (to - from) + len;
    return true;
}

bool doc_insert(struct doc *d, size_t at, const char *text) { return doc_replace(d, at, at, text, strlen(text)); }

bool doc_make(struct doc *d, unsigned number, uint64_t seed, uint32_t households, bool indent)
{
    const struct sample_options o = {
        .seed = seed,
        .daily = number % 2 == 1,
        .day = 14,
        .households = households,
        .departement = "062",
        .emitter = number % 5 == 2 ? SAMPLE_MSA : SAMPLE_CAF,
        .encoding = (enum sample_encoding)(number % 7 < 5 ? number % 7 : 0),
        .indent = indent,
        .year = 2025,
        .month = 1,
    };
    char *text = NULL;
    size_t len = 0;
    uint64_t written;
    FILE *out = open_memstream(&text, &len);
    bool right = out && !sample_write(&o, out, &written);
    right = out && !fclose(out) && right && len <= DOC_ROOM;
    d->len = 0;
    right = right && doc_replace(d, 0, 0, text, len) && doc_scan(d);
    free(text);
    return right;
}
