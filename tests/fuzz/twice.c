#include "tests/fuzz/twice.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/encoding.h"
#include "parsers/engine_state.h"
#include "parsers/setup.h"

enum { LOG_MAX = 64 << 20, SHOWN_MAX = 8 };

/* One document on its way through one front end. */
struct reading {
    const uint8_t *data;
    size_t len, at, chunk;
    struct decoder decoder;
    uint8_t *room, *exact; /* exact: the last chunk alone, so that whoever reads beyond it is found out */
    struct buf *log;
    uint64_t rejects;
};

/* ---- what is said ---- */

static void say(struct buf *log, const char *what, uint64_t number, struct span bytes)
{
    buf_put(log, what, strlen(what) + 1);
    buf_u64(log, number);
    buf_u64(log, bytes.len);
    buf_put(log, bytes.data, bytes.len);
}

static struct span words(const char *text) { return (struct span){(const uint8_t *)text, strlen(text)}; }

static void say_finding(struct buf *log, const struct finding *f)
{
    say(log, finding_rule(f->code)->name, f->line, words(f->path));
    buf_u8(log, (unsigned)f->cost);
}

static enum err on_header(void *ctx, const struct msg_header *m)
{
    struct reading *r = ctx;
    say(r->log, m->member, m->schema_id, words(m->encoding));
    say(r->log, "header", 0, m->header);
    return ERR_OK;
}

static void say_household(struct reading *r, const char *what, const struct msg_household *m)
{
    say(r->log, what, m->ordinal, m->record);
    say(r->log, "at", m->line, (struct span){0});
    say(r->log, "findings", m->finding_count, (struct span){0});
    for (uint32_t i = 0; i < m->findings_kept; i++)
        say_finding(r->log, &m->findings[i]);
    for (uint32_t i = 0; i < m->faulty_kept; i++)
        say(r->log, m->faulty[i].path, m->faulty[i].node, m->faulty[i].text);
}

static enum err on_household(void *ctx, const struct msg_household *m)
{
    say_household(ctx, "household", m);
    return ERR_OK;
}

static enum err on_reject(void *ctx, const struct msg_household *m)
{
    struct reading *r = ctx;
    r->rejects++;
    say_household(r, "reject", m);
    return ERR_OK;
}

static enum err on_census(void *ctx, const struct msg_census *m)
{
    struct reading *r = ctx;
    say(r->log, m->path, m->count, (struct span){0});
    say(r->log, "census", m->first_line, (struct span){0});
    buf_u64(r->log, m->node);
    return ERR_OK;
}

/* ---- one reading ---- */

static enum err next(void *ctx, struct span *utf8, enum finding_code *then)
{
    struct reading *r = ctx;
    size_t len = r->len - r->at < r->chunk ? r->len - r->at : r->chunk, used, given;
    const uint8_t *out;
    decoder_run(&r->decoder, r->data + r->at, len, r->room, &out, &given, &used);
    r->at += len;
    free(r->exact);
    r->exact = malloc(given + !given);
    if (!r->exact)
        return ERR_NOMEM;
    memcpy(r->exact, out, given);
    *utf8 = (struct span){r->exact, given};
    bool cut = len == 0 && decoder_inside(&r->decoder);
    *then = used < len ? F_ENCODING_BYTES : cut ? F_TRUNCATED : FINDING_NONE;
    return ERR_OK;
}

static enum finding_code read_once(struct twice *t, const struct plan *p, const struct encoding_verdict *v, struct span text,
                                   unsigned front)
{
    struct reading r = {.data = text.data + v->skip, .len = text.len - v->skip, .chunk = p->chunks[front], .log = &t->logs[front]};
    const struct parse_sink sink = {&r, NULL, on_header, on_household, on_reject, on_census, NULL, NULL, NULL};
    const struct engine_config config = {
        .schema = &schema_vrsb0801,
        .keep = p->keep,
        .limits = &p->limits,
        .sink = &sink,
        .member = "member",
        .encoding = encoding_name(v->encoding),
        .header_only = p->header_only,
        .without_scan = front > 0,
        .next = next,
        .ctx = &r,
    };
    struct engine *e;
    struct msg_end end = {0};
    decoder_init(&r.decoder, v->encoding, t->setup->tables);
    buf_reset(r.log);
    r.room = malloc(ENCODING_WORST * (r.chunk + 1));
    enum err err = r.room ? engine_new(&e, &config) : ERR_NOMEM;
    if (err)
        return F_EMPTY;
    err = engine_run(e);
    engine_totals(e, &end);
    const struct msg_fatal fatal = *engine_fatal(e);
    say(r.log, "end", (uint64_t)err, engine_header(e));
    for (size_t i = 0; i < 5; i++)
        buf_u64(r.log, (const uint64_t[]){end.read, end.accepted, end.rejected, (uint64_t)end.transm, (uint64_t)end.transm_ano}[i]);
    if (err == ERR_BAD) {
        say_finding(r.log, &fatal.finding);
        say(r.log, "detail", 0, words(fatal.detail));
    }
    t->scanned += e->scan.offset && !e->scan.depth;
    t->handed_over += e->scan.depth > 0;
    engine_free(e);
    free(r.exact);
    free(r.room);
    t->rejects += front ? r.rejects : 0;
    return fatal.finding.code;
}

bool twice_agree(struct twice *t, const struct plan *p, struct span text, const char *what)
{
    struct encoding_verdict v;
    if (encoding_judge(text.data, text.len, &v))
        return true;
    enum finding_code codes[2];
    for (unsigned i = 0; i < 2; i++)
        codes[i] = read_once(t, p, &v, text, i);
    t->sound += codes[1] == FINDING_NONE;
    t->refused[codes[1]]++;
    const struct buf *a = &t->logs[0], *b = &t->logs[1];
    if (!a->err && !b->err && a->len == b->len && memcmp(a->data, b->data, a->len) == 0)
        return true;
    if (t->differ++ < SHOWN_MAX)
        fprintf(stderr, "%s of seed %" PRIu64 ", chunks of %zu and %zu: %s by the scanner, %s by libxml2\n", what, t->seed, p->chunks[0],
                p->chunks[1], codes[0] ? finding_rule(codes[0])->name : "read", codes[1] ? finding_rule(codes[1])->name : "read");
    return false;
}

enum err twice_open(struct twice *t, uint64_t seed)
{
    *t = (struct twice){.seed = seed};
    for (unsigned i = 0; i < 2; i++)
        buf_init(&t->logs[i], LOG_MAX);
    return parse_setup_new(&t->setup);
}

void twice_close(struct twice *t)
{
    for (unsigned i = 0; i < 2; i++)
        buf_free(&t->logs[i]);
    t->setup = parse_setup_free(t->setup);
}
