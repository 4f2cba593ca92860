#include <stdio.h>
#include <stdlib.h>

#include "flux/base/wipe.h"
#include "parsers/engine.h"
#include "parsers/setup.h"
#include "parsers/sniff.h"
#include "parsers/source.h"

const struct parse_limits parse_limits_default = {
    .member_bytes = UINT64_C(4) << 30,
    .total_bytes = UINT64_C(8) << 30,
    .ratio = 200,
    .members = 64,
    .depth = 64,
    .attributes = 32,
    .text_bytes = 64 << 10,
    .markup_bytes = 64 << 10,
    .household_bytes = 1 << 20,
    .household_elements = 10000,
};

struct run {
    struct parse_setup *setup;
    const struct parse_job *job;
    const struct parse_sink *sink;
    struct source *source;
    struct source_member member;
    struct engine *engine;
    struct decoder decoder;
    struct encoding_verdict encoding;
    struct span first;      /* what was read to see what the member is, until the engine has it */
    struct msg_fatal fatal; /* why the member is refused, before the engine had a say */
    bool settled;           /* fatal holds the reason, and only damage of the archive goes before it */
    uint8_t room[ENCODING_WORST * (SOURCE_CHUNK + 1)];
};

static enum err refuse(struct run *r, enum finding_code code, const char *detail)
{
    r->fatal = (struct msg_fatal){.finding = {.code = code, .cost = finding_rule(code)->cost}};
    snprintf(r->fatal.detail, sizeof r->fatal.detail, "%s", detail);
    return ERR_BAD;
}

/* After ERR_BAD. What the archive says goes before what the XML inside it says: damaged bytes make damaged XML. */
static struct msg_fatal reason(const struct run *r)
{
    enum finding_code code = source_fault(r->source);
    if (r->settled && code != F_CHECKSUM && code != F_ARCHIVE)
        return r->fatal;
    if (code)
        return (struct msg_fatal){.finding = {.code = code, .cost = finding_rule(code)->cost}};
    return r->fatal.finding.code || !r->engine ? r->fatal : *engine_fatal(r->engine);
}

/* ---- one member ---- */

static enum err next_bytes(void *ctx, struct span *utf8, enum finding_code *then)
{
    struct run *r = ctx;
    struct span chunk = r->first;
    r->first = (struct span){0};
    enum err e = chunk.len ? ERR_OK : source_read(r->source, &chunk);
    if (e)
        return e;
    size_t used;
    decoder_run(&r->decoder, chunk.data, chunk.len, r->room, &utf8->data, &utf8->len, &used);
    bool cut = chunk.len == 0 && decoder_inside(&r->decoder);
    *then = used < chunk.len ? F_ENCODING_BYTES : cut ? F_TRUNCATED : FINDING_NONE;
    return ERR_OK;
}

static enum err start_engine(struct run *r, struct span first, bool header_only)
{
    enum sniffed kind = sniff(first.data, first.len);
    if (kind != SNIFF_XML)
        return refuse(r, kind == SNIFF_EMPTY ? F_EMPTY : F_FORMAT, "");
    if (encoding_judge(first.data, first.len, &r->encoding))
        return refuse(r, F_ENCODING, r->encoding.detail);
    decoder_init(&r->decoder, r->encoding.encoding, r->setup->tables);
    r->first = (struct span){first.data + r->encoding.skip, first.len - r->encoding.skip};
    const struct engine_config config = {
        .schema = &schema_vrsb0801,
        .keep = &r->job->keep,
        .limits = &r->job->limits,
        .sink = r->sink,
        .member = r->member.name,
        .encoding = encoding_name(r->encoding.encoding),
        .header_only = header_only,
        .next = next_bytes,
        .ctx = r,
    };
    return engine_new(&r->engine, &config);
}

/* ERR_BAD when the member is refused: see reason. ERR_STOPPED when its header is all that was wanted. */
static enum err read_member(struct run *r, bool header_only)
{
    struct span chunk;
    r->engine = engine_free(r->engine);
    r->fatal = (struct msg_fatal){0};
    enum err e = source_read(r->source, &chunk);
    if (!e)
        e = start_engine(r, chunk, header_only);
    return e ? e : engine_run(r->engine);
}

/* ---- several members: what is in the archive ---- */

static enum err drain(struct run *r)
{
    struct span chunk;
    enum err e;
    do
        e = source_read(r->source, &chunk);
    while (!e && chunk.len);
    return e;
}

static enum err scan_member(struct run *r)
{
    enum err e = read_member(r, true);
    bool sound = e == ERR_STOPPED;
    if (e && !sound && (e != ERR_BAD || source_fault(r->source)))
        return e;
    struct msg_scanned m = {.index = r->member.index};
    if (!sound)
        m.finding = reason(r).finding;
    else
        m.header = engine_header(r->engine);
    e = drain(r);
    if (!e)
        e = source_digest(r->source, m.sha256);
    if (e)
        return e;
    m.bytes = source_bytes(r->source);
    snprintf(m.name, sizeof m.name, "%s", r->member.name);
    return r->sink->scanned(r->sink->ctx, &m);
}

static enum err scan(struct run *r)
{
    struct msg_end end = {.transm = -1, .transm_ano = -1};
    enum err e;
    while (!(e = source_next(r->source, &r->member))) {
        e = scan_member(r);
        if (e)
            return e;
        end.read++;
        end.bytes += source_bytes(r->source);
    }
    return e == ERR_NOTFOUND ? r->sink->end(r->sink->ctx, &end) : e;
}

/* ---- one flux ---- */

/* The XML is refused; damaged bytes would be the better reason. */
static enum err look_for_damage(struct run *r)
{
    r->fatal = reason(r);
    r->settled = true;
    enum err rest = source_is_summed(r->source) ? source_finish(r->source) : ERR_BAD;
    return rest ? rest : ERR_BAD;
}

static enum err parse(struct run *r, uint32_t index)
{
    struct msg_end end = {0};
    enum err e = source_seek(r->source, index, &r->member);
    if (!e)
        e = read_member(r, false);
    if (!e)
        e = source_digest(r->source, end.sha256);
    if (e == ERR_BAD && !source_fault(r->source))
        return look_for_damage(r);
    if (e)
        return e;
    end.bytes = source_bytes(r->source);
    e = source_finish(r->source);
    engine_totals(r->engine, &end);
    return e ? e : r->sink->end(r->sink->ctx, &end);
}

static enum err run_auto(struct run *r)
{
    uint32_t count = 0;
    enum err e = source_count(r->source, &count);
    if (e)
        return e;
    if (count == 0)
        return refuse(r, F_EMPTY, "");
    return count == 1 ? parse(r, 0) : scan(r);
}

static enum err tell_progress(void *ctx)
{
    struct run *r = ctx;
    return r->sink->progress(r->sink->ctx, source_packed(r->source));
}

static enum err run_job(struct run *r)
{
    enum err e = source_open(&r->source, r->job->fd, &r->job->limits, r->setup->sha256, tell_progress, r);
    if (!e)
        e = r->job->mode == PARSE_AUTO ? run_auto(r) : parse(r, r->job->index);
    if (e != ERR_BAD || !r->source)
        return e;
    struct msg_fatal fatal = reason(r);
    return r->sink->fatal(r->sink->ctx, &fatal);
}

enum err parse_run(struct parse_setup *s, const struct parse_job *job, const struct parse_sink *sink)
{
    struct run *r = calloc(1, sizeof *r);
    if (!r)
        return ERR_NOMEM;
    r->setup = s;
    r->job = job;
    r->sink = sink;
    enum err e = run_job(r);
    engine_free(r->engine);
    source_close(r->source);
    wipe(r->room, sizeof r->room);
    free(r);
    return e;
}
