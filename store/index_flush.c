#include <string.h>

#include "store/identity.h"
#include "store/index.h"

/* How entries under one blind bring dossiers together. */
static const struct relation {
    bool compares; /* with each other */
    uint8_t other; /* with the dossiers that this index has under the same blind; 0: none */
} relations[BLIND_COUNT] = {
    [BLIND_NUMDEMRSA] = {false, BLIND_PRECE},
    [BLIND_MATRICULE] = {true, BLIND_CEDANT},
    [BLIND_NIR] = {true, 0},
    [BLIND_NAME_DAY] = {true, 0},
    [BLIND_PRECE] = {false, BLIND_NUMDEMRSA},
    [BLIND_CEDANT] = {false, BLIND_MATRICULE},
};

bool index_compares(enum blind_use use) { return use < BLIND_COUNT && (relations[use].compares || relations[use].other); }

static uint64_t serial_of(const uint8_t entry[KEY_INDEX]) { return be64(entry + KEY_INDEX_PREFIX); }

static bool is_older(const struct index *ix, const uint8_t entry[KEY_INDEX])
{
    return serial_of(entry) < ix->t->counters_at_start.next_dossier;
}

enum err index_some(struct store_txn *t, enum blind_use use, const uint8_t blind[KEY_BLIND], size_t limit, struct serials *out)
{
    struct key prefix = key_index_prefix(use, blind);
    struct kv_scan *scan;
    struct span key, value;
    enum err e = kv_scan_open(t->kv, TABLE_INDEX, key_span(&prefix), (struct span){0}, &scan);
    if (e)
        return e;
    for (size_t i = 0; i < limit && !(e = kv_scan_next(scan, &key, &value)); i++)
        if ((e = serials_add(out, key_tail64(use == BLIND_NUMDEMRSA ? value : key))))
            break;
    kv_scan_close(scan);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

static enum err put_entry(struct index *ix, const uint8_t entry[KEY_INDEX], bool *there)
{
    bool unique = entry[0] == BLIND_NUMDEMRSA;
    struct span key = {entry, unique ? KEY_INDEX_PREFIX : KEY_INDEX}, value = {entry + KEY_INDEX_PREFIX, unique ? 8 : 0};
    enum err e = kv_add(ix->t->kv, TABLE_INDEX, key, value, there);
    return e || *there || !is_older(ix, entry) ? e : index_log_add(&ix->log, entry);
}

/* Those that were not there stay in the list. */
static enum err put_entries(struct index *ix)
{
    enum err e = ERR_OK;
    size_t fresh = 0;
    for (size_t i = 0; !e && i < ix->count; i++) {
        bool there = i > 0 && memcmp(ix->entries[i - 1], ix->entries[i], KEY_INDEX) == 0;
        if (!there)
            e = put_entry(ix, ix->entries[i], &there);
        if (!e && !there)
            memmove(ix->entries[fresh++], ix->entries[i], KEY_INDEX);
    }
    ix->count = fresh;
    return e;
}

/* Fresh entries under one blind. */
struct run {
    const struct relation *relation;
    enum blind_use use;
    const uint8_t *blind;
    uint8_t (*fresh)[KEY_INDEX];
    size_t count;
};

static bool is_fresh(const struct run *r, uint64_t serial)
{
    size_t low = 0, high = r->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (serial_of(r->fresh[middle]) < serial)
            low = middle + 1;
        else
            high = middle;
    }
    return low < r->count && serial_of(r->fresh[low]) == serial;
}

static enum err touch_fresh(struct index *ix, const struct run *r)
{
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < r->count; i++)
        e = identity_touch(ix->t, serial_of(r->fresh[i]));
    return e;
}

/* Those whom the key joined as long as few shared it. */
static enum err touch_met(struct index *ix, const struct run *r)
{
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < ix->met.count; i++)
        if (!is_fresh(r, ix->met.at[i]))
            e = identity_touch(ix->t, ix->met.at[i]);
    return e;
}

static enum err touch_named(struct index *ix, const struct run *r)
{
    ix->met.count = 0;
    enum err e = index_some(ix->t, r->relation->other, r->blind, INDEX_CROWD + 1, &ix->met);
    bool itself = ix->met.count == 1 && r->count == 1 && ix->met.at[0] == serial_of(r->fresh[0]);
    return e || itself || ix->met.count == 0 || ix->met.count > INDEX_CROWD ? e : touch_fresh(ix, r);
}

/* A name that a dossier did not have may be like one in a dossier that a number links to it. */
static enum err touch_renamed(struct index *ix, const struct run *r)
{
    enum err e = ERR_OK;
    for (size_t i = 0; !e && r->use == BLIND_NAME_DAY && i < r->count; i++)
        if (is_older(ix, r->fresh[i]))
            e = identity_touch(ix->t, serial_of(r->fresh[i]));
    return e;
}

/* all_here: the index holds nothing else. */
static enum err touch_run(struct index *ix, const struct run *r, bool all_here)
{
    size_t total = r->count;
    enum err e = touch_renamed(ix, r);
    bool unique = r->use == BLIND_NUMDEMRSA;
    if (!e && !all_here && !unique) {
        ix->met.count = 0;
        e = index_some(ix->t, r->use, r->blind, INDEX_CROWD + r->count + 1, &ix->met);
        total = ix->met.count;
    }
    if (e)
        return e;
    if (total > INDEX_CROWD)
        return all_here || total - r->count > INDEX_CROWD ? ERR_OK : touch_met(ix, r);
    if (r->relation->compares && total > 1)
        return touch_fresh(ix, r);
    /* Where all is here, so are the dossiers that name these. */
    bool named = all_here && (unique || r->use == BLIND_MATRICULE);
    return r->relation->other && !named ? touch_named(ix, r) : ERR_OK;
}

static enum err touch_all(struct index *ix, bool all_here)
{
    enum err e = ERR_OK;
    for (size_t i = 0, end; !e && i < ix->count; i = end) {
        uint8_t *first = ix->entries[i];
        for (end = i + 1; end < ix->count && memcmp(ix->entries[end], first, KEY_INDEX_PREFIX) == 0;)
            end++;
        struct run r = {&relations[first[0]], first[0], first + 1, &ix->entries[i], end - i};
        if (index_compares(r.use))
            e = touch_run(ix, &r, all_here);
    }
    return e;
}

enum err index_flush(struct index *ix)
{
    bool all_here = !ix->flushed && ix->t->counters_at_start.dossiers == 0;
    index_sort(ix->entries, ix->count);
    enum err e = put_entries(ix);
    if (!e)
        e = touch_all(ix, all_here);
    ix->flushed = true;
    ix->count = ix->slots_used = 0;
    if (ix->slots)
        memset(ix->slots, 0, ix->slot_count * sizeof *ix->slots);
    return e;
}

enum err index_thinned(struct store_txn *t, const uint8_t prefix[KEY_INDEX_PREFIX], size_t taken)
{
    struct serials left = {0};
    enum err e = ERR_OK;
    if (taken && index_compares(prefix[0]) && prefix[0] != BLIND_NUMDEMRSA)
        e = index_some(t, prefix[0], prefix + 1, INDEX_CROWD + 1, &left);
    bool thin = left.count <= INDEX_CROWD && left.count + taken > INDEX_CROWD;
    for (size_t i = 0; !e && thin && i < left.count; i++)
        e = identity_touch(t, left.at[i]);
    serials_free(&left);
    return e;
}
