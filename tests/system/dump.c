/* The content of a store, for tests: one line per dossier, by NUMDEMRSA, with the digest of its current image, its persons and versions;
 * then who is one person. Serials, keys and counters do not show. Usage: dump STORE KEYS MASTER */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flux/base/digest.h"
#include "flux/record/record.h"
#include "store/store.h"
#include "tests/system/dump_persons.h"

struct lines {
    struct store_txn *txn;
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
    int n = asprintf(&line, "%s %s persons=%" PRIu32 " versions=%" PRIu32 "\n", numdemrsa, hex, d->person_count, d->versions);
    return n < 0 ? NULL : line;
}

static bool add(void *ctx, uint64_t serial)
{
    struct lines *l = ctx;
    struct dossier d = {0};
    if (l->count == l->cap) {
        l->cap = l->cap ? l->cap * 2 : 1024;
        l->line = realloc(l->line, l->cap * sizeof *l->line);
        if (!l->line)
            abort();
    }
    l->err = dossier_get(l->txn, serial, &d);
    if (!l->err && (l->line[l->count] = describe(&d)))
        l->count++;
    dossier_free(&d);
    return l->err == ERR_OK;
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

int main(int argc, char **argv)
{
    struct store *s = NULL;
    struct lines l = {0};
    uint64_t checked = 0;
    if (argc != 4)
        return 64;
    const struct store_place place = {argv[1], argv[2], argv[3]};
    l.err = store_open(&place, false, "dump", NULL, NULL, &s);
    if (!l.err)
        l.err = store_read(s, &l.txn);
    if (!l.err)
        l.err = store_verify(l.txn, &checked);
    enum err walked = l.err ? l.err : dossier_each(l.txn, add, &l);
    if (l.count)
        qsort(l.line, l.count, sizeof *l.line, by_text);
    for (size_t i = 0; i < l.count; i++) {
        fputs(l.line[i], stdout);
        free(l.line[i]);
    }
    free(l.line);
    walked = walked ? walked : l.err ? ERR_OK : dump_persons(l.txn, stdout);
    store_abort(l.txn);
    store_close(s);
    if (l.err || walked)
        fprintf(stderr, "dump: %s\n", err_text(l.err ? l.err : walked));
    return err_exit_code(l.err ? l.err : walked);
}
