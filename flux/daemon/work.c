#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flux/base/i18n.h"
#include "flux/daemon/daemon.h"
#include "flux/daemon/result.h"

enum { GATHER_MAX_MS = 5000 };

enum err work_drop_sidecar(const struct daemon *d, const struct slip *slip)
{
    const struct config_source *source = config_source(d->config, slip->source);
    struct drop drop;
    bool other;
    enum err e = ERR_OK;
    drop_init(&drop);
    if (slip->sidecar && source && drop_open(&drop, source_text(source, SOURCE_folder), &other) == ERR_OK)
        e = spool_drop_sidecar(slip, drop.fd, source_text(source, SOURCE_suffix));
    drop_free(&drop);
    return e;
}

static enum err take_up(struct daemon *d, const char *id)
{
    struct slip slip;
    struct waiting w = {0};
    enum err e = spool_look(&d->spool, SPOOL_WORK, id, &slip);
    if (e == ERR_NOTFOUND)
        return spool_destroy(&d->spool, SPOOL_WORK, id);
    if (e && e != ERR_BAD)
        return e;
    memcpy(w.id, id, sizeof(w.id));
    memcpy(w.order, slip.order, sizeof(w.order));
    w.deaths = slip.deaths;
    w.tries = slip.tries;
    w.peeked = w.order[0] != '\0';
    e = queue_add(&d->queue, &w);
    if (e)
        return e;
    const struct about a = {.source = slip.source, .file = slip.file, .arrival = id};
    daemon_tell(d, EVENT_RECOVERED, &a);
    (void)work_drop_sidecar(d, &slip); /* tried again before it is settled */
    return ERR_OK;
}

void work_recover(struct daemon *d)
{
    struct spool_ids ids;
    enum err e = spool_list(&d->spool, SPOOL_WORK, &ids);
    bool none_waits = d->queue.count == 0; /* a start with a large backlog must not search it for each of its files */
    /* Nobody else adds to the folder: as many as there are waiting are those that are waiting. */
    for (size_t i = 0; ids.count != d->queue.count && i < ids.count; i++) {
        enum err one = !none_waits && queue_find(&d->queue, ids.list[i]) ? ERR_OK : take_up(d, ids.list[i]);
        e = e ? e : one;
    }
    spool_ids_free(&ids);
    const struct about a = {.file = spool_folder(d->config, SPOOL_WORK), .detail = _(err_text(e))};
    if (e)
        daemon_tell(d, EVENT_SPOOL, &a);
}

static void path_of(const struct daemon *d, const char *id, const char *file, char *path, size_t size)
{
    snprintf(path, size, "%s/%s/%s", spool_folder(d->config, SPOOL_WORK), id, file);
}

static void cannot_start(struct daemon *d, enum err e, int64_t now)
{
    const struct about a = {.file = d->program, .detail = _(err_text(e))};
    if (machine_wait(d, now))
        daemon_tell(d, EVENT_SPOOL, &a);
    d->work = WORK_NONE;
    d->code = err_exit_code(e);
}

/* What cannot be looked at is left to the import, which says why. */
static size_t add_path(struct daemon *d, struct waiting *w, char **path)
{
    struct slip slip;
    w->peeked = spool_look(&d->spool, SPOOL_WORK, w->id, &slip) != ERR_OK ||
                asprintf(path, "%s/%s/%s", spool_folder(d->config, SPOOL_WORK), w->id, slip.file) < 0;
    if (w->peeked)
        return 0;
    memcpy(d->peeked[d->peeked_count++], w->id, SPOOL_ID_MAX);
    return 1;
}

static void start_peek(struct daemon *d, int64_t now)
{
    enum { WORDS = 6 };
    char *paths[PEEK_MAX] = {0};
    const struct waiting *list[PEEK_MAX];
    const char *argv[PEEK_MAX + WORDS + 1] = {d->program, "-c", d->config_file, "flux", "peek", "--json"};
    size_t paths_count = 0, count = queue_unpeeked(&d->queue, list, PEEK_MAX);
    d->peeked_count = 0;
    for (size_t i = 0; i < count; i++)
        paths_count += add_path(d, queue_find(&d->queue, list[i]->id), &paths[paths_count]);
    memcpy(argv + WORDS, paths, paths_count * sizeof(argv[0]));
    d->work = paths_count ? WORK_PEEK : WORK_NONE;
    enum err e = paths_count ? worker_start(&d->worker, argv, (unsigned)config_number(d->config, SETTING_daemon_worker_time)) : ERR_OK;
    if (e)
        cannot_start(d, e, now);
    else if (!paths_count)
        daemon_wake(d, 0);
    for (size_t i = 0; i < paths_count; i++)
        free(paths[i]);
}

/* To the import, which reads the file of the configuration as it is now. */
static bool source_known(const struct daemon *d, const char *name)
{
    for (size_t i = 0; i < d->station_count; i++)
        if (strcmp(station_source(&d->stations[i])->name, name) == 0)
            return !d->stations[i].removed;
    return false;
}

static void start_import(struct daemon *d, const char *id, int64_t now)
{
    char path[PATH_MAX];
    struct slip slip;
    memcpy(d->current, id, sizeof(d->current));
    enum err e = spool_look(&d->spool, SPOOL_WORK, d->current, &slip);
    const struct about a = {.source = slip.source, .file = slip.file, .arrival = d->current};
    if (e == ERR_NOTFOUND) {
        (void)spool_id_read(d->current, &(int64_t){0}, slip.source);
        const struct about gone = {.source = slip.source, .arrival = d->current};
        daemon_tell(d, EVENT_VANISHED, &gone);
        spool_destroy(&d->spool, SPOOL_WORK, d->current);
        queue_remove(&d->queue, d->current);
        daemon_wake(d, 0);
        return;
    }
    if (e == ERR_BAD) {
        import_refuse_special(d, d->current, &slip);
        return;
    }
    if (e) {
        queue_failed(&d->queue, d->current);
        cannot_start(d, e, now);
        return;
    }
    path_of(d, d->current, slip.file, path, sizeof(path));
    /* A source that the configuration has no more has no rules either. */
    bool known = source_known(d, slip.source);
    const char *argv[] = {d->program, "-c", d->config_file, "import", "--json", path, known ? "--source" : NULL, slip.source, NULL};
    daemon_tell(d, EVENT_IMPORTING, &a);
    d->work = WORK_IMPORT;
    e = worker_start(&d->worker, argv, (unsigned)config_number(d->config, SETTING_daemon_worker_time));
    if (e)
        cannot_start(d, e, now);
}

/* Imports go in the order of headers: they wait until all that lies there is claimed and peeked at. A backlog that takes longer than this
 * to gather is imported meanwhile: what comes too late for its place costs more, and ends the same. */
static bool gathering(struct daemon *d, int64_t now, bool more)
{
    if (!more)
        d->gather_until = 0;
    else if (!d->gather_until)
        d->gather_until = now + GATHER_MAX_MS;
    return now < d->gather_until;
}

/* unpeeked: there is something to peek at. Beyond the time for gathering, peeks and imports take turns. */
static bool peek_first(const struct daemon *d, bool unpeeked, bool gather, const struct waiting *next)
{
    return unpeeked && (gather || !d->import_turn || !next || !next->peeked);
}

void work_next(struct daemon *d, int64_t now, bool more, int64_t *until)
{
    const struct waiting *one;
    *until = INT64_MAX;
    if (d->work != WORK_NONE || d->stopping)
        return;
    if (now < d->machine_until) {
        *until = d->queue.count ? d->machine_until : INT64_MAX;
        return;
    }
    bool unpeeked = queue_unpeeked(&d->queue, &one, 1) > 0;
    bool gather = gathering(d, now, more || unpeeked);
    one = queue_next(&d->queue, now, until);
    d->import_turn = peek_first(d, unpeeked, gather, one);
    if (d->import_turn)
        start_peek(d, now);
    else if (one && one->peeked && !gather)
        start_import(d, one->id, now);
}

static void took_order(void *ctx, const char *file, const char *order)
{
    struct daemon *d = ctx;
    for (size_t i = 0; i < d->peeked_count; i++) {
        const char *at = strstr(file, d->peeked[i]);
        struct waiting *w = at && at[strlen(d->peeked[i])] == '/' ? queue_find(&d->queue, d->peeked[i]) : NULL;
        if (w)
            snprintf(w->order, sizeof(w->order), "%s", order);
    }
}

static void peek_failed(struct daemon *d, struct waiting *w)
{
    char detail[64];
    struct slip slip;
    snprintf(detail, sizeof(detail), _(d->worker.how == END_EXIT ? N_("exit code %d") : N_("signal %d")), d->worker.code);
    const struct about a = {.arrival = w->id, .file = spool_look(&d->spool, SPOOL_WORK, w->id, &slip) ? "" : slip.file, .detail = detail};
    daemon_tell(d, EVENT_PEEK_FAILED, &a);
}

/* A peek that fails over several says nothing of any of them: they are asked one by one. */
static void peek_ended(struct daemon *d)
{
    const struct worker *r = &d->worker;
    bool told = r->how == END_EXIT && !r->output.err && peek_read((const char *)r->output.data, r->output.len, took_order, d);
    for (size_t i = 0; i < d->peeked_count; i++) {
        struct waiting *w = queue_find(&d->queue, d->peeked[i]);
        if (!w)
            continue;
        if (!told && d->peeked_count == 1 && !d->stopping)
            peek_failed(d, w);
        w->peeked = told || d->peeked_count == 1;
        w->alone = true;
    }
}

void work_ended(void *ctx)
{
    struct daemon *d = ctx;
    enum work work = d->work;
    d->work = WORK_NONE;
    if (work == WORK_PEEK)
        peek_ended(d);
    else
        import_ended(d);
    daemon_wake(d, 0);
}

void work_line(void *ctx, const char *text)
{
    const struct daemon *d = ctx;
    const struct about a = {.arrival = d->work == WORK_IMPORT ? d->current : "", .detail = text};
    daemon_tell(d, EVENT_WORKER, &a);
}
