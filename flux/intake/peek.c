#include "flux/intake/peek.h"

#include <stdio.h>

#include "flux/base/fdio.h"

struct look {
    struct member_list *list;
    bool done;
};

static enum err on_scanned(void *ctx, const struct msg_scanned *m)
{
    struct look *l = ctx;
    return member_list_add(l->list, m);
}

/* What follows the header is of no interest: it ends the run. */
static enum err on_header(void *ctx, const struct msg_header *m)
{
    struct look *l = ctx;
    struct msg_scanned one = {.header = m->header};
    snprintf(one.name, sizeof one.name, "%s", m->member);
    enum err e = member_list_add(l->list, &one);
    l->done = !e;
    return e ? e : ERR_STOPPED;
}

/* The header ends the run: nothing of a household is ever looked at. */
static enum err on_household(void *ctx, struct msg_household *m, const struct facts *facts)
{
    (void)ctx, (void)m, (void)facts;
    return ERR_FRAME;
}

static enum err run_child(const struct peek_options *o, int fd, struct look *l, struct session_end *end)
{
    const struct session_handler handler = {
        .ctx = l, .scanned = on_scanned, .header = on_header, .household = on_household, .reject = on_household};
    const struct child_job job = {o->parser, fd, -1, {.profile = PROFILE_MONJOB62, .extra = ""}, o->member_gib};
    struct session s;
    enum err e = session_start(&s, &job, &handler, o->stall_seconds, o->stop);
    if (!e)
        e = session_run(&s, end);
    session_close(&s);
    return e == ERR_STOPPED && l->done ? ERR_OK : e;
}

/* The reason of the file, or of its first member when not one can be read. */
static enum finding_code settle(struct member_list *list, const struct session_end *end, bool alone)
{
    if (!alone && end->fatal.finding.code) {
        member_list_free(list);
        return end->fatal.finding.code;
    }
    member_list_settle(list);
    return list->count && list->members[0].header.len == 0 ? list->members[0].finding.code : FINDING_NONE;
}

enum err peek_file(const struct peek_options *o, const char *path, struct peek *out)
{
    *out = (struct peek){0};
    struct look l = {.list = &out->flux};
    struct session_end end = {0};
    int fd;
    enum err e = arrival_open_fd(path, &fd);
    if (e)
        return e;
    e = run_child(o, fd, &l, &end);
    if (!e)
        out->code = settle(&out->flux, &end, l.done);
    fd_close(&fd);
    return e;
}

void peek_free(struct peek *p) { member_list_free(&p->flux); }
