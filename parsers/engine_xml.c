#include "parsers/engine_xml.h"

#include "parsers/engine_state.h"

static const char xsi[] = "http://www.w3.org/2001/XMLSchema-instance";

/* ---- where it stands ---- */

static uint32_t xml_line(const struct engine *e)
{
    const xmlParserInput *in = e->xml.ctxt->input;
    return in && in->line > 0 ? (uint32_t)in->line : 0;
}

/* What is told next stands here. */
static void place(struct engine *e)
{
    const xmlParserInput *in = e->xml.ctxt->input;
    e->xml.heard = true;
    e->line = xml_line(e);
    e->offset = in ? (uint64_t)in->consumed + (uint64_t)(in->cur - in->base) + e->xml.shift : 0;
}

/* Whether the last byte was read; the slash of an empty element waits for its bracket. */
static bool at_end(const struct engine *e)
{
    const xmlParserInput *in = e->xml.ctxt->input;
    return e->ending && in && in->end - in->cur <= (in->cur < in->end && *in->cur == '/');
}

/* The decoder gives the bytes of a character until one is wrong. */
static bool is_inside_character(const struct engine *e)
{
    const xmlParserInput *in = e->xml.ctxt->input;
    if (!e->ending || !e->then || !in || in->end - in->cur > 3)
        return false;
    for (const xmlChar *p = in->cur; p < in->end; p++)
        if (*p < 0x80)
            return false;
    return true;
}

/* libxml2 stops inside a declaration that was cut, before its last bytes. */
static bool is_first_markup_cut(const struct engine *e)
{
    const xmlParserInput *in = e->xml.ctxt->input;
    return e->stage == STAGE_START && in && !memchr(in->cur, '>', (size_t)(in->end - in->cur));
}

static bool is_all_read(const struct engine *e)
{
    const xmlParserInput *in = e->xml.ctxt->input;
    return in && in->cur == in->end;
}

static uint32_t newlines(const uint8_t *p, const uint8_t *end)
{
    uint32_t n = 0;
    for (; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++)
        n++;
    return n;
}

/* While it takes bytes libxml2 would lose the memory that it puts them into: it ends by itself, for want of more. */
void libxml_halt(struct engine *e)
{
    if (!e->xml.taking)
        xmlStopParser(e->xml.ctxt);
}

/* ---- names ---- */

enum { NAMES_MAX = 2 << 20 };

/* Every name ever met stays in memory; libxml2 has a limit of its own, and says there that memory is out. */
static bool within_names(struct engine *e)
{
    if (xmlDictGetUsage(e->xml.ctxt->dict) > NAMES_MAX)
        engine_refuse(e, F_LIMIT_MARKUP, e->line, "", NULL);
    return !e->stop;
}

const char *engine_name(struct engine *e, struct span name)
{
    const xmlChar *same = xmlDictLookup(e->xml.ctxt->dict, name.data, (int)name.len);
    if (!same)
        engine_stop(e, ERR_NOMEM);
    else
        within_names(e);
    return same ? (const char *)same : "";
}

/* ---- what libxml2 calls ---- */

static bool is_deaf(struct engine *e)
{
    bool muted = e->xml.muted > 0;
    e->xml.muted -= muted;
    return e->stop || e->xml.error || muted;
}

/* xsi:nil and xsi:type change what an element may hold, and no flux has them. */
static bool is_schema_hint(const xmlChar **a)
{
    if (!a[2] || strcmp((const char *)a[2], xsi) != 0)
        return false;
    const char *name = (const char *)a[0];
    return strcmp(name, "schemaLocation") == 0 || strcmp(name, "noNamespaceSchemaLocation") == 0;
}

static bool has_foreign_attributes(int count, const xmlChar **attributes)
{
    for (int i = 0; i < count; i++)
        if (!is_schema_hint(attributes + 5 * i))
            return true;
    return false;
}

static bool is_alpha(xmlChar c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }

static bool is_digit(xmlChar c) { return c >= '0' && c <= '9'; }

/* A schema's name as CNAF writes them (vrsb0801, VIRS0901): v, three letters, four digits. */
static bool is_schema_name(const xmlChar *s)
{
    bool letters = (s[0] | 0x20) == 'v' && is_alpha(s[1]) && is_alpha(s[2]) && is_alpha(s[3]);
    return letters && is_digit(s[4]) && is_digit(s[5]) && is_digit(s[6]) && is_digit(s[7]);
}

static bool is_same_schema(const char *name, const char *ours)
{
    for (; *ours; name++, ours++)
        if ((*name | 0x20) != *ours)
            return false;
    return *name == 0;
}

/* A root that names another schema than ours is another version, whatever its elements look like. */
static void judge_schema_hint(struct engine *e, const xmlChar **a)
{
    char name[9] = "";
    for (const xmlChar *s = a[3]; a[4] - s >= 8; s++)
        if (is_schema_name(s)) {
            memcpy(name, s, 8);
            break;
        }
    if (name[0] && !is_same_schema(name, e->config.schema->name))
        engine_refuse(e, F_VERSION, e->line, "", name);
}

static void judge_root(struct engine *e, int count, const xmlChar **attributes)
{
    for (int i = 0; i < count && !e->stop; i++)
        if (is_schema_hint(attributes + 5 * i))
            judge_schema_hint(e, attributes + 5 * i);
}

static void on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespaces, const xmlChar **ns,
                     int attributes, int defaulted, const xmlChar **attribute)
{
    (void)prefix, (void)ns, (void)defaulted;
    struct engine *e = ctx;
    if (is_deaf(e))
        return;
    place(e);
    /* A tag is told before its bracket is looked for. */
    if (e->ending && at_end(e))
        engine_refuse(e, F_TRUNCATED, e->line, "", NULL);
    if (e->stop || !within_names(e))
        return;
    engine_start(e, &(struct tag){
                        .name = {name, strlen((const char *)name)},
                        .plain = uri == NULL,
                        .foreign = attributes && has_foreign_attributes(attributes, attribute),
                        .attributes = (uint32_t)attributes,
                        .namespaces = (uint32_t)namespaces,
                    });
    if (e->depth == 1 && !e->stop)
        judge_root(e, attributes, attribute);
}

static void on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    (void)name, (void)prefix, (void)uri;
    struct engine *e = ctx;
    if (is_deaf(e))
        return;
    place(e);
    engine_end(e);
}

static void on_text(void *ctx, const xmlChar *text, int len)
{
    struct engine *e = ctx;
    if (e->xml.padding || is_deaf(e))
        return;
    place(e);
    engine_text(e, (struct span){text, (size_t)len});
}

static void on_cdata(void *ctx, const xmlChar *text, int len)
{
    struct engine *e = ctx;
    if (is_deaf(e))
        return;
    place(e);
    engine_cdata(e, (struct span){text, (size_t)len});
}

static void on_comment(void *ctx, const xmlChar *text)
{
    (void)text;
    struct engine *e = ctx;
    if (is_deaf(e))
        return;
    place(e);
    within_names(e);
}

static void on_instruction(void *ctx, const xmlChar *target, const xmlChar *data)
{
    (void)target;
    on_comment(ctx, data);
}

static void on_doctype(void *ctx, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id)
{
    (void)name, (void)public_id, (void)system_id;
    struct engine *e = ctx;
    engine_refuse(e, F_DOCTYPE, xml_line(e), "", NULL);
}

static void on_document(void *ctx)
{
    struct engine *e = ctx;
    if (e->xml.ctxt->version && strcmp((const char *)e->xml.ctxt->version, "1.0") != 0)
        engine_refuse(e, F_ILLFORMED, xml_line(e), "", NULL);
}

static void on_error(void *ctx, xmlErrorPtr error)
{
    struct engine *e = ctx;
    const xmlParserInput *in = e->xml.ctxt->input;
    if (e->xml.error || error->level < XML_ERR_ERROR)
        return;
    e->xml.error = error->code;
    e->xml.error_line = e->xml.end_line = xml_line(e);
    e->xml.error_at_end = !e->xml.taking && (at_end(e) || is_inside_character(e) || is_first_markup_cut(e));
    if (e->xml.error_at_end && in)
        e->xml.end_line += newlines(in->cur, in->end);
}

static void set_handlers(xmlSAXHandler *sax)
{
    *sax = (xmlSAXHandler){.initialized = XML_SAX2_MAGIC};
    sax->startElementNs = on_start;
    sax->endElementNs = on_end;
    sax->characters = on_text;
    sax->ignorableWhitespace = on_text;
    sax->cdataBlock = on_cdata;
    sax->comment = on_comment;
    sax->processingInstruction = on_instruction;
    sax->internalSubset = on_doctype;
    sax->startDocument = on_document;
    sax->serror = on_error;
}

/* ---- bytes ---- */

/* What libxml2 takes without a word it holds in memory. */
static bool judge_silence(struct engine *e, size_t taken)
{
    struct xml *x = &e->xml;
    x->unheard = x->heard ? 0 : x->unheard + taken;
    x->heard = false;
    if (x->unheard > e->config.limits->markup_bytes)
        engine_refuse(e, F_LIMIT_MARKUP, e->line, "", NULL);
    return !e->stop;
}

/* The bytes that come next; NULL when there are none. */
static struct span *next_span(struct engine *e)
{
    if (e->xml.reopen.len)
        return &e->xml.reopen;
    if (e->held.len)
        return &e->held;
    return e->input.len || engine_refill(e) ? &e->input : NULL;
}

/* As many bytes as libxml2 asks for, since it looks ahead in what it got. */
static size_t fill(struct engine *e, uint8_t *to, size_t cap)
{
    size_t n = 0;
    for (struct span *from; n < cap && (from = next_span(e));) {
        size_t len = from->len < cap - n ? from->len : cap - n;
        memcpy(to + n, from->data, len);
        from->data += len, from->len -= len;
        n += len;
    }
    return n;
}

/* After the root one blank is as good as many. */
static size_t press(struct engine *e, const uint8_t *to, size_t n)
{
    if (n < 2 || e->stage != STAGE_CLOSED || !is_all_read(e) || !is_blank((struct span){to, n}))
        return n;
    e->xml.ctxt->input->line += (int)newlines(to + 1, to + n);
    return 1;
}

/* The first bytes: up to the end of the root's tag where that is known. */
static size_t start(struct engine *e, const uint8_t *to, size_t n)
{
    size_t len = e->config.without_scan ? 0 : scan_prolog((struct span){to, n});
    if (len == 0 || n - len > SCAN_CARRY)
        return n;
    memcpy(e->scan.carry, to + len, n - len);
    e->held = (struct span){e->scan.carry, n - len};
    e->xml.padding = true;
    return len;
}

enum { PADS_MAX = 64 };

/* Whether libxml2 needs one more. */
static bool pad(struct engine *e)
{
    struct xml *x = &e->xml;
    if (!x->padding || (e->stage == STAGE_ROOT && is_all_read(e)) || x->pads == PADS_MAX)
        return false;
    x->pads++;
    return true;
}

/* libxml2 has read the root's tag, and wants its content: the scanner reads that as far as it can, and libxml2 goes on from there. A
 * comment makes sure that it is back between two tags before it sees text, or it would count its lines from where it was. */
static void scan_content(struct engine *e)
{
    static const char comment[] = "<!---->";
    struct xml *x = &e->xml;
    x->padding = false;
    x->shift = 0u - (uint64_t)x->pads;
    if (e->stage != STAGE_ROOT || !is_all_read(e))
        return;
    scan_run(e, xml_line(e), x->given + x->shift);
    x->reopen = e->scan.depth ? scan_open_tags(&e->scan) : (struct span){(const uint8_t *)comment, sizeof comment - 1};
    x->muted = e->scan.depth ? e->scan.depth : 1;
    x->shift = e->scan.offset - x->given - x->reopen.len;
    x->ctxt->input->line = (int)e->scan.line;
    e->line = e->scan.line;
    x->heard = true;
}

static int take(struct engine *e, uint8_t *to, size_t cap)
{
    if (e->stop || e->xml.error)
        return e->ending && !e->stop ? 0 : -1;
    if (pad(e)) {
        *to = ' ';
        e->xml.given++;
        return 1;
    }
    if (e->xml.padding)
        scan_content(e);
    size_t n = e->stop ? 0 : fill(e, to, cap);
    if (n == 0 || e->stop)
        return e->stop ? -1 : 0;
    n = e->xml.given ? press(e, to, n) : start(e, to, n);
    e->xml.given += n;
    return judge_silence(e, n) ? (int)n : -1;
}

static int give(void *ctx, char *to, int cap)
{
    struct engine *e = ctx;
    e->xml.taking = true;
    int n = take(e, (uint8_t *)to, (size_t)cap);
    e->xml.taking = false;
    return n;
}

/* ---- life ---- */

enum err libxml_open(struct engine *e)
{
    xmlSAXHandler sax;
    set_handlers(&sax);
    /* libxml2 pulls the bytes: pushed, each tag is looked for before it is read, which costs a tenth more. */
    e->xml.ctxt = xmlCreateIOParserCtxt(&sax, e, give, NULL, e, XML_CHAR_ENCODING_NONE);
    if (!e->xml.ctxt)
        return ERR_NOMEM;
    xmlCtxtUseOptions(e->xml.ctxt, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC);
    return ERR_OK;
}

void libxml_close(struct engine *e)
{
    if (e->xml.ctxt)
        xmlFreeParserCtxt(e->xml.ctxt);
}

/* ---- the run ---- */

/* A zero byte ends the document for libxml2, wherever it stands. */
static bool is_read(const struct engine *e)
{
    const xmlParserInput *in = e->xml.ctxt->input;
    return e->ending && in && in->cur >= in->end;
}

static bool is_sound(const struct engine *e)
{
    const struct xml *x = &e->xml;
    bool well = x->ctxt->wellFormed && x->ctxt->nsWellFormed && x->ctxt->errNo == XML_ERR_OK && !x->error;
    return well && is_read(e) && e->stage == STAGE_CLOSED;
}

/* At the end of the bytes: an error at their very end, or an open element and nothing else wrong, is a file that was cut. */
static bool is_cut(const struct engine *e)
{
    const struct xml *x = &e->xml;
    bool only_end = !x->error || x->error == XML_ERR_DOCUMENT_END || x->error == XML_ERR_DOCUMENT_EMPTY;
    return x->error_at_end || (e->stage != STAGE_CLOSED && only_end);
}

/* Whether it was read up to the byte that is wrong: what is wrong before it comes first. */
static bool is_fault_reached(const struct engine *e) { return e->then && e->ending && (e->xml.error ? e->xml.error_at_end : is_read(e)); }

static void refuse_xml(struct engine *e)
{
    uint32_t line = e->xml.error ? e->xml.error_line : xml_line(e);
    if (e->xml.error == XML_ERR_NO_MEMORY)
        engine_stop(e, ERR_NOMEM);
    else if (is_fault_reached(e))
        engine_refuse(e, e->then, e->xml.error ? e->xml.end_line : line, "", NULL);
    else if (is_cut(e))
        engine_refuse(e, F_TRUNCATED, xml_line(e), "", NULL);
    else
        engine_refuse(e, F_ILLFORMED, line, "", NULL);
}

void libxml_run(struct engine *e)
{
    xmlParseDocument(e->xml.ctxt);
    if (!e->stop && (e->then || !is_sound(e)))
        refuse_xml(e);
}
