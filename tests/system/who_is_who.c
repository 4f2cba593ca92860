/* Who the program takes for whom, for tests. One line a person of an image: NUMDEMRSA, flux of the image, place in the household from 0,
 * number of the member, number of the person that the member is. Then the pairs that wait for review, a line each: "review", two members,
 * the reason. Usage: who_is_who STORE KEYS MASTER */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "flux/record/record.h"
#include "store/identity.h"
#include "store/image.h"
#include "store/person.h"
#include "store/txn.h"

struct walk {
    struct store_txn *txn;
    struct person person;
    char numdemrsa[VALUE_TEXT_MAX];
    enum err err;
};

static enum err show_person(struct walk *w, uint32_t flux, uint32_t place, uint64_t serial)
{
    enum err e = person_load(w->txn, serial, &w->person);
    if (!e)
        printf("%s %" PRIu32 " %" PRIu32 " %" PRIu64 " %" PRIu64 "\n", w->numdemrsa, flux, place, serial,
               w->person.leader ? w->person.leader : serial);
    return e;
}

static enum err show_image(struct walk *w, uint32_t flux, struct span bytes)
{
    struct image image;
    enum err e = image_read(bytes, &image);
    struct wire persons = image.persons;
    for (uint32_t i = 0; !e && i < image.person_count; i++) {
        struct seen_person seen = seen_next(&persons);
        e = persons.err ? ERR_CORRUPT : show_person(w, flux, i, seen.serial);
    }
    return e;
}

static enum err name_dossier(struct walk *w, uint64_t serial)
{
    struct dossier d = {0};
    struct value v;
    enum err e = dossier_get(w->txn, serial, &d);
    if (!e && record_find(VRSB_InfosFoyerRSA, d.record.data, d.record.len, VRSB_DemandeRSA_NUMDEMRSA, &v))
        value_text(&v, w->numdemrsa);
    dossier_free(&d);
    return e;
}

static enum err show_images(struct walk *w, uint64_t serial)
{
    struct head head = {0};
    struct span value, current;
    enum err e = txn_must(w->txn, TABLE_DOSSIER, key_dossier(serial), &value);
    if (!e)
        e = head_read(value, &head, &current);
    if (!e)
        e = show_image(w, head.flux, current);
    for (size_t i = 0; !e && i < head.versions.count; i++) {
        e = txn_must(w->txn, TABLE_VERSION, key_version(head.versions.at[i], serial), &value);
        if (!e)
            e = show_image(w, head.versions.at[i], value);
    }
    head_free(&head);
    return e;
}

static bool show_dossier(void *ctx, uint64_t serial)
{
    struct walk *w = ctx;
    w->err = name_dossier(w, serial);
    if (!w->err)
        w->err = show_images(w, serial);
    return !w->err;
}

/* Each pair lies there both ways round. */
static enum err show_review(struct walk *w)
{
    struct kv_scan *scan = NULL;
    struct span key, value;
    struct review_entry entry;
    enum err e = kv_scan_open(w->txn->kv, TABLE_REVIEW, (struct span){0}, (struct span){0}, &scan);
    while (!e && !(e = kv_scan_next(scan, &key, &value))) {
        e = key.len == 16 ? review_read(w->txn, key, value, &entry) : ERR_CORRUPT;
        if (!e && be64(key.data) < be64(key.data + 8))
            printf("review %" PRIu64 " %" PRIu64 " %d\n", be64(key.data), be64(key.data + 8), (int)entry.reason);
    }
    if (scan)
        kv_scan_close(scan);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

int main(int argc, char **argv)
{
    struct store *s = NULL;
    struct walk w = {0};
    if (argc != 4)
        return 64;
    const struct store_place place = {argv[1], argv[2], argv[3]};
    enum err e = store_open(&place, false, "test", NULL, NULL, &s);
    if (!e)
        e = store_read(s, &w.txn);
    if (!e)
        e = dossier_each(w.txn, show_dossier, &w);
    if (!e)
        e = w.err ? w.err : show_review(&w);
    person_free(&w.person);
    store_abort(w.txn);
    store_close(s);
    if (e)
        fprintf(stderr, "who_is_who: %s\n", err_text(e));
    return err_exit_code(e);
}
