#include <stdio.h>
#include <string.h>

#include "flux/intake/act.h"
#include "flux/intake/import.h"

static enum err open_journal(const struct intake_options *o, struct store *s, struct journal **j)
{
    uint8_t key[32];
    store_journal_key(s, key);
    enum err e = journal_open(o->journal, key, j);
    explicit_bzero(key, sizeof key);
    return e ? ERR_JOURNAL : ERR_OK;
}

enum err import_drain(const struct intake_options *o, struct store *s)
{
    struct journal *j = NULL;
    enum err e = open_journal(o, s, &j);
    if (!e)
        e = act_drain(s, j, o->now());
    journal_close(j);
    return e;
}

static enum err journal_verdict(struct arrival *a, struct store *s, const struct flux_result *r)
{
    char detail[400], subject[32];
    struct journal *j = NULL;
    import_detail(r, detail, sizeof detail);
    snprintf(subject, sizeof subject, "flux:%u", (unsigned)r->entry.id);
    const struct journal_act act = {"import", subject, "", detail};
    enum err e = open_journal(a->options, s, &j);
    if (!e && journal_append(j, &act, a->options->now()))
        e = ERR_JOURNAL;
    journal_close(j);
    return e;
}

static enum err put_entry(struct store *s, struct flux_result *r)
{
    struct store_txn *t = NULL;
    enum err e = store_write(s, &t);
    if (!e)
        e = ledger_put(t, &r->entry);
    if (!e && r->report)
        e = flux_report_put(t, r->entry.id, r->report);
    if (e) {
        store_abort(t);
        return e;
    }
    return store_commit(t);
}

/* A flux that was applied already is no reason to write, unless acts wait for the journal. */
static enum err open_for(const struct arrival *a, bool *writes, struct store **s)
{
    const struct intake_options *o = a->options;
    enum err e = store_open(&o->place, *writes, "import", o->waiting, o->ctx, s);
    if (e || *writes)
        return e;
    e = act_pending(*s, writes);
    if (e || !*writes)
        return e;
    *s = store_close(*s);
    return store_open(&o->place, true, "import", o->waiting, o->ctx, s);
}

enum err import_put_verdict(struct arrival *a, struct flux_result *r)
{
    const struct intake_options *o = a->options;
    if (r->verdict != VERDICT_DRY_RUN)
        import_keep_nothing(r);
    if (o->dry_run)
        return ERR_OK;
    bool writes = r->verdict != VERDICT_ALREADY;
    struct store *s = NULL;
    enum err e = open_for(a, &writes, &s);
    r->entry.status = r->verdict == VERDICT_HELD ? FLUX_HELD : FLUX_REFUSED;
    if (!e && writes)
        e = import_drain(o, s);
    if (!e && r->verdict != VERDICT_ALREADY)
        e = put_entry(s, r);
    if (!e)
        e = journal_verdict(a, s, r);
    store_close(s);
    return e;
}

/* The very file of an applied flux needs no parsing. */
static enum err look_up_file(struct arrival *a, struct flux_result *r, bool *known)
{
    struct store *s = NULL;
    struct store_txn *t = NULL;
    enum err e = store_open(&a->options->place, false, "import", NULL, NULL, &s);
    if (!e)
        e = store_read(s, &t);
    if (!e)
        e = ledger_by_digest(t, a->sha256, &r->entry);
    *known = e == ERR_OK;
    if (*known) {
        e = arrival_keep_header(a, &r->entry);
        import_name(a, &r->entry);
    }
    store_abort(t);
    store_close(s);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

static enum err refuse_member(struct arrival *a, const struct msg_scanned *m, struct flux_result *r)
{
    import_result_init(a, r);
    snprintf(r->entry.member, sizeof r->entry.member, "%s", m->name);
    memcpy(r->entry.member_sha256, m->sha256, sizeof r->entry.member_sha256);
    r->entry.member_bytes = m->bytes;
    import_add_reason(&r->entry, &m->finding, "");
    r->verdict = VERDICT_REFUSED;
    return import_put_verdict(a, r);
}

static enum err import_members(struct arrival *a, struct member_list *list, void (*result)(void *ctx, const struct flux_result *r),
                               void *ctx)
{
    member_list_settle(list);
    enum err e = ERR_OK;
    for (size_t i = 0; i < list->count && !e; i++) {
        struct flux_result r;
        const struct msg_scanned *m = &list->members[i];
        bool several = false;
        e = m->finding.code ? refuse_member(a, m, &r) : import_flux(a, (int32_t)m->index, NULL, &several, &r);
        if (!e)
            result(ctx, &r);
        if (!e)
            e = r.journal;
    }
    return e;
}

enum err intake_file(const struct intake_options *o, const char *path, void (*result)(void *ctx, const struct flux_result *r), void *ctx)
{
    struct arrival a;
    struct member_list list = {0};
    struct flux_result r = {.verdict = VERDICT_ALREADY};
    bool known = false, several = false;
    enum err e = arrival_open(&a, o, path);
    if (e)
        return e;
    e = look_up_file(&a, &r, &known);
    if (!e && known)
        e = import_put_verdict(&a, &r);
    else if (!e)
        e = import_flux(&a, -1, &list, &several, &r);
    if (!e && several)
        e = import_members(&a, &list, result, ctx);
    else if (!e)
        result(ctx, &r);
    if (!e)
        e = r.journal;
    member_list_free(&list);
    arrival_close(&a);
    return e;
}
