#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>

#include "flux/base/i18n.h"
#include "flux/daemon/daemon.h"

enum { GATHER_MS = 20 };

struct settle_rule station_rule(const struct station *s)
{
    const struct config_source *source = station_source(s);
    return (struct settle_rule){.complete = (enum complete_choice)source_number(source, SOURCE_complete),
                                .still = source_number(source, SOURCE_still) * 1000,
                                .suffix = source_text(source, SOURCE_suffix)};
}

static void tell(const struct station *s, enum event e, const char *file, const char *detail)
{
    const struct about a = {.source = station_source(s)->name, .file = file, .detail = detail};
    daemon_tell(s->daemon, e, &a);
}

/* What stays as it is is not news at each round. */
static void tell_once(struct station *s, enum event e, const char *file, const struct settle_seen *seen, const char *detail)
{
    const struct about a = {.source = station_source(s)->name, .file = file, .detail = detail};
    if (!s->daemon->once || said_judge(&s->daemon->said, said_key(e, &a, seen), (int64_t)time(NULL)))
        daemon_tell(s->daemon, e, &a);
}

static const char *folder(const struct station *s) { return source_text(station_source(s), SOURCE_folder); }

static void look_soon(struct station *s)
{
    int64_t at = daemon_now() + GATHER_MS;
    s->dirty = true;
    if (at < s->daemon->look_at)
        s->daemon->look_at = at;
    daemon_wake(s->daemon, s->daemon->look_at);
}

static void forget_watch(struct station *s)
{
    s->watch = sd_event_source_disable_unref(s->watch);
    s->drop.inode = 0;
}

static int on_notice(sd_event_source *source, const struct inotify_event *notice, void *ctx)
{
    struct station *s = ctx;
    (void)source;
    if (notice->mask & IN_Q_OVERFLOW) {
        const struct about a = {0};
        if (!s->daemon->overflow_told)
            daemon_tell(s->daemon, EVENT_OVERFLOW, &a);
        s->daemon->overflow_told = true;
        drop_forget_hints(&s->drop);
    } else if (notice->mask & (IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)) {
        forget_watch(s);
    } else if (notice->len && notice->mask & IN_MOVED_TO) {
        drop_take_hint(&s->drop, notice->name, HINT_MOVED_IN);
    } else if (notice->len && notice->mask & IN_CREATE) {
        drop_take_hint(&s->drop, notice->name, HINT_MADE_HERE);
    }
    look_soon(s);
    return 0;
}

/* Before the folder is read: what comes in between is found twice rather than never. */
static void watch(struct station *s)
{
    static const uint32_t mask = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
    s->watch = sd_event_source_disable_unref(s->watch);
    if (s->daemon->once)
        return;
    int r = sd_event_add_inotify(s->daemon->event, &s->watch, folder(s), mask, on_notice, s);
    if (r < 0 && !s->unwatched)
        tell(s, EVENT_UNWATCHED, folder(s), strerrordesc_np(-r));
    s->unwatched = r < 0;
}

static void tell_folder(struct station *s, enum err e)
{
    if (e && !s->gone)
        tell_once(s, EVENT_FOLDER_GONE, folder(s), NULL, _(err_text(e)));
    if (!e && s->gone)
        tell(s, EVENT_FOLDER_BACK, folder(s), "");
    s->gone = e != ERR_OK;
    if (e)
        forget_watch(s);
}

static void tell_aside(struct station *s)
{
    for (size_t i = 0; i < s->drop.count; i++) {
        struct drop_entry *entry = &s->drop.entries[i];
        if (entry->verdict.act == SETTLE_ASIDE && !entry->told)
            tell_once(s, EVENT_ASIDE, entry->name, &entry->seen, "");
        entry->told |= entry->verdict.act == SETTLE_ASIDE;
    }
}

static void look(struct station *s, int64_t now)
{
    const struct settle_rule rule = station_rule(s);
    bool other = false;
    s->dirty = false;
    enum err e = drop_open(&s->drop, folder(s), &other);
    if (!e && (other || (!s->watch && !s->unwatched)))
        watch(s);
    if (!e)
        e = drop_scan(&s->drop, &rule, now);
    tell_folder(s, e);
    tell_aside(s);
}

static void take_up(struct station *s, const char *id)
{
    struct daemon *d = s->daemon;
    struct waiting w = {0};
    struct slip slip;
    memcpy(w.id, id, sizeof(w.id));
    enum err e = spool_look(&d->spool, SPOOL_WORK, id, &slip);
    if (e && e != ERR_BAD)
        return; /* the next start finds it */
    spool_drop_sidecar(&slip, s->drop.fd, source_text(station_source(s), SOURCE_suffix));
    const struct about a = {.source = station_source(s)->name, .file = slip.file, .arrival = id};
    daemon_tell(d, EVENT_CLAIMED, &a);
    queue_add(&d->queue, &w);
}

/* The fault of one folder keeps the others from nothing. */
static void cannot_claim(struct station *s, struct drop_entry *entry, enum err e, int64_t now)
{
    if (e == ERR_PERM || e == ERR_BAD) {
        if (!entry->told)
            tell_once(s, e == ERR_PERM ? EVENT_CLOSED : EVENT_ASIDE, entry->name, &entry->seen, _(err_text(e)));
        entry->told = true;
        entry->verdict = (struct settle_verdict){SETTLE_ASIDE, INT64_MAX};
        return;
    }
    s->claims_until = now + config_number(s->daemon->config, SETTING_daemon_retry) * 1000;
    tell(s, EVENT_SPOOL, entry->name, _(err_text(e)));
}

static bool claim(struct station *s, struct drop_entry *entry, int64_t now)
{
    const struct settle_rule rule = station_rule(s);
    const struct drop_take how = {
        .spool = &s->daemon->spool, .source = station_source(s)->name, .rule = &rule, .now = now, .wall_now = (int64_t)time(NULL)};
    char id[SPOOL_ID_MAX];
    enum err e = drop_claim(&s->drop, entry, &how, id);
    if (!e)
        take_up(s, id);
    else if (e != ERR_BUSY && e != ERR_NOFILE)
        cannot_claim(s, entry, e, now);
    return e == ERR_OK;
}

/* Of those that are ready, as many as may still be claimed in this turn; true when there are more. Its time begins here: in a huge folder
 * the look alone may take as long. */
static bool claim_ready(struct station *s, int64_t now, unsigned *left)
{
    const int64_t until = daemon_now() + TURN_MS;
    bool claimed = false, more = false;
    for (size_t i = 0; i < s->drop.count && s->drop.fd >= 0 && now >= s->claims_until && !more; i++) {
        struct drop_entry *entry = &s->drop.entries[i];
        if (!entry->name || entry->verdict.act != SETTLE_READY)
            continue;
        more = *left == 0 || daemon_now() > until;
        if (more || !claim(s, entry, now))
            continue;
        claimed = true;
        --*left;
    }
    if (claimed)
        spool_claims_end(s->drop.fd);
    return more;
}

bool stations_look(struct daemon *d, int64_t now)
{
    unsigned left = CLAIMS_A_TURN;
    bool more = false;
    bool due = now >= d->look_at;
    if (due)
        d->look_at = INT64_MAX;
    d->overflow_told &= !due;
    for (size_t i = 0; i < d->station_count; i++) {
        struct station *s = &d->stations[i];
        if ((due && s->dirty) || drop_until(&s->drop) <= now)
            look(s, now);
        more |= claim_ready(s, now, &left);
    }
    return more;
}

int64_t stations_until(const struct daemon *d)
{
    int64_t until = d->look_at;
    for (size_t i = 0; i < d->station_count; i++) {
        int64_t at = drop_until(&d->stations[i].drop);
        until = at < until ? at : until;
    }
    return until;
}

int64_t stations_claims_until(const struct daemon *d, int64_t now)
{
    int64_t until = INT64_MAX;
    for (size_t i = 0; i < d->station_count; i++) {
        int64_t at = d->stations[i].claims_until;
        until = at > now && at < until ? at : until;
    }
    return until;
}

void stations_try_again(struct daemon *d)
{
    for (size_t i = 0; i < d->station_count; i++)
        d->stations[i].claims_until = 0;
}

void stations_start(struct daemon *d)
{
    d->station_count = d->config->source_count;
    for (size_t i = 0; i < d->station_count; i++) {
        d->stations[i] = (struct station){.daemon = d, .number = i, .dirty = true};
        drop_init(&d->stations[i].drop);
    }
    d->look_at = 0;
}

void stations_free(struct daemon *d)
{
    for (size_t i = 0; i < d->station_count; i++) {
        d->stations[i].watch = sd_event_source_disable_unref(d->stations[i].watch);
        drop_free(&d->stations[i].drop);
    }
}
