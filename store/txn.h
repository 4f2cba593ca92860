/* What the files of this folder share: the open store, a transaction, its counters. */
#ifndef STORE_TXN_H
#define STORE_TXN_H

#include "store/generation.h"
#include "store/keys.h"
#include "store/kv.h"
#include "store/store.h"

/* Serials start at 1 and are never given twice; the rest counts what is there. */
struct counters {
    uint64_t next_dossier, next_person, next_outbox;
    uint64_t dossiers, persons, versions, flux_applied, rejects_open;
    uint32_t next_flux, next_reject;
};

struct store {
    struct generation generation;
    struct kv *kv;
    struct sealer *sealer; /* of the generation */
    bool writable;
    uint8_t journal_key[BLIND_SIZE];
};

struct store_txn {
    struct store *store;
    struct kv_txn *kv;
    struct sealer *sealer;
    bool writable;
    struct counters counters, counters_at_start;
    struct copy *copies;       /* what spans of a write transaction point into */
    struct touched *touched;   /* see store/identity.h; NULL when nothing was */
    struct timeline *timeline; /* see store/timeline.h; NULL until it is asked for */
};

struct kv_options store_options(void);
/* A store in any folder, without locks: a generation that is being made, a backup. Takes the sealer over. After a failure *ret, when it is
 * not NULL, is to be closed. */
enum err store_attach(int dirfd, struct sealer *sealer, bool writable, struct store **ret);
/* ERR_STORE when its format is another one, ERR_KEY when the keys are not its own. */
enum err store_fits(struct store *s);

enum err txn_get(struct store_txn *t, enum store_table table, struct key key, struct span *value);
enum err txn_put(struct store_txn *t, enum store_table table, struct key key, struct span value);
/* A key that cannot be there yet, as that of a new serial; ERR_CORRUPT when it is. */
enum err txn_add(struct store_txn *t, enum store_table table, struct key key, struct span value);
enum err txn_delete(struct store_txn *t, enum store_table table, struct key key);
/* ERR_NOTFOUND becomes ERR_CORRUPT: for entries that others refer to. */
enum err txn_must(struct store_txn *t, enum store_table table, struct key key, struct span *value);
/* A copy that lives until the transaction ends. */
enum err txn_copy(struct store_txn *t, struct span *s);

/* Values that are not sealed end with a keyed tag over the value and its place, so that a wrong bit shows: it is appended to body. */
enum err txn_tag(struct store_txn *t, enum store_table table, struct key key, struct buf *body);
enum err txn_put_tagged(struct store_txn *t, enum store_table table, struct key key, struct buf *body);
/* ERR_CORRUPT when the tag is wrong; *body: the value without it. */
enum err txn_untag(struct store_txn *t, enum store_table table, struct span key, struct span value, struct span *body);

/* The first KEY_BLIND bytes of a blind index. */
enum err txn_blind(struct store_txn *t, enum blind_use use, const struct span *parts, size_t count, uint8_t out[KEY_BLIND]);

static inline struct span span_of(const void *data, size_t len) { return (struct span){data, len}; }
static inline struct span buf_span(const struct buf *b) { return (struct span){b->data, b->len}; }
static inline enum err corrupt_if(enum err e, enum err which) { return e == which ? ERR_CORRUPT : e; }

#endif
