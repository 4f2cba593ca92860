/* Random mutations of small made-up flux, as they stand and in containers, through the parser: accepted, rejected or refused, exactly one
 * verdict, never else; within a bounded time and memory.
 * Usage: mutate [RUNS] [SEED] [FIRST]: the cases FIRST .. FIRST + RUNS - 1 of a seed; `mutate 1 SEED N` repeats one. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "tests/fuzz/bend.h"
#include "tests/fuzz/chance.h"
#include "tests/fuzz/verdict.h"

enum { ROOM = 256 << 10, MEMBERS = 3, CASE_SECONDS = 20, PEAK_MIB = 512 };

enum outcome { OUTCOME_ACCEPTED, OUTCOME_REJECTED, OUTCOME_SCANNED, OUTCOME_REFUSED, OUTCOME_ABSENT, OUTCOMES };

struct campaign {
    struct parse_setup *setup;
    struct parse_job job;
    struct bytes flux[BANK_FLUX];
    uint64_t seed, households, rejects;
    uint64_t of_container[CONTAINERS][OUTCOMES], of_bend[BENDS][OUTCOMES];
    double slowest; /* seconds of processor */
    uint64_t slowest_case;
};

/* What one case does, drawn before it is done. */
struct plan {
    enum container container;
    enum bend how;
    unsigned members;
    bool packed_bytes; /* the container is spoilt, not what is in it */
    enum parse_mode mode;
    uint32_t index;
};

static struct plan draw(uint64_t *state)
{
    struct plan p = {.how = (enum bend)chance_below(state, BENDS), .members = 1};
    if (chance(state) % 5 < 2)
        p.container = (enum container)(1 + chance_below(state, CONTAINERS - 1));
    if (p.container > CONTAINER_GZ && chance(state) % 3 == 0)
        p.members = 2 + chance_below(state, MEMBERS - 1);
    p.packed_bytes = p.container != CONTAINER_PLAIN && chance(state) % 2;
    if (p.packed_bytes)
        p.how = chance(state) % 4 ? BEND_BYTES : BEND_CUT;
    if (chance(state) % 8 == 0) {
        p.mode = PARSE_MEMBER;
        p.index = chance_below(state, MEMBERS + 1);
    }
    return p;
}

static size_t bend_in(const struct campaign *c, char *room, const struct bytes *b, enum bend how, uint64_t *state)
{
    memcpy(room, b->data, b->len);
    return bend(how, room, b->len, ROOM, &c->flux[chance_below(state, BANK_FLUX)], state);
}

/* Fills room[ROOM] with the bytes of a case. */
static size_t make_case(const struct campaign *c, const struct plan *p, char *room, uint64_t *state)
{
    struct bytes members[MEMBERS];
    for (unsigned i = 0; i < p->members; i++)
        members[i] = bank_copy(&c->flux[chance_below(state, BANK_FLUX)]);
    unsigned bent = chance_below(state, p->members);
    if (!p->packed_bytes) {
        size_t len = bend_in(c, room, &members[bent], p->how, state);
        free(members[bent].data);
        members[bent] = bank_copy(&(struct bytes){room, len});
    }
    struct bytes packed = bank_pack(p->container, members, p->members);
    size_t len = packed.len;
    if (p->packed_bytes)
        len = bend_in(c, room, &packed, p->how, state);
    else
        memcpy(room, packed.data, packed.len < ROOM ? packed.len : ROOM);
    for (unsigned i = 0; i < p->members; i++)
        free(members[i].data);
    free(packed.data);
    return len < ROOM ? len : ROOM;
}

static enum outcome outcome_of(const struct verdict *v)
{
    if (v->err == ERR_NOTFOUND)
        return OUTCOME_ABSENT;
    if (v->refused)
        return OUTCOME_REFUSED;
    if (v->scanned)
        return OUTCOME_SCANNED;
    return v->rejected ? OUTCOME_REJECTED : OUTCOME_ACCEPTED;
}

static double processor_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool run_case(struct campaign *c, uint64_t number, char *room)
{
    uint64_t state = chance_of_case(c->seed, number);
    const struct plan p = draw(&state);
    size_t len = make_case(c, &p, room, &state);
    struct parse_job job = c->job;
    job.mode = p.mode;
    job.index = p.index;
    struct verdict v;
    double before = processor_seconds();
    alarm(CASE_SECONDS);
    const char *wrong = verdict_of(c->setup, &job, room, len, &v);
    /* Whoever asks for a member that is not there is told so, and there is nothing to judge. */
    if (p.mode == PARSE_MEMBER && p.index > 0 && v.err == ERR_NOTFOUND && v.ended + v.refused == 0)
        wrong = NULL;
    alarm(0);
    double spent = processor_seconds() - before;
    if (spent > c->slowest) {
        c->slowest = spent;
        c->slowest_case = number;
    }
    c->households += v.accepted;
    c->rejects += v.rejected;
    c->of_container[p.container][outcome_of(&v)]++;
    c->of_bend[p.how][outcome_of(&v)]++;
    if (wrong)
        fprintf(stderr, "case %" PRIu64 " of seed %" PRIu64 " (%s, %s): %s\n", number, c->seed, container_name(p.container),
                bend_name(p.how), wrong);
    return !wrong;
}

static void on_alarm(int signal)
{
    (void)signal;
    static const char text[] = "a case does not end\n";
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    _exit(1);
}

static bool start(struct campaign *c)
{
    const struct keep_rule all = {PROFILE_GESTION, "all", true};
    char bad[64];
    for (unsigned i = 0; i < BANK_FLUX; i++)
        c->flux[i] = bank_flux(i);
    c->job = (struct parse_job){.limits = parse_limits_default};
    const struct sigaction act = {.sa_handler = on_alarm};
    return !sigaction(SIGALRM, &act, NULL) && !parse_setup_new(&c->setup) &&
           !keep_make(&schema_vrsb0801, &all, &c->job.keep, bad, sizeof bad);
}

static void report_row(const char *name, const uint64_t row[OUTCOMES])
{
    printf("  %-9s %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %9" PRIu64 "\n", name, row[OUTCOME_ACCEPTED], row[OUTCOME_REJECTED],
           row[OUTCOME_SCANNED], row[OUTCOME_REFUSED], row[OUTCOME_ABSENT]);
}

/* Whether every kind of mutation led to every verdict that it can lead to. */
static bool report(const struct campaign *c, uint64_t runs, long peak_mib)
{
    uint64_t all[OUTCOMES] = {0};
    printf("            accepted  rejected   scanned   refused no member\n");
    for (unsigned i = 0; i < CONTAINERS; i++) {
        report_row(container_name((enum container)i), c->of_container[i]);
        for (unsigned o = 0; o < OUTCOMES; o++)
            all[o] += c->of_container[i][o];
    }
    for (unsigned i = 0; i < BENDS; i++)
        report_row(bend_name((enum bend)i), c->of_bend[i]);
    report_row("all", all);
    printf("%" PRIu64 " mutations: %" PRIu64 " households accepted, %" PRIu64 " rejected; slowest case %.3f s (case %" PRIu64
           "); peak memory %ld MiB\n",
           runs, c->households, c->rejects, c->slowest, c->slowest_case, peak_mib);
    return all[OUTCOME_ACCEPTED] && all[OUTCOME_REJECTED] && all[OUTCOME_SCANNED] && all[OUTCOME_REFUSED];
}

int main(int argc, char **argv)
{
    static struct campaign c;
    static char room[2 * ROOM];
    uint64_t runs = argc > 1 ? strtoull(argv[1], NULL, 10) : 5000, first = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
    c.seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    if (!start(&c))
        return 1;
    bool right = true;
    for (uint64_t n = 0; right && n < runs; n++)
        right = run_case(&c, first + n, room);
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    long peak = use.ru_maxrss / 1024;
    right = (report(&c, runs, peak) || runs < 1000) && peak < PEAK_MIB && right;
    if (peak >= PEAK_MIB)
        fprintf(stderr, "memory is not bounded: more than %d MiB\n", PEAK_MIB);
    parse_setup_free(c.setup);
    for (unsigned i = 0; i < BANK_FLUX; i++)
        free(c.flux[i].data);
    return right ? 0 : 1;
}
