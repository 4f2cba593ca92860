#include <stdio.h>
#include <string.h>
#include <time.h>

#include "flux/intake/act.h"
#include "flux/intake/gather.h"
#include "flux/intake/import.h"

enum { PROGRESS_EVERY_MS = 100 };

/* One flux while it is read. */
struct run {
    struct arrival *arrival;
    const struct intake_options *options;
    struct flux_result *result;
    struct member_list *list;
    struct tally tally;
    struct store *store;
    struct store_txn *txn;
    struct store_apply *apply; /* NULL when the flux cannot be applied whatever it holds: then it is only counted */
    bool known;                /* its identity is that of an applied flux */
    bool judged;               /* the header alone refuses it */
    uint32_t known_id;
    int64_t known_at;
    uint8_t known_sha256[32];
    int64_t started_ms, shown_ms;
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- what the parser says ---- */

static enum err on_scanned(void *ctx, const struct msg_scanned *m)
{
    struct run *run = ctx;
    return run->list ? member_list_add(run->list, m) : ERR_FRAME;
}

static enum err look_up_identity(struct run *run)
{
    struct flux_entry known;
    enum err e = ledger_by_identity(run->txn, run->result->entry.header, &known);
    if (e == ERR_NOTFOUND)
        return ERR_OK;
    if (!e) {
        run->known = true;
        run->known_id = known.id;
        run->known_at = known.imported_at;
        memcpy(run->known_sha256, known.member_sha256, sizeof run->known_sha256);
    }
    return e;
}

static enum err open_store(struct run *run)
{
    const struct intake_options *o = run->options;
    enum err e = store_open(&o->place, true, "import", o->waiting, o->ctx, &run->store);
    if (!e && !o->dry_run)
        e = import_drain(o, run->store);
    if (!e)
        e = store_write(run->store, &run->txn);
    if (!e)
        e = look_up_identity(run);
    if (!e && (!run->known || o->force))
        e = apply_begin(run->txn, &schema_vrsb0801, run->result->entry.header, &run->arrival->keep, o->keep_rule.nir, &run->apply);
    return e;
}

static enum err on_header(void *ctx, const struct msg_header *m)
{
    struct run *run = ctx;
    struct flux_entry *f = &run->result->entry;
    char detail[64];
    snprintf(f->member, sizeof f->member, "%s", m->member);
    snprintf(f->encoding, sizeof f->encoding, "%s", m->encoding);
    snprintf(f->format, sizeof f->format, "%s", schema_by_id(m->schema_id)->name);
    f->header = m->header;
    enum err e = arrival_keep_header(run->arrival, f);
    if (e)
        return e;
    enum finding_code code = judge_header(f->header, detail);
    if (code)
        import_add_code(f, code, detail);
    if (judge_date(f->header, f->imported_at))
        import_add_code(f, F_FUTURE, "");
    run->judged = code && finding_rule(code)->cost == COST_REFUSED;
    return run->judged ? ERR_BAD : open_store(run);
}

static enum err reject(struct run *run, const struct msg_household *m, const struct facts *facts)
{
    gather_household(&run->arrival->report, m);
    run->result->entry.rejected++;
    run->tally.rejected++;
    return run->apply ? apply_reject(run->apply, m, facts) : ERR_OK;
}

static enum err reject_foreign(struct run *run, struct msg_household *m, const struct facts *facts)
{
    gather_add(m, D_DEPARTEMENT, VRSB_Partenaire_IDEPARTE);
    return reject(run, m, facts);
}

static void count(struct flux_entry *f, enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_CREATED:
        f->created++;
        break;
    case OUTCOME_UPDATED:
        f->updated++;
        break;
    case OUTCOME_UNCHANGED:
        f->unchanged++;
        break;
    case OUTCOME_SUPERSEDED:
        f->superseded++;
        break;
    }
}

/* Applies a household, with what is found in it. */
static enum err keep(struct run *run, struct msg_household *m, const struct facts *facts)
{
    struct flux_entry *f = &run->result->entry;
    enum outcome outcome;
    bool duplicate;
    uint32_t persons;
    enum err e = apply_household(run->apply, m, facts, &outcome, &duplicate, &persons);
    if (e)
        return e;
    count(f, outcome);
    f->persons += persons;
    if (duplicate)
        gather_add(m, D_DUPLICATE, VRSB_DemandeRSA_NUMDEMRSA);
    if (apply_reversed(run->apply))
        gather_add(m, D_REVERSED, VRSB_EtatDossierRSA_ETATDOSRSA);
    f->warnings += m->finding_count;
    gather_household(&run->arrival->report, m);
    return apply_findings(run->apply, m, facts);
}

static void count_payer(struct tally *t, const struct facts *facts)
{
    t->caf += span_is(facts->fonorg, "CAF");
    t->msa += span_is(facts->fonorg, "MSA");
}

static enum err on_household(void *ctx, struct msg_household *m, const struct facts *facts)
{
    struct run *run = ctx;
    struct flux_entry *f = &run->result->entry;
    run->tally.read++;
    f->read++;
    bool foreign = !span_is(facts->idepartement, run->options->departement);
    run->tally.foreign += foreign;
    count_payer(&run->tally, facts);
    run->tally.anomalies += gather_has(m, D_ANOMALIE);
    if (foreign && !run->options->force)
        return reject_foreign(run, m, facts);
    if (run->apply)
        return keep(run, m, facts);
    f->warnings += m->finding_count;
    gather_household(&run->arrival->report, m);
    return ERR_OK;
}

static enum err on_reject(void *ctx, struct msg_household *m, const struct facts *facts)
{
    struct run *run = ctx;
    run->tally.read++;
    run->tally.anomalies += gather_has(m, D_ANOMALIE);
    count_payer(&run->tally, facts);
    run->result->entry.read++;
    return reject(run, m, facts);
}

static enum err on_census(void *ctx, const struct msg_census *m)
{
    struct run *run = ctx;
    return gather_census(&run->arrival->report, m);
}

static enum err on_tick(void *ctx, uint64_t consumed)
{
    struct run *run = ctx;
    if (!run->options->progress)
        return ERR_OK;
    int64_t now = now_ms();
    if (now - run->shown_ms < PROGRESS_EVERY_MS)
        return ERR_OK;
    run->shown_ms = now;
    const struct intake_progress p = {run->result->entry.file, run->result->entry.read, consumed, run->arrival->bytes,
                                      (double)(now - run->started_ms) / 1000};
    run->options->progress(run->options->ctx, &p);
    return ERR_OK;
}

/* ---- the verdict ---- */

/* A file that is the flux itself was hashed when it arrived, and the parser does not do it again. */
static const uint8_t *member_digest(const struct run *run, const struct msg_end *end)
{
    static const uint8_t none[sizeof end->sha256];
    return memcmp(end->sha256, none, sizeof none) == 0 ? run->arrival->sha256 : end->sha256;
}

static void judge_end(struct run *run, const struct msg_end *end)
{
    struct flux_entry *f = &run->result->entry;
    char detail[64];
    f->announced = judge_announced(end);
    f->member_bytes = end->bytes;
    memcpy(f->member_sha256, member_digest(run, end), sizeof f->member_sha256);
    snprintf(detail, sizeof detail, "%lld/%llu", (long long)f->announced, (unsigned long long)end->read);
    if (judge_totals(end))
        import_add_code(f, F_TOTALS, detail);
    bool foreign = judge_departement(&run->tally) != FINDING_NONE;
    if (foreign)
        import_add_code(f, F_DEPARTEMENT, "");
    snprintf(detail, sizeof detail, "%llu/%llu", (unsigned long long)run->tally.rejected, (unsigned long long)end->read);
    if (!foreign && judge_rejects(&run->tally, run->options->reject_share))
        import_add_code(f, F_REJECTS, detail);
    if (judge_anomalies(&run->tally, end))
        import_add_code(f, F_ANOMALIES, "");
    if (judge_emitter(f->header, &run->tally, run->options->emitter))
        import_add_code(f, F_EMITTER, "");
    if (run->known)
        import_add_code(f, F_IDENTITY, "");
    if (!arrival_is_same(run->arrival))
        import_add_code(f, F_CHANGED, "");
}

static enum err judge_volumes(struct run *run)
{
    struct flux_entry *f = &run->result->entry;
    struct flux_volume v;
    char detail[64];
    enum err e = run->apply ? apply_volume(run->apply, &v) : ERR_OK;
    if (e || !run->apply)
        return e;
    const struct volume_counts counts = {{f->created, v.closed, v.missing}, v.carried, v.months};
    for (unsigned i = 0; i < VOLUME_FIGURES; i++) {
        enum finding_code code = judge_volume(f->header, &counts, i, run->options->volume_shares[i], detail);
        if (code)
            import_add_code(f, code, detail);
    }
    return ERR_OK;
}

static enum flux_verdict verdict_of(const struct flux_entry *f, bool forced, bool dry_run)
{
    bool held = false;
    for (unsigned i = 0; i < f->reason_count; i++) {
        enum cost cost = finding_rule(f->reasons[i].code)->cost;
        if (cost == COST_REFUSED)
            return VERDICT_REFUSED;
        held = held || cost == COST_HELD;
    }
    if (held && !forced)
        return VERDICT_HELD;
    return dry_run ? VERDICT_DRY_RUN : VERDICT_APPLIED;
}

static void close_store(struct run *run)
{
    apply_free(run->apply);
    run->apply = NULL;
    store_abort(run->txn);
    run->txn = NULL;
    run->store = store_close(run->store);
}

static enum err put_act(struct run *run)
{
    char detail[400], subject[32];
    import_detail(run->result, detail, sizeof detail);
    snprintf(subject, sizeof subject, "flux:%u", (unsigned)run->result->entry.id);
    const struct journal_act act = {"import", subject, "", detail};
    return act_put(run->txn, &act);
}

/* A commit that failed may have reached the disk: only a fresh look says (security CR-6). */
static enum err look_again(struct run *run, enum err failure)
{
    struct flux_entry found;
    close_store(run);
    enum err e = store_open(&run->options->place, true, "import", NULL, NULL, &run->store);
    if (!e)
        e = store_read(run->store, &run->txn);
    if (!e)
        e = ledger_by_digest(run->txn, run->result->entry.member_sha256, &found);
    if (!e && found.id == run->result->entry.id)
        return ERR_OK;
    return failure;
}

static enum err commit(struct run *run)
{
    struct flux_entry *f = &run->result->entry;
    f->duration_ms = (uint32_t)(now_ms() - run->started_ms);
    f->status = FLUX_APPLIED;
    struct store_apply *apply = run->apply;
    run->apply = NULL;
    enum err e = apply_end(apply, f);
    if (!e)
        e = flux_report_put(run->txn, f->id, run->result->report);
    if (!e)
        e = put_act(run);
    if (e)
        return e;
    struct store_txn *txn = run->txn;
    run->txn = NULL;
    e = store_commit(txn);
    if (e)
        e = look_again(run, e);
    if (!e) {
        run->result->bytes_written = store_bytes_written(run->store);
        store_abort(run->txn);
        run->txn = NULL;
        run->result->journal = import_drain(run->options, run->store);
    }
    return e;
}

static enum err conclude(struct run *run, const struct session_end *end)
{
    struct flux_entry *f = &run->result->entry;
    const struct intake_options *o = run->options;
    if (end->fatal.finding.code)
        import_add_reason(f, &end->fatal.finding, end->fatal.detail);
    else if (!run->judged)
        judge_end(run, &end->end);
    bool whole = !run->judged && !end->fatal.finding.code;
    enum err e = whole ? judge_volumes(run) : ERR_OK;
    if (e)
        return e;
    gather_settle(&run->arrival->report);
    bool same = run->known && memcmp(run->known_sha256, f->member_sha256, sizeof run->known_sha256) == 0;
    run->result->verdict = same ? VERDICT_ALREADY : verdict_of(f, o->force != NULL, o->dry_run);
    if (same) {
        run->result->report = NULL;
        f->reason_count = 0;
        f->id = run->known_id;
        f->imported_at = run->known_at;
    }
    if (run->result->verdict == VERDICT_APPLIED)
        return commit(run);
    close_store(run);
    f->duration_ms = (uint32_t)(now_ms() - run->started_ms);
    return import_put_verdict(run->arrival, run->result);
}

enum err import_flux(struct arrival *a, int32_t member, struct member_list *list, bool *several, struct flux_result *out)
{
    static const struct session_handler calls = {
        .scanned = on_scanned, .header = on_header, .household = on_household, .reject = on_reject, .census = on_census, .tick = on_tick};
    const struct intake_options *o = a->options;
    struct run run = {.arrival = a, .options = o, .result = out, .list = list, .started_ms = now_ms()};
    struct session_handler handler = calls;
    struct session_end end = {0};
    handler.ctx = &run;
    const struct child_job job = {o->parser, a->fd, member, o->keep_rule, o->member_gib};
    import_result_init(a, out);
    flux_report_free(&a->report);
    out->report = &a->report;
    out->entry.alone = member < 0;
    *several = false;
    enum err e = session_start(&a->session, &job, &handler, o->stall_seconds, o->stop);
    if (!e)
        e = session_run(&a->session, &end);
    session_close(&a->session);
    if (e == ERR_BAD && run.judged)
        e = ERR_OK;
    *several = !e && end.scanned && !end.fatal.finding.code;
    if (!e && !*several)
        e = conclude(&run, &end);
    close_store(&run);
    return e;
}
