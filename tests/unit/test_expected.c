#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flux/intake/expected.h"
#include "flux/record/value.h"
#include "tests/unit/run_suite.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };

/* ---- time zones ---- */

static int64_t last_sunday(int year, int month)
{
    int64_t day = 0;
    (void)date_to_days(year, month, 31, &day);
    return day - (day + 4) % 7;
}

/* Paris: an hour from UTC, two from 01:00 UTC on the last Sunday of March to the same hour of that of October. */
static int64_t paris_offset(int64_t seconds)
{
    int year, month, d;
    date_from_days(seconds / DAY, &year, &month, &d);
    bool summer = seconds >= last_sunday(year, 3) * DAY + HOUR && seconds < last_sunday(year, 10) * DAY + HOUR;
    return summer ? 2 * HOUR : HOUR;
}

static void local_at(int64_t seconds, int64_t *day, int *minute)
{
    *day = seconds / DAY;
    *minute = (int)(seconds % DAY / MINUTE);
}

static void paris(void *ctx, int64_t seconds, int64_t *day, int *minute)
{
    (void)ctx;
    local_at(seconds + paris_offset(seconds), day, minute);
}

static void hours(void *ctx, int64_t seconds, int64_t *day, int *minute)
{
    const int *h = ctx;
    local_at(seconds + *h * HOUR, day, minute);
}

static const struct expected_zone PARIS = {.local = paris};

/* "2025-03-30 04:59", UTC when offset is 0. */
static int64_t at(const char *text, int64_t offset)
{
    int n[5] = {0};
    int64_t days;
    for (int i = 0; i < 5; i++) {
        n[i] = (int)strtol(text, NULL, 10);
        text += strcspn(text, "- :");
        text += *text != 0;
    }
    ck_assert(date_to_days(n[0], n[1], n[2], &days));
    return days * DAY + n[3] * HOUR + n[4] * MINUTE - offset;
}

/* As the clocks of Paris show it; not for the hours of a change. */
static int64_t in_paris(const char *text)
{
    int64_t seconds = at(text, HOUR);
    return paris_offset(seconds) == HOUR ? seconds : seconds - HOUR;
}

static int64_t day_of(const char *text)
{
    int64_t seconds = at(text, 0);
    return seconds / DAY;
}

/* ---- what came ---- */

static const struct expected_rules DAILY = {.daily_by = 5 * 60, .daily_days = 63};
static const struct expected_rules WORKING = {.daily_by = 5 * 60, .daily_days = 31};
static const struct expected_rules MONTHLY = {.daily_by = -1, .daily_days = 63, .monthly_by = 5};

static struct expected_receipt made(const char *when, const char *reference, bool applied)
{
    int64_t seconds = at(when, 0);
    return (struct expected_receipt){.created = seconds / DAY,
                                     .minute = (int)(seconds % DAY / MINUTE),
                                     .reference = reference ? day_of(reference) : EXPECTED_NO_DAY,
                                     .applied = applied};
}

static struct expected_receipt evening(const char *when) { return made(when, when, true); }

static struct expected_result daily(const struct expected_receipt *r, size_t count, const char *since, const char *now)
{
    return expected_judge(EXPECTED_DAILY, &DAILY, &PARIS, r, count, in_paris(since), in_paris(now));
}

static struct expected_result monthly(const struct expected_receipt *r, size_t count, const char *since, const char *now)
{
    return expected_judge(EXPECTED_MONTHLY, &MONTHLY, &PARIS, r, count, in_paris(since), in_paris(now));
}

static void same(struct expected_result r, enum expected_state state, const char *slot, const char *due)
{
    ck_assert_str_eq(expected_state_name(r.state), expected_state_name(state));
    ck_assert_int_eq(r.slot, day_of(slot));
    ck_assert_int_eq(r.due, in_paris(due));
}

START_TEST(without_rules_nothing_is_expected)
{
    static const struct expected_rules none = {.daily_by = -1, .daily_days = 127}, no_day = {.daily_by = 300};
    struct expected_receipt r = evening("2025-02-10 21:27");
    ck_assert_int_eq(expected_judge(EXPECTED_DAILY, &none, &PARIS, &r, 1, 0, in_paris("2025-02-12 12:00")).state, EXPECTED_NONE);
    ck_assert_int_eq(expected_judge(EXPECTED_DAILY, &no_day, &PARIS, &r, 1, 0, in_paris("2025-02-12 12:00")).state, EXPECTED_NONE);
    ck_assert_int_eq(expected_judge(EXPECTED_MONTHLY, &DAILY, &PARIS, &r, 1, 0, in_paris("2025-02-12 12:00")).state, EXPECTED_NONE);
}
END_TEST

START_TEST(a_daily_flux_stands_for_the_morning_after_it_was_made)
{
    static const struct {
        const char *made, *slot, *working;
    } rows[] = {{"2025-02-10 21:27", "2025-02-11", "2025-02-11"}, {"2025-02-11 01:20", "2025-02-11", "2025-02-11"},
                {"2025-02-11 11:59", "2025-02-11", "2025-02-11"}, {"2025-02-11 12:00", "2025-02-12", "2025-02-12"},
                {"2025-02-14 21:27", "2025-02-15", "2025-02-17"}, {"2025-02-15 21:27", "2025-02-17", "2025-02-17"},
                {"2025-02-16 01:20", "2025-02-17", "2025-02-17"}, {"2025-12-31 21:27", "2026-01-01", "2026-01-01"},
                {"2024-02-28 21:27", "2024-02-29", "2024-02-29"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct expected_receipt r = evening(rows[i].made);
        ck_assert_int_eq(expected_slot(EXPECTED_DAILY, &DAILY, &r), day_of(rows[i].slot));
        ck_assert_int_eq(expected_slot(EXPECTED_DAILY, &WORKING, &r), day_of(rows[i].working));
    }
    static const struct expected_rules late_in_the_day = {.daily_by = 18 * 60, .daily_days = 127};
    struct expected_receipt before = evening("2025-02-11 17:59"), after = evening("2025-02-11 18:00");
    ck_assert_int_eq(expected_slot(EXPECTED_DAILY, &late_in_the_day, &before), day_of("2025-02-11"));
    ck_assert_int_eq(expected_slot(EXPECTED_DAILY, &late_in_the_day, &after), day_of("2025-02-12"));
}
END_TEST

START_TEST(a_monthly_flux_stands_for_the_month_it_is_expected_in)
{
    static const struct {
        const char *made, *reference, *slot;
    } rows[] = {{"2022-03-05 01:18", "2022-02-28", "2022-03-01"}, {"2025-01-05 01:18", "2024-12-31", "2025-01-01"},
                {"2025-03-20 01:18", "2025-02-28", "2025-03-01"}, {"2025-06-20 01:18", "2025-02-28", "2025-03-01"},
                {"2025-03-05 01:18", "2025-03-01", "2025-03-01"}, {"2025-03-15 01:18", "2025-03-01", "2025-03-01"},
                {"2025-02-28 21:27", "2025-02-28", "2025-03-01"}, {"2024-12-30 21:27", "2024-12-31", "2025-01-01"},
                {"2025-03-05 01:18", NULL, "2025-03-01"},         {"2025-03-29 01:18", NULL, "2025-04-01"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct expected_receipt r = made(rows[i].made, rows[i].reference, true);
        ck_assert_int_eq(expected_slot(EXPECTED_MONTHLY, &MONTHLY, &r), day_of(rows[i].slot));
    }
}
END_TEST

START_TEST(late_begins_at_the_minute)
{
    const struct expected_receipt r[] = {evening("2025-02-10 21:27"), evening("2025-02-11 21:27")};
    same(daily(r, 1, "2025-01-01 00:00", "2025-02-10 23:59"), EXPECTED_RECEIVED, "2025-02-11", "2025-02-11 05:00");
    same(daily(r, 1, "2025-01-01 00:00", "2025-02-11 23:59"), EXPECTED_RECEIVED, "2025-02-11", "2025-02-11 05:00");
    same(daily(r, 1, "2025-01-01 00:00", "2025-02-12 00:00"), EXPECTED_DUE, "2025-02-12", "2025-02-12 05:00");
    same(daily(r, 1, "2025-01-01 00:00", "2025-02-12 04:59"), EXPECTED_DUE, "2025-02-12", "2025-02-12 05:00");
    int64_t due = in_paris("2025-02-12 05:00"), since = in_paris("2025-01-01 00:00");
    ck_assert_int_eq(expected_judge(EXPECTED_DAILY, &DAILY, &PARIS, r, 1, since, due - 1).state, EXPECTED_DUE);
    ck_assert_int_eq(expected_judge(EXPECTED_DAILY, &DAILY, &PARIS, r, 1, since, due).state, EXPECTED_LATE);
    same(daily(r, 1, "2025-01-01 00:00", "2025-02-12 07:45"), EXPECTED_LATE, "2025-02-12", "2025-02-12 05:00");
    same(daily(r, 2, "2025-01-01 00:00", "2025-02-12 07:46"), EXPECTED_RECEIVED, "2025-02-12", "2025-02-12 05:00");
    ck_assert_int_eq(daily(r, 2, "2025-01-01 00:00", "2025-02-12 07:46").next, in_paris("2025-02-13 05:00"));
}
END_TEST

START_TEST(missing_is_what_the_next_one_or_its_time_has_passed)
{
    const struct expected_receipt r[] = {evening("2025-02-10 21:27"), evening("2025-02-12 21:27")};
    same(daily(r, 1, "2025-01-01 00:00", "2025-02-13 04:59"), EXPECTED_LATE, "2025-02-12", "2025-02-12 05:00");
    same(daily(r, 1, "2025-01-01 00:00", "2025-02-13 05:00"), EXPECTED_MISSING, "2025-02-12", "2025-02-12 05:00");
    same(daily(r, 2, "2025-01-01 00:00", "2025-02-12 22:00"), EXPECTED_MISSING, "2025-02-12", "2025-02-12 05:00");
    struct expected_result after = daily(r, 2, "2025-01-01 00:00", "2025-02-13 07:00");
    same(after, EXPECTED_RECEIVED, "2025-02-13", "2025-02-13 05:00");
    ck_assert_uint_eq(after.missing, 1);
    ck_assert_int_eq(after.last_missing, day_of("2025-02-12"));
    struct expected_result long_after = daily(r, 1, "2025-01-01 00:00", "2025-02-18 07:00");
    same(long_after, EXPECTED_MISSING, "2025-02-12", "2025-02-12 05:00");
    ck_assert_uint_eq(long_after.missing, 5); /* 12 to 17 but Sunday; the 18th is only late */
    ck_assert_int_eq(long_after.last_missing, day_of("2025-02-17"));
}
END_TEST

START_TEST(sundays_are_nobodys)
{
    const struct expected_receipt r = evening("2025-02-14 21:27"); /* a Friday */
    same(daily(&r, 1, "2025-01-01 00:00", "2025-02-15 12:00"), EXPECTED_RECEIVED, "2025-02-15", "2025-02-15 05:00");
    same(daily(&r, 1, "2025-01-01 00:00", "2025-02-16 12:00"), EXPECTED_RECEIVED, "2025-02-15", "2025-02-15 05:00");
    same(daily(&r, 1, "2025-01-01 00:00", "2025-02-17 00:00"), EXPECTED_DUE, "2025-02-17", "2025-02-17 05:00");
    same(daily(&r, 1, "2025-01-01 00:00", "2025-02-17 05:00"), EXPECTED_LATE, "2025-02-17", "2025-02-17 05:00");
}
END_TEST

START_TEST(a_held_one_came_and_is_no_success)
{
    struct expected_receipt r[] = {evening("2025-02-10 21:27"), made("2025-02-11 21:27", "2025-02-11", false), evening("2025-02-11 21:27")};
    same(daily(r, 2, "2025-01-01 00:00", "2025-02-12 07:00"), EXPECTED_HELD, "2025-02-12", "2025-02-12 05:00");
    same(daily(r, 2, "2025-01-01 00:00", "2025-02-13 03:00"), EXPECTED_HELD, "2025-02-12", "2025-02-12 05:00");
    same(daily(r, 2, "2025-01-01 00:00", "2025-02-13 05:00"), EXPECTED_LATE, "2025-02-13", "2025-02-13 05:00");
    same(daily(r, 3, "2025-01-01 00:00", "2025-02-12 07:00"), EXPECTED_RECEIVED, "2025-02-12", "2025-02-12 05:00");
    ck_assert_uint_eq(daily(r, 2, "2025-01-01 00:00", "2025-02-13 05:00").missing, 0);
}
END_TEST

START_TEST(the_first_night_is_late_and_not_missing_for_years)
{
    same(daily(NULL, 0, "2025-02-11 10:00", "2025-02-11 10:01"), EXPECTED_DUE, "2025-02-12", "2025-02-12 05:00");
    same(daily(NULL, 0, "2025-02-11 10:00", "2025-02-12 05:00"), EXPECTED_LATE, "2025-02-12", "2025-02-12 05:00");
    struct expected_result r = daily(NULL, 0, "2025-02-11 10:00", "2025-06-12 06:00");
    same(r, EXPECTED_LATE, "2025-06-12", "2025-06-12 05:00");
    ck_assert_uint_eq(r.missing, 0);
    const struct expected_receipt first = evening("2025-06-12 21:27");
    r = daily(&first, 1, "2025-02-11 10:00", "2025-06-13 06:00");
    same(r, EXPECTED_RECEIVED, "2025-06-13", "2025-06-13 05:00");
    ck_assert_uint_eq(r.missing, 0);
    same(monthly(NULL, 0, "2025-02-06 00:00", "2025-03-05 23:59"), EXPECTED_DUE, "2025-03-01", "2025-03-06 00:00");
    same(monthly(NULL, 0, "2025-02-05 23:59", "2025-02-06 00:00"), EXPECTED_LATE, "2025-02-01", "2025-02-06 00:00");
}
END_TEST

START_TEST(a_monthly_flux_has_until_the_end_of_its_day)
{
    const struct expected_receipt r[] = {made("2025-01-04 01:18", "2024-12-31", true), made("2025-02-05 01:18", "2025-01-31", true),
                                         made("2025-04-05 01:18", "2025-03-31", true)};
    same(monthly(r, 1, "2024-01-01 00:00", "2025-01-31 23:59"), EXPECTED_RECEIVED, "2025-01-01", "2025-01-06 00:00");
    same(monthly(r, 1, "2024-01-01 00:00", "2025-02-01 00:00"), EXPECTED_DUE, "2025-02-01", "2025-02-06 00:00");
    same(monthly(r, 1, "2024-01-01 00:00", "2025-02-05 23:59"), EXPECTED_DUE, "2025-02-01", "2025-02-06 00:00");
    same(monthly(r, 1, "2024-01-01 00:00", "2025-02-06 00:00"), EXPECTED_LATE, "2025-02-01", "2025-02-06 00:00");
    same(monthly(r, 1, "2024-01-01 00:00", "2025-03-05 23:59"), EXPECTED_LATE, "2025-02-01", "2025-02-06 00:00");
    same(monthly(r, 1, "2024-01-01 00:00", "2025-03-06 00:00"), EXPECTED_MISSING, "2025-02-01", "2025-02-06 00:00");
    same(monthly(r, 2, "2024-01-01 00:00", "2025-02-06 00:00"), EXPECTED_RECEIVED, "2025-02-01", "2025-02-06 00:00");
    struct expected_result april = monthly(r, 3, "2024-01-01 00:00", "2025-04-06 00:00");
    same(april, EXPECTED_RECEIVED, "2025-04-01", "2025-04-06 00:00");
    ck_assert_uint_eq(april.missing, 1);
    ck_assert_int_eq(april.last_missing, day_of("2025-03-01"));
    static const struct expected_rules to_the_28th = {.daily_by = -1, .monthly_by = 28};
    ck_assert_int_eq(expected_due(EXPECTED_MONTHLY, &to_the_28th, &PARIS, day_of("2025-02-01")), in_paris("2025-03-01 00:00"));
    ck_assert_int_eq(expected_due(EXPECTED_MONTHLY, &to_the_28th, &PARIS, day_of("2024-02-01")), in_paris("2024-02-29 00:00"));
}
END_TEST

START_TEST(clocks_that_change)
{
    static const struct expected_rules at_half_past_two = {.daily_by = 150, .daily_days = 127};
    /* 02:30 does not exist on 30 March 2025 and comes twice on 26 October. */
    ck_assert_int_eq(expected_due(EXPECTED_DAILY, &at_half_past_two, &PARIS, day_of("2025-03-30")), at("2025-03-30 01:00", 0));
    ck_assert_int_eq(expected_due(EXPECTED_DAILY, &at_half_past_two, &PARIS, day_of("2025-10-26")), at("2025-10-26 00:30", 0));
    ck_assert_int_eq(expected_due(EXPECTED_DAILY, &DAILY, &PARIS, day_of("2025-03-30")), at("2025-03-30 03:00", 0));
    ck_assert_int_eq(expected_due(EXPECTED_DAILY, &DAILY, &PARIS, day_of("2025-03-29")), at("2025-03-29 04:00", 0));
    ck_assert_int_eq(expected_due(EXPECTED_DAILY, &DAILY, &PARIS, day_of("2025-10-26")), at("2025-10-26 04:00", 0));
    ck_assert_int_eq(expected_due(EXPECTED_DAILY, &DAILY, &PARIS, day_of("2025-10-25")), at("2025-10-25 03:00", 0));
    static const struct expected_rules nearly_midnight = {.daily_by = 23 * 60 + 59, .daily_days = 127};
    ck_assert_int_eq(expected_due(EXPECTED_DAILY, &nearly_midnight, &PARIS, day_of("2025-10-26")), at("2025-10-26 22:59", 0));
    /* Once late, late: whatever the clocks show in the hour that comes again. */
    const struct expected_receipt r = evening("2025-10-24 21:27");
    for (int64_t now = at("2025-10-26 00:30", 0); now < at("2025-10-26 23:00", 0); now += MINUTE)
        ck_assert_int_eq(expected_judge(EXPECTED_DAILY, &at_half_past_two, &PARIS, &r, 1, 0, now).state, EXPECTED_LATE);
}
END_TEST

START_TEST(departments_far_away_have_their_own_hours)
{
    int offsets[] = {4, -4, 12, -10, 14, -12, 0};
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        const struct expected_zone zone = {hours, &offsets[i]};
        ck_assert_int_eq(expected_due(EXPECTED_DAILY, &DAILY, &zone, day_of("2025-02-12")), at("2025-02-12 05:00", offsets[i] * HOUR));
        const struct expected_receipt r = evening("2025-02-10 21:27");
        int64_t due = at("2025-02-12 05:00", offsets[i] * HOUR);
        ck_assert_int_eq(expected_judge(EXPECTED_DAILY, &DAILY, &zone, &r, 1, 0, due - 1).state, EXPECTED_DUE);
        ck_assert_int_eq(expected_judge(EXPECTED_DAILY, &DAILY, &zone, &r, 1, 0, due).state, EXPECTED_LATE);
    }
}
END_TEST

START_TEST(a_clock_set_back_loses_nothing)
{
    const struct expected_receipt r[] = {evening("2025-02-09 21:27"), evening("2025-02-10 21:27")};
    same(daily(r, 2, "2025-02-09 00:00", "2025-02-11 08:00"), EXPECTED_RECEIVED, "2025-02-11", "2025-02-11 05:00");
    same(daily(r, 2, "2025-02-09 00:00", "2025-02-10 08:00"), EXPECTED_RECEIVED, "2025-02-11", "2025-02-11 05:00");
    ck_assert_int_eq(daily(r, 2, "2025-02-09 00:00", "2020-01-01 08:00").state, EXPECTED_DUE);
    const struct expected_receipt future = made("2199-02-10 21:27", "2199-02-10", false);
    const struct expected_receipt both[] = {r[1], future};
    same(daily(both, 2, "2025-02-09 00:00", "2025-02-12 08:00"), EXPECTED_LATE, "2025-02-12", "2025-02-12 05:00");
}
END_TEST

/* ---- whatever comes, in whatever order ---- */

static uint32_t draw(uint64_t *seed, uint32_t below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((*seed >> 33) % below);
}

enum { FLUX = 60, SLOTS = 200 };

struct night {
    struct expected_receipt list[FLUX];
    int64_t imported[FLUX], begin, end;
};

/* A hundred days; each flux arrives some time after it was made, at times days later, at times twice. */
static void draw_night(uint64_t *seed, enum expected_kind kind, struct night *n)
{
    n->begin = in_paris("2025-01-01 00:00") + (int64_t)draw(seed, 400) * DAY;
    n->end = n->begin + 100 * DAY;
    for (size_t i = 0; i < FLUX; i++) {
        int64_t when = n->begin + (int64_t)draw(seed, 100) * DAY + (int64_t)draw(seed, 24 * 60) * MINUTE;
        n->list[i] = (struct expected_receipt){.created = when / DAY, .minute = (int)(when % DAY / MINUTE), .applied = draw(seed, 4) != 0};
        n->list[i].reference = kind == EXPECTED_MONTHLY ? n->list[i].created - draw(seed, 40) : n->list[i].created;
        n->imported[i] = when + (int64_t)draw(seed, draw(seed, 5) ? 4 * HOUR : 10 * DAY);
    }
}

static size_t known_by(const struct night *n, int64_t now, struct expected_receipt out[FLUX])
{
    size_t count = 0;
    for (size_t i = 0; i < FLUX; i++)
        if (n->imported[i] <= now)
            out[count++] = n->list[i];
    return count;
}

/* What was received stays so; late begins at its minute, and is never said of what came. */
static void follow(uint64_t *seed, enum expected_kind kind, const struct expected_rules *rules)
{
    struct night n;
    struct expected_receipt known[FLUX];
    int64_t received[SLOTS];
    size_t slots = 0;
    draw_night(seed, kind, &n);
    for (int64_t now = n.begin; now < n.end; now += 29 * MINUTE) {
        size_t count = known_by(&n, now, known);
        struct expected_result r = expected_judge(kind, rules, &PARIS, known, count, n.begin, now);
        bool was = false, came = false, bad = expected_is_bad(r.state);
        for (size_t i = 0; i < slots; i++)
            was |= received[i] == r.slot;
        for (size_t i = 0; i < count; i++)
            came |= expected_slot(kind, rules, &known[i]) == r.slot;
        bool right = (!was || r.state == EXPECTED_RECEIVED) && came == (r.state == EXPECTED_RECEIVED || r.state == EXPECTED_HELD);
        right &= r.due == expected_due(kind, rules, &PARIS, r.slot) && (!bad || now >= r.due) && (r.state != EXPECTED_DUE || now < r.due);
        right &= r.next > now && r.due > n.begin && (r.missing == 0) == (r.last_missing == EXPECTED_NO_DAY);
        if (!right)
            ck_abort_msg("slot %d, state %s", (int)r.slot, expected_state_name(r.state));
        if (r.state == EXPECTED_RECEIVED && !was && slots < SLOTS)
            received[slots++] = r.slot;
    }
}

START_TEST(what_was_received_never_goes_back)
{
    uint64_t seed = 20250212;
    for (int i = 0; i < 60; i++) {
        struct expected_rules rules = {
            .daily_by = (int)draw(&seed, 1440), .daily_days = 1 + draw(&seed, 127), .monthly_by = 1 + draw(&seed, 28)};
        follow(&seed, EXPECTED_DAILY, &rules);
        follow(&seed, EXPECTED_MONTHLY, &rules);
    }
}
END_TEST

START_TEST(order_of_arrival_and_duplicates_change_nothing)
{
    uint64_t seed = 7;
    for (int i = 0; i < 300; i++) {
        struct night n;
        struct expected_receipt turned[2 * FLUX];
        draw_night(&seed, EXPECTED_DAILY, &n);
        for (size_t k = 0; k < FLUX; k++)
            turned[k] = turned[2 * FLUX - 1 - k] = n.list[FLUX - 1 - k];
        int64_t now = n.begin + (int64_t)draw(&seed, 100 * DAY);
        struct expected_result a = expected_judge(EXPECTED_DAILY, &DAILY, &PARIS, n.list, FLUX, n.begin, now);
        struct expected_result b = expected_judge(EXPECTED_DAILY, &DAILY, &PARIS, turned, 2 * FLUX, n.begin, now);
        ck_assert(a.state == b.state && a.slot == b.slot && a.due == b.due && a.next == b.next && a.missing == b.missing &&
                  a.last_missing == b.last_missing);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("expected");
    TCase *t = tcase_create("expected");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, without_rules_nothing_is_expected);
    tcase_add_test(t, a_daily_flux_stands_for_the_morning_after_it_was_made);
    tcase_add_test(t, a_monthly_flux_stands_for_the_month_it_is_expected_in);
    tcase_add_test(t, late_begins_at_the_minute);
    tcase_add_test(t, missing_is_what_the_next_one_or_its_time_has_passed);
    tcase_add_test(t, sundays_are_nobodys);
    tcase_add_test(t, a_held_one_came_and_is_no_success);
    tcase_add_test(t, the_first_night_is_late_and_not_missing_for_years);
    tcase_add_test(t, a_monthly_flux_has_until_the_end_of_its_day);
    tcase_add_test(t, clocks_that_change);
    tcase_add_test(t, departments_far_away_have_their_own_hours);
    tcase_add_test(t, a_clock_set_back_loses_nothing);
    tcase_add_test(t, what_was_received_never_goes_back);
    tcase_add_test(t, order_of_arrival_and_duplicates_change_nothing);
    suite_add_tcase(s, t);
    return run_suite(s);
}
