#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "samples/life.h"
#include "tests/unit/run_suite.h"
#include "tests/unit/sample_doc.h"

enum { WHO_MAX = 160 };

/* What belongs to one file and not to the household. */
static const char *const of_the_file[] = {"Evenement", "Controle", "Anomalie", NULL};
/* Told in the month of a mutation only. */
static const char *const of_the_month[] = {"Evenement", "Controle", "Anomalie", "OrganismeCedant", "OrganismePrenant", NULL};

static bool equal(struct span a, struct span b) { return a.len == b.len && memcmp(a.data, b.data, a.len) == 0; }

static char etat(struct span xml)
{
    char text[8];
    struct span next;
    ck_assert(sample_text(xml, "ETATDOSRSA", text, sizeof text, &next));
    return text[0];
}

static bool text_differs(struct span a, struct span b, const char *name)
{
    char x[64], y[64];
    struct span next;
    return sample_text(a, name, x, sizeof x, &next) && sample_text(b, name, y, sizeof y, &next) && strcmp(x, y) != 0;
}

START_TEST(changed_per_mille_redraws_that_many)
{
    struct sample_options o = sample_doc_options();
    struct sample_doc plain, drawn;
    sample_doc_month(&o, 4);
    o.households = 4000;
    sample_doc_make(&o, &plain);
    o.changed_per_mille = 50;
    sample_doc_make(&o, &drawn);
    ck_assert_uint_eq(plain.count, drawn.count);
    size_t changed = 0;
    for (size_t i = 0; i < plain.count; i++) {
        struct span a = plain.households[i].xml, b = drawn.households[i].xml;
        ck_assert_str_eq(plain.households[i].number, drawn.households[i].number);
        if (equal(a, b))
            continue;
        changed++;
        ck_assert(text_differs(a, b, "MTTOTDRORSA"));
        ck_assert(text_differs(a, b, "MTRSAVERS"));
    }
    ck_assert_uint_ge(changed, plain.count * 40 / 1000);
    ck_assert_uint_le(changed, plain.count * 60 / 1000);
    sample_doc_free(&plain);
    sample_doc_free(&drawn);
}
END_TEST

START_TEST(about_a_third_of_the_households_change_each_month)
{
    struct sample_options o = sample_doc_options();
    struct sample_doc before, now;
    o.households = 4000;
    sample_doc_make(&o, &before);
    for (unsigned m = 1; m <= 4; m++) {
        size_t same = 0, common = 0;
        sample_doc_month(&o, m);
        sample_doc_make(&o, &now);
        for (size_t i = 0; i < now.count; i++) {
            const struct sample_household *h = sample_doc_find(&before, now.households[i].number);
            common += h != NULL;
            same += h != NULL && equal(h->xml, now.households[i].xml);
        }
        ck_assert_uint_ge(same, common * 55 / 100);
        ck_assert_uint_le(same, common * 75 / 100);
        ck_assert_uint_lt(common, before.count);
        ck_assert_uint_lt(common, now.count);
        sample_doc_free(&before);
        before = now;
    }
    sample_doc_free(&before);
}
END_TEST

static bool must_be_daily(const struct sample_doc *before, const struct sample_household *h)
{
    const struct sample_household *old = sample_doc_find(before, h->number);
    return old == NULL || !sample_same_without(old->xml, h->xml, of_the_month);
}

/* Every household of the dailies is as the monthly will tell it; each that changes is in exactly one of them. */
static void check_dailies(struct sample_options o, unsigned month)
{
    struct sample_doc before, now, daily;
    sample_doc_month(&o, month - 1);
    sample_doc_make(&o, &before);
    sample_doc_month(&o, month);
    sample_doc_make(&o, &now);
    unsigned *times = calloc(now.count, sizeof *times);
    ck_assert_ptr_nonnull(times);
    o.daily = true;
    for (o.day = 1; o.day <= 28 + (o.month == 2 ? 0 : 2) + (o.month == 3 || o.month == 5); o.day++) {
        sample_doc_make(&o, &daily);
        for (size_t i = 0; i < daily.count; i++) {
            const struct sample_household *h = sample_doc_find(&now, daily.households[i].number);
            ck_assert_ptr_nonnull(h);
            ck_assert(sample_has(daily.households[i].xml, "Evenement"));
            ck_assert(sample_same_without(h->xml, daily.households[i].xml, of_the_file));
            times[h - now.households]++;
        }
        sample_doc_free(&daily);
    }
    for (size_t i = 0; i < now.count; i++) {
        ck_assert_uint_le(times[i], 1);
        ck_assert(times[i] == 1 || !must_be_daily(&before, &now.households[i]));
    }
    free(times);
    sample_doc_free(&before);
    sample_doc_free(&now);
}

START_TEST(dailies_agree_with_monthlies)
{
    struct sample_options o = sample_doc_options();
    check_dailies(o, 1);
    o.changed_per_mille = 80;
    check_dailies(o, 4);
    o.emitter = SAMPLE_MSA;
    check_dailies(o, 2);
}
END_TEST

static void check_blocks(struct span xml)
{
    char e = etat(xml);
    ck_assert_int_eq(sample_has(xml, "Refus"), e == '1');
    ck_assert_int_eq(sample_has(xml, "SuspensionDroit"), e == '3');
    ck_assert_int_eq(sample_has(xml, "SuspensionVersement"), e == '4');
    ck_assert_int_eq(sample_has(xml, "FinDroit"), e == '5');
    ck_assert_int_eq(sample_has(xml, "FinDroitMoisAnterieur"), e == '6');
    ck_assert_int_eq(sample_has(xml, "DetailCalculDroitRSA"), e >= '2');
    if (sample_has(xml, "OrganismePrenant"))
        ck_assert_int_eq(e, '5');
}

static void role_of(struct span person, const char *benefit, char role[8])
{
    char nature[8];
    struct span roles, next, rest = person;
    while (sample_block(rest, "Prestations", &roles, &rest))
        if (sample_text(roles, "NATPREST", nature, sizeof nature, &next) && strcmp(nature, benefit) == 0) {
            ck_assert(sample_text(roles, "ROLEPERS", role, 8, &next));
            return;
        }
    ck_abort_msg("no role for %s", benefit);
}

static void check_persons(struct span xml)
{
    struct span person, rest = xml;
    unsigned dem = 0, cjt = 0;
    char role[8];
    while (sample_block(rest, "Personne", &person, &rest)) {
        role_of(person, "PFA", role);
        role_of(person, "RSA", role);
        dem += strcmp(role, "DEM") == 0;
        cjt += strcmp(role, "CJT") == 0;
        bool child = strcmp(role, "ENF") == 0 || strcmp(role, "AUT") == 0;
        ck_assert_int_eq(sample_has(person, "Rattachement"), child);
        ck_assert(!child || !sample_has(person, "Grossesse"));
    }
    ck_assert_uint_eq(dem, 1);
    ck_assert_uint_le(cjt, 1);
}

static void check_addresses(struct span xml)
{
    struct span address, next, rest = xml;
    char rank[8], wanted[] = "00", country[8];
    while (sample_block(rest, "Adresse", &address, &rest)) {
        wanted[1]++;
        ck_assert(sample_text(address, "RGADR", rank, sizeof rank, &next));
        ck_assert_str_eq(rank, wanted);
        ck_assert(sample_text(address, "PAYS", country, sizeof country, &next));
        ck_assert_int_eq(sample_has(address, "AdresseDetailleeFrance"), strcmp(country, "FRA") == 0);
        ck_assert_int_eq(sample_has(address, "AdresseHorsFrance"), strcmp(country, "HOR") == 0);
    }
}

static void check_order_of_dates(struct span xml)
{
    static const char *const pairs[][2] = {
        {"DTDEMRSA", "DTCLORSA"}, {"DTDEMRSA", "DTREFURSA"}, {"DDNATDRO", "DTDERRSAVERS"}, {"DDGRO", "DFGRO"}, {"DTDEMRSA", "DDARRMUT"}};
    char first[16], second[16];
    struct span next;
    for (unsigned i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (sample_text(xml, pairs[i][0], first, sizeof first, &next) && sample_text(xml, pairs[i][1], second, sizeof second, &next))
            ck_assert_msg(strcmp(first, second) <= 0, "%s %s, %s %s", pairs[i][0], first, pairs[i][1], second);
}

START_TEST(households_make_sense)
{
    struct sample_options o = sample_doc_options();
    struct sample_doc d;
    o.households = 4000;
    for (unsigned m = 0; m <= 20; m += 4) {
        sample_doc_month(&o, m);
        o.emitter = m == 8 ? SAMPLE_MSA : SAMPLE_CAF;
        sample_doc_make(&o, &d);
        for (size_t i = 0; i < d.count; i++) {
            check_blocks(d.households[i].xml);
            check_persons(d.households[i].xml);
            check_addresses(d.households[i].xml);
            check_order_of_dates(d.households[i].xml);
            ck_assert(i == 0 || strcmp(d.households[i - 1].number, d.households[i].number) != 0);
        }
        sample_doc_free(&d);
    }
}
END_TEST

struct passage {
    unsigned closed, gone, reopened, refused, regularised;
};

static void follow(const struct sample_doc *before, const struct sample_doc *now, struct passage *p)
{
    for (size_t i = 0; i < before->count; i++) {
        char was = etat(before->households[i].xml);
        const struct sample_household *h = sample_doc_find(now, before->households[i].number);
        char is = h != NULL ? etat(h->xml) : '-';
        if (was == '5' || was == '6') {
            ck_assert_int_ne(is, '5');
            p->gone += is == '-';
        } else if (was == '1') {
            ck_assert_int_eq(is, '-');
            p->refused++;
        } else {
            ck_assert_int_ne(is, '-');
            p->closed += is == '5';
        }
    }
}

/* A number seen closed, then absent, then open again, or closed on an earlier month. */
static void remember(const struct sample_doc *d, struct sample_doc *closed, struct passage *p)
{
    for (size_t i = 0; i < d->count; i++) {
        const struct sample_household *h = sample_doc_find(closed, d->households[i].number);
        if (h == NULL)
            continue;
        char is = etat(d->households[i].xml);
        if (etat(h->xml) == '5' && is == '6') {
            ck_assert(!text_differs(h->xml, d->households[i].xml, "DTCLORSA"));
            ck_assert(!text_differs(h->xml, d->households[i].xml, "MOTICLORSA"));
            p->regularised++;
        }
        p->reopened += etat(h->xml) == '5' && is == '2';
    }
}

START_TEST(closings_appear_once_and_may_reopen)
{
    struct sample_options o = sample_doc_options();
    struct sample_doc first, before, now;
    struct passage p = {0};
    o.households = 4000;
    sample_doc_make(&o, &before);
    sample_doc_make(&o, &first);
    for (unsigned m = 1; m <= 9; m++) {
        sample_doc_month(&o, m);
        sample_doc_make(&o, &now);
        follow(&before, &now, &p);
        remember(&now, &first, &p);
        sample_doc_free(&before);
        before = now;
    }
    ck_assert_uint_gt(p.closed, 100);
    ck_assert_uint_gt(p.gone, 100);
    ck_assert_uint_gt(p.refused, 10);
    ck_assert_uint_gt(p.reopened, 5);
    ck_assert_uint_gt(p.regularised, 0);
    sample_doc_free(&before);
    sample_doc_free(&first);
}
END_TEST

/* The person of this role, by birth name, first name and birth date. */
static bool identity(struct span xml, const char *role, char who[WHO_MAX])
{
    char is[8], name[64], first[64], born[16];
    struct span person, next, rest = xml;
    while (sample_block(rest, "Personne", &person, &rest)) {
        role_of(person, "RSA", is);
        if (strcmp(is, role) != 0)
            continue;
        ck_assert(sample_text(person, "NOMNAI", name, sizeof name, &next));
        ck_assert(sample_text(person, "PRENOM", first, sizeof first, &next));
        ck_assert(sample_text(person, "DTNAI", born, sizeof born, &next));
        (void)snprintf(who, WHO_MAX, "%s/%s/%s", name, first, born);
        return true;
    }
    return false;
}

/* The demandeur of a new dossier was the conjoint of the one it names. */
static unsigned separations(const struct sample_doc *before, const struct sample_doc *now)
{
    unsigned n = 0;
    char previous[16], dem[WHO_MAX], cjt[WHO_MAX];
    struct span next;
    for (size_t i = 0; i < now->count; i++) {
        struct span xml = now->households[i].xml;
        if (sample_doc_find(before, now->households[i].number) != NULL ||
            !sample_text(xml, "NUMDEMRSAPRECE", previous, sizeof previous, &next))
            continue;
        const struct sample_household *old = sample_doc_find(before, previous);
        if (old == NULL)
            continue;
        ck_assert(identity(xml, "DEM", dem));
        ck_assert(identity(old->xml, "CJT", cjt));
        ck_assert_str_eq(dem, cjt);
        old = sample_doc_find(now, previous);
        ck_assert_ptr_nonnull(old);
        ck_assert(!identity(old->xml, "CJT", cjt));
        n++;
    }
    return n;
}

static unsigned exchanges(const struct sample_doc *before, const struct sample_doc *now, unsigned *alone)
{
    unsigned n = 0;
    char dem[WHO_MAX], cjt[WHO_MAX], left[WHO_MAX];
    for (size_t i = 0; i < now->count; i++) {
        const struct sample_household *old = sample_doc_find(before, now->households[i].number);
        if (old == NULL || !identity(old->xml, "CJT", cjt))
            continue;
        ck_assert(identity(now->households[i].xml, "DEM", dem));
        if (strcmp(dem, cjt) != 0)
            continue;
        bool both = identity(now->households[i].xml, "CJT", left);
        *alone += !both;
        if (both) {
            ck_assert(identity(old->xml, "DEM", dem));
            ck_assert_str_eq(dem, left);
        }
        n++;
    }
    return n;
}

START_TEST(couples_separate_and_exchange_roles)
{
    struct sample_options o = sample_doc_options();
    struct sample_doc before, now;
    unsigned left = 0, exchanged = 0, alone = 0;
    o.households = 4000;
    sample_doc_make(&o, &before);
    for (unsigned m = 1; m <= 9; m++) {
        sample_doc_month(&o, m);
        sample_doc_make(&o, &now);
        left += separations(&before, &now);
        exchanged += exchanges(&before, &now, &alone);
        sample_doc_free(&before);
        before = now;
    }
    ck_assert_uint_gt(left, 20);
    ck_assert_uint_gt(alone, 3);
    ck_assert_uint_gt(exchanged, alone + 10);
    sample_doc_free(&before);
}
END_TEST

/* Provisional numbers become certified ones, and numbers come that were not there. */
static void compare_nir(struct span a, struct span b, unsigned *certified, unsigned *come)
{
    char was[16], is[16], who[WHO_MAX], then[WHO_MAX];
    struct span one, two, next, first, second;
    if (!identity(a, "DEM", then) || !identity(b, "DEM", who) || strcmp(who, then) != 0)
        return;
    ck_assert(sample_block(a, "Identification", &one, &first));
    ck_assert(sample_block(b, "Identification", &two, &second));
    bool had = sample_text(one, "NIR", was, sizeof was, &next), has = sample_text(two, "NIR", is, sizeof is, &next);
    ck_assert(has || !had);
    *come += has && !had;
    if (had && has && strcmp(was, is) != 0) {
        ck_assert_int_ge(was[0], '7');
        ck_assert_int_le(is[0], '2');
        ck_assert_str_eq(was + 1, is + 1);
        (*certified)++;
    }
}

START_TEST(nir_are_certified_and_come_later)
{
    struct sample_options o = sample_doc_options();
    struct sample_doc before, now;
    unsigned certified = 0, come = 0;
    o.households = 4000;
    sample_doc_make(&o, &before);
    sample_doc_month(&o, 12);
    sample_doc_make(&o, &now);
    for (size_t i = 0; i < now.count; i++) {
        const struct sample_household *old = sample_doc_find(&before, now.households[i].number);
        if (old != NULL)
            compare_nir(old->xml, now.households[i].xml, &certified, &come);
    }
    ck_assert_uint_gt(certified, 5);
    ck_assert_uint_gt(come, 5);
    sample_doc_free(&before);
    sample_doc_free(&now);
}
END_TEST

START_TEST(msa_matricule_is_the_nir_of_the_demandeur)
{
    struct sample_options o = sample_doc_options();
    struct sample_doc d;
    unsigned nir_seen = 0, other = 0;
    char matricule[16], nir[16];
    struct span next, person;
    o.emitter = SAMPLE_MSA;
    sample_doc_make(&o, &d);
    for (size_t i = 0; i < d.count; i++) {
        ck_assert(sample_text(d.households[i].xml, "MATRICULE", matricule, sizeof matricule, &next));
        ck_assert_uint_eq(strspn(matricule, "0123456789"), 15);
        ck_assert(sample_block(d.households[i].xml, "Identification", &person, &next));
        bool same = sample_text(person, "NIR", nir, sizeof nir, &next) && strcmp(nir, matricule) == 0;
        nir_seen += same;
        other += !same;
        ck_assert(same || strcmp(matricule + 7, "00000000") == 0);
    }
    ck_assert_uint_gt(nir_seen, other * 10);
    ck_assert_uint_gt(other, 0);
    sample_doc_free(&d);
}
END_TEST

/* The household found from the arrival is found again from the household. */
START_TEST(arrivals_name_who_they_left)
{
    struct series s = {.seed = 5, .first_month = 2025 * 12};
    unsigned found = 0;
    for (unsigned start = 1; start <= 12; start++)
        for (uint32_t rank = 0; rank < 200; rank++) {
            struct origin o, left;
            struct life l;
            life_origin(&s, start, rank, &o);
            if (o.previous == LIFE_NONE)
                continue;
            life_origin(&s, 0, o.previous, &left);
            ck_assert_uint_eq(left.id, o.previous);
            life_at(&s, &left, start, &l);
            ck_assert_int_eq(l.event, LIFE_SEPARATION);
            ck_assert_uint_eq(left.adult[l.swapped ? 0 : 1].key, o.adult[0].key);
            found++;
        }
    ck_assert_uint_gt(found, 100);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sample series");
    TCase *tests = tcase_create("series");
    tcase_set_timeout(tests, 240);
    tcase_add_test(tests, changed_per_mille_redraws_that_many);
    tcase_add_test(tests, about_a_third_of_the_households_change_each_month);
    tcase_add_test(tests, dailies_agree_with_monthlies);
    tcase_add_test(tests, households_make_sense);
    tcase_add_test(tests, closings_appear_once_and_may_reopen);
    tcase_add_test(tests, couples_separate_and_exchange_roles);
    tcase_add_test(tests, nir_are_certified_and_come_later);
    tcase_add_test(tests, msa_matricule_is_the_nir_of_the_demandeur);
    tcase_add_test(tests, arrivals_name_who_they_left);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
