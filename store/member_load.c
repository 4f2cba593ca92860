#include "store/member_load.h"

#include <stdlib.h>
#include <string.h>

#include "flux/base/wipe.h"
#include "store/index.h"
#include "store/normal.h"
#include "store/person.h"

void member_loader_init(struct member_loader *l, struct store_txn *t)
{
    *l = (struct member_loader){.t = t};
    history_init(&l->history, t, NULL);
}

void member_loader_free(struct member_loader *l)
{
    history_free(&l->history);
    facts_free(&l->facts);
}

void loaded_dossier_free(struct loaded_dossier *d)
{
    for (size_t i = 0; d && i < d->count; i++) {
        struct member *m = &d->at[i].member;
        struct blinds *all[] = {&m->names, &m->prenom, &m->prece, &m->matricules, &m->cedants, &m->days};
        for (size_t k = 0; k < sizeof all / sizeof all[0]; k++)
            blinds_free(all[k]);
        free(m->images);
    }
    if (d) {
        serials_free(&d->linked);
        free(d->at);
    }
    free(d);
}

struct loading {
    struct member_loader *l;
    struct loaded_dossier *d;
    size_t image; /* number of the one at hand */
};

static struct loaded *find(struct loaded_dossier *d, uint64_t serial)
{
    for (size_t i = 0; i < d->count; i++)
        if (d->at[i].member.serial == serial)
            return &d->at[i];
    return NULL;
}

static enum err add_form(struct store_txn *t, struct span form, struct blinds *out)
{
    uint8_t blind[KEY_BLIND];
    enum err e = txn_blind(t, BLIND_PERSON, &form, 1, blind);
    return e ? e : blinds_add(out, blind);
}

/* By whole words: "anne", "anne marie". */
static enum err add_prenom(struct store_txn *t, const struct normal *n, struct blinds *out)
{
    enum err e = ERR_OK;
    for (size_t i = 1; !e && i <= n->len; i++)
        if (i == n->len || n->text[i] == ' ')
            e = add_form(t, span_of(n->text, i), out);
    return e;
}

static enum err add_name(struct store_txn *t, struct loaded *p, struct span text, const struct normal *prenom, const struct person_facts *f)
{
    struct normal n;
    uint8_t blind[KEY_BLIND];
    enum err e = ERR_OK;
    if (normal_name(text, &n)) {
        e = add_form(t, normal_span(&n), &p->member.names);
        if (!e && f->has_dtnai)
            e = index_name(t, BLIND_NAME_DAY, normal_span(&n), normal_span(prenom), f->dtnai, blind);
        if (!e && f->has_dtnai)
            e = blinds_add(&p->member.days, blind);
    }
    wipe(&n, sizeof n);
    return e;
}

static enum err note_names(struct store_txn *t, struct loaded *p, const struct person_facts *f)
{
    struct normal prenom;
    normal_name(f->prenom, &prenom);
    enum err e = p->member.prenom.count ? ERR_OK : add_prenom(t, &prenom, &p->member.prenom);
    if (!e)
        e = add_name(t, p, f->nomnai, &prenom, f);
    if (!e && f->nom.len)
        e = add_name(t, p, f->nom, &prenom, f);
    wipe(&prenom, sizeof prenom);
    return e;
}

static enum birth_precision precision_of(const struct person_facts *f)
{
    if (!f->has_dtnai)
        return BIRTH_NONE;
    return span_is(f->typedtnai, "J") ? BIRTH_MONTH : span_is(f->typedtnai, "O") ? BIRTH_YEAR : BIRTH_DAY;
}

static void note_birth(struct member *m, const struct person_facts *f, bool first)
{
    enum birth_precision p = precision_of(f);
    if (first || p < m->precision)
        m->precision = p;
    if (f->has_dtnai)
        date_from_days(f->dtnai, &m->year, &m->month, &m->day);
    if (f->has_rgnai)
        m->rgnai = f->rgnai;
}

static void note_nir(struct member *m, const struct seen_person *seen)
{
    if (seen->nir_kind == NIR_CERTIFIED) {
        m->certified = true;
        m->provisional = false;
        memcpy(m->nir, seen->nir, KEY_BLIND);
    } else if (seen->nir_kind == NIR_PROVISIONAL && !m->certified) {
        m->provisional = true;
    }
}

static enum err note_links(struct member *m, const struct seen_person *seen, const struct seen_links *links)
{
    enum err e = seen->prece ? blinds_add(&m->prece, seen->prece) : ERR_OK;
    if (!e && links->matricule)
        e = blinds_add(&m->matricules, links->matricule);
    return e || !links->cedant ? e : blinds_add(&m->cedants, links->cedant);
}

static void put_be32(uint8_t *to, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        to[i] = (uint8_t)(v >> (24 - 8 * i));
}

static enum err note_person(struct loading *g, uint32_t flux, size_t index, const struct seen_person *seen, const struct seen_links *links,
                            const struct person_facts *f)
{
    struct loaded *p = find(g->d, seen->serial);
    if (!p)
        return ERR_CORRUPT;
    bool first = !p->first;
    p->first = first ? flux : p->first;
    if (first) {
        put_be32(p->member.rank + MEMBER_NUMBER, (uint32_t)g->image);
        put_be32(p->member.rank + MEMBER_NUMBER + 4, (uint32_t)index);
    }
    p->member.images[g->image / 8] |= (uint8_t)(1u << (g->image % 8));
    note_nir(&p->member, seen);
    note_birth(&p->member, f, first);
    enum err e = note_links(&p->member, seen, links);
    return e ? e : note_names(g->l->t, p, f);
}

static enum err note_image(void *ctx, uint32_t flux, const struct image *image)
{
    struct loading *g = ctx;
    struct history *h = &g->l->history;
    struct facts *f = &g->l->facts;
    enum err e = image_open(g->l->t, &h->key, h->serial, flux, image, &h->aad, &h->record);
    if (!e)
        e = corrupt_if(facts_read(f, &schema_vrsb0801, buf_span(&h->record)), ERR_FRAME);
    if (!e && f->count != image->person_count)
        e = ERR_CORRUPT;
    struct wire w = image->persons;
    for (size_t i = 0; !e && i < f->count; i++) {
        struct seen_person seen = seen_next(&w);
        e = note_person(g, flux, i, &seen, &image->links, &f->persons[i]);
    }
    g->image++;
    return e;
}

static enum err make_members(struct member_loader *l, struct loaded_dossier *d)
{
    const struct head *head = &l->history.head;
    struct person row = {0};
    enum err e = ERR_OK;
    d->at = calloc(head->members.count + 1, sizeof *d->at);
    if (!d->at)
        return ERR_NOMEM;
    for (size_t i = 0; !e && i < head->members.count; i++) {
        struct loaded *p = &d->at[d->count++];
        p->member.serial = head->members.at[i];
        p->member.dossier = d->serial;
        p->of = d;
        p->member.image_bytes = head->versions.count / 8 + 1;
        p->member.images = calloc(p->member.image_bytes, 1);
        e = p->member.images ? corrupt_if(person_load(l->t, p->member.serial, &row), ERR_NOTFOUND) : ERR_NOMEM;
        p->leader = row.leader;
        memcpy(p->key, row.key, KEY_BLIND);
    }
    person_free(&row);
    return e;
}

_Static_assert((int)MEMBER_NUMBER == (int)DOSSIER_NUMBER_MAX, "a NUMDEMRSA fits");

/* The record of the current image is the one read last. */
static enum err name_members(struct member_loader *l, struct loaded_dossier *d)
{
    uint8_t numdemrsa[KEY_BLIND];
    char number[DOSSIER_NUMBER_MAX];
    size_t len = store_dossier_number(l->facts.numdemrsa, number);
    enum err e = corrupt_if(index_numdemrsa(l->t, l->facts.numdemrsa, numdemrsa), ERR_NOTFOUND);
    for (size_t i = 0; !e && i < d->count; i++) {
        memcpy(d->at[i].member.numdemrsa, numdemrsa, KEY_BLIND);
        memcpy(d->at[i].member.rank, number, len);
        e = identity_content(l->t, numdemrsa, d->at[i].key, d->at[i].member.content);
    }
    return e;
}

enum err member_load(struct member_loader *l, uint64_t dossier, struct loaded_dossier **ret)
{
    struct span value;
    *ret = NULL;
    enum err e = txn_get(l->t, TABLE_DOSSIER, key_dossier(dossier), &value);
    if (!e)
        e = history_load(&l->history, dossier);
    if (e)
        return e;
    struct loaded_dossier *d = *ret = calloc(1, sizeof *d);
    if (!d)
        return ERR_NOMEM;
    d->serial = dossier;
    struct loading g = {.l = l, .d = d};
    e = history_key(&l->history);
    if (!e)
        e = make_members(l, d);
    if (!e)
        e = history_each(&l->history, note_image, &g);
    return e ? e : name_members(l, d);
}
