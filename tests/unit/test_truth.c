#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "samples/truth.h"
#include "tests/unit/run_suite.h"
#include "tests/unit/sample_doc.h"

enum { SEEN_MAX = 40000, HOUSEHOLDS = 1500, TEXT = 64 };

struct seen {
    char numdemrsa[NUMDEMRSA_LEN + 1];
    struct truth_seen what;
};

/* One flux, and what was told of it. */
struct told {
    char *data;
    size_t len;
    struct seen *seen;
    size_t count;
};

static void take(void *ctx, const struct truth_seen *s)
{
    struct told *t = ctx;
    ck_assert_uint_lt(t->count, SEEN_MAX);
    struct seen *at = &t->seen[t->count++];
    at->what = *s;
    snprintf(at->numdemrsa, sizeof at->numdemrsa, "%s", s->numdemrsa);
}

static void write_flux(struct told *t, unsigned month, enum sample_emitter emitter, enum situation only)
{
    struct truth_options o = {.caf = sample_doc_options(), .seen = take, .ctx = t};
    uint64_t written;
    o.caf.households = HOUSEHOLDS;
    sample_doc_month(&o.caf, month);
    for (int s = 0; s < SITUATION_COUNT; s++)
        o.wanted[s] = only == SITUATION_NONE || s == (int)only;
    *t = (struct told){.seen = calloc(SEEN_MAX, sizeof *t->seen)};
    ck_assert_ptr_nonnull(t->seen);
    FILE *file = open_memstream(&t->data, &t->len);
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(truth_write(&o, emitter, file, &written), ERR_OK);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_uint_gt(written, 0);
}

static void forget(struct told *t)
{
    free(t->data);
    free(t->seen);
}

/* The Identification of a person that was told of. */
static struct span identification(const struct told *t, const struct seen *s)
{
    struct span whole = {(const uint8_t *)t->data, t->len}, foyer, person, block, rest = {0};
    char number[TEXT];
    for (; sample_block(whole, "InfosFoyerRSA", &foyer, &rest); whole = rest) {
        struct span next;
        ck_assert(sample_text(foyer, "NUMDEMRSA", number, sizeof number, &next));
        if (strcmp(number, s->numdemrsa) != 0)
            continue;
        for (unsigned i = 0; i <= s->what.ordinal; i++, foyer = next)
            ck_assert(sample_block(foyer, "Personne", &person, &next));
        ck_assert(sample_block(person, "Identification", &block, &next));
        return block;
    }
    ck_abort_msg("no household %s", s->numdemrsa);
}

static void text_of(const struct told *t, const struct seen *s, const char *name, char out[TEXT])
{
    struct span next;
    out[0] = '\0';
    sample_text(identification(t, s), name, out, TEXT, &next);
}

static bool equal(const struct told *t, const struct seen *a, const struct seen *b, const char *name)
{
    char x[TEXT], y[TEXT];
    text_of(t, a, name, x);
    text_of(t, b, name, y);
    return strcmp(x, y) == 0;
}

/* A case of two persons in this flux, one in each of two dossiers, or the two in one. */
static bool find_case(const struct told *t, enum situation s, bool one_dossier, const struct seen *pair[2])
{
    for (size_t i = 0; i < t->count; i++)
        for (size_t k = i + 1; t->seen[i].what.situation == s && k < t->count; k++) {
            pair[0] = &t->seen[i];
            pair[1] = &t->seen[k];
            bool same = strcmp(pair[0]->numdemrsa, pair[1]->numdemrsa) == 0;
            if (pair[1]->what.situation == s && pair[0]->what.rank == pair[1]->what.rank && same == one_dossier)
                return true;
        }
    return false;
}

START_TEST(the_same_seed_tells_the_same)
{
    struct told a, b;
    write_flux(&a, 1, SAMPLE_CAF, SITUATION_NONE);
    write_flux(&b, 1, SAMPLE_CAF, SITUATION_NONE);
    ck_assert_uint_eq(a.len, b.len);
    ck_assert_mem_eq(a.data, b.data, a.len);
    ck_assert_uint_eq(a.count, b.count);
    for (size_t i = 0; i < a.count; i++)
        ck_assert_uint_eq(a.seen[i].what.human, b.seen[i].what.human);
    forget(&a);
    forget(&b);
}
END_TEST

START_TEST(every_person_written_is_told_of)
{
    struct told t;
    size_t persons = 0;
    write_flux(&t, 2, SAMPLE_MSA, SITUATION_NONE);
    struct span rest = {(const uint8_t *)t.data, t.len}, block, next;
    for (; sample_block(rest, "Identification", &block, &next); rest = next)
        persons++;
    ck_assert_uint_eq(persons, t.count);
    forget(&t);
}
END_TEST

/* What the two of a case have in common, and who they are. */
static const struct expected {
    enum situation situation;
    bool one_dossier, one_human, names, first, birth, nir;
} expected[] = {
    {SITUATION_NEW_DOSSIER, false, true, true, true, true, true},    {SITUATION_NO_NIR, false, true, true, true, true, false},
    {SITUATION_NIR_TYPED, false, true, true, true, true, false},     {SITUATION_BAD_KEY, false, true, true, true, true, false},
    {SITUATION_PH_F, false, true, false, true, true, true},          {SITUATION_CUT, false, true, false, true, true, true},
    {SITUATION_SWAPPED, false, true, false, true, true, true},       {SITUATION_SECOND, false, true, true, false, true, true},
    {SITUATION_BIRTH_TYPED, false, true, true, true, false, true},   {SITUATION_CHILD_DEM, false, true, true, true, true, true},
    {SITUATION_TWINS, true, false, true, false, true, false},        {SITUATION_TWINS_ONE_NIR, true, false, true, false, true, true},
    {SITUATION_FATHER_SON, true, false, true, true, false, false},   {SITUATION_HOMONYMS, false, false, true, true, true, false},
    {SITUATION_STRANGER, false, false, false, false, false, true},   {SITUATION_STRANGER_BORN, false, false, false, false, true, true},
    {SITUATION_NAMESAKE_NIR, false, false, true, false, true, true}, {SITUATION_UNTOLD_NIR, false, false, true, true, true, true},
};

START_TEST(a_case_is_what_its_row_says)
{
    const struct expected *e = &expected[_i];
    const char *name = situation_name(e->situation);
    const struct seen *pair[2];
    struct told t;
    write_flux(&t, 2, SAMPLE_CAF, e->situation);
    ck_assert_msg(find_case(&t, e->situation, e->one_dossier, pair), "%s", name);
    ck_assert_msg((pair[0]->what.human == pair[1]->what.human) == e->one_human, "%s: human", name);
    ck_assert_msg(equal(&t, pair[0], pair[1], "NOMNAI") == e->names, "%s: NOMNAI", name);
    ck_assert_msg(equal(&t, pair[0], pair[1], "PRENOM") == e->first, "%s: PRENOM", name);
    ck_assert_msg(equal(&t, pair[0], pair[1], "DTNAI") == e->birth, "%s: DTNAI", name);
    ck_assert_msg(equal(&t, pair[0], pair[1], "NIR") == e->nir, "%s: NIR", name);
    forget(&t);
}
END_TEST

START_TEST(a_correction_changes_the_same_person_of_the_same_dossier)
{
    struct told before, after;
    unsigned changed = 0;
    write_flux(&before, 0, SAMPLE_CAF, SITUATION_NAME_CORRECTED);
    write_flux(&after, 2, SAMPLE_CAF, SITUATION_NAME_CORRECTED);
    for (size_t i = 0, k = 0; i < before.count && changed < 5; i++) {
        const struct seen *a = &before.seen[i];
        char x[TEXT], y[TEXT];
        if (a->what.situation == SITUATION_NONE)
            continue;
        for (k = 0; k < after.count && (after.seen[k].what.human != a->what.human || strcmp(after.seen[k].numdemrsa, a->numdemrsa) != 0);)
            k++;
        if (k == after.count)
            continue;
        text_of(&before, a, "NOMNAI", x);
        text_of(&after, &after.seen[k], "NOMNAI", y);
        ck_assert_str_ne(x, y);
        changed++;
    }
    ck_assert_uint_eq(changed, 5);
    forget(&before);
    forget(&after);
}
END_TEST

START_TEST(a_mutation_keeps_the_human_and_says_where_it_came_from)
{
    struct told caf, msa;
    unsigned found = 0;
    write_flux(&caf, 1, SAMPLE_CAF, SITUATION_MUTATION_MSA);
    write_flux(&msa, 1, SAMPLE_MSA, SITUATION_MUTATION_MSA);
    for (size_t i = 0; i < msa.count; i++)
        for (size_t k = 0; msa.seen[i].what.situation == SITUATION_MUTATION_MSA && k < caf.count; k++) {
            char here[TEXT], there[TEXT];
            if (caf.seen[k].what.human != msa.seen[i].what.human)
                continue;
            text_of(&msa, &msa.seen[i], "NIR", here);
            text_of(&caf, &caf.seen[k], "NIR", there);
            ck_assert_uint_eq(strlen(here), NIR_FULL);
            ck_assert_uint_eq(strlen(there), NIR_SHORT);
            ck_assert_int_eq(memcmp(here, there, NIR_SHORT), 0);
            ck_assert_str_ne(msa.seen[i].numdemrsa, caf.seen[k].numdemrsa);
            found++;
        }
    ck_assert_uint_gt(found, 10);
    ck_assert(sample_has((struct span){(const uint8_t *)msa.data, msa.len}, "MATRICULEORGCEDMUT"));
    forget(&caf);
    forget(&msa);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("truth");
    TCase *cases = tcase_create("truth");
    tcase_set_timeout(cases, 300);
    tcase_add_test(cases, the_same_seed_tells_the_same);
    tcase_add_test(cases, every_person_written_is_told_of);
    tcase_add_loop_test(cases, a_case_is_what_its_row_says, 0, (int)(sizeof expected / sizeof *expected));
    tcase_add_test(cases, a_correction_changes_the_same_person_of_the_same_dossier);
    tcase_add_test(cases, a_mutation_keeps_the_human_and_says_where_it_came_from);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
