#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flux/base/fdio.h"
#include "flux/base/grow.h"
#include "flux/base/wipe.h"
#include "flux/intake/gather.h"
#include "flux/intake/import.h"
#include "flux/intake/number_set.h"

enum { CAUSES_MAX = 2048, CENSUS_MAX = 2048 };

/* One flux judged: what it finds is grouped by code and by path without positions. */
struct judgement {
    struct check_report report;
    struct tally tally;
    size_t causes_cap, census_cap;
    uint64_t household;       /* ordinal of the one at hand */
    uint64_t *last_household; /* per cause, so that a household counts once */
    struct member_list *list;
    struct number_set *numbers; /* of accepted households, as an import knows them */
};

/* "A[12]/B[2]/C" becomes "A/B/C". */
static void strip_positions(const char *path, char out[FINDING_PATH_MAX])
{
    size_t n = 0;
    bool inside = false;
    for (; *path && n + 1 < FINDING_PATH_MAX; path++) {
        inside = inside || *path == '[';
        if (!inside)
            out[n++] = *path;
        inside = inside && *path != ']';
    }
    out[n] = 0;
}

static struct check_cause *find_cause(struct judgement *j, enum finding_code code, enum cost cost, const char *path)
{
    struct check_report *r = &j->report;
    for (size_t i = 0; i < r->cause_count; i++)
        if (r->causes[i].code == code && r->causes[i].cost == cost && strcmp(r->causes[i].path, path) == 0)
            return &r->causes[i];
    return NULL;
}

static struct check_cause *add_cause(struct judgement *j)
{
    struct check_report *r = &j->report;
    if (r->cause_count == CAUSES_MAX)
        return &r->causes[CAUSES_MAX - 1];
    if (r->cause_count == j->causes_cap) {
        size_t cap = j->causes_cap ? j->causes_cap * 2 : 64;
        struct check_cause *causes = realloc(r->causes, cap * sizeof *causes);
        uint64_t *last = causes ? realloc(j->last_household, cap * sizeof *last) : NULL;
        r->causes = causes ? causes : r->causes;
        j->last_household = last ? last : j->last_household;
        if (!causes || !last)
            return NULL;
        j->causes_cap = cap;
    }
    r->causes[r->cause_count] = (struct check_cause){0};
    j->last_household[r->cause_count] = 0;
    return &r->causes[r->cause_count++];
}

static enum err tell(struct judgement *j, const struct finding *f)
{
    char path[FINDING_PATH_MAX];
    strip_positions(f->path, path);
    struct check_cause *c = find_cause(j, f->code, f->cost, path);
    if (!c) {
        c = add_cause(j);
        if (!c)
            return ERR_NOMEM;
        c->code = f->code;
        c->cost = f->cost;
        c->first_line = f->line;
        memcpy(c->path, path, sizeof c->path);
    }
    uint64_t *last = &j->last_household[c - j->report.causes];
    c->count++;
    c->households += j->household && *last != j->household;
    *last = j->household;
    return ERR_OK;
}

static enum err tell_code(struct judgement *j, enum finding_code code)
{
    const struct finding f = {.code = code, .cost = finding_rule(code)->cost};
    j->household = 0;
    return tell(j, &f);
}

static enum err on_scanned(void *ctx, const struct msg_scanned *m)
{
    struct judgement *j = ctx;
    return j->list ? member_list_add(j->list, m) : ERR_FRAME;
}

static enum err on_header(void *ctx, const struct msg_header *m)
{
    struct judgement *j = ctx;
    struct check_report *r = &j->report;
    snprintf(r->member, sizeof r->member, "%s", m->member);
    snprintf(r->encoding, sizeof r->encoding, "%s", m->encoding);
    buf_put(&r->header, m->header.data, m->header.len);
    enum finding_code code = judge_header(m->header, r->detail);
    return r->header.err ? r->header.err : code ? tell_code(j, code) : ERR_OK;
}

static enum err tell_all(struct judgement *j, const struct msg_household *m)
{
    enum err e = ERR_OK;
    j->household = m->ordinal;
    j->tally.anomalies += gather_has(m, D_ANOMALIE);
    for (uint32_t i = 0; i < m->findings_kept && !e; i++)
        e = tell(j, &m->findings[i]);
    return e;
}

static enum err find_duplicate(struct judgement *j, struct msg_household *m, struct span numdemrsa)
{
    char number[DOSSIER_NUMBER_MAX];
    bool was_there = false;
    enum err e = j->numbers ? ERR_OK : number_set_new(&j->numbers);
    size_t len = e ? 0 : store_dossier_number(numdemrsa, number);
    if (len)
        e = number_set_add(j->numbers, (struct span){(const uint8_t *)number, len}, &was_there);
    wipe(number, sizeof number);
    if (was_there)
        gather_add(m, D_DUPLICATE, VRSB_DemandeRSA_NUMDEMRSA);
    return e;
}

static enum err on_household(void *ctx, struct msg_household *m, const struct facts *facts)
{
    struct judgement *j = ctx;
    enum err e = find_duplicate(j, m, facts->numdemrsa);
    j->report.warnings += m->finding_count;
    return e ? e : tell_all(j, m);
}

static enum err on_reject(void *ctx, struct msg_household *m, const struct facts *facts)
{
    struct judgement *j = ctx;
    (void)facts;
    j->tally.rejected++;
    return tell_all(j, m);
}

static enum err on_census(void *ctx, const struct msg_census *m)
{
    struct judgement *j = ctx;
    struct check_report *r = &j->report;
    if (r->census_count == CENSUS_MAX)
        return ERR_FRAME;
    struct msg_census *census = grow(r->census, r->census_count, &j->census_cap, sizeof(*census), 256);
    if (!census)
        return ERR_NOMEM;
    r->census = census;
    r->census[r->census_count++] = *m;
    return ERR_OK;
}

static int by_weight(const void *a, const void *b)
{
    const struct check_cause *x = a, *y = b;
    if (x->cost != y->cost)
        return x->cost < y->cost ? -1 : 1;
    return (x->count < y->count) - (x->count > y->count);
}

static int by_node(const struct msg_census *x, const struct msg_census *y)
{
    return x->node != y->node ? (x->node > y->node) - (x->node < y->node) : strcmp(x->path, y->path);
}

/* Unknown elements, then unknown codes, then what is known. */
static int unknown_first(const void *a, const void *b)
{
    const struct msg_census *x = a, *y = b;
    enum census_kind kx = census_kind(x), ky = census_kind(y);
    if (kx != ky)
        return kx < ky ? -1 : 1;
    return kx == CENSUS_KNOWN || x->count == y->count ? by_node(x, y) : x->count < y->count ? 1 : -1;
}

static enum err conclude(struct judgement *j, const struct session_end *end, unsigned share)
{
    struct check_report *r = &j->report;
    enum err e = ERR_OK;
    j->household = 0;
    if (end->fatal.finding.code) {
        if (end->fatal.detail[0])
            snprintf(r->detail, sizeof r->detail, "%s", end->fatal.detail);
        e = tell(j, &end->fatal.finding);
    } else {
        r->end = end->end;
        j->tally.read = end->end.read;
        r->readable = true;
        if (judge_totals(&end->end))
            e = tell_code(j, F_TOTALS);
        if (!e && judge_rejects(&j->tally, share))
            e = tell_code(j, F_REJECTS);
        if (!e && judge_anomalies(&j->tally, &end->end))
            e = tell_code(j, F_ANOMALIES);
    }
    if (r->cause_count)
        qsort(r->causes, r->cause_count, sizeof *r->causes, by_weight);
    if (r->census_count)
        qsort(r->census, r->census_count, sizeof *r->census, unknown_first);
    return e;
}

static void judgement_free(struct judgement *j)
{
    free(j->report.causes);
    free(j->report.census);
    free(j->last_household);
    number_set_free(j->numbers);
    buf_free(&j->report.header);
}

struct check_job {
    struct child_job child;
    unsigned stall_seconds, reject_share;
    void (*report)(void *ctx, const struct check_report *r);
    void *ctx;
};

/* member -1: whatever is in the file; *several when it is an archive of several, then listed and not reported. */
static enum err check_flux(const struct check_job *job, int32_t member, struct member_list *list, bool *several)
{
    struct judgement j = {.list = list};
    const struct session_handler handler = {
        .ctx = &j, .scanned = on_scanned, .header = on_header, .household = on_household, .reject = on_reject, .census = on_census};
    struct session s;
    struct session_end end = {0};
    struct child_job child = job->child;
    buf_init(&j.report.header, 4096);
    child.member = member;
    enum err e = session_start(&s, &child, &handler, job->stall_seconds, NULL);
    if (!e)
        e = session_run(&s, &end);
    session_close(&s);
    *several = !e && end.scanned && !end.fatal.finding.code;
    if (!e && !*several) {
        e = conclude(&j, &end, job->reject_share);
        if (!e)
            job->report(job->ctx, &j.report);
    }
    judgement_free(&j);
    return e;
}

static enum err report_unreadable(const struct check_job *job, const struct msg_scanned *m)
{
    struct judgement j = {0};
    snprintf(j.report.member, sizeof j.report.member, "%s", m->name);
    buf_init(&j.report.header, 4096);
    enum err e = tell(&j, &m->finding);
    if (!e)
        job->report(job->ctx, &j.report);
    judgement_free(&j);
    return e;
}

static enum err check_members(const struct check_job *job, struct member_list *list)
{
    enum err e = ERR_OK;
    member_list_settle(list);
    for (size_t i = 0; i < list->count && !e; i++) {
        bool several;
        const struct msg_scanned *m = &list->members[i];
        e = m->finding.code ? report_unreadable(job, m) : check_flux(job, (int32_t)m->index, NULL, &several);
    }
    return e;
}

enum err check_file(const struct check_options *o, const char *path, void (*report)(void *ctx, const struct check_report *r), void *ctx)
{
    struct member_list list = {0};
    bool several = false;
    int fd;
    enum err e = arrival_open_fd(path, &fd);
    if (e)
        return e;
    const struct check_job job = {{o->parser, fd, -1, o->keep_rule, o->member_gib}, o->stall_seconds, o->reject_share, report, ctx};
    e = check_flux(&job, -1, &list, &several);
    if (!e && several)
        e = check_members(&job, &list);
    member_list_free(&list);
    fd_close(&fd);
    return e;
}
