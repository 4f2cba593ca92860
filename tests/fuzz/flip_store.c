/* One wrong bit in a stored value: store_verify or whoever reads it says so, and nobody reads another content without being told.
 * Nothing is committed.
 * Usage: flip_store STORE KEYS MASTER COUNT SEED */
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/counters.h"
#include "store/txn.h"

enum { DIGEST = 32 };

struct row {
    enum store_table table;
    struct buf key, value;
};

/* What became of the wrong bits of one table. */
struct tally {
    uint64_t bits, verified, read, unseen, told;
};

struct probe {
    struct store *store;
    struct store_txn *t;
    struct row *rows;
    size_t count, cap, first[TABLE_COUNT + 1];
    EVP_MD_CTX *all;
    enum err err;
    struct tally tallies[TABLE_COUNT];
};

static const char *const names[TABLE_COUNT] = {"meta",        "dossier",          "data key", "version",  "ledger",
                                               "flux digest", "flux identity",    "flux set", "person",   "index",
                                               "reject",      "reject by number", "outbox",   "findings", "flux report"};

/* ---- rows ---- */

static void add_row(struct probe *p, enum store_table table, struct span key, struct span value)
{
    if (p->count == p->cap) {
        p->cap = p->cap ? 2 * p->cap : 256;
        p->rows = realloc(p->rows, p->cap * sizeof *p->rows);
        if (!p->rows)
            abort();
    }
    struct row *r = &p->rows[p->count++];
    r->table = table;
    buf_init(&r->key, KV_KEY_MAX);
    buf_init(&r->value, SIZE_MAX);
    buf_put(&r->key, key.data, key.len);
    buf_put(&r->value, value.data, value.len);
    if (r->key.err || r->value.err)
        abort();
}

/* Of the general entries only the counters and the journal's head are read in a transaction; the others when the store is opened. */
static bool is_read(enum store_table table, struct span key)
{
    return table != TABLE_META || key.data[0] == META_COUNTERS || key.data[0] == META_JOURNAL;
}

static enum err load_table(struct probe *p, enum store_table table)
{
    struct kv_scan *scan;
    struct span key, value;
    enum err e = kv_scan_open(p->t->kv, table, (struct span){0}, (struct span){0}, &scan);
    if (e)
        return e;
    while (!(e = kv_scan_next(scan, &key, &value)))
        if (value.len && is_read(table, key))
            add_row(p, table, key, value);
    kv_scan_close(scan);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* ---- all that the store says ---- */

static void hear(struct probe *p, const void *data, size_t len)
{
    if (EVP_DigestUpdate(p->all, data, len) != 1)
        abort();
}

static void hear_number(struct probe *p, uint64_t n) { hear(p, &n, sizeof n); }

static bool hear_dossier(void *ctx, uint64_t serial)
{
    struct probe *p = ctx;
    struct dossier d = {0};
    p->err = dossier_get(p->t, serial, &d);
    if (!p->err) {
        const uint64_t numbers[] = {d.serial, d.flux, d.line, d.versions, d.person_count};
        hear(p, numbers, sizeof numbers);
        hear(p, d.record.data, d.record.len);
        hear(p, d.persons, d.person_count * sizeof *d.persons);
        hear(p, d.member, strlen(d.member));
    }
    dossier_free(&d);
    return p->err == ERR_OK;
}

static bool hear_flux(void *ctx, const struct flux_entry *f)
{
    struct probe *p = ctx;
    struct flux_entry plain = *f;
    plain.header = (struct span){0};
    hear(p, f->header.data, f->header.len);
    hear(p, plain.file, strlen(plain.file));
    hear(p, plain.user, strlen(plain.user));
    hear(p, plain.archive_sha256, 32);
    hear(p, plain.member_sha256, 32);
    const uint64_t numbers[] = {f->id,
                                f->status,
                                f->archive_bytes,
                                f->member_bytes,
                                f->alone,
                                (uint64_t)f->announced,
                                f->read,
                                f->created,
                                f->updated,
                                f->unchanged,
                                f->superseded,
                                f->rejected,
                                f->persons,
                                f->warnings,
                                f->duration_ms,
                                (uint64_t)f->imported_at,
                                f->reason_count};
    hear(p, numbers, sizeof numbers);
    for (unsigned i = 0; i < f->reason_count; i++)
        hear_number(p, f->reasons[i].code);
    return true;
}

static bool hear_reject(void *ctx, const struct reject *r)
{
    struct probe *p = ctx;
    struct reject whole;
    p->err = reject_get(p->t, r->id, &whole);
    if (p->err)
        return false;
    const uint64_t numbers[] = {r->id, r->flux, r->line, r->ordinal, r->state, r->resolved_by, r->finding_count};
    hear(p, numbers, sizeof numbers);
    hear(p, whole.body.data, whole.body.len);
    reject_free(&whole);
    return true;
}

static bool hear_line(void *ctx, uint64_t seq, struct span line)
{
    hear_number(ctx, seq);
    hear(ctx, line.data, line.len);
    return true;
}

static enum err hear_all(struct probe *p, uint8_t digest[DIGEST])
{
    struct store_status s;
    uint64_t seq = 0;
    uint8_t mac[32] = {0};
    if (EVP_DigestInit_ex(p->all, EVP_sha256(), NULL) != 1)
        return ERR_NOMEM;
    p->err = ERR_OK;
    enum err e = counters_load(p->t);
    if (!e)
        e = dossier_each(p->t, hear_dossier, p);
    if (!e && !p->err)
        e = ledger_each(p->t, hear_flux, p);
    if (!e && !p->err)
        e = rejects_each(p->t, 0, hear_reject, p);
    if (!e && !p->err)
        e = outbox_each(p->t, hear_line, p);
    if (!e && !p->err)
        e = store_journal_head(p->t, &seq, mac);
    if (!e && !p->err)
        e = store_status(p->t, &s);
    if (e || p->err)
        return e ? e : p->err;
    const uint64_t numbers[] = {s.dossiers, s.persons, s.flux, s.rejects_open, s.versions, seq};
    hear(p, numbers, sizeof numbers);
    hear(p, mac, sizeof mac);
    return EVP_DigestFinal_ex(p->all, digest, NULL) == 1 ? ERR_OK : ERR_NOMEM;
}

/* ---- wrong bits ---- */

static uint64_t next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static enum err put(struct probe *p, struct row *r) { return kv_put(p->t->kv, r->table, buf_span(&r->key), buf_span(&r->value)); }

static void flip_bit(struct row *r, uint64_t bit) { r->value.data[bit / 8] ^= (uint8_t)(1u << bit % 8); }

/* False when the bit could not be tried. */
static bool try_bit(struct probe *p, struct row *r, uint64_t bit, const uint8_t wanted[DIGEST])
{
    struct tally *tally = &p->tallies[r->table];
    uint8_t got[DIGEST];
    uint64_t checked;
    flip_bit(r, bit);
    enum err e = put(p, r), read = e, verified = e;
    if (!e) {
        read = hear_all(p, got);
        verified = counters_load(p->t);
        if (!verified)
            verified = store_verify(p->t, &checked);
    }
    bool same = !read && memcmp(got, wanted, DIGEST) == 0;
    tally->read += read != ERR_OK;
    tally->verified += verified != ERR_OK;
    tally->bits++;
    tally->unseen += !verified && !read;
    tally->told += !read && !same;
    if (!verified && !read)
        printf("unseen: %s, byte %" PRIu64 " of %zu, bit %" PRIu64 "\n", names[r->table], bit / 8, r->value.len, bit % 8);
    flip_bit(r, bit);
    return !e && put(p, r) == ERR_OK && counters_load(p->t) == ERR_OK;
}

static struct row *choose(struct probe *p, uint64_t *state)
{
    for (;;) {
        size_t table = next(state) % TABLE_COUNT, n = p->first[table + 1] - p->first[table];
        if (n)
            return &p->rows[p->first[table] + next(state) % n];
    }
}

static bool run(struct probe *p, uint64_t count, uint64_t seed)
{
    uint8_t wanted[DIGEST];
    uint64_t checked;
    if (hear_all(p, wanted) || store_verify(p->t, &checked) || !p->count) {
        fputs("the store is not sound before any bit is wrong\n", stderr);
        return false;
    }
    for (uint64_t i = 0; i < count; i++) {
        struct row *r = choose(p, &seed);
        if (!try_bit(p, r, next(&seed) % (8 * r->value.len), wanted))
            return false;
    }
    uint64_t unseen = 0;
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        const struct tally *t = &p->tallies[i];
        if (p->first[i + 1] > p->first[i])
            printf("%-16s %" PRIu64 " wrong bits: %" PRIu64 " found by verify, %" PRIu64 " by reading, %" PRIu64 " by nobody, %" PRIu64
                   " read as other content\n",
                   names[i], t->bits, t->verified, t->read, t->unseen, t->told);
        unseen += t->unseen + t->told;
    }
    return unseen == 0;
}

static enum err open_probe(struct probe *p, char **argv)
{
    const struct store_place place = {argv[1], argv[2], argv[3]};
    p->all = EVP_MD_CTX_new();
    enum err e = store_open(&place, true, "flips", NULL, NULL, &p->store);
    if (!e)
        e = store_write(p->store, &p->t);
    for (unsigned table = 0; table < TABLE_COUNT && !e; table++) {
        p->first[table] = p->count;
        e = load_table(p, (enum store_table)table);
    }
    p->first[TABLE_COUNT] = p->count;
    return e;
}

int main(int argc, char **argv)
{
    struct probe p = {0};
    if (argc != 6)
        return 64;
    enum err e = open_probe(&p, argv);
    if (e)
        fprintf(stderr, "flip_store: %s\n", err_text(e));
    bool right = !e && run(&p, strtoull(argv[4], NULL, 10), strtoull(argv[5], NULL, 10));
    store_abort(p.t);
    store_close(p.store);
    for (size_t i = 0; i < p.count; i++) {
        buf_free(&p.rows[i].key);
        buf_free(&p.rows[i].value);
    }
    free(p.rows);
    EVP_MD_CTX_free(p.all);
    return right ? 0 : 1;
}
