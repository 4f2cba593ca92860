/* A flux while it is applied. */
#ifndef STORE_APPLY_H
#define STORE_APPLY_H

#include "store/flux_set.h"
#include "store/index.h"
#include "store/person.h"
#include "store/volume.h"

/* Rejects still open when the flux began, by blind NUMDEMRSA. */
struct open_reject {
    uint8_t blind[KEY_BLIND];
    uint32_t id, flux;
    bool resolved;
};

struct open_rejects {
    struct open_reject *at;
    size_t count, cap;
};

/* Applied flux later than the one at hand, in order. */
struct later {
    uint32_t *at;
    size_t count;
};

struct store_apply {
    struct store_txn *t;
    const struct schema *schema;
    struct buf header;
    struct keep keep, keep_no_cedant; /* the second without MATRICULEORGCEDMUT */
    bool nir_readable;
    uint32_t flux;
    struct order order; /* until the end the digest counts as the greatest */
    struct flux_orders orders;
    struct later later;
    struct history history;
    struct persons persons;
    struct serials serials; /* of the household at hand */
    struct index index;
    struct flux_set set;
    struct open_rejects rejects;
    struct volume volume;
    struct household household;
    struct buf filtered, message, body, seen;
    struct msg_household scratch;
};

/* The first later flux that carried the dossier; 0 when there is none. */
enum err apply_next(struct store_txn *t, const struct later *later, uint64_t serial, uint32_t *next);
enum err later_make(const struct flux_orders *orders, uint32_t flux, struct later *out);

/* What may be stored of the record of the household just read; *out points into it, or into a->filtered. */
enum err apply_filter(struct store_apply *a, struct span record, struct span *out);
const struct keep *apply_keep(const struct store_apply *a);
bool apply_drops_matricule(const struct store_apply *a);

struct reject_entry {
    uint32_t flux, resolved_by;
    enum reject_state state;
    struct span message, wrapped, sealed;
};

enum err reject_entry_read(struct store_txn *t, struct span key, struct span value, struct reject_entry *out);
/* Rewrites by which flux a reject is resolved, 0: by none. */
enum err reject_mark(struct store_txn *t, uint32_t id, uint32_t resolved_by, struct buf *scratch);
/* Puts an open reject of flux under the blind NUMDEMRSA that will answer it. */
enum err reject_put_open(struct store_txn *t, const uint8_t blind[KEY_BLIND], uint32_t id, uint32_t flux);
enum err rejects_load(struct store_txn *t, struct open_rejects *out);
/* Closes what a household of this flux, with this blind NUMDEMRSA, answers. */
enum err rejects_resolve(struct store_apply *a, const uint8_t blind[KEY_BLIND]);

/* Flux that share DTCREAFLUX, HEUCREAFLUX and TYPEFLUX are told apart by their digest, known at the end only: puts right what was
 * applied as if ours were the later one. */
enum err tie_settle(struct store_apply *a, const uint8_t digest[32], struct flux_entry *f);
enum err tie_rejects(struct store_apply *a);

#endif
