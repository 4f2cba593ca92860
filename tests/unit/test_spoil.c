#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "samples/spoil.h"
#include "tests/unit/run_suite.h"

enum { FOUND_MAX = 400 };

/* A flux with faults, and what was announced of it. */
struct written {
    char *data;
    size_t len;
    uint64_t households;
    struct spoil spoil;
    struct spoil_found found[FOUND_MAX];
    unsigned count;
};

static void take(void *ctx, const struct spoil_found *f)
{
    struct written *w = ctx;
    ck_assert_uint_lt(w->count, FOUND_MAX);
    w->found[w->count++] = *f;
}

static struct sample_options options_of(uint32_t households)
{
    return (struct sample_options){
        .seed = 42, .households = households, .departement = "062", .indent = true, .year = 2025, .month = 1, .encoding = SAMPLE_UTF8};
}

static void write_with(const struct sample_options *o, const bool wanted[FAULT_COUNT], struct written *w)
{
    struct spoil_options options = {.found = take, .ctx = w};
    memset(w, 0, sizeof *w);
    memcpy(options.wanted, wanted, sizeof options.wanted);
    FILE *file = open_memstream(&w->data, &w->len);
    ck_assert_ptr_nonnull(file);
    spoil_start(&w->spoil, &options, o);
    ck_assert_int_eq(sample_write_spoiled(o, &w->spoil, file, &w->households), ERR_OK);
    ck_assert_int_eq(fclose(file), 0);
    for (int f = 0; f < FAULT_COUNT; f++)
        ck_assert_msg(!fault_is_unplaced(&w->spoil, (enum fault)f), "%s", fault_name((enum fault)f));
}

static void want_households(bool wanted[FAULT_COUNT], const struct sample_options *o)
{
    for (int f = 0; f < FAULT_COUNT; f++)
        wanted[f] = !fault_is_file((enum fault)f) && fault_fits((enum fault)f, o);
}

static const char *line_at(const char *text, uint32_t line)
{
    for (; line > 1 && text; line--) {
        text = strchr(text, '\n');
        text += text != NULL;
    }
    return text;
}

/* "<NIR" of "InfosFoyerRSA[3]/Personne[1]/Identification/NIR". */
static void tag_of(const char *path, char tag[64])
{
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    snprintf(tag, 64, "<%.*s", (int)strcspn(name, "["), name);
}

static bool stands_apart(const struct spoil_found *f)
{
    return f->code == V_MISSING || f->code == V_TEXT || f->code == D_LIMIT || f->code == D_DEPARTEMENT || f->code == D_DUPLICATE ||
           f->fault == FAULT_KEY_MISSING || f->fault == FAULT_NO_PERSON;
}

START_TEST(what_is_announced_stands_on_its_line)
{
    static struct written w;
    bool wanted[FAULT_COUNT];
    struct sample_options o = options_of(400);
    char tag[64];
    want_households(wanted, &o);
    write_with(&o, wanted, &w);
    ck_assert_uint_ge(w.count, 70);
    for (unsigned i = 0; i < w.count; i++) {
        const struct spoil_found *f = &w.found[i];
        const char *line = line_at(w.data, f->line);
        ck_assert_ptr_nonnull(line);
        if (stands_apart(f))
            continue;
        tag_of(f->path, tag);
        const char *end = strchr(line, '\n'), *at = strstr(line, tag);
        ck_assert_msg(at && at < end, "%s: %s at line %u: %.*s", fault_name(f->fault), tag, (unsigned)f->line, (int)(end - line), line);
    }
    free(w.data);
}
END_TEST

START_TEST(a_household_has_one_fault)
{
    static struct written w;
    bool wanted[FAULT_COUNT];
    struct sample_options o = options_of(400);
    want_households(wanted, &o);
    write_with(&o, wanted, &w);
    for (unsigned i = 1; i < w.count; i++) {
        ck_assert_uint_ge(w.found[i].household, w.found[i - 1].household);
        if (w.found[i].household == w.found[i - 1].household)
            ck_assert_int_eq(w.found[i].fault, w.found[i - 1].fault);
    }
    free(w.data);
}
END_TEST

START_TEST(every_kind_can_be_placed_alone_and_is_announced)
{
    static struct written w;
    for (int f = 0; f < FAULT_COUNT; f++) {
        bool wanted[FAULT_COUNT] = {false};
        struct sample_options o = options_of(400);
        o.daily = !fault_fits((enum fault)f, &o);
        o.day = 14;
        o.month = o.daily ? 3 : 1;
        o.month_index = o.daily ? 2 : 0;
        o.households = o.daily ? 4000 : 400;
        wanted[f] = true;
        write_with(&o, wanted, &w);
        bool own = false;
        for (unsigned i = 0; i < w.count; i++)
            own |= w.found[i].code == fault_code((enum fault)f);
        ck_assert_msg(own, "%s", fault_name((enum fault)f));
        ck_assert_uint_eq(w.found[0].household == 0, fault_is_file((enum fault)f));
        free(w.data);
    }
}
END_TEST

START_TEST(without_faults_the_bytes_are_the_same)
{
    static struct written w;
    const bool wanted[FAULT_COUNT] = {false};
    struct sample_options o = options_of(50);
    char *plain = NULL;
    size_t len = 0;
    uint64_t households;
    FILE *file = open_memstream(&plain, &len);
    ck_assert_int_eq(sample_write(&o, file, &households), ERR_OK);
    ck_assert_int_eq(fclose(file), 0);
    write_with(&o, wanted, &w);
    ck_assert_uint_eq(w.count, 0);
    ck_assert_uint_eq(w.len, len);
    ck_assert_mem_eq(w.data, plain, len);
    free(w.data);
    free(plain);
}
END_TEST

START_TEST(names_are_found_again)
{
    for (int f = 0; f < FAULT_COUNT; f++) {
        const char *name = fault_name((enum fault)f);
        ck_assert_int_eq(fault_by_name(name, strlen(name)), f);
    }
    ck_assert_int_eq(fault_by_name("nir-", 4), FAULT_NONE);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("spoil");
    TCase *t = tcase_create("spoil");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, what_is_announced_stands_on_its_line);
    tcase_add_test(t, a_household_has_one_fault);
    tcase_add_test(t, every_kind_can_be_placed_alone_and_is_announced);
    tcase_add_test(t, without_faults_the_bytes_are_the_same);
    tcase_add_test(t, names_are_found_again);
    suite_add_tcase(s, t);
    return run_suite(s);
}
