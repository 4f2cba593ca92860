#include "tests/system/dump_persons.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flux/base/digest.h"
#include "store/history.h"
#include "store/identity.h"
#include "store/index.h"
#include "store/person.h"

enum { NAME_MAX_BYTES = 96 };

struct named {
    uint64_t serial, leader;
    uint8_t numdemrsa[KEY_BLIND], key[KEY_BLIND];
    char name[NAME_MAX_BYTES];
};

struct people {
    struct store_txn *t;
    struct named *at;
    size_t count, cap, dossier; /* dossier: the first member of the one at hand */
    struct history history;
    struct facts facts;
    enum err err;
};

static void hash_add(struct buf *b, struct span s) { buf_bytes(b, s.data, s.len); }

/* What nobody else of the dossier has: which Personne of which content. */
static void name_member(struct people *p, struct named *m, size_t index)
{
    const struct person_facts *f = &p->facts.persons[index];
    uint8_t digest[DIGEST_SIZE];
    char hex[DIGEST_HEX];
    struct buf b;
    buf_init(&b, 4096);
    hash_add(&b, f->nomnai);
    hash_add(&b, f->nom);
    hash_add(&b, f->prenom);
    buf_zigzag(&b, f->dtnai);
    buf_zigzag(&b, f->has_rgnai ? f->rgnai : -1);
    digest_bytes(b.data, b.len, digest);
    digest_hex(digest, hex);
    snprintf(m->name, sizeof m->name, "%.*s/%zu/%.12s", (int)p->facts.numdemrsa.len, (const char *)p->facts.numdemrsa.data, index, hex);
    buf_free(&b);
}

static enum err see_image(void *ctx, uint32_t flux, const struct image *image)
{
    struct people *p = ctx;
    struct history *h = &p->history;
    enum err e = image_open(p->t, &h->key, h->serial, flux, image, &h->aad, &h->record);
    if (!e)
        e = facts_read(&p->facts, &schema_vrsb0801, buf_span(&h->record));
    struct wire w = image->persons;
    for (uint32_t i = 0; !e && i < image->person_count; i++) {
        uint64_t serial = seen_next(&w).serial;
        for (size_t k = p->dossier; k < p->count; k++)
            if (p->at[k].serial == serial)
                name_member(p, &p->at[k], i);
    }
    return e;
}

static enum err add_member(struct people *p, uint64_t serial)
{
    struct person row = {0};
    if (p->count == p->cap) {
        p->cap = p->cap ? 2 * p->cap : 256;
        p->at = realloc(p->at, p->cap * sizeof *p->at);
        if (!p->at)
            abort();
    }
    struct named *m = &p->at[p->count++];
    *m = (struct named){.serial = serial};
    enum err e = person_load(p->t, serial, &row);
    m->leader = row.leader;
    memcpy(m->key, row.key, KEY_BLIND);
    person_free(&row);
    return e;
}

static bool see_dossier(void *ctx, uint64_t serial)
{
    struct people *p = ctx;
    p->dossier = p->count;
    p->err = history_load(&p->history, serial);
    for (size_t i = 0; !p->err && i < p->history.head.members.count; i++)
        p->err = add_member(p, p->history.head.members.at[i]);
    if (!p->err)
        p->err = history_key(&p->history);
    if (!p->err)
        p->err = history_each(&p->history, see_image, p);
    struct span numdemrsa = p->facts.numdemrsa;
    for (size_t i = p->dossier; !p->err && i < p->count; i++)
        p->err = index_numdemrsa(p->t, numdemrsa, p->at[i].numdemrsa);
    return p->err == ERR_OK;
}

static int by_name(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    return strcmp(x->name, y->name);
}

static void print_member(const struct people *p, const struct named *m, FILE *out)
{
    uint8_t digest[DIGEST_SIZE];
    char hex[DIGEST_HEX];
    struct buf b;
    buf_init(&b, 1 << 20);
    for (size_t i = 0; m->leader && i < p->count; i++)
        if (p->at[i].leader == m->leader)
            buf_text(&b, p->at[i].name);
    digest_bytes(b.data, b.len, digest);
    digest_hex(digest, hex);
    fprintf(out, "person %s %s\n", m->name, m->leader ? hex : "alone");
    buf_free(&b);
}

static const char *name_of(const struct people *p, uint64_t serial)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->at[i].serial == serial)
            return p->at[i].name;
    return "?";
}

static const char *name_of_side(const struct people *p, const struct decision_side *side)
{
    for (size_t i = 0; i < p->count; i++)
        if (memcmp(p->at[i].numdemrsa, side->numdemrsa, KEY_BLIND) == 0 && memcmp(p->at[i].key, side->key, KEY_BLIND) == 0)
            return p->at[i].name;
    return "?";
}

static enum err describe_pair(const struct people *p, struct span key, struct span value, char **line)
{
    struct review_entry r;
    enum err e = review_read(p->t, key, value, &r);
    const char *a = name_of(p, be64(key.data)), *b = name_of(p, key_tail64(key));
    *line = NULL;
    if (!e && strcmp(a, b) < 0 && asprintf(line, "review %s %s %d %u\n", a, b, (int)r.reason, r.compared) < 0)
        abort();
    return e;
}

static enum err describe_decision(const struct people *p, struct span key, struct span value, char **line)
{
    struct decision d;
    enum err e = decision_read(p->t, key, value, &d);
    const char *a = name_of_side(p, &d.sides[0]), *b = name_of_side(p, &d.sides[1]);
    *line = NULL;
    if (!e && strcmp(a, b) < 0 && asprintf(line, "decision %s %s %d %" PRId64 "\n", a, b, (int)d.kind, d.until) < 0)
        abort();
    return e;
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static enum err print_table(const struct people *p, enum store_table table,
                            enum err (*describe)(const struct people *p, struct span key, struct span value, char **line), FILE *out)
{
    struct kv_scan *scan;
    struct span key, value;
    char **lines = NULL, *line;
    size_t count = 0;
    enum err e = kv_scan_open(p->t->kv, table, (struct span){0}, (struct span){0}, &scan);
    if (e)
        return e;
    while (!(e = kv_scan_next(scan, &key, &value)) && !(e = describe(p, key, value, &line))) {
        if (!line)
            continue;
        lines = realloc(lines, (count + 1) * sizeof *lines);
        if (!lines)
            abort();
        lines[count++] = line;
    }
    kv_scan_close(scan);
    if (count)
        qsort(lines, count, sizeof *lines, by_text);
    for (size_t i = 0; i < count; i++) {
        fputs(lines[i], out);
        free(lines[i]);
    }
    free(lines);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

enum err dump_persons(struct store_txn *t, FILE *out)
{
    struct people p = {.t = t};
    history_init(&p.history, t, NULL);
    enum err walked = dossier_each(t, see_dossier, &p), e = p.err ? p.err : walked;
    if (!e && p.count)
        qsort(p.at, p.count, sizeof *p.at, by_name);
    for (size_t i = 0; !e && i < p.count; i++)
        print_member(&p, &p.at[i], out);
    if (!e)
        e = print_table(&p, TABLE_REVIEW, describe_pair, out);
    if (!e)
        e = print_table(&p, TABLE_DECISION, describe_decision, out);
    history_free(&p.history);
    facts_free(&p.facts);
    free(p.at);
    return e;
}
