#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "flux/base/i18n.h"
#include "flux/daemon/daemon.h"

enum { CLOCK_JUMP_SECONDS = 3600, CLOCK_GAP_SECONDS = 40 * 24 * 3600, NO_EXPIRY_MS = 24 * 3600 * 1000, ONCE_MARGIN_MS = 1000 };

int64_t daemon_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_BOOTTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void daemon_tell(const struct daemon *d, enum event e, const struct about *a) { log_event(&d->log, e, a); }

void daemon_wake(struct daemon *d, int64_t at)
{
    if (at >= d->alarm_at)
        return;
    d->alarm_at = at;
    sd_event_source_set_time(d->alarm, (uint64_t)(at > 0 ? at : 0) * 1000);
    sd_event_source_set_enabled(d->alarm, SD_EVENT_ONESHOT);
}

static void told_expired(void *ctx, const char *id)
{
    const struct about a = {.arrival = id};
    daemon_tell(ctx, EVENT_EXPIRED, &a);
}

/* While nobody looked it may have gone on for as long as an instance is ever left alone. */
static bool clock_jumped(const struct daemon *d, int64_t wall, int64_t offset)
{
    int64_t jump = d->wall_offset ? offset - d->wall_offset : d->spool.seen ? wall - d->spool.seen : 0;
    return jump < -CLOCK_JUMP_SECONDS || jump > (d->wall_offset ? CLOCK_JUMP_SECONDS : CLOCK_GAP_SECONDS);
}

/* A clock that jumps must destroy nothing: it is believed again after a day, or by the next round. */
static void check_clock(struct daemon *d, int64_t now)
{
    int64_t wall = (int64_t)time(NULL), offset = wall - now / 1000;
    const struct about a = {0};
    if (clock_jumped(d, wall, offset)) {
        d->expiry_from = now + NO_EXPIRY_MS;
        daemon_tell(d, EVENT_CLOCK, &a);
    }
    d->wall_offset = offset;
    if (d->once || now >= d->expiry_from)
        spool_believe(&d->spool, wall);
}

/* Some of what is due; true when there may be more. */
static bool expire(struct daemon *d, int64_t now)
{
    static const enum setting_id keeps[SPOOL_STATES] = {
        [SPOOL_DONE] = SETTING_spool_keep_done, [SPOOL_REFUSED] = SETTING_spool_keep_refused, [SPOOL_HELD] = SETTING_spool_keep_held};
    bool any = false;
    check_clock(d, now);
    for (int state = SPOOL_DONE; state < SPOOL_STATES && now >= d->expiry_from; state++) {
        const struct spool_expiry how = {.keep = config_number(d->config, keeps[state]),
                                         .now = (int64_t)time(NULL),
                                         .max = EXPIRED_A_TURN,
                                         .destroyed = told_expired,
                                         .ctx = d};
        bool more = false;
        enum err e = spool_expire(&d->spool, (enum spool_state)state, &how, &more);
        any |= more;
        const struct about a = {.file = spool_folder(d->config, (enum spool_state)state), .detail = _(err_text(e))};
        if (e)
            daemon_tell(d, EVENT_SPOOL, &a);
    }
    return any;
}

static void scan(struct daemon *d, int64_t now)
{
    d->next_scan = now + config_number(d->config, SETTING_daemon_scan) * 1000;
    for (size_t i = 0; i < d->station_count; i++)
        d->stations[i].dirty = true;
    d->look_at = 0;
    work_recover(d);
    d->expiring = true;
    /* What a large backlog took goes back to the machine, whether or not the queue is ever empty. */
    malloc_trim(0);
}

static void tell_status(const struct daemon *d)
{
    sd_notifyf(0, "STATUS=%zu waiting%s%s", d->queue.count, d->work == WORK_IMPORT ? ", importing " : "",
               d->work == WORK_IMPORT ? d->current : "");
}

static int64_t longest_settling(const struct daemon *d)
{
    int64_t longest = 0;
    for (size_t i = 0; i < d->config->source_count; i++) {
        int64_t still = source_number(&d->config->sources[i], SOURCE_still) * 1000;
        longest = still > longest ? still : longest;
    }
    return longest;
}

/* Whether a run with once is at its end: nothing runs, nothing is ready, and what was settling has had its time. */
static bool once_ended(struct daemon *d, int64_t now)
{
    /* The first look has been taken. */
    if (d->once_until == 0)
        d->once_until = daemon_now() + longest_settling(d) + ONCE_MARGIN_MS;
    if (d->work != WORK_NONE || d->alarm_at <= now)
        return false;
    bool imports_wait = now < d->machine_until && d->queue.count > 0;
    if (stations_claims_until(d, now) < INT64_MAX)
        d->code = err_exit_code(ERR_IO);
    else if (!imports_wait)
        d->code = 0;
    return stations_until(d) > d->once_until;
}

static void turn(struct daemon *d)
{
    int64_t now = daemon_now(), work_until = INT64_MAX;
    d->alarm_at = INT64_MAX;
    if (d->stopping) {
        if (d->work == WORK_NONE)
            sd_event_exit(d->event, d->once && d->queue.count ? err_exit_code(ERR_STOPPED) : 0);
        return;
    }
    if (now >= d->next_scan)
        scan(d, now);
    d->expiring = d->expiring && expire(d, now);
    bool more = stations_look(d, now);
    work_next(d, now, more, &work_until);
    if (more || d->expiring)
        daemon_wake(d, now);
    if (d->once && once_ended(d, now))
        sd_event_exit(d->event, d->code);
    daemon_wake(d, d->next_scan);
    daemon_wake(d, stations_until(d));
    daemon_wake(d, work_until);
    daemon_wake(d, stations_claims_until(d, now));
    tell_status(d);
}

static int on_alarm(sd_event_source *s, uint64_t usec, void *ctx)
{
    (void)s, (void)usec;
    turn(ctx);
    return 0;
}

static int on_stop(sd_event_source *s, const struct signalfd_siginfo *info, void *ctx)
{
    struct daemon *d = ctx;
    const struct about a = {0};
    (void)s, (void)info;
    if (!d->stopping)
        daemon_tell(d, EVENT_STOPPING, &a);
    d->stopping = true;
    sd_notify(0, "STOPPING=1");
    worker_stop(&d->worker);
    daemon_wake(d, 0);
    return 0;
}

/* What waited for somebody to mend something is tried at once. */
static int on_reload(sd_event_source *s, const struct signalfd_siginfo *info, void *ctx)
{
    struct daemon *d = ctx;
    struct timespec t;
    (void)s, (void)info;
    clock_gettime(CLOCK_MONOTONIC, &t);
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIi64, (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000);
    daemon_reload(d);
    d->machine_until = d->next_scan = 0;
    d->machine_tries = 0;
    stations_try_again(d);
    queue_try_again(&d->queue);
    sd_notify(0, "READY=1");
    daemon_wake(d, 0);
    return 0;
}

static int set_up(struct daemon *d)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    int r = sigprocmask(SIG_BLOCK, &set, NULL) < 0 ? -errno : sd_event_new(&d->event);
    if (r >= 0)
        r = sd_event_add_signal(d->event, NULL, SIGTERM, on_stop, d);
    if (r >= 0)
        r = sd_event_add_signal(d->event, NULL, SIGINT, on_stop, d);
    if (r >= 0)
        r = sd_event_add_signal(d->event, NULL, SIGHUP, on_reload, d);
    /* An accuracy of 0 would be a quarter of a second. */
    if (r >= 0)
        r = sd_event_add_time(d->event, &d->alarm, CLOCK_BOOTTIME, 0, 1, on_alarm, d);
    if (r >= 0)
        r = sd_event_set_watchdog(d->event, true);
    return r;
}

static void tear_down(struct daemon *d)
{
    worker_free(&d->worker);
    stations_free(d);
    queue_free(&d->queue);
    said_free(&d->said);
    d->alarm = sd_event_source_disable_unref(d->alarm);
    d->event = sd_event_unref(d->event);
}

static int cannot_run(const struct daemon *d, enum err e)
{
    const struct about a = {.file = spool_folder(d->config, SPOOL_WORK), .detail = _(err_text(e))};
    daemon_tell(d, EVENT_SPOOL, &a);
    return err_exit_code(e);
}

/* What rounds leave for each other goes where a daemon stays: it says less than the daemon does. */
static void begin_rounds(struct daemon *d)
{
    if (d->once) {
        said_load(&d->said, d->spool.dirs[SPOOL_WORK]);
        return;
    }
    (void)spool_forget_round(&d->spool);
    said_forget(d->spool.dirs[SPOOL_WORK]);
}

int daemon_run(struct daemon *d)
{
    char detail[64];
    worker_init(&d->worker);
    int r = set_up(d);
    enum err e = r < 0 ? err_from_errno(-r) : ERR_OK;
    if (!e) {
        d->worker.event = d->event;
        d->worker.line = work_line;
        d->worker.ended = work_ended;
        d->worker.ctx = d;
        d->alarm_at = 0;
        stations_start(d);
        begin_rounds(d);
        snprintf(detail, sizeof(detail), "pid %d", (int)getpid());
        const struct about a = {.file = d->config_file, .detail = detail};
        daemon_tell(d, EVENT_STARTED, &a);
        sd_notify(0, "READY=1");
        r = sd_event_loop(d->event);
        e = r < 0 ? err_from_errno(-r) : ERR_OK;
        if (d->once)
            said_keep(&d->said, d->spool.dirs[SPOOL_WORK], r != 0 || d->stopping);
        if (d->once && r == 0 && !d->stopping)
            e = spool_mark_round(&d->spool, (int64_t)time(NULL));
    }
    tear_down(d);
    return e ? cannot_run(d, e) : r;
}
