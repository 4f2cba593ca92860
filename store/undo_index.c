#include "store/undo.h"

#include <string.h>

static enum err take_out(struct store_txn *t, struct span entry) { return corrupt_if(kv_delete(t->kv, TABLE_INDEX, entry), ERR_NOTFOUND); }

static enum err take_out_added(struct undo *u)
{
    struct index_log log = {0};
    enum err e = index_log_load(u->t, u->flux.id, &log);
    for (size_t i = 0; !e && i < log.count; i++)
        if (!flux_set_holds(&u->removed, be64(log.entries[i] + KEY_INDEX_PREFIX)))
            e = take_out(u->t, span_of(log.entries[i], KEY_INDEX));
    index_log_free(&log);
    return e ? e : index_log_forget(u->t, u->flux.id);
}

static enum err take_out_if_removed(struct undo *u, struct span key, struct span value)
{
    bool unique = key.len == KEY_INDEX_PREFIX;
    if (key.len > KEY_INDEX || (unique ? value : key).len < 8)
        return ERR_CORRUPT;
    if (!flux_set_holds(&u->removed, key_tail64(unique ? value : key)))
        return ERR_OK;
    struct key copy = {.len = (uint8_t)key.len};
    memcpy(copy.data, key.data, key.len);
    return take_out(u->t, key_span(&copy));
}

/* An entry is found by what it hides, and not by its dossier: all of them are looked at, once. */
static enum err take_out_removed(struct undo *u)
{
    struct kv_scan *scan;
    enum err e = kv_scan_open(u->t->kv, TABLE_INDEX, (struct span){0}, (struct span){0}, &scan);
    if (e)
        return e;
    struct span key, value;
    while (!(e = kv_scan_next(scan, &key, &value)))
        if ((e = take_out_if_removed(u, key, value)))
            break;
    kv_scan_close(scan);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

enum err undo_index(struct undo *u)
{
    enum err e = take_out_added(u);
    return e || !u->done->removed ? e : take_out_removed(u);
}
