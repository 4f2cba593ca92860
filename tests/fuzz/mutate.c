/* Random byte mutations of a small made-up flux through the parser: accepted, rejected or refused, exactly one verdict, never else.
 * Usage: mutate [RUNS] [SEED] */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "flux/base/fdio.h"
#include "flux/record/record.h"
#include "parsers/parsers.h"
#include "samples/sample.h"

struct counts {
    uint64_t ended, refused, accepted, rejected;
    unsigned verdicts;
    bool wrong;
};

static enum err on_household(void *ctx, const struct msg_household *m)
{
    struct counts *c = ctx;
    c->accepted++;
    c->wrong = c->wrong || record_check(VRSB_InfosFoyerRSA, m->record.data, m->record.len) != ERR_OK;
    return ERR_OK;
}

static enum err on_reject(void *ctx, const struct msg_household *m)
{
    struct counts *c = ctx;
    c->rejected++;
    c->wrong = c->wrong || m->findings_kept == 0 || record_check(VRSB_InfosFoyerRSA, m->record.data, m->record.len) != ERR_OK;
    return ERR_OK;
}

static enum err on_end(void *ctx, const struct msg_end *m)
{
    struct counts *c = ctx;
    (void)m;
    c->ended++;
    c->verdicts++;
    return ERR_OK;
}

static enum err on_fatal(void *ctx, const struct msg_fatal *m)
{
    struct counts *c = ctx;
    c->refused++;
    c->verdicts++;
    c->wrong = c->wrong || finding_rule(m->finding.code)->cost != COST_REFUSED;
    return ERR_OK;
}

static enum err on_scanned(void *ctx, const struct msg_scanned *m) { return (void)ctx, (void)m, ERR_OK; }
static enum err on_header(void *ctx, const struct msg_header *m) { return (void)ctx, (void)m, ERR_OK; }
static enum err on_census(void *ctx, const struct msg_census *m) { return (void)ctx, (void)m, ERR_OK; }
static enum err on_progress(void *ctx, uint64_t bytes) { return (void)ctx, (void)bytes, ERR_OK; }

static uint64_t next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static char *make_flux(size_t *len)
{
    char *text = NULL;
    const struct sample_options o = {.seed = 3, .households = 3, .departement = "062", .indent = true, .year = 2025, .month = 1};
    uint64_t written;
    FILE *f = open_memstream(&text, len);
    if (!f || sample_write(&o, f, &written) || fclose(f))
        abort();
    return text;
}

/* Digits stand in values, hardly in tags: changing them only leaves a flux that is read to its end. */
static size_t mutate_values(char *text, size_t len, uint64_t *state)
{
    for (uint64_t n = next(state) % 4 + 1; n;) {
        size_t at = next(state) % len;
        bool digit = text[at] >= '0' && text[at] <= '9';
        if (digit)
            text[at] = "0123456789A -.:"[next(state) % 15];
        n -= digit;
    }
    return len;
}

/* One to eight places changed, removed or repeated. */
static size_t mutate_bytes(char *text, size_t len, uint64_t *state)
{
    for (uint64_t n = next(state) % 8 + 1; n && len > 16; n--) {
        size_t at = next(state) % (len - 8), span = next(state) % 8 + 1;
        switch (next(state) % 4) {
        case 0:
            text[at] = (char)next(state);
            break;
        case 1:
            memmove(text + at, text + at + span, len - at - span);
            len -= span;
            break;
        case 2:
            memmove(text + at, text + next(state) % (len - 8), span);
            break;
        default:
            text[at] = "<>&\"'/=;![]-? 09"[next(state) % 16];
        }
    }
    return len;
}

static size_t mutate(char *text, size_t len, uint64_t *state)
{
    return next(state) % 2 ? mutate_values(text, len, state) : mutate_bytes(text, len, state);
}

static bool run_once(struct parse_setup *setup, const struct parse_job *base, const char *text, size_t len, struct counts *c)
{
    const struct parse_sink sink = {c, on_scanned, on_header, on_household, on_reject, on_census, on_end, on_fatal, on_progress};
    struct parse_job job = *base;
    job.fd = memfd_create("flux", MFD_CLOEXEC);
    bool right = job.fd >= 0 && fd_write_all(job.fd, text, len) == ERR_OK && lseek(job.fd, 0, SEEK_SET) == 0;
    c->verdicts = 0;
    right = right && parse_run(setup, &job, &sink) == ERR_OK && c->verdicts == 1 && !c->wrong;
    close(job.fd);
    return right;
}

int main(int argc, char **argv)
{
    uint64_t runs = argc > 1 ? strtoull(argv[1], NULL, 10) : 5000, state = argc > 2 ? strtoull(argv[2], NULL, 10) : 1, n = 0;
    struct parse_setup *setup = NULL;
    struct counts c = {0};
    struct parse_job job = {.mode = PARSE_AUTO, .limits = parse_limits_default};
    const struct keep_rule all = {PROFILE_GESTION, "all", true};
    char bad[64];
    size_t len;
    char *text = make_flux(&len), *copy = malloc(len);
    if (!copy || parse_setup_new(&setup) || keep_make(&schema_vrsb0801, &all, &job.keep, bad, sizeof bad))
        return 1;
    bool right = true;
    for (; right && n < runs; n++) {
        memcpy(copy, text, len);
        right = run_once(setup, &job, copy, n ? mutate(copy, len, &state) : len, &c);
    }
    if (!right)
        fprintf(stderr, "mutation %" PRIu64 " has no single right verdict\n", n);
    printf("%" PRIu64 " mutations: %" PRIu64 " read to the end (%" PRIu64 " households accepted, %" PRIu64 " rejected), %" PRIu64
           " refused\n",
           n, c.ended, c.accepted, c.rejected, c.refused);
    right = right && c.ended > 0 && c.refused > 0 && c.rejected > 0;
    parse_setup_free(setup);
    free(copy);
    free(text);
    return right ? 0 : 1;
}
