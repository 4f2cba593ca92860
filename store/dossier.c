#include <stdlib.h>
#include <string.h>

#include "flux/base/wipe.h"
#include "store/image.h"
#include "store/index.h"
#include "store/ledger.h"
#include "store/normal.h"

void dossier_free(struct dossier *d)
{
    buf_free(&d->record);
    free(d->persons);
    *d = (struct dossier){0};
}

static enum err open_image(struct store_txn *t, uint64_t serial, uint32_t flux, const struct image *image, struct dossier *out)
{
    struct data_key key;
    struct buf aad;
    struct serials persons = {0};
    buf_init(&aad, IMAGE_MAX);
    enum err e = image_key(t, serial, &key);
    if (!e)
        e = image_open(t, &key, serial, flux, image, &aad, &out->record);
    if (!e)
        e = image_persons(image, &persons);
    out->persons = persons.at;
    out->person_count = (uint32_t)persons.count;
    wipe(&key, sizeof key);
    buf_free(&aad);
    return e;
}

static enum err provenance(struct store_txn *t, struct dossier *out)
{
    struct flux_entry f;
    enum err e = corrupt_if(ledger_get(t, out->flux, &f), ERR_NOTFOUND);
    if (!e)
        memcpy(out->member, f.member, sizeof out->member);
    return e;
}

enum err dossier_get(struct store_txn *t, uint64_t serial, struct dossier *out)
{
    struct span value, bytes;
    struct head head = {0};
    struct image image;
    *out = (struct dossier){.serial = serial};
    buf_init(&out->record, RECORD_MAX);
    enum err e = txn_get(t, TABLE_DOSSIER, key_dossier(serial), &value);
    if (!e)
        e = head_read(value, &head, &bytes);
    if (!e)
        e = image_read(bytes, &image);
    if (!e)
        e = open_image(t, serial, head.flux, &image, out);
    if (!e) {
        out->flux = head.flux;
        out->line = image.line;
        out->versions = (uint32_t)head.versions.count + 1;
        e = provenance(t, out);
    }
    head_free(&head);
    if (e)
        dossier_free(out);
    return e;
}

enum err dossier_by_numdemrsa(struct store_txn *t, const char *numdemrsa, struct dossier *out)
{
    uint8_t blind[KEY_BLIND];
    uint64_t serial;
    *out = (struct dossier){0};
    enum err e = index_numdemrsa(t, span_of(numdemrsa, strlen(numdemrsa)), blind);
    if (!e)
        e = index_lookup_numdemrsa(t, blind, &serial);
    return e ? e : corrupt_if(dossier_get(t, serial, out), ERR_NOTFOUND);
}

enum err dossier_each(struct store_txn *t, bool (*visit)(void *ctx, uint64_t serial), void *ctx)
{
    struct kv_scan *scan;
    enum err e = kv_scan_open(t->kv, TABLE_DOSSIER, (struct span){0}, (struct span){0}, &scan);
    if (e)
        return e;
    struct span key, value;
    while (!(e = kv_scan_next(scan, &key, &value)) && visit(ctx, key_tail64(key)))
        ;
    kv_scan_close(scan);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

size_t store_dossier_number(struct span text, char out[DOSSIER_NUMBER_MAX])
{
    _Static_assert((int)DOSSIER_NUMBER_MAX == (int)NORMAL_NUMBER, "the form of a NUMDEMRSA fits");
    struct normal n;
    size_t len = normal_numdemrsa(text, &n) ? n.len : 0;
    memcpy(out, n.text, len);
    wipe(&n, sizeof n);
    return len;
}
