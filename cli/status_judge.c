#include <stdlib.h>
#include <string.h>

#include "cli/json.h"
#include "cli/status_report.h"
#include "cli/text.h"

enum { FULL = 1000 };

struct limits status_limits(enum status_alarm alarm, int64_t setting)
{
    struct limits l = {false, LIMIT_NONE, LIMIT_NONE};
    switch (alarm) {
    case ALARM_MUST:
        return (struct limits){true, LIMIT_NONE, 1};
    case ALARM_SHOULD:
        return (struct limits){true, 1, LIMIT_NONE};
    case ALARM_NEVER_WARNING:
        l.warning = 0;
        return l;
    case ALARM_NEVER_CRITICAL:
        l.critical = 0;
        return l;
    case ALARM_BELOW:
        return (struct limits){true, setting, setting / 2};
    case ALARM_ABOVE:
        return (struct limits){false, setting, setting + (FULL - setting) / 2};
    case ALARM_AGE:
        l.warning = setting;
        return l;
    case ALARM_AGE_OR_OFF:
        l.warning = setting ? setting : LIMIT_NONE;
        return l;
    default:
        return l;
    }
}

static bool beyond(bool below, int64_t limit, int64_t value) { return limit != LIMIT_NONE && (below ? value < limit : value > limit); }

enum level status_level(const struct limits *l, int64_t value)
{
    if (beyond(l->below, l->critical, value))
        return LEVEL_CRITICAL;
    return beyond(l->below, l->warning, value) ? LEVEL_WARNING : LEVEL_OK;
}

static struct sample *room(struct status_report *r)
{
    if (r->count == r->cap) {
        size_t cap = r->cap ? 2 * r->cap : 128;
        struct sample *samples = reallocarray(r->samples, cap, sizeof(*samples));
        if (!samples) {
            r->err = ERR_NOMEM;
            return NULL;
        }
        r->samples = samples;
        r->cap = cap;
    }
    return &r->samples[r->count++];
}

/* judged: what the rule looks at, as an age for a moment. NULL without memory. */
static struct sample *add_judged(struct status_report *r, enum metric_id m, const char *first, const char *second, int64_t value,
                                 int64_t judged)
{
    const struct metric *metric = &metrics[m];
    struct sample *s = room(r);
    if (!s)
        return NULL;
    *s = (struct sample){.metric = m, .value = value};
    snprintf(s->labels[0], sizeof(s->labels[0]), "%s", first);
    snprintf(s->labels[1], sizeof(s->labels[1]), "%s", second);
    s->limits = status_limits(metric->alarm, metric->setting < SETTING_COUNT ? config_number(r->config, metric->setting) : 0);
    s->level = status_level(&s->limits, judged);
    return s;
}

static struct sample *add(struct status_report *r, enum metric_id m, const char *first, const char *second, int64_t value)
{
    return add_judged(r, m, first, second, value, value);
}

static void count(struct status_report *r, enum metric_id m, uint64_t value) { add(r, m, "", "", (int64_t)value); }

static int64_t age_of(const struct status_report *r, int64_t moment) { return moment ? r->now - moment : 0; }

static void judge_up(struct status_report *r)
{
    struct sample *s = add(r, METRIC_up, "", "", r->store_err == ERR_OK);
    if (s && r->store_err)
        snprintf(s->note, sizeof(s->note), "%s", _(err_text(r->store_err)));
    add(r, METRIC_build_info, FLUXRSA_VERSION, "", 1);
}

static void judge_expected(struct status_report *r, const struct expected_source *source, enum expected_kind kind)
{
    const struct expected_result *e = &source->rows[kind].result;
    const char *frequency = kind == EXPECTED_DAILY ? "daily" : "monthly";
    char when[TEXT_SHORT];
    if (e->state == EXPECTED_NONE)
        return;
    struct sample *s = add(r, METRIC_flux_late, source->source->name, frequency, e->state == EXPECTED_LATE);
    if (s)
        snprintf(s->note, sizeof(s->note), "%s", text_moment(e->due, when));
    s = add(r, METRIC_flux_missing, source->source->name, frequency, e->state == EXPECTED_MISSING);
    if (s)
        snprintf(s->note, sizeof(s->note), "%s", text_moment(e->due, when));
}

int64_t status_success(const struct expected_source *s)
{
    int64_t last = 0;
    for (size_t k = 0; k < EXPECTED_KINDS; k++)
        if (s->rows[k].last.flux && s->rows[k].last.imported_at > last)
            last = s->rows[k].last.imported_at;
    return last;
}

static void judge_sources(struct status_report *r)
{
    for (size_t i = 0; i < r->expected.count; i++) {
        const struct expected_source *s = &r->expected.sources[i];
        int64_t last = status_success(s);
        for (enum expected_kind k = 0; k < EXPECTED_KINDS; k++)
            judge_expected(r, s, k);
        add_judged(r, METRIC_source_last_success, s->source->name, "", last, age_of(r, last));
    }
}

static void judge_last(struct status_report *r)
{
    for (size_t k = 0; k < FREQUENCIES; k++) {
        const json_t *flux = r->last[k];
        const char *word = frequency_words[k];
        int64_t at = json_integer_value(json_object_get(flux, "imported_at"));
        add_judged(r, METRIC_flux_last_success, word, "", at, age_of(r, at));
        for (size_t i = 0; flux && i < OUTCOMES; i++)
            add(r, METRIC_flux_last_households, word, outcome_words[i], json_integer_value(json_object_get(flux, outcome_words[i])));
        if (flux)
            add(r, METRIC_flux_last_duration, word, "", json_integer_value(json_object_get(flux, "duration_ms")));
    }
}

static void judge_ledger(struct status_report *r)
{
    static const char *const words[] = {
        [FLUX_APPLIED] = "applied", [FLUX_REFUSED] = "refused", [FLUX_HELD] = "held", [FLUX_UNDONE] = "undone"};
    struct sample *s = add(r, METRIC_flux_held, "", "", (int64_t)r->held);
    if (s)
        snprintf(s->note, sizeof(s->note), "fluxrsa flux show %u", (unsigned)r->newest_held);
    for (size_t k = FLUX_APPLIED; k <= FLUX_UNDONE; k++)
        add(r, METRIC_flux, words[k], "", (int64_t)r->flux[k]);
    for (size_t k = 0; k < OUTCOMES; k++)
        add(r, METRIC_households, outcome_words[k], "", (int64_t)r->households[k]);
}

static void judge_rejects(struct status_report *r)
{
    count(r, METRIC_rejects_open, r->store.rejects_open);
    for (size_t k = 0; k < FINDING_COUNT; k++)
        if (r->rejects[k])
            add(r, METRIC_rejects_open_by_code, finding_rule((enum finding_code)k)->name, "", (int64_t)r->rejects[k]);
    add_judged(r, METRIC_reject_oldest, "", "", r->oldest_reject, r->oldest_reject ? age_of(r, r->oldest_reject) : -1);
    count(r, METRIC_reviews_open, r->reviews);
}

static void judge_store(struct status_report *r)
{
    const struct store_status *s = &r->store;
    count(r, METRIC_dossiers, s->dossiers);
    count(r, METRIC_persons, s->persons);
    count(r, METRIC_versions, s->versions);
    count(r, METRIC_store_used, s->bytes_used);
    count(r, METRIC_store_file, s->bytes_file);
    count(r, METRIC_store_room, s->room_bytes);
    add(r, METRIC_store_use, "", "", s->room_bytes ? (int64_t)(s->bytes_used * FULL / s->room_bytes) : 0);
    count(r, METRIC_store_readers, s->readers);
    count(r, METRIC_store_reader_lag, s->reader_lag);
}

static void judge_disks(struct status_report *r)
{
    for (size_t k = 0; k < sizeof(r->disks) / sizeof(r->disks[0]); k++) {
        const struct status_disk *d = &r->disks[k];
        if (!d->room)
            continue;
        add(r, METRIC_disk_free, d->word, "", (int64_t)d->free);
        struct sample *s = add(r, METRIC_disk_available, d->word, "", (int64_t)(d->free / (d->room / FULL + 1)));
        /* One full disk is one fault. */
        if (s && k > 0 && r->one_disk)
            s->level = LEVEL_OK;
    }
}

static void judge_spool(struct status_report *r)
{
    static const char *const words[SPOOL_STATES] = {
        [SPOOL_WORK] = "work", [SPOOL_DONE] = "done", [SPOOL_REFUSED] = "refused", [SPOOL_HELD] = "held"};
    for (enum spool_state k = 0; k < SPOOL_STATES; k++) {
        const struct spool_figures *f = &r->spool[k];
        if (r->spool_err[k])
            continue;
        add(r, METRIC_spool_files, words[k], "", (int64_t)f->count);
        add(r, METRIC_spool, words[k], "", (int64_t)f->bytes);
        add_judged(r, METRIC_spool_oldest, words[k], "", f->oldest, age_of(r, f->oldest));
    }
}

bool status_expects(const struct config *c)
{
    for (size_t i = 0; i < c->source_count; i++)
        if (source_number(&c->sources[i], SOURCE_daily_by) >= 0 || source_number(&c->sources[i], SOURCE_monthly_by) > 0)
            return true;
    return false;
}

static void silence(struct sample *s)
{
    s->limits = status_limits(ALARM_NONE, 0);
    s->level = LEVEL_OK;
}

/* Where fluxrsad was seen to come by, its last round is what counts. */
static void judge_daemon(struct status_report *r)
{
    bool expects = status_expects(r->config);
    struct sample *s = add(r, METRIC_daemon_running, "", "", r->daemon);
    if (s && (!expects || r->round))
        silence(s);
    s = add_judged(r, METRIC_round_last, "", "", r->round, age_of(r, r->round));
    if (s && (!expects || r->daemon))
        silence(s);
}

/* Without a backup: since when there is something to lose. */
static void judge_backup(struct status_report *r)
{
    int64_t since = r->last_backup ? r->last_backup : r->first_success;
    add_judged(r, METRIC_backup_last, "", "", r->last_backup, age_of(r, since));
}

void status_judge(struct status_report *r)
{
    judge_up(r);
    if (r->store_err == ERR_OK) {
        judge_sources(r);
        judge_last(r);
        judge_ledger(r);
        judge_rejects(r);
        judge_store(r);
    }
    judge_disks(r);
    judge_spool(r);
    judge_daemon(r);
    judge_backup(r);
    count(r, METRIC_journal, r->journal_bytes);
}
