/* Who is one person does not depend on the order in which flux arrive: random households in which anything meets anything. */
#include "tests/unit/identity_home.h"
#include "tests/unit/run_suite.h"

#define C "00000000003"
#define PROVISIONAL "7800162041001"

enum { FLUX = 4, DOSSIERS = 4, ROUNDS = 20, PERMUTATIONS = 24 };

struct plan {
    struct made_flux flux[FLUX];
    bool says[FLUX][DOSSIERS];
    struct made_household homes[FLUX][DOSSIERS];
    struct made_links links[FLUX][DOSSIERS];
};

static uint32_t draw(uint32_t *seed, uint32_t below)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 16) % below;
}

/* Few names, dates and NIR, so that anything meets anything. */
static struct made_person draw_person(uint32_t *seed)
{
    static const char *const names[] = {"MARTIN", "DURAND"}, *const prenoms[] = {"ANNE", "LOUISE", "ANNE MARIE"};
    static const char *const dates[] = {"1980-01-05", "1980-02-05"}, *const types[] = {"N", "N", "N", "J", "O", NULL};
    static const char *const nirs[] = {NULL, NULL, NULL, NIR_1, NIR_2, PROVISIONAL}, *const ranks[] = {NULL, NULL, "1", "2"};
    return (struct made_person){names[draw(seed, 2)], names[draw(seed, 2)], prenoms[draw(seed, 3)], dates[draw(seed, 2)],
                                types[draw(seed, 6)], nirs[draw(seed, 6)],  ranks[draw(seed, 4)]};
}

static void draw_home(struct plan *p, unsigned i, unsigned d, uint32_t *seed)
{
    static const char *const numbers[DOSSIERS] = {A, B, C, "00000000004"};
    static const char *const matricules[] = {"100000100000000", "100000200000000"};
    struct made_household *h = &p->homes[i][d];
    struct made_links *l = &p->links[i][d];
    p->says[i][d] = draw(seed, 4) != 0;
    *h = (struct made_household){numbers[d], "CAF", matricules[draw(seed, 2)], "2020-01-01", 1 + draw(seed, 3), {{0}}};
    for (size_t k = 0; k < h->count; k++) {
        h->persons[k] = draw_person(seed);
        l->numdemrsaprece[k] = draw(seed, 4) ? NULL : numbers[draw(seed, DOSSIERS)];
    }
    l->matriculeorgcedmut = draw(seed, 4) ? NULL : matricules[draw(seed, 2)];
}

static void draw_plan(struct plan *p, uint32_t *seed)
{
    static const char *const days[] = {"2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"};
    memset(p, 0, sizeof *p);
    unsigned day = 0;
    for (unsigned i = 0; i < FLUX; i++) {
        day += i > 0 && draw(seed, 2);
        p->flux[i] = (struct made_flux){days[day], "10:00:00", "M", (uint8_t)(10 + i), false, NULL};
        for (unsigned d = 0; d < DOSSIERS; d++)
            draw_home(p, i, d, seed);
    }
}

static void permutation(unsigned n, unsigned out[FLUX])
{
    unsigned left[FLUX], count = FLUX;
    for (unsigned i = 0; i < FLUX; i++)
        left[i] = i;
    for (unsigned i = 0; i < FLUX; i++) {
        unsigned at = n % count;
        n /= count;
        out[i] = left[at];
        memmove(left + at, left + at + 1, (count - at - 1) * sizeof left[0]);
        count--;
    }
}

static char *state_after(const struct plan *p, unsigned n)
{
    unsigned order[FLUX];
    setup();
    permutation(n, order);
    for (unsigned i = 0; i < FLUX; i++) {
        struct run r;
        run_begin(&r, fixture(), &p->flux[order[i]]);
        for (unsigned d = 0; d < DOSSIERS; d++)
            if (p->says[order[i]][d])
                run_linked(&r, &p->homes[order[i]][d], &p->links[order[i]][d]);
        run_end(&r);
    }
    store_is_sound(fixture());
    char *text = state();
    teardown();
    return text;
}

START_TEST(order_of_arrival_does_not_matter)
{
    uint32_t seed = (uint32_t)_i * 7919u + 17;
    struct plan *p = calloc(1, sizeof *p);
    draw_plan(p, &seed);
    char *expected = state_after(p, 0);
    for (unsigned n = 1; n < PERMUTATIONS; n++) {
        char *got = state_after(p, n);
        if (strcmp(got, expected) != 0)
            fprintf(stderr, "order %u of plan %d:\n%s\ninstead of\n%s", n, _i, got, expected);
        ck_assert_msg(strcmp(got, expected) == 0, "order %u of plan %d", n, _i);
        free(got);
    }
    free(expected);
    free(p);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("identity order");
    TCase *c = tcase_create("order");
    suite_add_tcase(s, c);
    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, order_of_arrival_does_not_matter, 0, ROUNDS);
    return run_suite(s);
}
