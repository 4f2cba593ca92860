#include "parsers/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flux/base/wipe.h"
#include "parsers/engine_state.h"

static const char xsi[] = "http://www.w3.org/2001/XMLSchema-instance";

/* ---- ends ---- */

/* While it takes bytes libxml2 would lose the memory that it puts them into: it ends by itself, for want of more. */
static void halt(struct engine *e)
{
    e->stop = true;
    if (!e->taking)
        xmlStopParser(e->ctxt);
}

/* Whether the last byte was read; the slash of an empty element waits for its bracket. */
static bool at_end(const struct engine *e)
{
    const xmlParserInput *in = e->ctxt->input;
    return e->ending && in && in->end - in->cur <= (in->cur < in->end && *in->cur == '/');
}

/* libxml2 stops inside a declaration that was cut, before its last bytes. */
static bool is_first_markup_cut(const struct engine *e)
{
    const xmlParserInput *in = e->ctxt->input;
    return e->stage == STAGE_START && in && !memchr(in->cur, '>', (size_t)(in->end - in->cur));
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
    e->heard = true;
    e->run = 0;
    e->run_told = false;
    /* A tag is told before its bracket is looked for. */
    if (e->ending && at_end(e))
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
    e->heard = true;
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
    e->heard = true;
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
    e->heard = true;
    if (!e->stop && !take_text(e, text, (size_t)len))
        tree_text(e);
}

static void on_comment(void *ctx, const xmlChar *text)
{
    (void)text;
    struct engine *e = ctx;
    e->heard = true;
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
    e->xml_error = error->code;
    e->xml_error_line = engine_line(e);
    e->xml_error_at_end = at_end(e) || is_first_markup_cut(e);
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

enum { NAMES_MAX = 2 << 20 };

static void refuse_after_input(struct engine *e)
{
    uint32_t line = engine_line(e);
    const xmlParserInput *in = e->ctxt->input;
    for (const xmlChar *p = in ? in->cur : NULL; in && p < in->end; p++)
        line += *p == '\n';
    engine_refuse(e, e->then, line, "", NULL);
}

/* What libxml2 takes without a word it holds in memory. */
static bool judge_silence(struct engine *e, size_t taken)
{
    e->unheard = e->heard ? 0 : e->unheard + taken;
    e->heard = false;
    /* Every name ever met stays in memory; libxml2 has a limit of its own, and says there that memory is out. */
    if (e->unheard <= e->config.limits->markup_bytes && xmlDictGetUsage(e->ctxt->dict) <= NAMES_MAX)
        return true;
    engine_refuse(e, F_LIMIT_MARKUP, engine_line(e), "", NULL);
    return false;
}

/* More input; false when there is none. */
static bool refill(struct engine *e)
{
    if (e->then) {
        refuse_after_input(e);
        return false;
    }
    enum err err = e->config.next(e->config.ctx, &e->input, &e->then);
    if (err)
        engine_stop(e, err);
    else if (e->input.len == 0 && e->then)
        refuse_after_input(e);
    e->ending = !err && e->input.len == 0;
    return !err && e->input.len;
}

static int take(struct engine *e, char *to, size_t cap)
{
    if (e->stop || e->xml_error || (e->input.len == 0 && !refill(e)))
        return e->ending && !e->stop ? 0 : -1;
    size_t n = e->input.len < cap ? e->input.len : cap;
    /* After the root one blank is as good as many. */
    size_t given = e->stage == STAGE_CLOSED && is_blank(e->input.data, n) ? 1 : n;
    if (!judge_silence(e, given))
        return -1;
    memcpy(to, e->input.data, given);
    e->input.data += n, e->input.len -= n;
    return (int)given;
}

static int give(void *ctx, char *to, int cap)
{
    struct engine *e = ctx;
    e->taking = true;
    int n = take(e, to, (size_t)cap);
    e->taking = false;
    return n;
}

/* ---- life ---- */

static enum err note_required(struct engine *e)
{
    for (node_id n = 1; n < e->schema->count; n++) {
        if (e->nodes[n].number >= SCHEMA_CHILDREN_MAX)
            return ERR_BUG;
        if (e->nodes[n].min_occurs)
            e->met[e->nodes[n].parent].required |= 1u << e->nodes[n].number;
    }
    return ERR_OK;
}

static enum err open_parser(struct engine *e)
{
    xmlSAXHandler sax;
    set_handlers(&sax);
    /* libxml2 pulls the bytes: pushed, each tag is looked for before it is read, which costs a tenth more. */
    e->ctxt = xmlCreateIOParserCtxt(&sax, e, give, NULL, e, XML_CHAR_ENCODING_NONE);
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
    e->watched = checks_watched(config->schema);
    e->checks.tell = find_told;
    e->checks.ctx = e;
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
    checks_wipe(&e->checks);
    free(e);
    return NULL;
}

/* ---- the run ---- */

static enum err result(const struct engine *e) { return e->refused ? ERR_BAD : e->err; }

/* A zero byte ends the document for libxml2, wherever it stands. */
static bool is_read(const struct engine *e)
{
    const xmlParserInput *in = e->ctxt->input;
    return e->ending && in && in->cur >= in->end;
}

static bool is_sound(const struct engine *e)
{
    return is_read(e) && e->ctxt->wellFormed && e->ctxt->nsWellFormed && e->ctxt->errNo == XML_ERR_OK && !e->xml_error;
}

static void refuse_xml(struct engine *e, enum finding_code code)
{
    if (e->xml_error == XML_ERR_NO_MEMORY)
        engine_stop(e, ERR_NOMEM);
    else
        engine_refuse(e, code, e->xml_error ? e->xml_error_line : engine_line(e), "", NULL);
}

/* At the end of the bytes: an error at their very end, or an open element and nothing else wrong, is a file that was cut. */
static bool is_cut(const struct engine *e)
{
    bool open = e->stage != STAGE_CLOSED;
    bool only_end = !e->xml_error || e->xml_error == XML_ERR_DOCUMENT_END || e->xml_error == XML_ERR_DOCUMENT_EMPTY;
    return e->xml_error_at_end || (open && only_end);
}

enum err engine_run(struct engine *e)
{
    xmlParseDocument(e->ctxt);
    if (e->stop)
        return result(e);
    bool sound = is_sound(e) && e->stage == STAGE_CLOSED;
    if (!sound && is_cut(e))
        engine_refuse(e, F_TRUNCATED, engine_line(e), "", NULL);
    else if (!sound)
        refuse_xml(e, F_ILLFORMED);
    else if ((e->err = find_send_census(e)))
        e->stop = true;
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
