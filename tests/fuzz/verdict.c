#include "tests/fuzz/verdict.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "flux/base/fdio.h"
#include "flux/base/utf8.h"
#include "flux/record/record.h"

static void note(struct verdict *v, bool right, const char *what)
{
    if (!right && !v->wrong)
        v->wrong = what;
    v->after |= v->ended + v->refused > 0;
}

static bool findings_sound(const struct msg_household *m, bool reject)
{
    bool sound = m->findings_kept <= FINDINGS_MAX && m->findings_kept <= m->finding_count && m->faulty_kept <= FAULTY_MAX, costly = false;
    for (uint32_t i = 0; sound && i < m->findings_kept; i++) {
        const struct finding *f = &m->findings[i];
        sound = f->code > FINDING_NONE && f->code < FINDING_COUNT && utf8_printable(f->path, strlen(f->path));
        costly |= f->cost <= COST_HOUSEHOLD;
    }
    return sound && costly == reject && (reject || m->faulty_kept == 0);
}

static void judge_household(struct verdict *v, const struct msg_household *m, bool reject)
{
    note(v, v->headers == 1, "a household before the header");
    note(v, m->ordinal == v->accepted + v->rejected + 1, "a household out of turn, lost or told twice");
    note(v, findings_sound(m, reject), "a household whose findings do not explain its verdict");
    note(v, record_check(VRSB_InfosFoyerRSA, m->record.data, m->record.len) == ERR_OK, "a malformed record");
}

static enum err on_household(void *ctx, const struct msg_household *m)
{
    struct verdict *v = ctx;
    judge_household(v, m, false);
    v->accepted++;
    return ERR_OK;
}

static enum err on_reject(void *ctx, const struct msg_household *m)
{
    struct verdict *v = ctx;
    judge_household(v, m, true);
    v->rejected++;
    return ERR_OK;
}

static enum err on_scanned(void *ctx, const struct msg_scanned *m)
{
    struct verdict *v = ctx;
    bool faulty = m->finding.code != FINDING_NONE;
    note(v, v->headers == 0, "a member scanned in the middle of a flux");
    note(v, m->index == v->scanned, "members out of turn");
    note(v, faulty || record_check(VRSB_IdentificationFlux, m->header.data, m->header.len) == ERR_OK, "a malformed header of a member");
    v->scanned++;
    return ERR_OK;
}

static enum err on_header(void *ctx, const struct msg_header *m)
{
    struct verdict *v = ctx;
    note(v, v->headers == 0 && v->scanned == 0, "two headers");
    note(v, record_check(VRSB_IdentificationFlux, m->header.data, m->header.len) == ERR_OK, "a malformed header");
    v->headers++;
    return ERR_OK;
}

static enum err on_census(void *ctx, const struct msg_census *m)
{
    struct verdict *v = ctx;
    note(v, m->count > 0 && (m->node == NODE_NONE || m->node < VRSB_COUNT), "a census of nothing");
    return ERR_OK;
}

static enum err on_end(void *ctx, const struct msg_end *m)
{
    struct verdict *v = ctx;
    uint64_t seen = v->scanned ? v->scanned : v->accepted + v->rejected;
    note(v, m->read == seen, "an end that does not count what was told");
    note(v, v->scanned || (m->accepted == v->accepted && m->rejected == v->rejected && v->headers == 1), "an end without its flux");
    v->ended++;
    return ERR_OK;
}

static enum err on_fatal(void *ctx, const struct msg_fatal *m)
{
    struct verdict *v = ctx;
    note(v, finding_rule(m->finding.code)->cost == COST_REFUSED, "refused by a finding that does not refuse");
    note(v, utf8_printable(m->detail, strlen(m->detail)), "a detail that is not printable");
    v->refused++;
    return ERR_OK;
}

static enum err on_progress(void *ctx, uint64_t bytes)
{
    (void)bytes;
    note(ctx, true, NULL);
    return ERR_OK;
}

struct parse_sink verdict_sink(struct verdict *v)
{
    *v = (struct verdict){0};
    return (struct parse_sink){v, on_scanned, on_header, on_household, on_reject, on_census, on_end, on_fatal, on_progress};
}

const char *verdict_of(struct parse_setup *setup, const struct parse_job *base, const void *data, size_t len, struct verdict *v)
{
    const struct parse_sink sink = verdict_sink(v);
    struct parse_job job = *base;
    job.fd = memfd_create("flux", MFD_CLOEXEC);
    if (job.fd < 0 || fd_write_all(job.fd, data, len) || lseek(job.fd, 0, SEEK_SET))
        return "no memory file";
    v->err = parse_run(setup, &job, &sink);
    close(job.fd);
    if (v->err)
        return err_text(v->err);
    if (v->ended + v->refused != 1)
        return "not exactly one verdict";
    return v->after ? "something told after the verdict" : v->wrong;
}
