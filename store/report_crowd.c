/* Keys that more dossiers share than are compared by them; that of a NIR is told by its persons. */
#include <string.h>

#include "store/index.h"
#include "store/report_anomaly.h"

static const struct {
    enum blind_use use;
    const char *name;
} keys[] = {
    {BLIND_NAME_DAY, "NOM+PRENOM+DTNAI"},
    {BLIND_MATRICULE, "MATRICULE"},
    {BLIND_PRECE, "NUMDEMRSAPRECE"},
    {BLIND_CEDANT, "MATRICULEORGCEDMUT"},
};

/* Entries under one blind. */
struct walked {
    uint8_t blind[KEY_BLIND];
    uint64_t first, count;
};

static enum err end_run(struct anomaly_search *s, const struct walked *w, const char *name)
{
    struct report_anomaly a = {.kind = ANOMALY_CROWDED, .dossier = w->first, .key = name, .count = w->count};
    return w->count > INDEX_CROWD ? anomaly_now(s, &a) : ERR_OK;
}

static enum err walk(struct anomaly_search *s, struct span key, const char *name, struct walked *w)
{
    enum err e = ERR_OK;
    if (key.len != KEY_INDEX)
        return ERR_CORRUPT;
    if (w->count && memcmp(w->blind, key.data + 1, KEY_BLIND) != 0) {
        e = end_run(s, w, name);
        w->count = 0;
    }
    if (!w->count++) {
        memcpy(w->blind, key.data + 1, KEY_BLIND);
        w->first = key_tail64(key);
    }
    return e;
}

static enum err crowds_of(struct anomaly_search *s, enum blind_use use, const char *name)
{
    const uint8_t prefix = (uint8_t)use;
    struct kv_scan *scan;
    struct span key, value;
    struct walked w = {.count = 0};
    enum err e = kv_scan_open(s->t->kv, TABLE_INDEX, span_of(&prefix, 1), (struct span){0}, &scan);
    if (e)
        return e;
    while (!(e = kv_scan_next(scan, &key, &value)))
        if ((e = walk(s, key, name, &w)))
            break;
    kv_scan_close(scan);
    return e == ERR_NOTFOUND ? end_run(s, &w, name) : e;
}

enum err anomalies_crowded(struct anomaly_search *s)
{
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < sizeof keys / sizeof keys[0]; i++)
        e = crowds_of(s, keys[i].use, keys[i].name);
    return e;
}
