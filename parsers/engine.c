#include "parsers/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flux/base/wipe.h"
#include "parsers/engine_state.h"

static const char xsi[] = "http://www.w3.org/2001/XMLSchema-instance";

/* ---- ends ---- */

static void halt(struct engine *e)
{
    e->stop = true;
    xmlStopParser(e->ctxt);
}

void engine_stop(struct engine *e, enum err err)
{
    if (!e->stop)
        e->err = err;
    halt(e);
}

void engine_refuse(struct engine *e, enum finding_code code, uint32_t line, const char *path, const char *detail)
{
    if (!e->stop) {
        e->refused = true;
        e->fatal = (struct msg_fatal){.finding = {.code = code, .cost = finding_rule(code)->cost, .line = line}};
        snprintf(e->fatal.finding.path, sizeof e->fatal.finding.path, "%s", path);
        snprintf(e->fatal.detail, sizeof e->fatal.detail, "%s", detail ? detail : "");
    }
    halt(e);
}

/* ---- what libxml2 calls ---- */

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
        engine_refuse(e, F_VERSION, engine_line(e), "", name);
}

static bool within_limits(struct engine *e, int namespaces, int attributes)
{
    const struct parse_limits *l = e->config.limits;
    bool deep = e->depth > l->depth, many = (uint32_t)attributes > l->attributes || namespaces > NAMESPACES_MAX;
    if (deep || many)
        engine_refuse(e, deep ? F_LIMIT_DEPTH : F_LIMIT_ATTRIBUTES, engine_line(e), "", NULL);
    return !deep && !many;
}

static void start_root(struct engine *e, const xmlChar *name, int count, const xmlChar **attributes)
{
    flux_start_root(e, name);
    for (int i = 0; i < count && !e->stop; i++)
        if (is_schema_hint(attributes + 5 * i))
            judge_schema_hint(e, attributes + 5 * i);
}

static void on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespaces, const xmlChar **ns,
                     int attributes, int defaulted, const xmlChar **attribute)
{
    (void)prefix, (void)ns, (void)defaulted;
    struct engine *e = ctx;
    if (e->stop)
        return;
    e->depth++;
    e->elements++;
    e->run = 0;
    e->run_told = false;
    /* Every whole tag was read when its bytes came: one that starts now has no end. */
    if (e->ending)
        engine_refuse(e, F_TRUNCATED, engine_line(e), "", NULL);
    if (e->stop || !within_limits(e, namespaces, attributes))
        return;
    if (e->area == AREA_HOUSEHOLD && engine_beyond(e))
        flux_drown(e);
    if (e->skip || e->drowned)
        return;
    bool foreign = attributes && has_foreign_attributes(attributes, attribute);
    bool known = uri == NULL;
    if (e->leaf != NODE_NONE)
        tree_child_of_leaf(e);
    else if (e->open)
        tree_start(e, name, known, foreign);
    else if (e->depth == 1)
        start_root(e, known ? name : NULL, attributes, attribute);
    else
        flux_start_child(e, name, known, foreign);
}

static void end_known(struct engine *e)
{
    if (e->leaf != NODE_NONE)
        tree_end_leaf(e);
    else if (e->open)
        tree_end_block(e);
    else
        flux_end_root(e);
}

static void end_skipped(struct engine *e)
{
    if (e->depth != e->skip)
        return;
    e->skip = 0;
    if (e->capture)
        flux_version(e);
    e->capture = false;
}

static void on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    (void)name, (void)prefix, (void)uri;
    struct engine *e = ctx;
    if (e->stop)
        return;
    e->run = 0;
    e->run_told = false;
    if (e->drowned && e->depth == 2)
        flux_end_drowned(e);
    else if (e->skip)
        end_skipped(e);
    else if (!e->drowned)
        end_known(e);
    e->depth--;
}

static bool is_blank(const xmlChar *text, size_t len)
{
    static const uint64_t blanks = UINT64_C(1) << ' ' | UINT64_C(1) << '\n' | UINT64_C(1) << '\t' | UINT64_C(1) << '\r';
    for (size_t i = 0; i < len; i++)
        if (text[i] > ' ' || !(blanks >> text[i] & 1))
            return false;
    return true;
}

/* Takes text into the open leaf; false when it stands between elements, where only white space may be. */
static bool take_text(struct engine *e, const xmlChar *text, size_t len)
{
    bool wanted = e->skip ? e->capture && e->skip == e->depth : e->leaf != NODE_NONE;
    size_t *used = wanted ? &e->text_len : &e->run;
    if (len > e->config.limits->text_bytes - *used) {
        engine_refuse(e, F_LIMIT_TEXT, engine_line(e), "", NULL);
        return true;
    }
    if (wanted)
        memcpy(e->text + *used, text, len);
    *used += len;
    return wanted || e->skip || !e->open || e->drowned;
}

static void on_text(void *ctx, const xmlChar *text, int len)
{
    struct engine *e = ctx;
    size_t n = (size_t)len;
    if (e->leaf != NODE_NONE && !e->skip && !e->stop && n <= e->config.limits->text_bytes - e->text_len) {
        memcpy(e->text + e->text_len, text, n);
        e->text_len += n;
    } else if (!e->stop && !take_text(e, text, n) && !is_blank(text, n)) {
        tree_text(e);
    }
}

/* libxml2's validator, which is the referee, allows no CDATA section between elements, not even a blank one. */
static void on_cdata(void *ctx, const xmlChar *text, int len)
{
    struct engine *e = ctx;
    if (!e->stop && !take_text(e, text, (size_t)len))
        tree_text(e);
}

static void on_doctype(void *ctx, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id)
{
    (void)name, (void)public_id, (void)system_id;
    struct engine *e = ctx;
    engine_refuse(e, F_DOCTYPE, engine_line(e), "", NULL);
}

static void on_document(void *ctx)
{
    struct engine *e = ctx;
    if (e->ctxt->version && strcmp((const char *)e->ctxt->version, "1.0") != 0)
        engine_refuse(e, F_ILLFORMED, engine_line(e), "", NULL);
}

static void on_error(void *ctx, xmlErrorPtr error)
{
    struct engine *e = ctx;
    if (e->xml_error || error->level < XML_ERR_ERROR)
        return;
    const xmlParserInput *in = e->ctxt->input;
    e->xml_error = error->code;
    e->xml_error_line = engine_line(e);
    e->xml_error_at_end = in && in->cur >= in->end;
}

static void set_handlers(xmlSAXHandler *sax)
{
    *sax = (xmlSAXHandler){.initialized = XML_SAX2_MAGIC};
    sax->startElementNs = on_start;
    sax->endElementNs = on_end;
    sax->characters = on_text;
    sax->ignorableWhitespace = on_text;
    sax->cdataBlock = on_cdata;
    sax->internalSubset = on_doctype;
    sax->startDocument = on_document;
    sax->serror = on_error;
}

/* ---- life ---- */

static enum err note_required(struct engine *e)
{
    for (node_id n = 1; n < e->schema->count; n++) {
        if (e->nodes[n].number >= SCHEMA_CHILDREN_MAX)
            return ERR_BUG;
        if (e->nodes[n].min_occurs)
            e->required[e->nodes[n].parent] |= 1u << e->nodes[n].number;
    }
    return ERR_OK;
}

static enum err open_parser(struct engine *e)
{
    xmlSAXHandler sax;
    set_handlers(&sax);
    e->ctxt = xmlCreatePushParserCtxt(&sax, e, NULL, 0, NULL);
    if (!e->ctxt)
        return ERR_NOMEM;
    xmlCtxtUseOptions(e->ctxt, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC);
    return note_required(e);
}

enum err engine_new(struct engine **ret, const struct engine_config *config)
{
    struct engine *e = calloc(1, sizeof *e);
    *ret = e;
    if (!e)
        return ERR_NOMEM;
    e->config = *config;
    e->schema = config->schema;
    e->nodes = config->schema->nodes;
    e->leaf = NODE_NONE;
    for (size_t i = 0; i < TOTALS; i++)
        e->totals[i] = -1;
    buf_init(&e->header, RECORD_MAX);
    buf_init(&e->record, RECORD_MAX);
    buf_init(&e->scratch, RECORD_MAX);
    e->text = malloc((size_t)config->limits->text_bytes + 1);
    enum err err = e->text ? open_parser(e) : ERR_NOMEM;
    if (err)
        *ret = engine_free(e);
    return err;
}

struct engine *engine_free(struct engine *e)
{
    if (!e)
        return NULL;
    xmlFreeParserCtxt(e->ctxt);
    buf_free(&e->header);
    buf_free(&e->record);
    buf_free(&e->scratch);
    if (e->text)
        wipe(e->text, e->config.limits->text_bytes);
    free(e->text);
    wipe(e->faulty_text, sizeof e->faulty_text);
    free(e);
    return NULL;
}

/* ---- bytes ---- */

static enum err result(const struct engine *e) { return e->refused ? ERR_BAD : e->err; }

static bool is_sound(const struct engine *e)
{
    return e->ctxt->wellFormed && e->ctxt->nsWellFormed && e->ctxt->errNo == XML_ERR_OK && !e->xml_error;
}

static void refuse_xml(struct engine *e, enum finding_code code)
{
    if (e->xml_error == XML_ERR_NO_MEMORY)
        engine_stop(e, ERR_NOMEM);
    else
        engine_refuse(e, code, e->xml_error ? e->xml_error_line : engine_line(e), "", NULL);
}

static void push_piece(struct engine *e, const uint8_t *utf8, size_t len)
{
    xmlParseChunk(e->ctxt, (const char *)utf8, (int)len, 0);
    if (e->stop)
        return;
    if (!is_sound(e)) {
        refuse_xml(e, F_ILLFORMED);
        return;
    }
    /* What is left is the start of one tag, comment or the like: libxml2 waits for its end, at a cost that grows with the square. */
    const xmlParserInput *in = e->ctxt->input;
    if (in && (size_t)(in->end - in->cur) > e->config.limits->markup_bytes)
        engine_refuse(e, F_LIMIT_MARKUP, engine_line(e), "", NULL);
}

enum err engine_push(struct engine *e, const uint8_t *utf8, size_t len)
{
    enum { PIECE = 64 << 10 };
    while (len && !e->stop) {
        size_t n = len < PIECE ? len : PIECE;
        push_piece(e, utf8, n);
        utf8 += n, len -= n;
    }
    return result(e);
}

/* At the end of the bytes: an error at their very end, or an open element and nothing else wrong, is a file that was cut. */
static bool is_cut(const struct engine *e)
{
    bool open = e->stage != STAGE_CLOSED;
    bool only_end =
        !e->xml_error || e->stage == STAGE_START || e->xml_error == XML_ERR_DOCUMENT_END || e->xml_error == XML_ERR_DOCUMENT_EMPTY;
    return e->xml_error_at_end || (open && only_end);
}

enum err engine_finish(struct engine *e, bool cut)
{
    if (e->stop)
        return result(e);
    if (cut) {
        engine_refuse(e, F_TRUNCATED, engine_line(e), "", NULL);
        return result(e);
    }
    uint32_t line = engine_line(e);
    e->ending = true;
    xmlParseChunk(e->ctxt, "", 0, 1);
    if (e->stop)
        return result(e);
    bool sound = is_sound(e) && e->stage == STAGE_CLOSED;
    if (!sound && is_cut(e))
        engine_refuse(e, F_TRUNCATED, line, "", NULL);
    else if (!sound)
        refuse_xml(e, F_ILLFORMED);
    else if ((e->err = find_send_census(e)))
        e->stop = true;
    return result(e);
}

enum err engine_refuse_here(struct engine *e, enum finding_code code)
{
    uint32_t line = engine_line(e);
    const xmlParserInput *in = e->ctxt->input;
    for (const xmlChar *p = in ? in->cur : NULL; in && p < in->end; p++)
        line += *p == '\n';
    engine_refuse(e, code, line, "", NULL);
    return result(e);
}

const struct msg_fatal *engine_fatal(const struct engine *e) { return &e->fatal; }

struct span engine_header(const struct engine *e) { return (struct span){e->header.data, e->header.len}; }

void engine_totals(const struct engine *e, struct msg_end *end)
{
    end->read = e->read;
    end->accepted = e->accepted;
    end->rejected = e->read - e->accepted;
    end->transm = e->totals[0];
    end->transm_ano = e->totals[1];
}
