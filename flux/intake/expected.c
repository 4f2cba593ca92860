#include "flux/intake/expected.h"

#include "flux/record/value.h"

enum {
    DAY_SECONDS = 86400,
    NOON = 12 * 60,
    MID_MONTH = 15,
    ZONE_WIDEST = 15 * 3600, /* no time zone is farther from UTC */
    DAILY_WINDOW = 31,
    MONTHLY_WINDOW = 12
};

enum arrived { ARRIVED_NOT, ARRIVED_HELD, ARRIVED_APPLIED };

/* The slots that count, from the newest on: the next one, the last whose time has passed, those before it. */
enum { NEXT, PASSED, WINDOW_MAX = 1 + DAILY_WINDOW };

struct judging {
    enum expected_kind kind;
    const struct expected_rules *rules;
    const struct expected_zone *zone;
    int64_t since;
    int64_t first; /* slot that anything came for; EXPECTED_NO_DAY when nothing ever did */
    size_t count;
    struct {
        int64_t slot;
        enum arrived came;
    } window[WINDOW_MAX];
};

/* ---- days and months ---- */

static unsigned weekday_bit(int64_t day)
{
    int64_t since_monday = (day + 3) % 7; /* 1 January 1970 was a Thursday */
    return 1U << (since_monday < 0 ? since_monday + 7 : since_monday);
}

static bool is_expected_day(const struct expected_rules *rules, int64_t day) { return rules->daily_days & weekday_bit(day); }

/* The first day of the month that is `months` after that of day. */
static int64_t month_start(int64_t day, int months)
{
    int year, month, d;
    int64_t start = day;
    date_from_days(day, &year, &month, &d);
    int index = year * 12 + month - 1 + months;
    return date_to_days(index / 12, index % 12 + 1, 1, &start) ? start : day;
}

/* The nearest expected day, from day on in steps of one. */
static int64_t expected_day(const struct expected_rules *rules, int64_t day, int step)
{
    for (int i = 0; i < 7 && !is_expected_day(rules, day); i++)
        day += step;
    return day;
}

static int64_t next_slot(const struct judging *j, int64_t slot)
{
    return j->kind == EXPECTED_DAILY ? expected_day(j->rules, slot + 1, 1) : month_start(slot, 1);
}

static int64_t slot_before(const struct judging *j, int64_t slot)
{
    return j->kind == EXPECTED_DAILY ? expected_day(j->rules, slot - 1, -1) : month_start(slot, -1);
}

static bool is_ruled(enum expected_kind kind, const struct expected_rules *rules)
{
    return kind == EXPECTED_DAILY ? rules->daily_by >= 0 && (rules->daily_days & 127) : rules->monthly_by > 0;
}

/* ---- what a flux stands for, and when it is due ---- */

/* Made in the evening: for the next morning. Where flux are due later in the day, those made before that time are of the same day. */
static int64_t daily_slot(const struct expected_rules *rules, const struct expected_receipt *r)
{
    int evening = rules->daily_by > NOON ? rules->daily_by : NOON;
    return expected_day(rules, r->minute >= evening ? r->created + 1 : r->created, 1);
}

/* DTREF is of the month before; a DTREF of the month in whose first half the flux was made is of that month. */
static int64_t monthly_slot(const struct expected_rules *rules, const struct expected_receipt *r)
{
    int year, month, day;
    int half = rules->monthly_by > MID_MONTH ? (int)rules->monthly_by : MID_MONTH;
    int64_t made = month_start(r->created, 0);
    date_from_days(r->created, &year, &month, &day);
    int64_t reference = r->reference == EXPECTED_NO_DAY ? made : month_start(r->reference, 0);
    return reference == made && day <= half ? made : month_start(reference, 1);
}

int64_t expected_slot(enum expected_kind kind, const struct expected_rules *rules, const struct expected_receipt *r)
{
    return kind == EXPECTED_DAILY ? daily_slot(rules, r) : monthly_slot(rules, r);
}

/* A day and minute as one number, as if there were no time zones. */
static int64_t wall(const struct expected_zone *zone, int64_t seconds)
{
    int64_t day;
    int minute;
    zone->local(zone->ctx, seconds, &day, &minute);
    return day * DAY_SECONDS + minute * 60;
}

/* The first moment at which a clock on the wall shows at least this. */
static int64_t moment(const struct expected_zone *zone, int64_t day, int minute)
{
    int64_t shown = day * DAY_SECONDS + minute * 60;
    int64_t before = shown - ZONE_WIDEST, after = shown + ZONE_WIDEST;
    int64_t first = shown - (wall(zone, before) - before), second = shown - (wall(zone, after) - after);
    int64_t at = first < second ? first : second, last = first < second ? second : first;
    while (at < last && wall(zone, at) < shown)
        at += 60;
    return at;
}

int64_t expected_due(enum expected_kind kind, const struct expected_rules *rules, const struct expected_zone *zone, int64_t slot)
{
    if (kind == EXPECTED_DAILY)
        return moment(zone, slot, rules->daily_by);
    return moment(zone, slot + (int64_t)rules->monthly_by, 0);
}

static int64_t due(const struct judging *j, int64_t slot) { return expected_due(j->kind, j->rules, j->zone, slot); }

/* ---- what came ---- */

/* The last slot whose time has passed. */
static int64_t slot_passed(const struct judging *j, int64_t now)
{
    int64_t today;
    int minute;
    j->zone->local(j->zone->ctx, now, &today, &minute);
    int64_t slot = j->kind == EXPECTED_DAILY ? expected_day(j->rules, today + 1, -1) : month_start(today, 0);
    while (due(j, slot) > now)
        slot = slot_before(j, slot);
    return slot;
}

static void open_window(struct judging *j, int64_t now)
{
    int64_t slot = slot_passed(j, now);
    j->first = EXPECTED_NO_DAY;
    j->count = j->kind == EXPECTED_DAILY ? 1 + DAILY_WINDOW : 1 + MONTHLY_WINDOW;
    j->window[NEXT].slot = next_slot(j, slot);
    for (size_t i = PASSED; i < j->count; i++, slot = slot_before(j, slot))
        j->window[i].slot = slot;
}

static void take_receipt(struct judging *j, const struct expected_receipt *r)
{
    int64_t slot = expected_slot(j->kind, j->rules, r);
    enum arrived came = r->applied ? ARRIVED_APPLIED : ARRIVED_HELD;
    j->first = j->first == EXPECTED_NO_DAY || slot < j->first ? slot : j->first;
    for (size_t i = 0; i < j->count; i++)
        if (j->window[i].slot == slot && j->window[i].came < came)
            j->window[i].came = came;
}

/* ---- the state ---- */

/* Whether it was expected of this source at all. */
static bool was_expected(const struct judging *j, size_t i)
{
    int64_t slot = j->window[i].slot;
    return due(j, slot) > j->since && (j->first == EXPECTED_NO_DAY || slot >= j->first);
}

/* A source that never sent anything is late and no more: since when it should have, nobody knows. */
static void judge_absent(const struct judging *j, struct expected_result *out)
{
    size_t i = PASSED;
    if (j->first != EXPECTED_NO_DAY)
        while (i + 1 < j->count && was_expected(j, i + 1) && j->window[i + 1].came == ARRIVED_NOT)
            i++;
    out->state = i > PASSED || j->window[NEXT].came ? EXPECTED_MISSING : EXPECTED_LATE;
    out->slot = j->window[i].slot;
}

/* Nothing that was due is absent: the state is that of the next slot once it came, or once its day or month has begun. */
static void judge_present(const struct judging *j, bool expected, int64_t now, struct expected_result *out)
{
    int64_t today;
    int minute;
    enum arrived then = j->window[NEXT].came, before = expected ? j->window[PASSED].came : ARRIVED_NOT;
    j->zone->local(j->zone->ctx, now, &today, &minute);
    bool begun = today >= j->window[NEXT].slot;
    bool stays = then == ARRIVED_NOT && (before == ARRIVED_HELD || (before == ARRIVED_APPLIED && !begun));
    enum arrived which = stays ? before : then;
    out->slot = j->window[stays ? PASSED : NEXT].slot;
    out->state = which == ARRIVED_APPLIED ? EXPECTED_RECEIVED : which == ARRIVED_HELD ? EXPECTED_HELD : EXPECTED_DUE;
}

/* The one that is only late is not among them. */
static void count_missing(const struct judging *j, struct expected_result *out)
{
    if (j->first == EXPECTED_NO_DAY)
        return;
    for (size_t i = PASSED; i < j->count && was_expected(j, i); i++) {
        bool late_only = i == PASSED && !j->window[NEXT].came;
        if (late_only || j->window[i].came)
            continue;
        out->last_missing = out->missing++ ? out->last_missing : j->window[i].slot;
    }
}

struct expected_result expected_judge(enum expected_kind kind, const struct expected_rules *rules, const struct expected_zone *zone,
                                      const struct expected_receipt *receipts, size_t count, int64_t since, int64_t now)
{
    struct judging j = {.kind = kind, .rules = rules, .zone = zone, .since = since};
    struct expected_result out = {.last_missing = EXPECTED_NO_DAY};
    if (!is_ruled(kind, rules))
        return out;
    open_window(&j, now);
    for (size_t i = 0; i < count; i++)
        take_receipt(&j, &receipts[i]);
    bool expected = was_expected(&j, PASSED);
    if (expected && j.window[PASSED].came == ARRIVED_NOT)
        judge_absent(&j, &out);
    else
        judge_present(&j, expected, now, &out);
    if (expected)
        count_missing(&j, &out);
    out.due = due(&j, out.slot);
    out.next = due(&j, j.window[NEXT].slot);
    return out;
}

const char *expected_state_name(enum expected_state s)
{
    static const char *const names[] = {"none", "due", "received", "held", "late", "missing"};
    return names[s];
}
