#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "flux/record/message.h"
#include "flux/record/record.h"
#include "tests/unit/run_suite.h"

static const struct schema *const S = &schema_vrsb0801;

static void enter(struct buf *b, node_id n) { record_enter(b, &S->nodes[n]); }

static void leaf(struct buf *b, node_id n, const char *text)
{
    record_leaf(b, &S->nodes[n]);
    enum finding_code f = value_encode(&S->nodes[n], text, strlen(text), b);
    ck_assert(f == FINDING_NONE);
}

static void person(struct buf *b, const char *prenom)
{
    enter(b, VRSB_Personne);
    enter(b, VRSB_Identification);
    leaf(b, VRSB_Identification_NOM, "CANARI");
    leaf(b, VRSB_Identification_PRENOM, prenom);
    leaf(b, VRSB_Identification_NIR, "1840162001001");
    record_leave(b);
    record_leave(b);
}

static void household(struct buf *b)
{
    record_begin(b, S);
    enter(b, VRSB_IdentificationRSA);
    enter(b, VRSB_Organisme);
    leaf(b, VRSB_Organisme_FONORG, "CAF");
    leaf(b, VRSB_Organisme_MATRICULE, "034614500000000");
    record_leave(b);
    enter(b, VRSB_DemandeRSA);
    leaf(b, VRSB_DemandeRSA_NUMDEMRSA, "01024041062");
    record_leave(b);
    record_leave(b);
    person(b, "ZOE");
    person(b, "LEO");
}

START_TEST(a_record_walks_as_it_was_written)
{
    struct buf b;
    buf_init(&b, RECORD_MAX);
    household(&b);
    ck_assert_int_eq(record_check(S->household, b.data, b.len), ERR_OK);
    struct record_walk w;
    record_walk_init(&w, S->household, b.data, b.len);
    unsigned persons = 0;
    char text[VALUE_TEXT_MAX];
    for (enum record_event e = record_next(&w); e != RECORD_END; e = record_next(&w)) {
        ck_assert_int_ne(e, RECORD_BAD);
        if (e == RECORD_ENTER && w.node == VRSB_Personne)
            ck_assert_uint_eq(w.occurrence, ++persons);
        if (e == RECORD_LEAF && w.node == VRSB_Identification_PRENOM) {
            value_text(&w.value, text);
            ck_assert_str_eq(text, persons == 1 ? "ZOE" : "LEO");
        }
    }
    ck_assert_uint_eq(persons, 2);
    buf_free(&b);
}
END_TEST

START_TEST(every_prefix_and_every_flip_is_walked_without_harm)
{
    struct buf b;
    buf_init(&b, RECORD_MAX);
    household(&b);
    for (size_t len = 0; len < b.len; len++) {
        uint8_t *part = malloc(len ? len : 1);
        memcpy(part, b.data, len);
        enum err e = record_check(S->household, part, len);
        ck_assert(e == ERR_FRAME || part[0] == S->id);
        free(part);
    }
    for (size_t bit = 0; bit < b.len * 8; bit++) {
        b.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        enum err e = record_check(S->household, b.data, b.len);
        ck_assert(e == ERR_OK || e == ERR_FRAME);
        b.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    buf_free(&b);
}
END_TEST

START_TEST(order_and_occurrences_are_checked)
{
    static const node_id wrong[][2] = {{VRSB_Organisme_MATRICULE, VRSB_Organisme_FONORG}, {VRSB_Organisme_FONORG, VRSB_Organisme_FONORG}};
    for (size_t i = 0; i < 2; i++) {
        struct buf b;
        buf_init(&b, RECORD_MAX);
        record_begin(&b, S);
        enter(&b, VRSB_IdentificationRSA);
        enter(&b, VRSB_Organisme);
        for (size_t k = 0; k < 2; k++)
            leaf(&b, wrong[i][k], wrong[i][k] == VRSB_Organisme_FONORG ? "CAF" : "1");
        record_leave(&b);
        record_leave(&b);
        ck_assert_int_eq(record_check(S->household, b.data, b.len), ERR_FRAME);
        buf_free(&b);
    }
}
END_TEST

START_TEST(a_filter_keeps_what_it_is_told)
{
    struct buf b, out;
    buf_init(&b, RECORD_MAX);
    buf_init(&out, RECORD_MAX);
    household(&b);
    struct keep keep;
    char bad[16];
    struct keep_rule rule = {PROFILE_MONJOB62, "", false};
    ck_assert_int_eq(keep_make(S, &rule, &keep, bad, sizeof bad), ERR_OK);
    ck_assert_int_eq(record_filter(S->household, b.data, b.len, &keep, true, &out), ERR_OK);
    ck_assert_int_eq(record_check(S->household, out.data, out.len), ERR_OK);
    struct value v;
    ck_assert(!record_find(S->household, out.data, out.len, VRSB_Identification_NIR, &v));
    ck_assert(!record_find(S->household, out.data, out.len, VRSB_Organisme_MATRICULE, &v));
    ck_assert(record_find(S->household, out.data, out.len, VRSB_Identification_NOM, &v));
    buf_free(&b);
    buf_free(&out);
}
END_TEST

static struct keep made(enum profile p, const char *extra, bool nir)
{
    struct keep keep;
    char bad[16];
    struct keep_rule rule = {p, extra, nir};
    ck_assert_int_eq(keep_make(S, &rule, &keep, bad, sizeof bad), ERR_OK);
    return keep;
}

START_TEST(profiles_keep_their_list_and_no_more)
{
    struct keep m = made(PROFILE_MONJOB62, "", false), a = made(PROFILE_ACCOMPAGNEMENT, "", false);
    struct keep g = made(PROFILE_GESTION, "", false), all = made(PROFILE_MONJOB62, "all", true);
    for (node_id n = 0; n < S->count; n++) {
        ck_assert(!keep_has(&m, n) || keep_has(&a, n));
        ck_assert(!keep_has(&a, n) || keep_has(&g, n));
        ck_assert(keep_has(&all, n));
        bool never = S->nodes[n].data_class == CLASS_HEALTH || S->nodes[n].data_class == CLASS_FREE_TEXT || node_is_nir(S, n);
        ck_assert(!never || !keep_has(&g, n));
    }
    ck_assert(!keep_has(&m, VRSB_Identification_RGNAI) && keep_has(&a, VRSB_Identification_RGNAI));
    ck_assert(!keep_has(&a, VRSB_Activite) && keep_has(&g, VRSB_Activite_ACT));
    struct keep extra = made(PROFILE_MONJOB62, "health, SITASF", false);
    ck_assert(keep_has(&extra, VRSB_Grossesse_DDGRO) && keep_has(&extra, VRSB_Asf_SITASF) && !keep_has(&extra, VRSB_Asf_DDASF));
}
END_TEST

START_TEST(an_unknown_keep_word_is_named)
{
    struct keep keep;
    char bad[16];
    struct keep_rule rule = {PROFILE_MONJOB62, "health,nosuch", false};
    ck_assert_int_eq(keep_make(S, &rule, &keep, bad, sizeof bad), ERR_CONFIG);
    ck_assert_str_eq(bad, "nosuch");
    rule.extra = "NIR";
    ck_assert_int_eq(keep_make(S, &rule, &keep, bad, sizeof bad), ERR_CONFIG);
}
END_TEST

START_TEST(the_table_is_whole)
{
    unsigned blocks = 0, leaves = 0;
    for (node_id n = 0; n < S->count; n++) {
        const struct node *node = &S->nodes[n];
        char path[128];
        schema_path(S, n, path, sizeof path);
        ck_assert_uint_eq(schema_by_path(S, path), n);
        ck_assert(node->label[0] && node->number);
        if (node->type == TYPE_BLOCK)
            blocks++;
        else
            leaves++;
        if (n)
            ck_assert_uint_eq(schema_child(S, node->parent, node->number), n);
    }
    ck_assert_uint_eq(blocks, 68);
    ck_assert_uint_eq(leaves, 202);
    ck_assert_ptr_null(code_label(LIST_ETATDOSRSA, "Z", 1));
    ck_assert_str_eq(code_label(LIST_FONORG, "MSA", 3), "MSA");
}
END_TEST

static void put_household(struct buf *b, struct msg_household *m)
{
    m->ordinal = 7;
    m->line = 99;
    m->finding_count = 3;
    m->findings_kept = 1;
    m->findings[0] = (struct finding){V_DATE, COST_FIELD, 101, "InfosFoyerRSA[7]/Personne[1]/Identification/DTNAI"};
    m->faulty_kept = 1;
    m->faulty[0].node = VRSB_Identification_DTNAI;
    memcpy(m->faulty[0].path, m->findings[0].path, sizeof m->faulty[0].path);
    m->faulty[0].text = (struct span){(const uint8_t *)"1964-13-01", 10};
    m->record = (struct span){(const uint8_t *)"\x01", 1};
    message_household(b, m);
}

START_TEST(messages_survive_the_way_and_no_other)
{
    struct buf b;
    buf_init(&b, 1 << 16);
    struct msg_household *m = calloc(1, sizeof *m), *back = calloc(1, sizeof *back);
    put_household(&b, m);
    ck_assert_int_eq(message_read_household((struct span){b.data, b.len}, back), ERR_OK);
    ck_assert_uint_eq(back->ordinal, 7);
    ck_assert_str_eq(back->findings[0].path, m->findings[0].path);
    ck_assert_uint_eq(back->faulty[0].text.len, 10);
    for (size_t len = 0; len < b.len; len++)
        ck_assert_int_eq(message_read_household((struct span){b.data, len}, back), ERR_FRAME);
    buf_u8(&b, 0);
    ck_assert_int_eq(message_read_household((struct span){b.data, b.len}, back), ERR_FRAME);
    struct msg_fatal f = {{F_VERSION, COST_REFUSED, 3, "Racine"}, "\x1b[2J"};
    buf_reset(&b);
    message_fatal(&b, &f);
    ck_assert_int_eq(message_read_fatal((struct span){b.data, b.len}, &f), ERR_FRAME);
    free(m);
    free(back);
    buf_free(&b);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("record");
    TCase *t = tcase_create("record");
    tcase_add_test(t, a_record_walks_as_it_was_written);
    tcase_add_test(t, every_prefix_and_every_flip_is_walked_without_harm);
    tcase_add_test(t, order_and_occurrences_are_checked);
    tcase_add_test(t, a_filter_keeps_what_it_is_told);
    tcase_add_test(t, profiles_keep_their_list_and_no_more);
    tcase_add_test(t, an_unknown_keep_word_is_named);
    tcase_add_test(t, the_table_is_whole);
    tcase_add_test(t, messages_survive_the_way_and_no_other);
    suite_add_tcase(s, t);
    return run_suite(s);
}
