/* The content of a store as it was on days, for tests: for each day, a line with it, then one line per dossier that a flux spoke of by
 * then, by NUMDEMRSA, with the digest of what was said. Usage: dump_at STORE KEYS MASTER DAY…: days since 1970, or ever;
 * @SECONDS behind one: what was known then. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flux/base/digest.h"
#include "flux/record/record.h"
#include "flux/record/value.h"
#include "store/asof.h"

struct lines {
    struct store_txn *txn;
    struct asof when;
    char **line;
    size_t count, cap;
    enum err err;
};

static char *describe(const struct dossier *d)
{
    char hex[DIGEST_HEX], numdemrsa[VALUE_TEXT_MAX] = "-", *line = NULL;
    uint8_t digest[DIGEST_SIZE];
    struct value v;
    if (record_find(VRSB_InfosFoyerRSA, d->record.data, d->record.len, VRSB_DemandeRSA_NUMDEMRSA, &v))
        value_text(&v, numdemrsa);
    digest_bytes(d->record.data, d->record.len, digest);
    digest_hex(digest, hex);
    int n = asprintf(&line, "%s %s persons=%" PRIu32 "\n", numdemrsa, hex, d->person_count);
    return n < 0 ? NULL : line;
}

static bool add(void *ctx, uint64_t serial)
{
    struct lines *l = ctx;
    struct dossier d = {0};
    uint32_t flux = 0;
    if (l->count == l->cap) {
        l->cap = l->cap ? l->cap * 2 : 1024;
        l->line = realloc(l->line, l->cap * sizeof *l->line);
        if (!l->line)
            abort();
    }
    enum err e = dossier_at(l->txn, serial, &l->when, &d, &flux);
    if (!e && (l->line[l->count] = describe(&d)))
        l->count++;
    dossier_free(&d);
    l->err = e == ERR_NOTFOUND ? ERR_OK : e;
    return l->err == ERR_OK;
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static bool read_when(const char *text, struct asof *out)
{
    char *end = NULL;
    bool ever = strncmp(text, "ever", 4) == 0;
    if (!ever)
        out->day = strtoll(text, &end, 10);
    const char *rest = ever ? text + 4 : end;
    if (*rest == '@')
        out->known_at = strtoll(rest + 1, &end, 10);
    return *rest == '@' ? *end == '\0' : *rest == '\0';
}

static enum err dump_day(struct store_txn *t, const char *day)
{
    struct lines l = {.txn = t, .when = {.day = ASOF_EVER, .known_at = ASOF_EVER}};
    if (!read_when(day, &l.when))
        return ERR_USAGE;
    enum err e = dossier_each(t, add, &l);
    if (l.count)
        qsort(l.line, l.count, sizeof *l.line, by_text);
    printf("%s\n", day);
    for (size_t i = 0; i < l.count; i++) {
        fputs(l.line[i], stdout);
        free(l.line[i]);
    }
    free(l.line);
    return l.err ? l.err : e;
}

int main(int argc, char **argv)
{
    struct store *s = NULL;
    struct store_txn *t = NULL;
    if (argc < 5)
        return 64;
    const struct store_place place = {argv[1], argv[2], argv[3]};
    enum err e = store_open(&place, false, "dump_at", NULL, NULL, &s);
    if (!e)
        e = store_read(s, &t);
    for (int i = 4; i < argc && !e; i++)
        e = dump_day(t, argv[i]);
    store_abort(t);
    store_close(s);
    if (e)
        fprintf(stderr, "dump_at: %s\n", err_text(e));
    return err_exit_code(e);
}
