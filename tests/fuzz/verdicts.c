#include "tests/fuzz/verdicts.h"

#include <fcntl.h>
#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "flux/base/fdio.h"

/* ---- ours ---- */

static void note(struct ours *o, const struct finding *f)
{
    bool forbidden = finding_rule(f->code)->schema;
    o->met[f->code] = true;
    if (forbidden && o->valid)
        o->first = *f;
    o->valid = o->valid && !forbidden;
}

static enum err on_household(void *ctx, const struct msg_household *m)
{
    struct ours *o = ctx;
    o->households++;
    for (uint32_t i = 0; i < m->findings_kept; i++)
        note(o, &m->findings[i]);
    return ERR_OK;
}

static enum err on_census(void *ctx, const struct msg_census *m)
{
    struct finding f = {.code = V_UNKNOWN, .line = m->first_line};
    if (m->node == NODE_NONE)
        note(ctx, &f);
    return ERR_OK;
}

static enum err on_fatal(void *ctx, const struct msg_fatal *m)
{
    struct ours *o = ctx;
    if (o->valid)
        o->first = m->finding;
    o->refused = true;
    note(o, &m->finding);
    return ERR_OK;
}

static enum err on_scanned(void *ctx, const struct msg_scanned *m) { return (void)ctx, (void)m, ERR_OK; }
static enum err on_header(void *ctx, const struct msg_header *m) { return (void)ctx, (void)m, ERR_OK; }
static enum err on_end(void *ctx, const struct msg_end *m) { return (void)ctx, (void)m, ERR_OK; }
static enum err on_progress(void *ctx, uint64_t bytes) { return (void)ctx, (void)bytes, ERR_OK; }

void ours_judge(struct parse_setup *setup, const struct keep *keep, const char *text, size_t len, struct ours *o)
{
    *o = (struct ours){.valid = true};
    const struct parse_sink sink = {o, on_scanned, on_header, on_household, on_household, on_census, on_end, on_fatal, on_progress};
    struct parse_job job = {.fd = memfd_create("flux", MFD_CLOEXEC), .mode = PARSE_AUTO, .keep = *keep, .limits = parse_limits_default};
    o->err = job.fd < 0 ? ERR_IO : fd_write_all(job.fd, text, len);
    if (!o->err && lseek(job.fd, 0, SEEK_SET))
        o->err = ERR_IO;
    if (!o->err)
        o->err = parse_run(setup, &job, &sink);
    close(job.fd);
}

/* ---- the referee ---- */

static void on_fault(void *ctx, xmlErrorPtr error)
{
    struct referee *r = ctx;
    if (error->level < XML_ERR_ERROR || r->faults == FAULTS_MAX)
        return;
    r->fault[r->faults++] = (struct fault){error->code, error->node, error->line > 0 ? (unsigned)error->line : 0};
}

bool referee_open(struct referee *r, const char *name, const char *path)
{
    uint8_t *text = NULL;
    size_t len;
    *r = (struct referee){.name = name};
    if (file_read(AT_FDCWD, path, 4 << 20, &text, &len))
        return false;
    xmlSchemaParserCtxtPtr p = xmlSchemaNewMemParserCtxt((const char *)text, (int)len);
    r->schema = p ? xmlSchemaParse(p) : NULL;
    xmlSchemaFreeParserCtxt(p);
    free(text);
    r->ctxt = r->schema ? xmlSchemaNewValidCtxt(r->schema) : NULL;
    if (r->ctxt)
        xmlSchemaSetValidStructuredErrors(r->ctxt, on_fault, r);
    return r->ctxt != NULL;
}

void referee_close(struct referee *r)
{
    xmlSchemaFreeValidCtxt(r->ctxt);
    xmlSchemaFree(r->schema);
    *r = (struct referee){0};
}

xmlDocPtr referee_read(const char *text, size_t len)
{
    xmlParserCtxtPtr ctxt = xmlNewParserCtxt();
    if (!ctxt)
        return NULL;
    xmlDocPtr doc = xmlCtxtReadMemory(ctxt, text, (int)len, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    bool sound = doc && ctxt->wellFormed && ctxt->nsWellFormed;
    xmlFreeParserCtxt(ctxt);
    if (!sound)
        xmlFreeDoc(doc);
    return sound ? doc : NULL;
}

void referee_judge(struct referee *r, xmlDocPtr doc)
{
    r->faults = 0;
    r->valid = xmlSchemaValidateDoc(r->ctxt, doc) == 0;
}
