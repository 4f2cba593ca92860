#include "store/undo.h"

#include <string.h>

static enum err take_out(struct store_txn *t, struct span entry) { return corrupt_if(kv_delete(t->kv, TABLE_INDEX, entry), ERR_NOTFOUND); }

static enum err take_out_run(struct undo *u, uint8_t (*entries)[KEY_INDEX], size_t count)
{
    enum err e = ERR_OK;
    size_t taken = 0;
    for (size_t i = 0; !e && i < count; i++) {
        if (flux_set_holds(&u->removed, be64(entries[i] + KEY_INDEX_PREFIX)))
            continue;
        e = take_out(u->t, span_of(entries[i], KEY_INDEX));
        taken++;
    }
    return e ? e : index_thinned(u->t, entries[0], taken);
}

static enum err take_out_added(struct undo *u)
{
    struct index_log log = {0};
    enum err e = index_log_load(u->t, u->flux.id, &log);
    index_sort(log.entries, log.count);
    for (size_t i = 0, end; !e && i < log.count; i = end) {
        for (end = i + 1; end < log.count && memcmp(log.entries[i], log.entries[end], KEY_INDEX_PREFIX) == 0;)
            end++;
        e = take_out_run(u, &log.entries[i], end - i);
    }
    index_log_free(&log);
    return e ? e : index_log_forget(u->t, u->flux.id);
}

/* Entries under one blind, while they are walked. */
struct walked {
    uint8_t prefix[KEY_INDEX_PREFIX];
    size_t kept, taken;
};

static enum err end_run(struct undo *u, const struct walked *w)
{
    bool may_be_thin = w->taken && w->kept <= INDEX_CROWD && w->kept + w->taken > INDEX_CROWD;
    return may_be_thin ? index_thinned(u->t, w->prefix, w->taken) : ERR_OK;
}

static enum err take_out_if_removed(struct undo *u, struct span key, struct span value, struct walked *w)
{
    bool unique = key.len == KEY_INDEX_PREFIX;
    if (key.len < KEY_INDEX_PREFIX || key.len > KEY_INDEX || (unique ? value : key).len < 8)
        return ERR_CORRUPT;
    struct key copy = {.len = (uint8_t)key.len};
    memcpy(copy.data, key.data, key.len);
    bool removed = flux_set_holds(&u->removed, key_tail64(unique ? value : key));
    if (memcmp(w->prefix, copy.data, KEY_INDEX_PREFIX) != 0) {
        enum err e = end_run(u, w);
        if (e)
            return e;
        *w = (struct walked){0};
        memcpy(w->prefix, copy.data, KEY_INDEX_PREFIX);
    }
    w->taken += removed;
    w->kept += !removed;
    return removed ? take_out(u->t, key_span(&copy)) : ERR_OK;
}

/* An entry is found by what it hides, and not by its dossier: all of them are looked at, once. */
static enum err take_out_removed(struct undo *u)
{
    struct kv_scan *scan;
    struct walked walked = {.kept = 0};
    enum err e = kv_scan_open(u->t->kv, TABLE_INDEX, (struct span){0}, (struct span){0}, &scan);
    if (e)
        return e;
    struct span key, value;
    while (!(e = kv_scan_next(scan, &key, &value)))
        if ((e = take_out_if_removed(u, key, value, &walked)))
            break;
    kv_scan_close(scan);
    return e == ERR_NOTFOUND ? end_run(u, &walked) : e;
}

enum err undo_index(struct undo *u)
{
    enum err e = take_out_added(u);
    return e || !u->done->removed ? e : take_out_removed(u);
}
