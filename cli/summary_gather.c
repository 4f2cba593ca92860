#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/flux_view.h"
#include "cli/json.h"
#include "cli/summary.h"
#include "flux/base/fdio.h"

static bool take_flux(void *ctx, const struct flux_entry *f)
{
    struct summary *s = ctx;
    if (f->imported_at < s->since)
        return true;
    struct flux_result r = flux_result_of(f);
    json_t *flux = flux_json(&r);
    put_int(flux, "imported_at", f->imported_at);
    json_array_insert_new(s->flux, 0, flux);
    s->counts[f->status]++;
    return true;
}

/* ---- files of which the ledger says nothing: those whose import died, and what is no plain file ---- */

struct aside {
    struct summary *summary;
    const struct config *config;
    enum spool_state state;
    struct spool spool;
};

static bool was_imported(const struct aside *a, const char *id)
{
    char path[SPOOL_ID_MAX + sizeof(SPOOL_RESULT) + 1];
    snprintf(path, sizeof(path), "%s/%s", id, SPOOL_RESULT);
    return faccessat(a->spool.dirs[a->state], path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void take_arrival(struct aside *a, const char *id)
{
    char reason[8192];
    struct slip *slip = calloc(1, sizeof(*slip));
    bool whole = slip && spool_look(&a->spool, a->state, id, slip) == ERR_OK;
    if (whole && slip->settled_at >= a->summary->since && !was_imported(a, id)) {
        json_t *object = json_object();
        snprintf(reason, sizeof(reason), "%s/%s/%s", spool_folder(a->config, a->state), id, SPOOL_REASON);
        put_text(object, "file", slip->name);
        put_text(object, "source", slip->source);
        put_text(object, "state", a->state == SPOOL_HELD ? "held" : "refused");
        put_text(object, "reason", reason);
        json_array_append_new(a->summary->aside, object);
    }
    free(slip);
}

static void take_state(struct summary *s, enum spool_state state)
{
    struct aside a = {.summary = s, .config = s->status->config, .state = state, .spool = {.dirs = {-1, -1, -1, -1}, .lock = -1}};
    struct spool_ids ids = {0};
    a.spool.dirs[state] = open(spool_folder(a.config, state), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (a.spool.dirs[state] < 0)
        return;
    if (spool_list(&a.spool, state, &ids) == ERR_OK)
        for (size_t i = 0; i < ids.count; i++)
            take_arrival(&a, ids.list[i]);
    spool_ids_free(&ids);
    fd_close(&a.spool.dirs[state]);
}

struct summary_expected summary_expected(const struct expected_view *v)
{
    struct summary_expected e = {0};
    for (size_t i = 0; i < v->count; i++)
        for (size_t k = 0; k < EXPECTED_KINDS; k++) {
            enum expected_state state = v->sources[i].rows[k].result.state;
            e.expected += state != EXPECTED_NONE && state != EXPECTED_DUE;
            e.received += state == EXPECTED_RECEIVED;
            e.held += state == EXPECTED_HELD;
            e.late += state == EXPECTED_LATE;
            e.missing += state == EXPECTED_MISSING;
        }
    return e;
}

enum err summary_gather(struct store_txn *txn, const struct status_report *status, int64_t since, struct summary *out)
{
    *out = (struct summary){.status = status, .since = since, .flux = json_array(), .aside = json_array()};
    enum err e = txn ? ledger_each(txn, take_flux, out) : ERR_OK;
    out->expected = summary_expected(&status->expected);
    take_state(out, SPOOL_REFUSED);
    take_state(out, SPOOL_HELD);
    return e;
}

void summary_free(struct summary *s)
{
    json_decref(s->flux);
    json_decref(s->aside);
}
