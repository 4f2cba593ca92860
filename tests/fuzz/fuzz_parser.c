/* libFuzzer: any bytes as a flux end in one right verdict. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/fuzz/target.h"
#include "tests/fuzz/verdict.h"

static void run(struct parse_setup *setup, const struct parse_job *job, const uint8_t *data, size_t len, struct verdict *v)
{
    const char *wrong = verdict_of(setup, job, data, len, v);
    bool absent = job->mode == PARSE_MEMBER && v->err == ERR_NOTFOUND && v->ended + v->refused == 0;
    if (wrong && !absent) {
        fprintf(stderr, "%s\n", wrong);
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct parse_setup *setup;
    static struct parse_job job;
    struct verdict v;
    if (!setup) {
        const struct keep_rule all = {PROFILE_GESTION, "all", true};
        char bad[64];
        job.limits = parse_limits_default;
        if (parse_setup_new(&setup) || keep_make(&schema_vrsb0801, &all, &job.keep, bad, sizeof bad))
            abort();
    }
    job.mode = PARSE_AUTO;
    run(setup, &job, data, len, &v);
    if (v.scanned == 0)
        return 0;
    job.mode = PARSE_MEMBER;
    job.index = 1;
    run(setup, &job, data, len, &v);
    return 0;
}
