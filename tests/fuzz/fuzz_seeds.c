/* Writes what the libFuzzer targets start from, all of it made by our generator: fuzz_seeds FOLDER makes FOLDER/TARGET/NUMBER. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flux/base/fdio.h"
#include "flux/intake/journal_line.h"
#include "parsers/parsers.h"
#include "tests/fuzz/bank.h"

enum { PER_TARGET_MAX = 60 };

struct place {
    int folder;
    unsigned count;
};

struct seeds {
    struct place parser, record, message, line;
};

static void save(struct place *to, unsigned first, const void *data, size_t len)
{
    char name[32];
    uint8_t *whole = malloc(len + 1);
    if (!whole || to->count >= PER_TARGET_MAX) {
        free(whole);
        return;
    }
    snprintf(name, sizeof name, "%03u", to->count++);
    whole[0] = (uint8_t)first;
    memcpy(whole + 1, data, len);
    bool plain = first == 0;
    if (file_replace(to->folder, name, 0600, plain ? whole + 1 : whole, plain ? len : len + 1))
        fputs("a seed cannot be written\n", stderr);
    free(whole);
}

static void save_message(struct seeds *s, unsigned kind, void (*write)(struct buf *, const void *), const void *m)
{
    struct buf b;
    buf_init(&b, 8 << 20);
    write(&b, m);
    save(&s->message, kind, b.data, b.len);
    buf_free(&b);
}

static void write_scanned(struct buf *b, const void *m) { message_scanned(b, m); }
static void write_header(struct buf *b, const void *m) { message_header(b, m); }
static void write_household(struct buf *b, const void *m) { message_household(b, m); }
static void write_census(struct buf *b, const void *m) { message_census(b, m); }
static void write_end(struct buf *b, const void *m) { message_end(b, m); }
static void write_fatal(struct buf *b, const void *m) { message_fatal(b, m); }

static enum err on_scanned(void *ctx, const struct msg_scanned *m) { return save_message(ctx, MSG_SCANNED, write_scanned, m), ERR_OK; }
static enum err on_end(void *ctx, const struct msg_end *m) { return save_message(ctx, MSG_END, write_end, m), ERR_OK; }
static enum err on_fatal(void *ctx, const struct msg_fatal *m) { return save_message(ctx, MSG_FATAL, write_fatal, m), ERR_OK; }
static enum err on_progress(void *ctx, uint64_t bytes) { return (void)ctx, (void)bytes, ERR_OK; }

static enum err on_header(void *ctx, const struct msg_header *m)
{
    struct seeds *s = ctx;
    save_message(s, MSG_HEADER, write_header, m);
    save(&s->record, 1, m->header.data, m->header.len);
    return ERR_OK;
}

static enum err on_household(void *ctx, const struct msg_household *m)
{
    struct seeds *s = ctx;
    save_message(s, MSG_HOUSEHOLD, write_household, m);
    save(&s->record, 2, m->record.data, m->record.len);
    return ERR_OK;
}

static enum err on_reject(void *ctx, const struct msg_household *m)
{
    save_message(ctx, MSG_REJECT, write_household, m);
    return ERR_OK;
}

static enum err on_census(void *ctx, const struct msg_census *m)
{
    if (m->node == NODE_NONE || m->node % 16 == 0)
        save_message(ctx, MSG_CENSUS, write_census, m);
    return ERR_OK;
}

static void run(struct seeds *s, struct parse_setup *setup, const struct bytes *b)
{
    const struct parse_sink sink = {s, on_scanned, on_header, on_household, on_reject, on_census, on_end, on_fatal, on_progress};
    const struct keep_rule all = {PROFILE_GESTION, "all", true};
    struct parse_job job = {.fd = memfd_create("flux", MFD_CLOEXEC), .limits = parse_limits_default};
    char bad[64];
    save(&s->parser, 0, b->data, b->len);
    if (job.fd < 0 || fd_write_all(job.fd, b->data, b->len) || lseek(job.fd, 0, SEEK_SET) ||
        keep_make(&schema_vrsb0801, &all, &job.keep, bad, sizeof bad) || parse_run(setup, &job, &sink))
        fputs("a seed cannot be parsed\n", stderr);
    close(job.fd);
}

/* A key leaf of another name makes a reject; a root of another name, a refusal. */
static struct bytes spoilt(const struct bytes *from, const char *what, const char *by)
{
    struct bytes b = bank_copy(from);
    for (char *at = b.data; (at = memmem(at, b.len - (size_t)(at - b.data), what, strlen(what)));)
        memcpy(at, by, strlen(what));
    return b;
}

static void save_lines(struct seeds *s)
{
    static const uint8_t key[32] = "seeds of the fuzz targets";
    static const struct journal_act acts[] = {
        {"dossier.show", "d-12", "suivi", ""}, {"import", "flux-3", "", "12 read, é \"quoted\"\\"}, {"flux.force", "", "", "a reason"}};
    struct journal_link link = {0};
    for (uint64_t i = 0; i < 2 * sizeof acts / sizeof acts[0]; i++) {
        struct buf b;
        buf_init(&b, JOURNAL_LINE_MAX);
        const struct journal_entry e = {&acts[i / 2], i % 2 ? &i : NULL, 1700000000 + (int64_t)i, "operator", 1000};
        if (!journal_line_make(&b, key, &link, &e) && b.len)
            save(&s->line, 0, b.data, b.len - 1);
        buf_free(&b);
    }
}

static bool open_place(const char *folder, const char *name, struct place *p)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    (void)mkdir(path, 0700);
    p->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return p->folder >= 0;
}

int main(int argc, char **argv)
{
    struct seeds s = {0};
    struct parse_setup *setup = NULL;
    struct bytes flux[BANK_FLUX];
    if (argc != 2 || !open_place(argv[1], "parser", &s.parser) || !open_place(argv[1], "record", &s.record) ||
        !open_place(argv[1], "message", &s.message) || !open_place(argv[1], "line", &s.line) || parse_setup_new(&setup)) {
        fputs("usage: fuzz_seeds FOLDER\n", stderr);
        return 64;
    }
    for (unsigned i = 0; i < BANK_FLUX; i++) {
        flux[i] = bank_flux(i);
        run(&s, setup, &flux[i]);
    }
    for (enum container c = CONTAINER_GZ; c < CONTAINERS; c++) {
        struct bytes one = bank_pack(c, flux, 1), two = bank_pack(c, flux, 2);
        run(&s, setup, &one);
        run(&s, setup, &two);
        free(one.data);
        free(two.data);
    }
    struct bytes reject = spoilt(&flux[0], "NUMDEMRSA>", "NUMDEMRXX>"), refused = spoilt(&flux[1], "Racine", "Rasine");
    run(&s, setup, &reject);
    run(&s, setup, &refused);
    free(reject.data);
    free(refused.data);
    save_lines(&s);
    for (unsigned i = 0; i < BANK_FLUX; i++)
        free(flux[i].data);
    parse_setup_free(setup);
    return 0;
}
