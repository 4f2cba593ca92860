#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "flux/base/i18n.h"
#include "flux/daemon/daemon.h"
#include "flux/daemon/reason.h"
#include "flux/daemon/result.h"

enum { DETAIL_MAX = 512, DEATH_DELAY_MAX = 3600 };

bool machine_wait(struct daemon *d, int64_t now)
{
    unsigned longest = (unsigned)config_number(d->config, SETTING_daemon_retry);
    d->machine_until = now + (int64_t)outcome_delay(1, d->machine_tries++, longest) * 1000;
    return outcome_is_news(d->machine_tries);
}

static void machine_failed(struct daemon *d, const char *id, enum spool_state state, enum err e)
{
    const struct about a = {.arrival = id, .file = spool_folder(d->config, state), .detail = _(err_text(e))};
    if (machine_wait(d, daemon_now()))
        daemon_tell(d, EVENT_SPOOL, &a);
    d->code = err_exit_code(e);
    queue_failed(&d->queue, id);
}

/* How it ended, in words. */
static void ending_text(const struct ending *e, char *out, size_t size)
{
    if (e->how == END_TIMEOUT)
        snprintf(out, size, "%s", _("its time was up"));
    else if (e->how == END_SIGNAL)
        snprintf(out, size, _("signal %d"), e->code);
    else if (e->told.valid && e->told.parser_only)
        snprintf(out, size, "%s", _("the parser died or was stuck"));
    else
        snprintf(out, size, _("exit code %d"), e->code);
}

struct import {
    struct daemon *daemon;
    const char *id;
    struct slip slip;
    struct result result;
    struct ending ending;
    char detail[DETAIL_MAX], flux[DETAIL_MAX];
};

static void tell(const struct import *i, enum event e)
{
    const struct about a = {.arrival = i->id, .source = i->slip.source, .file = i->slip.file, .flux = i->flux, .detail = i->detail};
    daemon_tell(i->daemon, e, &a);
}

static void settle(struct import *i, enum spool_state to, enum event e, const char *why)
{
    struct daemon *d = i->daemon;
    i->slip.settled_at = (int64_t)time(NULL);
    i->slip.not_before = 0;
    const struct waiting *w = queue_find(&d->queue, i->id);
    if (w)
        memcpy(i->slip.order, w->order, sizeof(i->slip.order));
    const struct reason r = {.id = i->id, .slip = &i->slip, .to = to, .result = &i->result, .why = why, .config = d->config};
    char *reason = reason_text_make(&r);
    const struct settlement how = {.to = to,
                                   .destroy = to == SPOOL_DONE && config_number(d->config, SETTING_spool_keep_done) == 0,
                                   .reason = reason,
                                   .result = i->result.list ? d->worker.output.data : NULL,
                                   .result_len = i->result.list ? d->worker.output.len : 0};
    /* A sidecar that stays would speak for the next file of the name, and only the slip knows it. */
    enum err failed = reason ? work_drop_sidecar(d, &i->slip) : ERR_NOMEM;
    if (!failed)
        failed = spool_settle(&d->spool, i->id, &i->slip, &how);
    free(reason);
    if (failed) {
        machine_failed(d, i->id, to, failed);
        return;
    }
    tell(i, e);
    queue_remove(&d->queue, i->id);
    d->machine_tries = 0;
}

static void note(const struct import *i)
{
    enum err e = spool_note(&i->daemon->spool, i->id, &i->slip);
    const struct about a = {.arrival = i->id, .file = i->slip.file, .detail = _(err_text(e))};
    if (e)
        daemon_tell(i->daemon, EVENT_SPOOL, &a);
}

/* What starved all of them for a moment must not make poison of a good file: it is tried again later. */
static void count_death(struct import *i)
{
    struct daemon *d = i->daemon;
    struct waiting *w = queue_find(&d->queue, i->id);
    unsigned base = (unsigned)config_number(d->config, SETTING_daemon_retry);
    i->slip.deaths++;
    if (w) {
        w->deaths = i->slip.deaths;
        w->ready_at = d->once ? 0 : daemon_now() + (int64_t)outcome_delay(base, i->slip.deaths - 1, DEATH_DELAY_MAX) * 1000;
        memcpy(i->slip.order, w->order, sizeof(i->slip.order));
    }
    note(i);
    tell(i, EVENT_DEATH);
}

static void poison(struct import *i)
{
    char why[2 * DETAIL_MAX];
    i->slip.deaths++;
    snprintf(why, sizeof(why),
             ngettext("Its import died %u time, the last time like this: %s.", "Its import died %u times, the last time like this: %s.",
                      i->slip.deaths),
             i->slip.deaths, i->detail);
    settle(i, SPOOL_REFUSED, EVENT_POISON, why);
}

/* A code that is none of ours is that of a program that could not be started. */
static int exit_code(int code)
{
    for (size_t i = 0; i < exit_row_count; i++)
        if (exit_rows[i].code == code)
            return code;
    return err_exit_code(ERR_CHILD);
}

/* The try is counted in memory alone when the disk is what fails. */
static void wait_for_machine(struct import *i, enum event e)
{
    struct daemon *d = i->daemon;
    int64_t now = daemon_now();
    machine_wait(d, now);
    d->code = exit_code(i->ending.code);
    i->slip.tries++;
    queue_failed(&d->queue, i->id);
    i->slip.not_before = (int64_t)time(NULL) + (d->machine_until - now) / 1000;
    if (outcome_is_news(i->slip.tries))
        tell(i, e);
    note(i);
}

static void vanished(struct import *i)
{
    struct slip slip;
    if (spool_look(&i->daemon->spool, SPOOL_WORK, i->id, &slip) != ERR_NOTFOUND) {
        wait_for_machine(i, EVENT_MACHINE);
        return;
    }
    tell(i, EVENT_VANISHED);
    spool_destroy(&i->daemon->spool, SPOOL_WORK, i->id);
    queue_remove(&i->daemon->queue, i->id);
}

static void act(struct import *i, enum outcome o)
{
    struct daemon *d = i->daemon;
    if (d->stopping && o != OUTCOME_DONE && o != OUTCOME_HELD && o != OUTCOME_REFUSED) {
        tell(i, EVENT_INTERRUPTED);
        return;
    }
    if (!i->result.told.valid || o == OUTCOME_DEATH || o == OUTCOME_POISON)
        ending_text(&i->ending, i->detail, sizeof(i->detail));
    switch (o) {
    case OUTCOME_DONE:
        settle(i, SPOOL_DONE, EVENT_DONE, NULL);
        break;
    case OUTCOME_HELD:
        settle(i, SPOOL_HELD, EVENT_HELD, NULL);
        break;
    case OUTCOME_REFUSED:
        settle(i, SPOOL_REFUSED, EVENT_REFUSED, NULL);
        break;
    case OUTCOME_DEATH:
        count_death(i);
        break;
    case OUTCOME_POISON:
        poison(i);
        break;
    case OUTCOME_MACHINE:
        wait_for_machine(i, EVENT_MACHINE);
        break;
    case OUTCOME_WRONG:
        wait_for_machine(i, EVENT_WRONG);
        break;
    case OUTCOME_VANISHED:
        vanished(i);
        break;
    }
}

/* What a full disk kept out of the slip counts all the same. */
static void take_counts(const struct daemon *d, struct import *i)
{
    const struct waiting *w = queue_find(&d->queue, i->id);
    if (w && w->deaths > i->slip.deaths)
        i->slip.deaths = w->deaths;
    if (w && w->tries > i->slip.tries)
        i->slip.tries = w->tries;
}

void import_ended(struct daemon *d)
{
    struct worker *w = &d->worker;
    struct import i = {.daemon = d, .id = d->current};
    enum err e = spool_look(&d->spool, SPOOL_WORK, d->current, &i.slip);
    if (e && e != ERR_NOTFOUND && e != ERR_BAD) {
        machine_failed(d, d->current, SPOOL_WORK, e);
        return;
    }
    take_counts(d, &i);
    if (!w->output.err && w->output.len)
        result_read((const char *)w->output.data, w->output.len, &i.result);
    i.ending = (struct ending){.how = w->how, .code = w->code, .told = i.result.told};
    result_flux(&i.result, i.flux, sizeof(i.flux));
    result_summary(&i.result, i.detail, sizeof(i.detail));
    act(&i, outcome_judge(&i.ending, i.slip.deaths, (unsigned)config_number(d->config, SETTING_daemon_deaths)));
    result_free(&i.result);
}

void import_refuse_special(struct daemon *d, const char *id, struct slip *slip)
{
    struct import i = {.daemon = d, .id = id, .slip = *slip};
    snprintf(i.detail, sizeof(i.detail), "%s", _("it is no plain file of one name"));
    settle(&i, SPOOL_REFUSED, EVENT_REFUSED,
           _("What was dropped became a link, a device or a folder while it was taken: it was not opened."));
    daemon_wake(d, 0);
}
