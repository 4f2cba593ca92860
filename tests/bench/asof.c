/* The time of an as-of read inside one process: of random dossiers on random days. Usage: asof STORE KEYS MASTER */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/asof.h"

enum { READS = 10000 };

struct all {
    uint64_t *at;
    size_t count, cap;
};

static bool add(void *ctx, uint64_t serial)
{
    struct all *a = ctx;
    if (a->count == a->cap) {
        a->cap = a->cap ? 2 * a->cap : 1024;
        a->at = realloc(a->at, a->cap * sizeof *a->at);
        if (!a->at)
            abort();
    }
    a->at[a->count++] = serial;
    return true;
}

static uint64_t next(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct span_of_days {
    int64_t first, last;
};

static enum err note_day(void *ctx, const struct said *s)
{
    struct span_of_days *d = ctx;
    d->first = s->day < d->first ? s->day : d->first;
    d->last = s->day > d->last ? s->day : d->last;
    return ERR_OK;
}

struct tally {
    size_t found;
    double *us; /* of each read */
};

static enum err measure(struct store_txn *t, const struct all *all, const struct span_of_days *days, struct tally *n)
{
    uint64_t state = 1, width = (uint64_t)(days->last - days->first + 32);
    for (size_t i = 0; i < READS; i++) {
        struct dossier d = {0};
        uint32_t flux;
        uint64_t serial = all->at[next(&state) % all->count];
        const struct asof when = {days->first + (int64_t)(next(&state) % width), ASOF_EVER};
        double start = now_us();
        enum err e = dossier_at(t, serial, &when, &d, &flux);
        n->us[i] = now_us() - start;
        n->found += e == ERR_OK;
        if (e == ERR_OK)
            dossier_free(&d);
        else if (e != ERR_NOTFOUND)
            return e;
    }
    return ERR_OK;
}

static void report(struct tally *n, size_t dossiers)
{
    double sum = 0;
    double first = n->us[0];
    for (size_t i = 0; i < READS; i++)
        sum += n->us[i];
    qsort(n->us, READS, sizeof *n->us, ascending);
    printf("{\"dossiers\":%zu,\"reads\":%zu,\"found\":%zu,\"first_us\":%.1f,\"mean_us\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%."
           "1f}\n",
           dossiers, (size_t)READS, n->found, first, sum / (double)READS, n->us[READS / 2], n->us[READS * 99 / 100], n->us[READS - 1]);
}

static enum err run(struct store *s, struct tally *n)
{
    struct store_txn *t;
    struct all all = {0};
    struct span_of_days days = {INT64_MAX, INT64_MIN};
    const struct asof ever = {ASOF_EVER, ASOF_EVER};
    enum err e = store_read(s, &t);
    if (e)
        return e;
    e = dossier_each(t, add, &all);
    /* One dossier in a hundred gives the days; what they read is not counted. */
    for (size_t i = 0; !e && i < all.count; i += 1 + all.count / 100)
        e = dossier_days(t, all.at[i], &ever, note_day, &days);
    store_abort(t);
    if (!e && all.count && !(e = store_read(s, &t))) {
        e = measure(t, &all, &days, n);
        store_abort(t);
    }
    if (!e && all.count)
        report(n, all.count);
    free(all.at);
    return e;
}

int main(int argc, char **argv)
{
    struct store *s = NULL;
    struct tally n = {.us = calloc(READS, sizeof *n.us)};
    if (argc != 4)
        return 64;
    const struct store_place place = {argv[1], argv[2], argv[3]};
    enum err e = n.us ? store_open(&place, false, "bench", NULL, NULL, &s) : ERR_NOMEM;
    if (!e)
        e = run(s, &n);
    store_close(s);
    free(n.us);
    if (e)
        fprintf(stderr, "asof: %s\n", err_text(e));
    return e ? err_exit_code(e) : 0;
}
