/* Files through the parser, in one process.
 * flips judge FILE...: one line per file: its verdict (END, SCAN or the code of the refusal), a tab, its name.
 * flips COUNT SEED FILE...: COUNT single wrong bits in each file: it is refused, or all that the parser says of it stays the same. */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flux/base/fdio.h"
#include "parsers/parsers.h"

enum { DIGEST = 32 };

/* What the parser said, in one digest. */
struct heard {
    EVP_MD_CTX *all;
    unsigned ends, fatals, scans;
    enum finding_code refusal;
};

struct probe {
    struct parse_setup *setup;
    struct parse_job job;
    struct heard heard;
};

static void hear(struct heard *h, const void *data, size_t len)
{
    if (EVP_DigestUpdate(h->all, data, len) != 1)
        abort();
}

static void hear_number(struct heard *h, uint64_t n) { hear(h, &n, sizeof n); }

static void hear_text(struct heard *h, const char *text) { hear(h, text, strlen(text) + 1); }

static enum err on_household(void *ctx, const struct msg_household *m)
{
    struct heard *h = ctx;
    hear_number(h, m->ordinal);
    hear_number(h, m->finding_count);
    hear(h, m->record.data, m->record.len);
    for (uint32_t i = 0; i < m->findings_kept; i++) {
        hear_number(h, m->findings[i].code);
        hear_number(h, m->findings[i].line);
        hear_text(h, m->findings[i].path);
    }
    return ERR_OK;
}

static enum err on_header(void *ctx, const struct msg_header *m)
{
    struct heard *h = ctx;
    hear_text(h, m->member);
    hear_text(h, m->encoding);
    hear(h, m->header.data, m->header.len);
    return ERR_OK;
}

static enum err on_scanned(void *ctx, const struct msg_scanned *m)
{
    struct heard *h = ctx;
    h->scans++;
    hear_number(h, m->index);
    hear_number(h, m->finding.code);
    hear_text(h, m->name);
    hear(h, m->sha256, sizeof m->sha256);
    return ERR_OK;
}

static enum err on_census(void *ctx, const struct msg_census *m)
{
    struct heard *h = ctx;
    hear_number(h, m->node);
    hear_number(h, m->count);
    hear_text(h, m->path);
    return ERR_OK;
}

static enum err on_end(void *ctx, const struct msg_end *m)
{
    struct heard *h = ctx;
    h->ends++;
    hear_number(h, m->read);
    hear_number(h, m->bytes);
    hear(h, m->sha256, sizeof m->sha256);
    return ERR_OK;
}

static enum err on_fatal(void *ctx, const struct msg_fatal *m)
{
    struct heard *h = ctx;
    h->fatals++;
    h->refusal = m->finding.code;
    return ERR_OK;
}

static enum err on_progress(void *ctx, uint64_t bytes) { return (void)ctx, (void)bytes, ERR_OK; }

static unsigned open_descriptors(void)
{
    unsigned n = 0;
    DIR *d = opendir("/proc/self/fd");
    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n;
}

/* One run, with exactly one verdict and no descriptor more than before. */
static bool run(struct probe *p, int fd, uint8_t digest[DIGEST])
{
    struct heard *h = &p->heard;
    *h = (struct heard){.all = h->all};
    const struct parse_sink sink = {h, on_scanned, on_header, on_household, on_household, on_census, on_end, on_fatal, on_progress};
    unsigned before = open_descriptors();
    p->job.fd = fd;
    bool right = EVP_DigestInit_ex(h->all, EVP_sha256(), NULL) == 1 && parse_run(p->setup, &p->job, &sink) == ERR_OK &&
                 EVP_DigestFinal_ex(h->all, digest, NULL) == 1;
    return right && h->ends + h->fatals == 1 && open_descriptors() == before;
}

static const char *verdict(const struct heard *h) { return h->fatals ? finding_rule(h->refusal)->name : h->scans ? "SCAN" : "END"; }

static bool judge(struct probe *p, const char *name)
{
    uint8_t digest[DIGEST];
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    bool right = fd >= 0 && run(p, fd, digest);
    printf("%s\t%s\n", right ? verdict(&p->heard) : "WRONG", name);
    if (fd >= 0)
        close(fd);
    return right;
}

/* ---- wrong bits ---- */

struct file {
    uint8_t *data;
    size_t len;
    int fd; /* in memory, with the same bytes */
};

static bool load(struct file *f, const char *name)
{
    struct stat st;
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    f->fd = memfd_create("flips", MFD_CLOEXEC);
    bool right = fd >= 0 && f->fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0 && (f->data = malloc((size_t)st.st_size));
    f->len = right ? (size_t)st.st_size : 0;
    right = right && read(fd, f->data, f->len) == (ssize_t)f->len && fd_write_all(f->fd, f->data, f->len) == ERR_OK;
    if (fd >= 0)
        close(fd);
    return right;
}

static void unload(struct file *f)
{
    free(f->data);
    if (f->fd >= 0)
        close(f->fd);
}

static bool flip(const struct file *f, uint64_t bit, bool back)
{
    uint8_t byte = f->data[bit / 8] ^ (uint8_t)(back ? 0 : 1u << bit % 8);
    return pwrite(f->fd, &byte, 1, (off_t)(bit / 8)) == 1 && lseek(f->fd, 0, SEEK_SET) == 0;
}

static uint64_t next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static bool flip_file(struct probe *p, const char *name, uint64_t count, uint64_t seed)
{
    struct file f = {.fd = -1};
    uint8_t wanted[DIGEST], got[DIGEST];
    uint64_t refused = 0, harmless = 0, bit = 0;
    bool right = load(&f, name) && run(p, f.fd, wanted) && p->heard.ends == 1;
    if (!right)
        fprintf(stderr, "%s: not read to its end before any bit is wrong\n", name);
    for (uint64_t i = 0; right && i < count; i++) {
        bit = next(&seed) % (8 * f.len);
        right = flip(&f, bit, false) && run(p, f.fd, got);
        if (right && p->heard.ends) {
            harmless++;
            right = memcmp(wanted, got, DIGEST) == 0;
        }
        refused += p->heard.fatals;
        right = right && flip(&f, bit, true);
        if (!right)
            fprintf(stderr, "%s: a wrong bit %" PRIu64 " (byte %" PRIu64 ") went through\n", name, bit, bit / 8);
    }
    printf("%s: %" PRIu64 " wrong bits, %" PRIu64 " refused, %" PRIu64 " harmless\n", name, refused + harmless, refused, harmless);
    unload(&f);
    return right;
}

static bool open_probe(struct probe *p)
{
    const struct keep_rule all = {PROFILE_GESTION, "all", true};
    char bad[64];
    *p = (struct probe){.job = {.mode = PARSE_AUTO, .limits = parse_limits_default}};
    p->heard.all = EVP_MD_CTX_new();
    return p->heard.all && parse_setup_new(&p->setup) == ERR_OK &&
           keep_make(&schema_vrsb0801, &all, &p->job.keep, bad, sizeof bad) == ERR_OK;
}

int main(int argc, char **argv)
{
    struct probe p;
    bool judging = argc > 1 && strcmp(argv[1], "judge") == 0;
    if (argc < (judging ? 3 : 4))
        return 64;
    bool right = open_probe(&p);
    uint64_t count = judging ? 0 : strtoull(argv[1], NULL, 10), seed = judging ? 0 : strtoull(argv[2], NULL, 10);
    for (int i = judging ? 2 : 3; i < argc; i++)
        right &= judging ? judge(&p, argv[i]) : flip_file(&p, argv[i], count, seed);
    parse_setup_free(p.setup);
    EVP_MD_CTX_free(p.heard.all);
    return right ? 0 : 1;
}
