#include <check.h>
#include <stdio.h>
#include <string.h>

#include "flux/record/commune.h"
#include "flux/record/movement.h"
#include "flux/record/record.h"
#include "tests/unit/run_suite.h"

static const struct schema *const S = &schema_vrsb0801;

/* ---- made-up households ---- */

struct someone {
    const char *prenom, *role, *role_pfa; /* NULL: no such Prestations */
    const char *duties, *dfratdos;
};

struct somewhere {
    const char *rank, *dtemm, *street, *numcom; /* street NULL: no lines */
};

struct made {
    const char *state, *closing, *closing_before, *refused, *departure, *arrival, *suspended;
    const struct someone *persons;
    size_t person_count;
    const struct somewhere *homes;
    size_t home_count;
    const char *motive;
};

static void enter(struct buf *b, node_id n) { record_enter(b, &S->nodes[n]); }

static void leaf(struct buf *b, node_id n, const char *text)
{
    if (!text)
        return;
    record_leaf(b, &S->nodes[n]);
    ck_assert(finding_rule(value_encode(&S->nodes[n], text, strlen(text), b))->cost >= COST_WARNING || !text[0]);
}

static void put_role(struct buf *b, const char *nature, const char *role)
{
    if (!role)
        return;
    enter(b, VRSB_Prestations);
    leaf(b, VRSB_Prestations_NATPREST, nature);
    leaf(b, VRSB_Prestations_ROLEPERS, role);
    record_leave(b);
}

static void put_person(struct buf *b, const struct someone *p)
{
    enter(b, VRSB_Personne);
    enter(b, VRSB_Identification);
    leaf(b, VRSB_Identification_NOM, "CANARI");
    leaf(b, VRSB_Identification_PRENOM, p->prenom);
    record_leave(b);
    enter(b, VRSB_DossierCAF);
    leaf(b, VRSB_DossierCAF_DFRATDOS, p->dfratdos);
    record_leave(b);
    put_role(b, "RSA", p->role);
    put_role(b, "PFA", p->role_pfa);
    if (p->duties) {
        enter(b, VRSB_MontantCalculDroitRSAPersonne);
        leaf(b, VRSB_MontantCalculDroitRSAPersonne_TOPPERSDRODEVORSA, p->duties);
        record_leave(b);
    }
    record_leave(b);
}

static void put_home(struct buf *b, const struct somewhere *h)
{
    enter(b, VRSB_Adresse);
    enter(b, VRSB_TroncCommunAdresse);
    leaf(b, VRSB_TroncCommunAdresse_RGADR, h->rank);
    leaf(b, VRSB_TroncCommunAdresse_DTEMM, h->dtemm);
    record_leave(b);
    if (h->street) {
        enter(b, VRSB_AdresseDetailleeFrance);
        leaf(b, VRSB_AdresseDetailleeFrance_NOMVOIE, h->street);
        leaf(b, VRSB_AdresseDetailleeFrance_NUMCOM, h->numcom);
        record_leave(b);
    }
    record_leave(b);
}

static void put_dated(struct buf *b, node_id block, node_id motive, const char *code, node_id day, const char *text)
{
    if (!text)
        return;
    enter(b, block);
    leaf(b, motive, code);
    if (text[0])
        leaf(b, day, text);
    record_leave(b);
}

static void put_identity(struct buf *b, const struct made *m)
{
    enter(b, VRSB_IdentificationRSA);
    enter(b, VRSB_Partenaire);
    leaf(b, VRSB_Partenaire_IDEPARTE, "062");
    record_leave(b);
    if (m->arrival) {
        enter(b, VRSB_OrganismeCedant);
        leaf(b, VRSB_OrganismeCedant_DDARRMUT, m->arrival);
        record_leave(b);
    }
    if (m->departure) {
        enter(b, VRSB_OrganismePrenant);
        leaf(b, VRSB_OrganismePrenant_DDDEPAMUT, m->departure);
        record_leave(b);
    }
    record_leave(b);
}

static void make(struct buf *b, const struct made *m)
{
    buf_init(b, RECORD_MAX);
    record_begin(b, S);
    put_identity(b, m);
    for (size_t i = 0; i < m->person_count; i++)
        put_person(b, &m->persons[i]);
    enter(b, VRSB_DonneesAdministratives);
    for (size_t i = 0; i < m->home_count; i++)
        put_home(b, &m->homes[i]);
    record_leave(b);
    enter(b, VRSB_PrestationRSA);
    enter(b, VRSB_SituationDossierRSA);
    enter(b, VRSB_EtatDossierRSA);
    leaf(b, VRSB_EtatDossierRSA_ETATDOSRSA, m->state);
    record_leave(b);
    put_dated(b, VRSB_Refus, VRSB_Refus_MOTIREFURSA, NULL, VRSB_Refus_DTREFURSA, m->refused);
    put_dated(b, VRSB_SuspensionVersement, VRSB_SuspensionVersement_MOTISUSVERSRSA, NULL, VRSB_SuspensionVersement_DDSUSVERSRSA,
              m->suspended);
    put_dated(b, VRSB_FinDroit, VRSB_FinDroit_MOTICLORSA, m->motive, VRSB_FinDroit_DTCLORSA, m->closing);
    put_dated(b, VRSB_FinDroitMoisAnterieur, VRSB_FinDroitMoisAnterieur_MOTICLORSA, m->motive, VRSB_FinDroitMoisAnterieur_DTCLORSA,
              m->closing_before);
    record_leave(b);
    record_leave(b);
    ck_assert_int_eq(b->err, ERR_OK);
}

static struct right read_made(struct buf *b, const struct made *m)
{
    struct right r = {0};
    make(b, m);
    ck_assert_int_eq(right_read(&r, (struct span){b->data, b->len}), ERR_OK);
    return r;
}

static int64_t day(int year, int month, int of_month)
{
    int64_t days;
    ck_assert(date_to_days(year, month, of_month, &days));
    return days;
}

/* ---- what a record says ---- */

static void check_end(const struct made *m, enum end_source source, int64_t days)
{
    struct buf b;
    struct right r = read_made(&b, m);
    struct right_end end = right_end(&r, r.state, day(2025, 9, 30));
    ck_assert_int_eq(end.source, source);
    if (source != END_NONE)
        ck_assert_int_eq(end.days, days);
    right_free(&r);
    buf_free(&b);
}

START_TEST(a_right_ends_on_the_day_that_counts_most)
{
    check_end(&(struct made){.state = "5", .closing = "2025-01-31", .closing_before = "2024-12-31"}, END_STATED, day(2025, 1, 31));
    check_end(&(struct made){.state = "6", .closing = "2025-01-31", .closing_before = "2024-12-31"}, END_STATED, day(2024, 12, 31));
    check_end(&(struct made){.state = "6", .closing = "2025-01-31"}, END_STATED, day(2025, 1, 31));
    check_end(&(struct made){.state = "5", .closing_before = "2024-12-31"}, END_OTHER, day(2024, 12, 31));
    check_end(&(struct made){.state = "6", .closing = "2025-01-31", .closing_before = ""}, END_OTHER, day(2025, 1, 31));
    check_end(&(struct made){.state = "5", .departure = "2025-03-01"}, END_MUTATION, day(2025, 3, 1));
    check_end(&(struct made){.state = "5"}, END_ESTIMATED, day(2025, 9, 30));
    check_end(&(struct made){.state = "2", .departure = "2025-03-01"}, END_MUTATION, day(2025, 3, 1));
    check_end(&(struct made){.state = "1", .refused = "2025-02-01", .departure = "2025-03-01"}, END_REFUSED, day(2025, 2, 1));
    check_end(&(struct made){.state = "2", .closing = "2025-01-31"}, END_NONE, 0);
    check_end(&(struct made){.state = "4"}, END_NONE, 0);
}
END_TEST

START_TEST(open_are_the_states_2_3_and_4)
{
    const char states[] = "0123456";
    for (const char *s = states; *s; s++) {
        ck_assert_int_eq(state_is_open(*s), strchr("234", *s) != NULL);
        ck_assert_int_eq(state_is_closed(*s), strchr("56", *s) != NULL);
        ck_assert_int_eq(state_is_suspended(*s), strchr("34", *s) != NULL);
        ck_assert_int_eq(state_ends('3', *s), strchr("56", *s) != NULL);
        ck_assert_int_eq(state_reopens('6', *s), strchr("0234", *s) != NULL);
        ck_assert(!state_ends('5', *s) && !state_reopens('2', *s));
    }
    ck_assert(!state_is_open(0) && !state_is_closed(0) && !state_reopens('5', 0));
}
END_TEST

START_TEST(the_role_is_that_of_the_rsa)
{
    const struct someone persons[] = {{"A", "AUT", "DEM", "1", NULL}, {"B", NULL, "DEM", NULL, NULL}, {"C", "DEM", "ENF", "0", NULL}};
    struct buf b;
    struct right r = read_made(&b, &(struct made){.state = "2", .persons = persons, .person_count = 3});
    ck_assert_uint_eq(r.count, 3);
    ck_assert(role_is(&r.persons[0], "AUT") && r.persons[1].role.len == 0 && role_is(&r.persons[2], "DEM"));
    ck_assert_uint_eq(right_demandeurs(&r), 1);
    ck_assert(person_is_subject(&r.persons[0], '4') && !person_is_subject(&r.persons[0], '5') && !person_is_subject(&r.persons[0], '0'));
    ck_assert(!r.persons[1].duties_told && r.persons[2].duties_told && !r.persons[2].duties);
    right_free(&r);
    buf_free(&b);
}
END_TEST

static void check_home(const struct somewhere *homes, size_t count, const char *street, unsigned first_ranks)
{
    struct buf b;
    struct right r = read_made(&b, &(struct made){.state = "2", .homes = homes, .home_count = count});
    struct span told = r.home.lines_inside[VRSB_AdresseDetailleeFrance_NOMVOIE - VRSB_AdresseDetailleeFrance - 1];
    ck_assert_uint_eq(told.len, strlen(street));
    ck_assert(memcmp(told.data, street, told.len) == 0);
    ck_assert_uint_eq(r.first_ranks, first_ranks);
    ck_assert_uint_eq(r.homes, count);
    right_free(&r);
    buf_free(&b);
}

START_TEST(home_is_of_rank_01_else_where_they_moved_last)
{
    check_home((const struct somewhere[]){{"02", "2025-01-01", "OLD", "62041"}, {"1", NULL, "NOW", "62041"}}, 2, "NOW", 1);
    check_home((const struct somewhere[]){{"01", "2024-01-01", "OLD", "62041"}, {"01", "2025-01-01", "NOW", "62041"}}, 2, "NOW", 2);
    check_home((const struct somewhere[]){{"02", "2025-01-01", "NOW", "62041"}, {"03", "2024-01-01", "OLD", "62041"}}, 2, "NOW", 0);
    check_home((const struct somewhere[]){{"11", NULL, "NOW", "62041"}}, 1, "NOW", 0);
}
END_TEST

static bool moves(const struct somewhere *a, const struct somewhere *b)
{
    struct buf x, y;
    struct right r = read_made(&x, &(struct made){.state = "2", .homes = a, .home_count = 1});
    struct right s = read_made(&y, &(struct made){.state = "2", .homes = b, .home_count = 1});
    bool moved = home_moved(&r.home, &s.home);
    right_free(&r);
    right_free(&s);
    buf_free(&x);
    buf_free(&y);
    return moved;
}

START_TEST(people_move_when_their_address_says_so)
{
    const struct somewhere here = {"01", "2024-01-01", "A", "62041"};
    ck_assert(moves(&here, &(const struct somewhere){"01", "2024-01-01", "B", "62041"}));
    ck_assert(moves(&here, &(const struct somewhere){"01", "2024-01-01", "A", "62042"}));
    ck_assert(!moves(&here, &(const struct somewhere){"1", "2025-01-01", "A", "62041"}));
    ck_assert(!moves(&here, &(const struct somewhere){"01", "2024-01-01", "A", NULL}));
    ck_assert(!moves(&here, &(const struct somewhere){"01", "2024-01-01", NULL, NULL}));
}
END_TEST

static bool elsewhere(const char *d, const char *c)
{
    return commune_elsewhere((struct span){(const uint8_t *)d, strlen(d)}, (struct span){(const uint8_t *)c, strlen(c)});
}

static bool inside(const char *d, const char *c)
{
    return commune_inside((struct span){(const uint8_t *)d, strlen(d)}, (struct span){(const uint8_t *)c, strlen(c)});
}

START_TEST(a_commune_belongs_to_its_departement)
{
    static const char *const in[][2] = {{"062", "62041"}, {"02A", "2A004"}, {"974", "97411"}, {"62", "62041"}, {"020", "2B033"}};
    static const char *const out[][2] = {{"062", "59350"}, {"02A", "2B033"}, {"974", "97209"}, {"006", "62041"}};
    static const char *const unknown[][2] = {{"062", ""}, {"062", "6204"}, {"", "62041"}, {"A62", "62041"}, {"062", "X2041"}};
    for (size_t i = 0; i < sizeof in / sizeof in[0]; i++)
        ck_assert_msg(inside(in[i][0], in[i][1]) && !elsewhere(in[i][0], in[i][1]), "%s %s", in[i][0], in[i][1]);
    for (size_t i = 0; i < sizeof out / sizeof out[0]; i++)
        ck_assert_msg(!inside(out[i][0], out[i][1]) && elsewhere(out[i][0], out[i][1]), "%s %s", out[i][0], out[i][1]);
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        ck_assert_msg(!inside(unknown[i][0], unknown[i][1]) && !elsewhere(unknown[i][0], unknown[i][1]), "%s", unknown[i][1]);
}
END_TEST

START_TEST(a_malformed_record_is_said_to_be)
{
    struct buf b;
    struct right r = {0};
    make(&b, &(struct made){.state = "2", .closing = "2025-01-31"});
    for (size_t len = 0; len < b.len; len++) {
        enum err e = right_read(&r, (struct span){b.data, len});
        ck_assert(e == ERR_FRAME || record_check(S->household, b.data, len) == ERR_OK);
    }
    right_free(&r);
    buf_free(&b);
}
END_TEST

/* ---- what moved ---- */

struct told {
    char words[256]; /* "exit move entrant:1" */
};

static enum err note(void *ctx, const struct movement *m)
{
    struct told *t = ctx;
    size_t at = strlen(t->words);
    snprintf(t->words + at, sizeof t->words - at, m->person < 0 ? "%s%s" : "%s%s:%d", at ? " " : "", movement_row(m->kind)->word,
             m->person);
    return ERR_OK;
}

static void check_movements(const struct made *before, const struct made *after, const char *expected)
{
    static const uint64_t ids[] = {11, 12, 13};
    struct buf x, y;
    struct told told = {""};
    struct right a = {0}, b = read_made(&y, after);
    if (before)
        a = read_made(&x, before);
    const struct movement_side from = {.right = &a, .persons = ids, .state = a.state}, to = {.right = &b, .persons = ids, .state = b.state};
    ck_assert_int_eq(movements_between(before ? &from : NULL, &to, day(2025, 2, 28), note, &told), ERR_OK);
    ck_assert_str_eq(told.words, expected);
    if (before)
        buf_free(&x);
    right_free(&a);
    right_free(&b);
    buf_free(&y);
}

static void check_states(const char *before, const char *after, const char *expected)
{
    check_movements(&(struct made){.state = before}, &(struct made){.state = after}, expected);
}

START_TEST(every_change_of_state)
{
    static const char *const opened[] = {"2", "3", "4"}, *const closed[] = {"5", "6"};
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 2; k++) {
            check_states(opened[i], closed[k], "exit");
            check_states(closed[k], opened[i], "reopened");
        }
    check_states("2", "3", "suspended");
    check_states("2", "4", "suspended");
    check_states("3", "2", "resumed");
    check_states("4", "2", "resumed");
    check_states("3", "4", "");
    check_states("5", "6", "");
    check_states("6", "5", "");
    check_states("0", "5", "");
    check_states("0", "2", "");
    check_states("2", "1", "");
    check_states("5", "0", "reopened");
    check_states("5", "1", "");
}
END_TEST

START_TEST(entrants_are_subject_under_an_open_right)
{
    const struct someone yes = {"A", "DEM", NULL, "1", NULL}, no = {"A", "DEM", NULL, "0", NULL}, untold = {"A", "DEM", NULL, NULL, NULL};
    const struct someone *const sides[] = {&no, &untold};
    for (size_t i = 0; i < 2; i++) {
        check_movements(&(struct made){.state = "2", .persons = sides[i], .person_count = 1},
                        &(struct made){.state = "4", .persons = &yes, .person_count = 1}, "entrant:0 suspended");
        check_movements(&(struct made){.state = "2", .persons = sides[i], .person_count = 1},
                        &(struct made){.state = "5", .persons = &yes, .person_count = 1}, "exit");
    }
    check_movements(NULL, &(struct made){.state = "2", .persons = &yes, .person_count = 1}, "entrant:0");
    check_movements(NULL, &(struct made){.state = "0", .persons = &yes, .person_count = 1}, "");
    check_movements(NULL, &(struct made){.state = "5", .persons = &yes, .person_count = 1}, "");
    check_movements(&(struct made){.state = "3", .persons = &yes, .person_count = 1},
                    &(struct made){.state = "2", .persons = &yes, .person_count = 1}, "resumed");
    check_movements(&(struct made){.state = "5", .persons = &yes, .person_count = 1},
                    &(struct made){.state = "2", .persons = &yes, .person_count = 1}, "entrant:0 reopened");
}
END_TEST

START_TEST(roles_and_composition)
{
    const struct someone two[] = {{"A", "DEM", NULL, NULL, NULL}, {"B", "CJT", NULL, NULL, NULL}};
    const struct someone swapped[] = {{"A", "CJT", NULL, NULL, NULL}, {"B", "DEM", NULL, NULL, NULL}};
    const struct someone ended[] = {{"A", "DEM", NULL, NULL, NULL}, {"B", "CJT", NULL, NULL, "2025-02-01"}};
    const struct made all = {.state = "2", .persons = two, .person_count = 2}, one = {.state = "2", .persons = two, .person_count = 1},
                      turned = {.state = "2", .persons = swapped, .person_count = 2},
                      left = {.state = "2", .persons = ended, .person_count = 2},
                      closed = {.state = "5", .persons = ended, .person_count = 2};
    check_movements(&all, &turned, "role:0 role:1");
    check_movements(&all, &one, "left:1");
    check_movements(&one, &all, "arrived:1");
    check_movements(&all, &left, "left:1");
    check_movements(&left, &one, "");
    check_movements(&left, &all, "arrived:1");
    check_movements(&all, &closed, "exit");
    check_movements(NULL, &all, "");
}
END_TEST

START_TEST(mutations_and_moves)
{
    const struct somewhere here = {"01", NULL, "A", "62041"}, there = {"01", NULL, "A", "59350"};
    check_movements(NULL, &(struct made){.state = "2", .arrival = "2025-02-01"}, "mutation-in");
    check_movements(&(struct made){.state = "2"}, &(struct made){.state = "2", .departure = "2025-02-01"}, "mutation-out");
    check_movements(&(struct made){.state = "2", .homes = &here, .home_count = 1},
                    &(struct made){.state = "2", .homes = &there, .home_count = 1}, "move");
    check_movements(&(struct made){.state = "2", .homes = &here, .home_count = 1},
                    &(struct made){.state = "2", .homes = &here, .home_count = 1}, "");
}
END_TEST

START_TEST(words_are_those_of_the_table)
{
    for (unsigned k = 0; k < MOVEMENT_COUNT; k++)
        ck_assert_uint_eq(movement_by_word(movement_row((enum movement_kind)k)->word), k);
    ck_assert_uint_eq(movement_by_word("missing"), MOVEMENT_COUNT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("right");
    TCase *tests = tcase_create("right");
    tcase_add_test(tests, a_right_ends_on_the_day_that_counts_most);
    tcase_add_test(tests, open_are_the_states_2_3_and_4);
    tcase_add_test(tests, the_role_is_that_of_the_rsa);
    tcase_add_test(tests, home_is_of_rank_01_else_where_they_moved_last);
    tcase_add_test(tests, people_move_when_their_address_says_so);
    tcase_add_test(tests, a_commune_belongs_to_its_departement);
    tcase_add_test(tests, a_malformed_record_is_said_to_be);
    tcase_add_test(tests, every_change_of_state);
    tcase_add_test(tests, entrants_are_subject_under_an_open_right);
    tcase_add_test(tests, roles_and_composition);
    tcase_add_test(tests, mutations_and_moves);
    tcase_add_test(tests, words_are_those_of_the_table);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
