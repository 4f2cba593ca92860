#include "store/person.h"

#include <stdlib.h>
#include <string.h>

#include "flux/base/grow.h"
#include "store/identity.h"

enum { PERSON_MAX = 1 << 20, PERSON_HAS_NIR = 1, PERSON_CERTIFIED = 2, PERSON_GROUPED = 4 };

static enum err add_membership(struct person *p, struct membership m)
{
    struct membership *at = grow(p->memberships, p->count, &p->cap, sizeof(*at), 4);
    if (!at)
        return ERR_NOMEM;
    p->memberships = at;
    p->memberships[p->count++] = m;
    return ERR_OK;
}

static void take_blind(struct wire *w, uint8_t out[KEY_BLIND])
{
    struct span s = wire_take(w, KEY_BLIND);
    if (s.len)
        memcpy(out, s.data, KEY_BLIND);
}

enum err person_read(struct store_txn *t, struct span key, struct span value, struct person *p)
{
    struct wire w;
    enum err e = txn_untag(t, TABLE_PERSON, key, value, &value);
    if (e)
        return e;
    wire_init(&w, value.data, value.len);
    p->count = 0;
    unsigned flags = wire_u8(&w);
    take_blind(&w, p->key);
    p->nir_kind = !(flags & PERSON_HAS_NIR) ? NIR_NONE : flags & PERSON_CERTIFIED ? NIR_CERTIFIED : NIR_PROVISIONAL;
    if (p->nir_kind)
        take_blind(&w, p->nir);
    p->leader = flags & PERSON_GROUPED ? wire_varint(&w) : 0;
    for (uint64_t n = wire_varint(&w); n > 0 && !w.err; n--) {
        struct membership m = {.dossier = wire_varint(&w)};
        m.first = (uint32_t)wire_varint(&w);
        m.last = (uint32_t)wire_varint(&w);
        if (add_membership(p, m))
            return ERR_NOMEM;
    }
    return wire_done(&w) ? ERR_CORRUPT : ERR_OK;
}

void person_free(struct person *p)
{
    free(p->memberships);
    *p = (struct person){0};
}

static void put_person(struct buf *b, const struct person *p)
{
    buf_u8(b, (p->nir_kind ? PERSON_HAS_NIR : 0u) | (p->nir_kind == NIR_CERTIFIED ? PERSON_CERTIFIED : 0u) |
                  (p->leader ? PERSON_GROUPED : 0u));
    buf_put(b, p->key, KEY_BLIND);
    if (p->nir_kind)
        buf_put(b, p->nir, KEY_BLIND);
    if (p->leader)
        buf_varint(b, p->leader);
    buf_varint(b, p->count);
    for (size_t i = 0; i < p->count; i++) {
        buf_varint(b, p->memberships[i].dossier);
        buf_varint(b, p->memberships[i].first);
        buf_varint(b, p->memberships[i].last);
    }
}

static enum err encode(struct store_txn *t, uint64_t serial, const struct person *p, struct buf *out)
{
    buf_reset(out);
    put_person(out, p);
    return txn_tag(t, TABLE_PERSON, key_person(serial), out);
}

enum err person_save(struct store_txn *t, uint64_t serial, const struct person *p, struct buf *scratch)
{
    enum err e = encode(t, serial, p, scratch);
    return e ? e : txn_put(t, TABLE_PERSON, key_person(serial), buf_span(scratch));
}

static enum err save(struct persons *ps, uint64_t serial) { return person_save(ps->t, serial, &ps->person, &ps->value); }

static enum err save_new(struct persons *ps, uint64_t serial)
{
    enum err e = encode(ps->t, serial, &ps->person, &ps->value);
    return e ? e : txn_add(ps->t, TABLE_PERSON, key_person(serial), buf_span(&ps->value));
}

enum err person_load(struct store_txn *t, uint64_t serial, struct person *p)
{
    struct span value;
    struct key key = key_person(serial);
    enum err e = txn_get(t, TABLE_PERSON, key, &value);
    return e ? e : person_read(t, key_span(&key), value, p);
}

static enum err load(struct persons *ps, uint64_t serial) { return corrupt_if(person_load(ps->t, serial, &ps->person), ERR_NOTFOUND); }

void persons_init(struct persons *p, struct store_txn *t)
{
    *p = (struct persons){.t = t};
    buf_init(&p->value, PERSON_MAX);
}

void persons_free(struct persons *p)
{
    free(p->known);
    person_free(&p->person);
    buf_free(&p->value);
    *p = (struct persons){0};
}

static enum err add_known(struct persons *ps, uint64_t serial, const uint8_t key[KEY_BLIND])
{
    struct known_person *known = grow(ps->known, ps->known_count, &ps->known_cap, sizeof(*known), 16);
    if (!known)
        return ERR_NOMEM;
    ps->known = known;
    struct known_person *k = &ps->known[ps->known_count++];
    *k = (struct known_person){.serial = serial};
    memcpy(k->key, key, KEY_BLIND);
    return ERR_OK;
}

static struct membership *membership_in(struct person *p, uint64_t dossier)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->memberships[i].dossier == dossier)
            return &p->memberships[i];
    return NULL;
}

static enum err load_known(struct persons *ps, const struct history *h)
{
    const struct serials *members = &h->head.members;
    ps->known_count = 0;
    for (size_t i = 0; i < members->count; i++) {
        enum err e = load(ps, members->at[i]);
        const struct membership *m = e ? NULL : membership_in(&ps->person, h->serial);
        if (!e)
            e = m ? add_known(ps, members->at[i], ps->person.key) : ERR_CORRUPT;
        if (e)
            return e;
        ps->known[ps->known_count - 1].gone = m->last != 0;
    }
    return ERR_OK;
}

static void put_number(uint8_t out[8], int64_t v)
{
    for (unsigned i = 0; i < 8; i++)
        out[i] = (uint8_t)((uint64_t)v >> (56 - 8 * i));
}

/* Names that normalise to nothing count as they stand: the key must not be shared by all of them. */
static struct span name_part(struct span name, const struct normal *n) { return n->len ? normal_span(n) : name; }

static enum err person_key(struct store_txn *t, const struct identity *id, uint8_t out[KEY_BLIND])
{
    const struct person_facts *p = id->facts;
    uint8_t dtnai[8], rgnai[8];
    put_number(dtnai, p->dtnai);
    put_number(rgnai, p->rgnai);
    struct span parts[] = {name_part(p->nomnai, &id->nomnai),
                           name_part(p->prenom, &id->prenom),
                           {dtnai, p->has_dtnai ? sizeof dtnai : 0},
                           {rgnai, p->has_rgnai ? sizeof rgnai : 0}};
    return txn_blind(t, BLIND_PERSON, parts, 4, out);
}

static bool same_blind(const uint8_t a[KEY_BLIND], const uint8_t b[KEY_BLIND]) { return memcmp(a, b, KEY_BLIND) == 0; }

/* Whether the household names this key with two certified NIR. */
static bool key_is_shared(const struct household *h, size_t at)
{
    for (size_t i = 0; i < h->facts->count; i++)
        if (h->ids[i].nir_kind == NIR_CERTIFIED && same_blind(h->ids[i].key, h->ids[at].key) && !same_blind(h->ids[i].nir, h->ids[at].nir))
            return true;
    return false;
}

/* A key that the household shares out to two certified NIR becomes one for each of them. */
static enum err make_keys(struct store_txn *t, const struct household *h)
{
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < h->facts->count; i++)
        e = person_key(t, &h->ids[i], h->ids[i].key);
    for (size_t i = 0; !e && i < h->facts->count; i++)
        h->ids[i].key_shared = h->ids[i].nir_kind == NIR_CERTIFIED && key_is_shared(h, i);
    for (size_t i = 0; !e && i < h->facts->count; i++) {
        struct identity *id = &h->ids[i];
        struct span parts[] = {{id->key, KEY_BLIND}, {id->nir, KEY_BLIND}};
        if (id->key_shared)
            e = txn_blind(t, BLIND_PERSON, parts, 2, id->key);
    }
    return e;
}

static struct known_person *find_known(struct persons *ps, const uint8_t key[KEY_BLIND])
{
    for (size_t i = 0; i < ps->known_count; i++)
        if (same_blind(ps->known[i].key, key))
            return &ps->known[i];
    return NULL;
}

/* In ps->person, to be saved. */
static enum err new_person(struct persons *ps, struct history *h, const uint8_t key[KEY_BLIND], uint32_t flux, uint64_t *serial)
{
    struct person *p = &ps->person;
    *serial = ps->t->counters.next_person++;
    ps->t->counters.persons++;
    p->count = 0;
    p->nir_kind = NIR_NONE;
    p->leader = 0;
    memcpy(p->key, key, KEY_BLIND);
    enum err e = add_membership(p, (struct membership){.dossier = h->serial, .first = flux});
    if (!e)
        e = add_known(ps, *serial, key);
    if (e)
        return e;
    ps->known[ps->known_count - 1].taken = true;
    return serials_add(&h->head.members, *serial);
}

static enum err set_last(struct persons *ps, uint64_t dossier, uint32_t last)
{
    struct membership *m = membership_in(&ps->person, dossier);
    if (m)
        m->last = last;
    return m ? ERR_OK : ERR_CORRUPT;
}

/* A later NIR replaces an earlier one, save that a provisional one gives way to a certified one. */
static bool see_nir(struct person *p, enum nir_kind kind, const uint8_t *nir)
{
    if (kind == NIR_NONE || kind < p->nir_kind || (kind == p->nir_kind && same_blind(p->nir, nir)))
        return false;
    p->nir_kind = kind;
    memcpy(p->nir, nir, KEY_BLIND);
    return true;
}

static enum err match_one(struct persons *ps, struct history *h, const struct identity *id, uint32_t flux, bool newest, uint64_t *serial)
{
    struct known_person *known = find_known(ps, id->key);
    bool back = known && known->gone && newest, changed = !known || back;
    enum err e;
    if (known) {
        known->taken = true;
        known->gone &= !newest;
        *serial = known->serial;
        e = load(ps, *serial);
    } else {
        e = new_person(ps, h, id->key, flux, serial);
    }
    if (!e && back)
        e = set_last(ps, h->serial, 0);
    /* What an older image says is put in its place by persons_settle. */
    if (!e && (newest || !known))
        changed |= see_nir(&ps->person, id->nir_kind, id->nir);
    return e || !changed ? e : known ? save(ps, *serial) : save_new(ps, *serial);
}

bool persons_lack(const struct persons *p)
{
    for (size_t i = 0; i < p->known_count; i++)
        if (!p->known[i].taken)
            return true;
    return false;
}

/* Those whom the current image names and the next one does not. */
static enum err leave_behind(struct persons *ps, const struct history *h)
{
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < ps->known_count; i++) {
        const struct known_person *k = &ps->known[i];
        if (k->taken || k->gone)
            continue;
        e = load(ps, k->serial);
        if (!e)
            e = set_last(ps, h->serial, h->head.flux);
        if (!e)
            e = save(ps, k->serial);
    }
    return e;
}

enum err persons_match(struct persons *p, struct history *h, const struct household *household, uint32_t flux, bool newest,
                       struct serials *out)
{
    out->count = 0;
    enum err e = load_known(p, h);
    if (!e)
        e = make_keys(p->t, household);
    for (size_t i = 0; !e && i < household->facts->count; i++) {
        uint64_t serial;
        if (!(e = match_one(p, h, &household->ids[i], flux, newest, &serial)))
            e = serials_add(out, serial);
    }
    return e || !newest ? e : leave_behind(p, h);
}

/* What the images say of a person. */
struct seen_of_person {
    uint64_t serial;
    uint32_t first, last;
    struct person nir;
};

static enum err note_image(void *ctx, uint32_t flux, const struct image *image)
{
    struct seen_of_person *s = ctx;
    struct wire w = image->persons;
    for (uint32_t i = 0; i < image->person_count; i++) {
        struct seen_person p = seen_next(&w);
        if (p.serial != s->serial)
            continue;
        s->first = s->first ? s->first : flux;
        s->last = flux;
        see_nir(&s->nir, p.nir_kind, p.nir);
    }
    return ERR_OK;
}

static enum err forget(struct persons *ps, struct history *h, size_t at)
{
    uint64_t serial = h->head.members.at[at];
    h->head.members.at[at] = h->head.members.at[--h->head.members.count];
    struct membership *m = membership_in(&ps->person, h->serial);
    if (!m)
        return ERR_CORRUPT;
    *m = ps->person.memberships[--ps->person.count];
    if (ps->person.count)
        return save(ps, serial);
    ps->t->counters.persons--;
    enum err e = identity_lost(ps->t, serial, ps->person.leader);
    return e ? e : txn_delete(ps->t, TABLE_PERSON, key_person(serial));
}

static enum err settle_one(struct persons *ps, struct history *h, const struct seen_of_person *s)
{
    struct person *p = &ps->person;
    struct membership *m = membership_in(p, h->serial);
    if (!m)
        return ERR_CORRUPT;
    bool same_nir = p->nir_kind == s->nir.nir_kind && (!p->nir_kind || same_blind(p->nir, s->nir.nir));
    if (same_nir && m->first == s->first && m->last == s->last)
        return ERR_OK;
    m->first = s->first;
    m->last = s->last;
    p->nir_kind = s->nir.nir_kind;
    memcpy(p->nir, s->nir.nir, KEY_BLIND);
    return save(ps, s->serial);
}

static int by_serial(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

enum err persons_settle(struct persons *p, struct history *h)
{
    struct serials *members = &h->head.members;
    enum err e = history_hold(h);
    for (size_t i = members->count; !e && i-- > 0;) {
        struct seen_of_person s = {.serial = members->at[i]};
        if (!(e = history_each(h, note_image, &s)) && !(e = load(p, s.serial))) {
            s.last = s.last == h->head.flux ? 0 : s.last;
            e = s.first ? settle_one(p, h, &s) : forget(p, h, i);
        }
    }
    if (!e && members->count)
        qsort(members->at, members->count, sizeof *members->at, by_serial);
    return e ? e : history_rewrite(h);
}

enum err persons_leave(struct persons *p, struct history *h)
{
    enum err e = ERR_OK;
    for (size_t i = h->head.members.count; !e && i-- > 0;)
        if (!(e = load(p, h->head.members.at[i])))
            e = forget(p, h, i);
    return e;
}
