#include <stdlib.h>
#include <string.h>

#include "flux/base/wipe.h"
#include "store/image.h"
#include "store/index.h"
#include "store/normal.h"

enum err index_dossiers(struct store_txn *t, enum blind_use use, const uint8_t blind[KEY_BLIND], struct serials *out)
{
    return index_some(t, use, blind, SIZE_MAX, out);
}

static enum err find_number(struct store_txn *t, enum blind_use use, const struct normal *n, struct serials *out)
{
    uint8_t blind[KEY_BLIND];
    struct span part = normal_span(n);
    enum err e = txn_blind(t, use, &part, 1, blind);
    return e ? e : index_dossiers(t, use, blind, out);
}

static enum err find_numdemrsa(struct store_txn *t, struct span text, struct serials *out)
{
    uint8_t blind[KEY_BLIND];
    uint64_t serial;
    enum err e = index_numdemrsa(t, text, blind);
    if (!e)
        e = index_lookup_numdemrsa(t, blind, &serial);
    if (!e)
        e = serials_add(out, serial);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

static enum err find_name(struct store_txn *t, struct span name, struct span prenom, int64_t days, struct serials *out)
{
    static const enum blind_use uses[] = {BLIND_NAME_DAY, BLIND_NAME_MONTH, BLIND_NAME_YEAR};
    struct normal n[2];
    uint8_t blind[KEY_BLIND];
    enum err e = ERR_OK;
    bool named = normal_name(name, &n[0]);
    normal_name(prenom, &n[1]);
    for (size_t i = 0; named && !e && i < sizeof uses / sizeof uses[0]; i++) {
        e = index_name(t, uses[i], normal_span(&n[0]), normal_span(&n[1]), days, blind);
        if (!e)
            e = index_dossiers(t, uses[i], blind, out);
    }
    wipe(n, sizeof n);
    return e;
}

static enum err search(struct store_txn *t, enum search_by by, struct span text, struct span prenom, int64_t days, struct serials *out)
{
    struct normal n = {0};
    enum err e = ERR_OK;
    switch (by) {
    case SEARCH_NUMDEMRSA:
        return find_numdemrsa(t, text, out);
    case SEARCH_MATRICULE:
        if (normal_matricule(text, &n))
            e = find_number(t, BLIND_MATRICULE, &n, out);
        break;
    case SEARCH_NIR:
        if (normal_nir(text, &n))
            e = find_number(t, BLIND_NIR, &n, out);
        break;
    case SEARCH_NAME:
        return find_name(t, text, prenom, days, out);
    default:
        return ERR_BUG;
    }
    wipe(&n, sizeof n);
    return e;
}

static int by_serial(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

enum err dossier_search(struct store_txn *t, enum search_by by, const char *text, const char *prenom, int64_t days,
                        bool (*visit)(void *ctx, uint64_t serial), void *ctx)
{
    struct serials found = {0};
    struct span first = prenom ? span_of(prenom, strlen(prenom)) : (struct span){0};
    enum err e = search(t, by, span_of(text, strlen(text)), first, days, &found);
    if (!e && found.count)
        qsort(found.at, found.count, sizeof *found.at, by_serial);
    for (size_t i = 0; !e && i < found.count; i++)
        if ((i == 0 || found.at[i] != found.at[i - 1]) && !visit(ctx, found.at[i]))
            break;
    serials_free(&found);
    return e;
}
