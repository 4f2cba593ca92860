/* What differs between two records of a household, kind by kind. */
#include <check.h>
#include <string.h>

#include "flux/record/changes.h"
#include "flux/record/record.h"
#include "tests/unit/run_suite.h"

#define BIT(kind) change_bit(CHANGE_##kind)

enum { PERSONS = 3 };

struct who {
    uint64_t id;
    const char *prenom, *rsa, *pfa, *duties, *dfratdos, *nir;
};

struct home {
    const char *rank, *street;
};

struct suspension {
    const char *motive, *since;
};

struct state {
    const char *matricule, *etat, *closing_motive, *closing_day, *earlier_motive, *earlier_day, *cedant, *prenant, *sitfam, *amount;
    struct who persons[PERSONS + 1]; /* ended by one without a name */
    struct home homes[4];
    struct suspension payment[4];
};

static void leaf(struct buf *b, node_id n, const char *text)
{
    if (!text)
        return;
    record_leaf(b, &schema_vrsb0801.nodes[n]);
    enum finding_code code = value_encode(&schema_vrsb0801.nodes[n], text, strlen(text), b);
    ck_assert(code == FINDING_NONE || finding_rule(code)->cost == COST_WARNING);
}

static void enter(struct buf *b, node_id n) { record_enter(b, &schema_vrsb0801.nodes[n]); }

static void benefit_role(struct buf *b, const char *benefit, const char *role)
{
    enter(b, VRSB_Prestations);
    leaf(b, VRSB_Prestations_NATPREST, benefit);
    leaf(b, VRSB_Prestations_ROLEPERS, role);
    record_leave(b);
}

static void person(struct buf *b, const struct who *p)
{
    enter(b, VRSB_Personne);
    enter(b, VRSB_Identification);
    leaf(b, VRSB_Identification_NOMNAI, "MARTIN");
    leaf(b, VRSB_Identification_PRENOM, p->prenom);
    leaf(b, VRSB_Identification_NIR, p->nir);
    record_leave(b);
    enter(b, VRSB_DossierCAF);
    leaf(b, VRSB_DossierCAF_DFRATDOS, p->dfratdos);
    record_leave(b);
    benefit_role(b, "RSA", p->rsa);
    benefit_role(b, "PFA", p->pfa ? p->pfa : "DEM");
    if (p->duties) {
        enter(b, VRSB_MontantCalculDroitRSAPersonne);
        leaf(b, VRSB_MontantCalculDroitRSAPersonne_TOPPERSDRODEVORSA, p->duties);
        record_leave(b);
    }
    record_leave(b);
}

static void identification(struct buf *b, const struct state *s)
{
    enter(b, VRSB_IdentificationRSA);
    enter(b, VRSB_Organisme);
    leaf(b, VRSB_Organisme_FONORG, "CAF");
    leaf(b, VRSB_Organisme_MATRICULE, s->matricule);
    record_leave(b);
    if (s->cedant) {
        enter(b, VRSB_OrganismeCedant);
        leaf(b, VRSB_OrganismeCedant_DDARRMUT, s->cedant);
        record_leave(b);
    }
    if (s->prenant) {
        enter(b, VRSB_OrganismePrenant);
        leaf(b, VRSB_OrganismePrenant_DDDEPAMUT, s->prenant);
        record_leave(b);
    }
    record_leave(b);
}

static void administrative(struct buf *b, const struct state *s)
{
    enter(b, VRSB_DonneesAdministratives);
    enter(b, VRSB_SituationFamille);
    leaf(b, VRSB_SituationFamille_SITFAM, s->sitfam);
    record_leave(b);
    for (const struct home *h = s->homes; h->rank; h++) {
        enter(b, VRSB_Adresse);
        enter(b, VRSB_TroncCommunAdresse);
        leaf(b, VRSB_TroncCommunAdresse_RGADR, h->rank);
        record_leave(b);
        enter(b, VRSB_AdresseDetailleeFrance);
        leaf(b, VRSB_AdresseDetailleeFrance_NOMVOIE, h->street);
        record_leave(b);
        record_leave(b);
    }
    record_leave(b);
}

static void closing(struct buf *b, node_id block, node_id motive, const char *why, node_id day, const char *when)
{
    if (!why && !when)
        return;
    enter(b, block);
    leaf(b, motive, why);
    leaf(b, day, when);
    record_leave(b);
}

static void right(struct buf *b, const struct state *s)
{
    enter(b, VRSB_PrestationRSA);
    enter(b, VRSB_SituationDossierRSA);
    enter(b, VRSB_EtatDossierRSA);
    leaf(b, VRSB_EtatDossierRSA_ETATDOSRSA, s->etat);
    record_leave(b);
    for (const struct suspension *p = s->payment; p->since; p++) {
        enter(b, VRSB_SuspensionVersement);
        leaf(b, VRSB_SuspensionVersement_MOTISUSVERSRSA, p->motive);
        leaf(b, VRSB_SuspensionVersement_DDSUSVERSRSA, p->since);
        record_leave(b);
    }
    closing(b, VRSB_FinDroit, VRSB_FinDroit_MOTICLORSA, s->closing_motive, VRSB_FinDroit_DTCLORSA, s->closing_day);
    closing(b, VRSB_FinDroitMoisAnterieur, VRSB_FinDroitMoisAnterieur_MOTICLORSA, s->earlier_motive, VRSB_FinDroitMoisAnterieur_DTCLORSA,
            s->earlier_day);
    record_leave(b);
    if (s->amount) {
        enter(b, VRSB_DetailDroitRSA);
        enter(b, VRSB_DetailCalculDroitRSA);
        leaf(b, VRSB_DetailCalculDroitRSA_MTRSAVERS, s->amount);
        record_leave(b);
        record_leave(b);
    }
    record_leave(b);
}

struct taken {
    struct buf record;
    struct traits traits;
};

static void take(struct taken *t, const struct state *s)
{
    uint64_t ids[PERSONS];
    size_t count = 0;
    *t = (struct taken){0};
    buf_init(&t->record, RECORD_MAX);
    record_begin(&t->record, &schema_vrsb0801);
    identification(&t->record, s);
    for (const struct who *p = s->persons; p->prenom; p++) {
        ids[count++] = p->id;
        person(&t->record, p);
    }
    administrative(&t->record, s);
    right(&t->record, s);
    struct span record = {t->record.data, t->record.len};
    ck_assert_int_eq(record_check(schema_vrsb0801.household, record.data, record.len), ERR_OK);
    ck_assert_int_eq(traits_read(&t->traits, &schema_vrsb0801, record, ids, count), ERR_OK);
    ck_assert_int_eq(traits_read(&t->traits, &schema_vrsb0801, record, ids, count + 1), ERR_FRAME);
    ck_assert_int_eq(traits_read(&t->traits, &schema_vrsb0801, record, ids, count), ERR_OK);
}

static void drop(struct taken *t)
{
    traits_free(&t->traits);
    buf_free(&t->record);
}

static change_set kinds_of(const struct state *a, const struct state *b, uint64_t who)
{
    struct taken before, now;
    take(&before, a);
    take(&now, b);
    change_set set = changes_between(&before.traits, &now.traits, who);
    drop(&before);
    drop(&now);
    return set;
}

static struct state usual(void)
{
    return (struct state){
        .matricule = "123456700000000",
        .etat = "2",
        .sitfam = "CEL",
        .amount = "600.00",
        .persons = {{.id = 7, .prenom = "ANNE", .rsa = "DEM", .duties = "1"}, {.id = 9, .prenom = "LUC", .rsa = "ENF", .pfa = "ENF"}},
        .homes = {{"01", "DES LILAS"}, {"02", "DU PUITS"}}};
}

#define KINDS(change, expected)                                                                                                            \
    do {                                                                                                                                   \
        struct state a = usual(), b = usual();                                                                                             \
        change;                                                                                                                            \
        ck_assert_uint_eq(kinds_of(&a, &b, 0), expected);                                                                                  \
    } while (0)

START_TEST(equal_records_differ_in_nothing) { KINDS((void)0, 0); }
END_TEST

START_TEST(each_kind_is_told_from_the_others)
{
    KINDS(b.persons[0].rsa = "CJT", BIT(ROLE));
    KINDS(b.persons[0].pfa = "CJT", BIT(OTHER));
    KINDS(b.persons[0].duties = "0", BIT(DUTIES));
    KINDS(b.persons[0].duties = NULL, BIT(DUTIES));
    KINDS(b.persons[1].dfratdos = "2022-01-31", BIT(MEMBERSHIP));
    KINDS(b.persons[1].prenom = "LUCAS", BIT(IDENTITY));
    KINDS(b.matricule = "765432100000000", BIT(MATRICULE));
    KINDS(b.cedant = "2022-01-01", BIT(MUTATION));
    KINDS(b.prenant = "2022-01-01", BIT(MUTATION));
    KINDS(b.homes[0].street = "DU MOULIN", BIT(ADDRESS));
    KINDS(b.homes[1] = (struct home){0}, BIT(ADDRESS));
    KINDS(b.amount = "500.00", BIT(BENEFIT));
    KINDS(b.sitfam = "MAR", BIT(OTHER));
}
END_TEST

START_TEST(states_say_what_became_of_the_right)
{
    KINDS(a.etat = "0", BIT(STATE));
    KINDS(b.etat = "4", BIT(STATE));
    KINDS(a.etat = "3", BIT(STATE));
    KINDS(b.etat = "5", BIT(STATE) | BIT(CLOSING));
    KINDS(b.etat = "5"; b.closing_motive = "ECH"; b.closing_day = "2022-01-31", BIT(STATE) | BIT(CLOSING));
    KINDS(a.etat = "5", BIT(STATE) | BIT(REOPENING));
    KINDS(a.etat = "1", BIT(STATE));
    KINDS(a.etat = "6"; b.etat = "3", BIT(STATE) | BIT(REOPENING));
}
END_TEST

START_TEST(a_closing_told_again_is_no_new_one)
{
    KINDS(a.etat = "5"; a.closing_motive = "RAU"; a.closing_day = "2021-06-30"; b.etat = "6"; b.earlier_motive = "RAU";
          b.earlier_day = "2021-06-30", BIT(STATE) | BIT(REGULARISATION));
    KINDS(a.etat = "5"; a.closing_motive = "RAU"; a.closing_day = "2021-06-30"; b.etat = "5"; b.closing_motive = "RAU";
          b.closing_day = "2021-07-31", BIT(CLOSING));
    KINDS(b.closing_motive = "RAU"; b.closing_day = "2021-06-30", BIT(OTHER));
}
END_TEST

START_TEST(who_comes_or_leaves_brings_no_other_change)
{
    KINDS(b.persons[1] = (struct who){0}, BIT(COMPOSITION) | BIT(DEPARTURE));
    KINDS(a.persons[1] = (struct who){0}, BIT(COMPOSITION) | BIT(ARRIVAL));
    KINDS(b.persons[1].id = 11, BIT(COMPOSITION) | BIT(ARRIVAL) | BIT(DEPARTURE));
    /* The order of persons means nothing. */
    KINDS(b.persons[0] = a.persons[1]; b.persons[1] = a.persons[0], 0);
}
END_TEST

START_TEST(a_person_is_shown_what_concerns_them)
{
    struct state a = usual(), b = usual();
    b.persons[0].duties = "0";
    ck_assert_uint_eq(kinds_of(&a, &b, 7), BIT(DUTIES));
    ck_assert_uint_eq(kinds_of(&a, &b, 9), 0);
    b.etat = "4";
    ck_assert_uint_eq(kinds_of(&a, &b, 9), BIT(STATE));
}
END_TEST

struct seen {
    size_t added, removed, changed;
    struct span old, new;
};

static void note(void *ctx, const struct trait *before, const struct trait *now)
{
    struct seen *s = ctx;
    s->added += !before;
    s->removed += !now;
    s->changed += before && now;
    s->old = before ? before->value : s->old;
    s->new = now ? now->value : s->new;
}

START_TEST(each_suspension_counts)
{
    struct state a = usual(), b = usual();
    struct taken before, now;
    struct seen s = {0};
    a.etat = b.etat = "4";
    a.payment[0] = (struct suspension){"06", "2022-01-01"};
    for (unsigned i = 0; i < 3; i++)
        b.payment[i] = (struct suspension){"06", i ? "2022-02-01" : "2022-01-01"};
    take(&before, &a);
    take(&now, &b);
    ck_assert_uint_eq(changes_between(&before.traits, &now.traits, 0), BIT(SUSPENSION));
    changes_each(&before.traits, &now.traits, note, &s);
    ck_assert_uint_eq(s.added, 2);
    ck_assert_uint_eq(s.removed + s.changed, 0);
    s = (struct seen){0};
    changes_each(&now.traits, &before.traits, note, &s);
    ck_assert_uint_eq(s.removed, 2);
    drop(&before);
    drop(&now);
}
END_TEST

START_TEST(a_change_gives_both_values)
{
    struct state a = usual(), b = usual();
    struct taken before, now;
    struct seen s = {0};
    b.persons[0].rsa = "CJT";
    take(&before, &a);
    take(&now, &b);
    changes_each(&before.traits, &now.traits, note, &s);
    ck_assert_uint_eq(s.changed, 1);
    ck_assert_uint_eq(s.added + s.removed, 0);
    ck_assert_uint_eq(s.old.len, 4);
    ck_assert_mem_eq(s.old.data, "\3DEM", 4);
    ck_assert_mem_eq(s.new.data, "\3CJT", 4);
    drop(&before);
    drop(&now);
}
END_TEST

START_TEST(no_record_has_no_trait)
{
    struct traits t = {0};
    ck_assert_int_eq(traits_read(&t, &schema_vrsb0801, (struct span){0}, NULL, 0), ERR_OK);
    ck_assert_uint_eq(t.count, 0);
    ck_assert_int_eq(traits_state(&t), 0);
    ck_assert_int_eq(traits_read(&t, &schema_vrsb0801, (struct span){(const uint8_t *)"\1\2\3", 3}, NULL, 0), ERR_FRAME);
    traits_free(&t);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("changes");
    TCase *c = tcase_create("changes");
    tcase_add_test(c, equal_records_differ_in_nothing);
    tcase_add_test(c, each_kind_is_told_from_the_others);
    tcase_add_test(c, states_say_what_became_of_the_right);
    tcase_add_test(c, a_closing_told_again_is_no_new_one);
    tcase_add_test(c, who_comes_or_leaves_brings_no_other_change);
    tcase_add_test(c, a_person_is_shown_what_concerns_them);
    tcase_add_test(c, each_suspension_counts);
    tcase_add_test(c, a_change_gives_both_values);
    tcase_add_test(c, no_record_has_no_trait);
    suite_add_tcase(suite, c);
    return run_suite(suite);
}
