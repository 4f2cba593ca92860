/* What was true on a day and what was known then, against a model, for every order of arrival of random sets of flux; what each night
 * did; who speaks when days and creation disagree. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/asof.h"
#include "tests/unit/run_suite.h"
#include "tests/unit/store_fixture.h"

enum { FLUX = 4, CONTENTS = 3, ABSENT = CONTENTS, ROUNDS = 10, PERMUTATIONS = 24, FIRST_DAY = 20000, DAYS = 12 };

static const char NUMBER[] = "00000000001", OTHER[] = "00000000002";

/* In their total order; day, said and imported at random. */
struct plan {
    struct {
        char created[11], reference[11];
        int64_t day;
        unsigned says;
        char type[2];
    } flux[FLUX];
};

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

static struct made_household household(const char *number, unsigned content)
{
    static const char *const dates[CONTENTS] = {"2020-01-01", "2020-01-02", "2020-01-03"};
    static const char *const names[CONTENTS] = {"JEAN", "PAUL", "LUC"};
    return (struct made_household){
        number,
        "CAF",
        "123456700000000",
        dates[content],
        2,
        {{"MARTIN", "MARTIN", "ANNE", "1980-01-01", "N", NULL, NULL}, {"MARTIN", "MARTIN", names[content], "2010-01-01", "N", NULL, NULL}}};
}

static void iso(int64_t days, char out[11])
{
    int year, month, day;
    date_from_days(days, &year, &month, &day);
    ck_assert_int_eq(snprintf(out, 11, "%04d-%02d-%02d", year % 10000, month % 100, day % 100), 10);
}

static void make_plan(struct plan *p, uint32_t *state)
{
    for (unsigned i = 0; i < FLUX; i++) {
        p->flux[i].day = FIRST_DAY + next_random(state) % DAYS;
        p->flux[i].says = next_random(state) % (CONTENTS + 1);
        snprintf(p->flux[i].type, sizeof p->flux[i].type, "%s", next_random(state) % 2 ? "M" : "I");
        iso(FIRST_DAY + DAYS + i, p->flux[i].created);
        iso(p->flux[i].day, p->flux[i].reference);
    }
}

static void header_of(struct buf *b, const struct plan *p, unsigned i)
{
    const struct {
        node_id leaf;
        const char *text;
    } leaves[] = {{VRSB_IdentificationFlux_APPLIEME, "CRI"},
                  {VRSB_IdentificationFlux_TYPEFLUX, p->flux[i].type},
                  {VRSB_IdentificationFlux_NATFLUX, "D"},
                  {VRSB_IdentificationFlux_DTCREAFLUX, p->flux[i].created},
                  {VRSB_IdentificationFlux_HEUCREAFLUX, "10:00:00"},
                  {VRSB_IdentificationFlux_DTREF, p->flux[i].reference}};
    record_begin(b, &schema_vrsb0801);
    for (size_t k = 0; k < sizeof leaves / sizeof leaves[0]; k++) {
        const struct node *n = &schema_vrsb0801.nodes[leaves[k].leaf];
        record_leaf(b, n);
        ck_assert_int_eq(value_encode(n, leaves[k].text, strlen(leaves[k].text), b), FINDING_NONE);
    }
}

static void begin(struct run *r, struct fixture *f, const struct plan *p, unsigned i)
{
    struct keep keep;
    char bad[32];
    struct buf header;
    struct keep_rule rule = {PROFILE_ACCOMPAGNEMENT, "", false};
    *r = (struct run){.made = {.digest = (uint8_t)(10 + i)}, .line = 2};
    ck_assert_int_eq(keep_make(&schema_vrsb0801, &rule, &keep, bad, sizeof bad), ERR_OK);
    buf_init(&header, RECORD_MAX);
    header_of(&header, p, i);
    ck_assert_int_eq(store_write(f->store, &r->t), ERR_OK);
    ck_assert_int_eq(apply_begin(r->t, &schema_vrsb0801, (struct span){header.data, header.len}, &keep, false, &r->apply), ERR_OK);
    buf_free(&header);
}

static uint32_t end(struct run *r, int64_t imported_at)
{
    struct flux_entry *f = calloc(1, sizeof *f);
    memset(f->member_sha256, r->made.digest, 32);
    memset(f->archive_sha256, 0xa0 ^ r->made.digest, 32);
    snprintf(f->member, sizeof f->member, "member-%u.xml", r->made.digest);
    f->imported_at = imported_at;
    ck_assert_int_eq(apply_end(r->apply, f), ERR_OK);
    ck_assert_int_eq(store_commit(r->t), ERR_OK);
    uint32_t id = f->id;
    free(f);
    return id;
}

static uint32_t apply_one(struct fixture *f, const struct plan *p, unsigned i, int64_t imported_at)
{
    struct run r;
    begin(&r, f, p, i);
    struct made_household other = household(OTHER, i % CONTENTS);
    run_household(&r, &other);
    if (p->flux[i].says != ABSENT) {
        struct made_household h = household(NUMBER, p->flux[i].says);
        run_household(&r, &h);
    }
    return end(&r, imported_at);
}

/* The flux that speaks, FLUX when none does. */
static unsigned model(const struct plan *p, const int64_t imported[FLUX], const struct asof *when)
{
    for (unsigned i = FLUX; i-- > 0;)
        if (p->flux[i].says != ABSENT && p->flux[i].day <= when->day && imported[i] <= when->known_at)
            return i;
    return FLUX;
}

static void check_says(const struct span record, const uint64_t *persons, uint32_t count, unsigned content)
{
    struct made_household h = household(NUMBER, content);
    struct value v;
    char text[VALUE_TEXT_MAX];
    ck_assert(record_find(schema_vrsb0801.household, record.data, record.len, VRSB_DemandeRSA_DTDEMRSA, &v));
    value_text(&v, text);
    ck_assert_str_eq(text, h.dtdemrsa);
    ck_assert_uint_eq(count, 2);
    ck_assert_uint_ne(persons[0], persons[1]);
}

static uint64_t serial_of(struct store_txn *t)
{
    struct dossier d = {0};
    enum err e = dossier_by_numdemrsa(t, NUMBER, &d);
    uint64_t serial = d.serial;
    if (e)
        return 0;
    dossier_free(&d);
    return serial;
}

static void check_at(struct store_txn *t, uint64_t serial, const struct plan *p, const uint32_t ids[FLUX], const int64_t imported[FLUX],
                     const struct asof *when)
{
    struct dossier d = {0};
    uint32_t flux = 0;
    unsigned expected = model(p, imported, when);
    enum err e = dossier_at(t, serial, when, &d, &flux);
    ck_assert_int_eq(e, expected == FLUX ? ERR_NOTFOUND : ERR_OK);
    if (e)
        return;
    ck_assert_uint_eq(flux, ids[expected]);
    check_says((struct span){d.record.data, d.record.len}, d.persons, d.person_count, p->flux[expected].says);
    /* What is told to come from a flux was known when it was told. */
    for (unsigned i = 0; i < FLUX; i++)
        if (ids[i] == d.flux) {
            char member[32];
            snprintf(member, sizeof member, "member-%u.xml", 10 + i);
            ck_assert_str_eq(d.member, member);
            ck_assert(imported[i] <= when->known_at);
        }
    dossier_free(&d);
}

struct days {
    const struct plan *p;
    const uint32_t *ids;
    const int64_t *imported;
    struct asof when;
    int64_t last_day;
    unsigned last_says, count;
};

static enum err check_day(void *ctx, const struct said *s)
{
    struct days *d = ctx;
    const struct asof when = {s->day, d->when.known_at}, before = {s->day - 1, d->when.known_at};
    unsigned i = model(d->p, d->imported, &when), was = model(d->p, d->imported, &before);
    ck_assert_uint_lt(i, FLUX);
    ck_assert_uint_eq(s->flux, d->ids[i]);
    ck_assert(d->count == 0 || s->day > d->last_day);
    ck_assert(d->count == 0 ? was == FLUX : was < FLUX);
    check_says(s->record, s->persons, s->person_count, d->p->flux[i].says);
    d->last_day = s->day;
    d->last_says = d->p->flux[i].says;
    d->count++;
    return ERR_OK;
}

/* Every change that the model has from one day to the next is visited, and nothing after the last day asked for. */
static void check_days(struct store_txn *t, uint64_t serial, const struct plan *p, const uint32_t ids[FLUX], const int64_t imported[FLUX],
                       const struct asof *when)
{
    struct days d = {.p = p, .ids = ids, .imported = imported, .when = *when, .last_says = ABSENT};
    unsigned last = model(p, imported, when);
    enum err e = dossier_days(t, serial, when, check_day, &d);
    ck_assert_int_eq(e, last == FLUX ? ERR_NOTFOUND : ERR_OK);
    if (e)
        return;
    ck_assert_uint_eq(d.last_says, p->flux[last].says);
    ck_assert(d.last_day <= when->day);
}

static void check_all(struct fixture *f, const struct plan *p, const uint32_t ids[FLUX], const int64_t imported[FLUX], bool writable)
{
    struct store_txn *t;
    ck_assert_int_eq(writable ? store_write(f->store, &t) : store_read(f->store, &t), ERR_OK);
    uint64_t serial = serial_of(t);
    for (int64_t day = FIRST_DAY - 1; serial && day <= FIRST_DAY + DAYS; day++)
        for (int64_t known = 0; known <= FLUX; known++) {
            const struct asof when = {day, known == FLUX ? ASOF_EVER : known * 100 + 50};
            check_at(t, serial, p, ids, imported, &when);
        }
    for (int64_t known = 0; serial && known <= FLUX; known++) {
        const struct asof when = {ASOF_EVER, known * 100 + 50}, cut = {FIRST_DAY + DAYS / 2, ASOF_EVER};
        check_at(t, serial, p, ids, imported, &when);
        check_days(t, serial, p, ids, imported, &when);
        check_days(t, serial, p, ids, imported, &cut);
    }
    const struct asof ever = {ASOF_EVER, ASOF_EVER};
    struct dossier d = {0};
    uint32_t flux;
    ck_assert_int_eq(dossier_at(t, 999, &ever, &d, &flux), ERR_NOTFOUND);
    store_abort(t);
}

static void permutation(unsigned n, unsigned order[FLUX])
{
    unsigned left[FLUX], count = FLUX;
    for (unsigned i = 0; i < FLUX; i++)
        left[i] = i;
    for (unsigned i = 0; i < FLUX; i++) {
        unsigned k = n % count;
        n /= count;
        order[i] = left[k];
        memmove(left + k, left + k + 1, (--count - k) * sizeof *left);
    }
}

START_TEST(every_order_of_arrival_tells_the_same_days)
{
    uint32_t state = (uint32_t)_i + 1;
    struct plan p;
    make_plan(&p, &state);
    for (unsigned n = 0; n < PERMUTATIONS; n++) {
        struct fixture f;
        unsigned order[FLUX];
        uint32_t ids[FLUX];
        int64_t imported[FLUX];
        fixture_make(&f);
        permutation(n, order);
        for (unsigned i = 0; i < FLUX; i++) {
            imported[order[i]] = (int64_t)i * 100;
            ids[order[i]] = apply_one(&f, &p, order[i], imported[order[i]]);
        }
        check_all(&f, &p, ids, imported, false);
        check_all(&f, &p, ids, imported, true);
        fixture_remove(&f);
    }
}
END_TEST

struct nights {
    char text[512];
};

static enum err note_night(void *ctx, const struct night *n)
{
    struct nights *s = ctx;
    size_t len = strlen(s->text);
    char what[16];
    switch (n->kind) {
    case NIGHT_CARRIED:
        snprintf(what, sizeof what, "%s%s%s",
                 n->first     ? "first"
                 : n->changed ? "changed"
                              : "same",
                 n->late ? "-late" : "", n->now.line ? "@" : "");
        ck_assert(n->first == (n->before.record.len == 0));
        ck_assert(n->first || n->changed ||
                  (n->before.record.len == n->now.record.len && memcmp(n->before.record.data, n->now.record.data, n->now.record.len) == 0));
        break;
    case NIGHT_REJECTED:
        ck_assert_str_eq(finding_rule(n->reject->findings[0].code)->name, "V_DATE");
        snprintf(what, sizeof what, "rejected");
        break;
    default:
        snprintf(what, sizeof what, "%s", n->kind == NIGHT_ABSENT ? "absent" : "undone");
    }
    snprintf(s->text + len, sizeof s->text - len, "%s%.10s:%s", len ? " " : "", n->flux->member + 7, what);
    return ERR_OK;
}

static void nights_are(struct fixture *f, const char *number, const char *expected)
{
    struct store_txn *t;
    struct nights s = {""};
    ck_assert_int_eq(store_read(f->store, &t), ERR_OK);
    uint64_t serial = strcmp(number, NUMBER) == 0 ? serial_of(t) : 0;
    ck_assert_int_eq(dossier_nights(t, serial, number, note_night, &s), ERR_OK);
    ck_assert_str_eq(s.text, expected);
    store_abort(t);
}

static struct plan monthly(unsigned a, unsigned b, unsigned c, unsigned d)
{
    struct plan p;
    const unsigned says[FLUX] = {a, b, c, d};
    for (unsigned i = 0; i < FLUX; i++) {
        p.flux[i].day = FIRST_DAY + i;
        p.flux[i].says = says[i];
        snprintf(p.flux[i].type, sizeof p.flux[i].type, "M");
        iso(FIRST_DAY + DAYS + i, p.flux[i].created);
        iso(p.flux[i].day, p.flux[i].reference);
    }
    return p;
}

START_TEST(nights_in_the_order_of_the_flux)
{
    struct fixture f;
    struct plan p = monthly(0, 0, ABSENT, 1);
    fixture_make(&f);
    for (unsigned i = 0; i < FLUX; i++)
        apply_one(&f, &p, i, 0);
    nights_are(&f, NUMBER, "10.xml:first@ 11.xml:same 12.xml:absent 13.xml:changed@");
    fixture_remove(&f);
    /* The second one late: the image of the first is what it says, and the fourth stays a change. */
    fixture_make(&f);
    const unsigned order[FLUX] = {0, 2, 3, 1};
    for (unsigned i = 0; i < FLUX; i++)
        apply_one(&f, &p, order[i], 0);
    nights_are(&f, NUMBER, "10.xml:first@ 11.xml:same-late 12.xml:absent 13.xml:changed@");
    fixture_remove(&f);
}
END_TEST

START_TEST(a_daily_flux_is_never_missed)
{
    struct fixture f;
    struct plan p = monthly(0, ABSENT, ABSENT, 0);
    p.flux[1].type[0] = 'I';
    fixture_make(&f);
    for (unsigned i = 0; i < FLUX; i++)
        apply_one(&f, &p, i, 0);
    nights_are(&f, NUMBER, "10.xml:first@ 12.xml:absent 13.xml:same");
    fixture_remove(&f);
}
END_TEST

START_TEST(rejects_are_nights_too)
{
    struct fixture f;
    struct plan p = monthly(0, ABSENT, 1, ABSENT);
    struct made_household h = household(NUMBER, 2), other = household(OTHER, 0);
    struct run r;
    fixture_make(&f);
    apply_one(&f, &p, 0, 0);
    begin(&r, &f, &p, 1);
    run_reject(&r, &h, "2010-02-31");
    run_reject(&r, &other, "2010-02-31");
    end(&r, 0);
    nights_are(&f, NUMBER, "10.xml:first@ 11.xml:rejected");
    apply_one(&f, &p, 2, 0);
    nights_are(&f, NUMBER, "10.xml:first@ 11.xml:rejected 12.xml:changed@");
    nights_are(&f, OTHER, "11.xml:rejected");
    nights_are(&f, "00000000003", "");
    fixture_remove(&f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("asof");
    TCase *c = tcase_create("asof");
    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, every_order_of_arrival_tells_the_same_days, 0, ROUNDS);
    tcase_add_test(c, nights_in_the_order_of_the_flux);
    tcase_add_test(c, a_daily_flux_is_never_missed);
    tcase_add_test(c, rejects_are_nights_too);
    suite_add_tcase(suite, c);
    return run_suite(suite);
}
