/* fluxrsa-parse: the only program that reads what payers send. Descriptor 0 is the file, 1 takes frames, 2 takes a sentence at most. It
 * knows no name, no key and no path, and once locked in it can open nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flux/base/frame.h"
#include "flux/base/sandbox.h"
#include "parsers/parsers.h"

#ifndef FLUX_VERSION
#define FLUX_VERSION "0.1.0"
#endif

enum { GIB_MAX = 64, CPU_SECONDS_PER_GIB = 37 };

struct output {
    struct frame_writer *frames;
    struct buf buf;
};

/* ---- frames ---- */

static enum err send(struct output *o, enum message_kind kind, bool flush)
{
    enum err e = o->buf.err ? o->buf.err : frame_write(o->frames, kind, o->buf.data, o->buf.len);
    buf_reset(&o->buf);
    return e || !flush ? e : frame_flush(o->frames);
}

static enum err send_hello(struct output *o)
{
    buf_u32(&o->buf, MESSAGE_VERSION);
    return send(o, MSG_HELLO, true);
}

static enum err send_scanned(void *ctx, const struct msg_scanned *m)
{
    struct output *o = ctx;
    message_scanned(&o->buf, m);
    return send(o, MSG_SCANNED, false);
}

static enum err send_header(void *ctx, const struct msg_header *m)
{
    struct output *o = ctx;
    message_header(&o->buf, m);
    return send(o, MSG_HEADER, true);
}

static enum err send_household(void *ctx, const struct msg_household *m)
{
    struct output *o = ctx;
    message_household(&o->buf, m);
    return send(o, MSG_HOUSEHOLD, false);
}

static enum err send_reject(void *ctx, const struct msg_household *m)
{
    struct output *o = ctx;
    message_household(&o->buf, m);
    return send(o, MSG_REJECT, false);
}

static enum err send_census(void *ctx, const struct msg_census *m)
{
    struct output *o = ctx;
    message_census(&o->buf, m);
    return send(o, MSG_CENSUS, false);
}

static enum err send_end(void *ctx, const struct msg_end *m)
{
    struct output *o = ctx;
    message_end(&o->buf, m);
    return send(o, MSG_END, true);
}

static enum err send_fatal(void *ctx, const struct msg_fatal *m)
{
    struct output *o = ctx;
    message_fatal(&o->buf, m);
    return send(o, MSG_FATAL, true);
}

static enum err send_progress(void *ctx, uint64_t packed)
{
    struct output *o = ctx;
    buf_u64(&o->buf, packed);
    return send(o, MSG_PROGRESS, true);
}

/* ---- arguments ---- */

static bool read_number(const char *word, uint32_t *number)
{
    size_t n = strspn(word, "0123456789");
    *number = 0;
    for (size_t i = 0; i < n; i++)
        *number = *number * 10 + (uint32_t)(word[i] - '0');
    return n >= 1 && n <= 9 && word[n] == 0;
}

static bool read_mode(const char *word, struct parse_job *job)
{
    static const char member[] = "MEMBER:";
    if (strcmp(word, "AUTO") == 0) {
        job->mode = PARSE_AUTO;
        return true;
    }
    if (strncmp(word, member, strlen(member)) != 0)
        return false;
    job->mode = PARSE_MEMBER;
    return read_number(word + strlen(member), &job->index);
}

static bool read_size(const char *word, struct parse_limits *limits)
{
    uint32_t gib;
    if (!read_number(word, &gib) || gib < 1 || gib > GIB_MAX)
        return false;
    limits->member_bytes = (uint64_t)gib << 30;
    limits->total_bytes = 2 * limits->member_bytes;
    return true;
}

/* What whoever called needs to match a household, and sees again when it decides what is stored. */
static void keep_keys(struct keep *keep)
{
    static const node_id keys[] = {VRSB_Identification_NIR,       VRSB_Organisme_FONORG,     VRSB_Organisme_MATRICULE,
                                   VRSB_Partenaire_IDEPARTE,      VRSB_DemandeRSA_NUMDEMRSA, VRSB_OrganismeCedant_MATRICULEORGCEDMUT,
                                   VRSB_DossierCAF_NUMDEMRSAPRECE};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        keep_add(&schema_vrsb0801, keep, keys[i]);
}

/* MODE PROFILE NIR GIB EXTRA */
static bool read_arguments(char **argv, struct parse_job *job)
{
    struct keep_rule rule = {.extra = argv[5], .nir = strcmp(argv[3], "1") == 0};
    char bad[64];
    bool flag = rule.nir || strcmp(argv[3], "0") == 0;
    if (!flag || !read_mode(argv[1], job) || !profile_by_name(argv[2], &rule.profile) || !read_size(argv[4], &job->limits))
        return false;
    if (keep_make(&schema_vrsb0801, &rule, &job->keep, bad, sizeof bad))
        return false;
    keep_keys(&job->keep);
    return true;
}

/* ---- run ---- */

/* The longest run grows with what may be read. */
static struct sandbox_limits limits_for(const struct parse_job *job)
{
    struct sandbox_limits l = sandbox_limits_default;
    uint64_t seconds = (job->limits.total_bytes >> 30) * CPU_SECONDS_PER_GIB;
    if (seconds > l.cpu_seconds)
        l.cpu_seconds = (uint32_t)seconds;
    return l;
}

static enum err run(struct output *o, const struct parse_job *job)
{
    const struct parse_sink sink = {
        .ctx = o,
        .scanned = send_scanned,
        .header = send_header,
        .household = send_household,
        .reject = send_reject,
        .census = send_census,
        .end = send_end,
        .fatal = send_fatal,
        .progress = send_progress,
    };
    const struct sandbox_limits limits = limits_for(job);
    struct parse_setup *setup = NULL;
    enum err e = sandbox_close_from(3);
    if (!e)
        e = parse_setup_new(&setup);
    if (!e)
        e = sandbox_enter(&limits);
    if (!e)
        e = send_hello(o);
    if (!e)
        e = parse_run(setup, job, &sink);
    parse_setup_free(setup);
    return e;
}

static enum err parse_to_frames(const struct parse_job *job)
{
    struct output o = {.frames = frame_writer_new(1)};
    buf_init(&o.buf, FRAME_MAX);
    enum err e = o.frames ? run(&o, job) : ERR_NOMEM;
    buf_free(&o.buf);
    frame_writer_free(o.frames);
    return e;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        puts("fluxrsa-parse " FLUX_VERSION);
        return 0;
    }
    struct parse_job job = {.fd = 0, .limits = parse_limits_default};
    if (argc != 6 || !read_arguments(argv, &job)) {
        fputs("usage: fluxrsa-parse AUTO|MEMBER:N PROFILE NIR GIB EXTRA\n", stderr);
        return err_exit_code(ERR_USAGE);
    }
    enum err e = parse_to_frames(&job);
    if (e)
        fprintf(stderr, "fluxrsa-parse: %s\n", err_text(e));
    return err_exit_code(e);
}
