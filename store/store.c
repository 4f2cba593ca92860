#include "store/store.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "flux/base/wipe.h"
#include "store/counters.h"
#include "store/txn.h"

enum { UUID_SIZE = 16, PSEUDONYM_BYTES = 16 };

static const uint64_t map_bytes = (uint64_t)1 << 36;

struct kv_options store_options(void)
{
    return (struct kv_options){.tables = TABLE_COUNT, .map_bytes = map_bytes, .quota = map_bytes - map_bytes / 8};
}

/* Ties a store to both of its secrets: a key that only its KEK unwraps, and a digest that only its index secret gives. */
static enum err put_fingerprint(struct store_txn *t, const uint8_t uuid[UUID_SIZE])
{
    uint8_t value[BLIND_SIZE + SEAL_WRAPPED];
    struct key place = place_fingerprint();
    struct span parts[] = {key_span(&place), {uuid, UUID_SIZE}};
    struct data_key unused;
    enum err e = seal_blind(t->sealer, BLIND_PSEUDONYM, parts, 2, value);
    if (!e)
        e = seal_new_key(t->sealer, key_span(&place), &unused, value + BLIND_SIZE);
    wipe(&unused, sizeof unused);
    return e ? e : txn_put(t, TABLE_META, key_meta(META_KEYS), span_of(value, sizeof value));
}

static enum err check_fingerprint(struct store_txn *t)
{
    struct span uuid, value;
    enum err e = txn_must(t, TABLE_META, key_meta(META_UUID), &uuid);
    if (!e)
        e = txn_must(t, TABLE_META, key_meta(META_KEYS), &value);
    if (e)
        return e;
    if (value.len != BLIND_SIZE + SEAL_WRAPPED)
        return ERR_CORRUPT;
    uint8_t blind[BLIND_SIZE];
    struct key place = place_fingerprint();
    struct span parts[] = {key_span(&place), uuid};
    struct data_key unused;
    e = seal_blind(t->sealer, BLIND_PSEUDONYM, parts, 2, blind);
    if (!e && (memcmp(blind, value.data, BLIND_SIZE) != 0 ||
               seal_unwrap(t->sealer, key_span(&place), span_of(value.data + BLIND_SIZE, SEAL_WRAPPED), &unused)))
        e = ERR_KEY;
    wipe(&unused, sizeof unused);
    return e;
}

static enum err check_format(struct store_txn *t)
{
    struct span format;
    enum err e = txn_get(t, TABLE_META, key_meta(META_FORMAT), &format);
    if (e)
        return corrupt_if(e, ERR_NOTFOUND);
    return format.len == 4 && be32(format.data) == STORE_FORMAT ? ERR_OK : ERR_STORE;
}

static enum err put_meta(struct store_txn *t)
{
    static const uint8_t format[4] = {0, 0, 0, STORE_FORMAT};
    uint8_t uuid[UUID_SIZE];
    if (RAND_bytes(uuid, sizeof uuid) != 1)
        return ERR_STORE;
    counters_first(&t->counters);
    enum err e = txn_put(t, TABLE_META, key_meta(META_FORMAT), span_of(format, sizeof format));
    if (!e)
        e = txn_put(t, TABLE_META, key_meta(META_UUID), span_of(uuid, sizeof uuid));
    if (!e)
        e = put_fingerprint(t, uuid);
    return e ? e : counters_save(t);
}

/* A new environment with its first entries. */
static enum err make(int dirfd, struct sealer *sealer)
{
    struct kv_options o = store_options();
    struct kv *kv = NULL;
    enum err e = kv_create(dirfd, &o);
    if (!e)
        e = kv_open(dirfd, &o, true, &kv);
    if (e)
        return e;
    struct store_txn t = {.sealer = sealer, .writable = true};
    e = kv_write(kv, false, &t.kv);
    if (!e) {
        e = put_meta(&t);
        if (e)
            kv_abort(t.kv);
        else
            e = kv_commit(t.kv);
    }
    kv_close(kv);
    return e;
}

enum err store_create(const struct store_place *p) { return generation_create(p, make); }

static enum err check(struct store *s)
{
    struct kv_txn *kv;
    enum err e = kv_read(s->kv, &kv);
    if (e)
        return e;
    struct store_txn t = {.store = s, .kv = kv, .sealer = s->sealer};
    e = check_format(&t);
    if (!e)
        e = check_fingerprint(&t);
    kv_abort(kv);
    struct span part = span_of("chain", 5);
    return e ? e : seal_blind(s->sealer, BLIND_JOURNAL, &part, 1, s->journal_key);
}

enum err store_open(const struct store_place *p, bool writable, const char *purpose, void (*waiting)(void *ctx, const char *holder),
                    void *ctx, struct store **ret)
{
    *ret = NULL;
    struct store *s = calloc(1, sizeof *s);
    if (!s)
        return ERR_NOMEM;
    s->writable = writable;
    enum err e = generation_open(p, writable, purpose, waiting, ctx, &s->generation);
    if (e) {
        free(s);
        return e;
    }
    s->sealer = s->generation.sealer;
    struct kv_options o = store_options();
    e = kv_open(s->generation.dir_fd, &o, writable, &s->kv);
    if (!e)
        e = check(s);
    if (!e && writable)
        generation_sweep(p, s->generation.store_fd);
    if (e)
        s = store_close(s);
    *ret = s;
    return e;
}

enum err store_attach(int dirfd, struct sealer *sealer, bool writable, struct store **ret)
{
    struct store *s = calloc(1, sizeof *s);
    struct kv_options o = store_options();
    *ret = NULL;
    if (!s) {
        sealer_free(sealer);
        return ERR_NOMEM;
    }
    s->generation = (struct generation){.store_fd = -1, .dir_fd = -1, .open_lock_fd = -1, .write_lock_fd = -1, .sealer = sealer};
    s->sealer = sealer;
    s->writable = writable;
    *ret = s;
    return kv_open(dirfd, &o, writable, &s->kv);
}

enum err store_fits(struct store *s) { return check(s); }

struct store *store_close(struct store *s)
{
    if (!s)
        return NULL;
    if (s->kv)
        kv_close(s->kv);
    generation_close(&s->generation);
    wipe(s->journal_key, sizeof s->journal_key);
    free(s);
    return NULL;
}

enum err store_status(struct store_txn *t, struct store_status *out)
{
    struct kv_stat stat;
    enum err e = kv_stat(t->store->kv, &stat);
    if (e)
        return e;
    const struct counters *c = &t->counters;
    *out = (struct store_status){.generation = t->store->generation.number,
                                 .dossiers = c->dossiers,
                                 .persons = c->persons,
                                 .flux = c->flux_applied,
                                 .rejects_open = c->rejects_open,
                                 .versions = c->versions,
                                 .bytes_used = stat.bytes_used,
                                 .bytes_file = stat.bytes_file,
                                 .map_bytes = stat.map_bytes,
                                 .room_bytes = store_options().quota,
                                 .readers = stat.readers,
                                 .reader_lag = stat.reader_lag,
                                 .reader_pid = stat.reader_pid};
    return ERR_OK;
}

uint64_t store_bytes_written(const struct store *s)
{
    struct kv_stat stat;
    return kv_stat(s->kv, &stat) ? 0 : stat.dirty_pages * stat.page_bytes;
}

void store_pseudonym(const struct store *s, const char *text, char out[33])
{
    static const char hex[] = "0123456789abcdef";
    uint8_t blind[BLIND_SIZE];
    struct span part = span_of(text, strlen(text));
    if (seal_blind(s->sealer, BLIND_PSEUDONYM, &part, 1, blind))
        memset(blind, 0, sizeof blind);
    for (size_t i = 0; i < PSEUDONYM_BYTES; i++) {
        out[2 * i] = hex[blind[i] >> 4];
        out[2 * i + 1] = hex[blind[i] & 15];
    }
    out[2 * PSEUDONYM_BYTES] = 0;
}

void store_journal_key(const struct store *s, uint8_t key[32]) { memcpy(key, s->journal_key, sizeof s->journal_key); }
