#include "flux/intake/session.h"

#include <stdlib.h>

#include "flux/base/wipe.h"

enum err session_start(struct session *s, const struct child_job *job, const struct session_handler *handler, unsigned stall_seconds,
                       const volatile int *stop)
{
    *s = (struct session){.handler = handler, .stall_seconds = stall_seconds, .stop = stop};
    s->household = malloc(sizeof *s->household);
    if (!s->household)
        return ERR_NOMEM;
    enum err e = child_start(job, &s->child);
    if (e)
        session_close(s);
    return e;
}

void session_close(struct session *s)
{
    child_end(s->child);
    s->child = NULL;
    if (s->household)
        wipe(s->household, sizeof *s->household);
    free(s->household);
    s->household = NULL;
    facts_free(&s->facts);
}

static enum err on_household(struct session *s, unsigned kind, struct span payload)
{
    struct msg_household *m = s->household;
    enum err e = message_read_household(payload, m);
    if (!e)
        e = facts_read(&s->facts, &schema_vrsb0801, m->record);
    if (e == ERR_NOMEM)
        return e;
    if (e || !s->header || m->ordinal != s->accepted + s->rejected + 1 || (kind == MSG_HOUSEHOLD && m->faulty_kept))
        return ERR_FRAME;
    if (kind == MSG_HOUSEHOLD) {
        s->accepted++;
        return s->handler->household(s->handler->ctx, m, &s->facts);
    }
    s->rejected++;
    return m->findings_kept ? s->handler->reject(s->handler->ctx, m, &s->facts) : ERR_FRAME;
}

static enum err on_header(struct session *s, struct span payload)
{
    struct msg_header m;
    if (s->header || s->scanned || message_read_header(payload, &m) || !schema_by_id(m.schema_id))
        return ERR_FRAME;
    s->header = true;
    return s->handler->header(s->handler->ctx, &m);
}

static enum err on_scanned(struct session *s, struct span payload)
{
    struct msg_scanned m;
    if (s->header || message_read_scanned(payload, &m) || !s->handler->scanned)
        return ERR_FRAME;
    s->scanned = true;
    return s->handler->scanned(s->handler->ctx, &m);
}

static enum err on_census(struct session *s, struct span payload)
{
    struct msg_census m;
    if (!s->header || message_read_census(payload, &m))
        return ERR_FRAME;
    return s->handler->census ? s->handler->census(s->handler->ctx, &m) : ERR_OK;
}

static enum err on_progress(struct session *s, struct span payload)
{
    struct wire w;
    wire_init(&w, payload.data, payload.len);
    s->consumed = wire_u64(&w);
    return wire_done(&w);
}

static bool is_hello(struct span payload)
{
    struct wire w;
    wire_init(&w, payload.data, payload.len);
    return wire_u32(&w) == MESSAGE_VERSION && wire_done(&w) == ERR_OK;
}

static enum err on_message(struct session *s, unsigned kind, struct span payload)
{
    if (!s->hello) {
        s->hello = kind == MSG_HELLO && is_hello(payload);
        return s->hello ? ERR_OK : ERR_FRAME;
    }
    switch (kind) {
    case MSG_SCANNED:
        return on_scanned(s, payload);
    case MSG_HEADER:
        return on_header(s, payload);
    case MSG_HOUSEHOLD:
    case MSG_REJECT:
        return on_household(s, kind, payload);
    case MSG_CENSUS:
        return on_census(s, payload);
    case MSG_PROGRESS:
        return on_progress(s, payload);
    default:
        return ERR_FRAME;
    }
}

static void blame(struct session_end *out, enum finding_code code)
{
    out->fatal = (struct msg_fatal){.finding = {.code = code, .cost = finding_rule(code)->cost}};
}

/* The last word: totals must be those of the messages that came. */
static void on_end(struct session *s, struct span payload, struct session_end *out)
{
    out->scanned = s->scanned;
    bool right = message_read_end(payload, &out->end) == ERR_OK && (s->scanned || s->header);
    if (right && !s->scanned)
        right = out->end.accepted == s->accepted && out->end.rejected == s->rejected && out->end.read == s->accepted + s->rejected;
    if (!right)
        blame(out, F_PARSER_LIED);
}

static void on_fatal(struct span payload, struct session_end *out)
{
    if (message_read_fatal(payload, &out->fatal) || out->fatal.finding.code == FINDING_NONE)
        blame(out, F_PARSER_LIED);
}

static enum err on_event(enum child_event event, struct session_end *out)
{
    switch (event) {
    case CHILD_STOPPED:
        return ERR_STOPPED;
    case CHILD_STUCK:
        blame(out, F_PARSER_STUCK);
        return ERR_OK;
    case CHILD_LIED:
        blame(out, F_PARSER_LIED);
        return ERR_OK;
    case CHILD_CLOSED:
        blame(out, F_PARSER_DIED);
        return ERR_OK;
    default:
        return ERR_IO;
    }
}

enum err session_run(struct session *s, struct session_end *out)
{
    *out = (struct session_end){0};
    for (;;) {
        unsigned kind;
        struct span payload;
        enum child_event event = child_next(s->child, s->stall_seconds, s->stop, &kind, &payload);
        /* It says hello before it reads a byte of the file: until then the fault is ours. */
        if (event == CHILD_CLOSED && !s->hello)
            return ERR_CHILD;
        if (event != CHILD_MESSAGE)
            return on_event(event, out);
        if (s->hello && kind == MSG_END) {
            on_end(s, payload, out);
            return ERR_OK;
        }
        if (s->hello && kind == MSG_FATAL) {
            on_fatal(payload, out);
            return ERR_OK;
        }
        enum err e = on_message(s, kind, payload);
        if (e == ERR_FRAME) {
            blame(out, F_PARSER_LIED);
            return ERR_OK;
        }
        if (!e && s->handler->tick)
            e = s->handler->tick(s->handler->ctx, s->consumed);
        if (e)
            return e;
    }
}
