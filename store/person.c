#include "store/person.h"

#include <stdlib.h>
#include <string.h>

enum { PERSON_MAX = 1 << 20, PERSON_HAS_NIR = 1 };

static enum err add_membership(struct person *p, struct membership m)
{
    if (p->count == p->cap) {
        size_t cap = p->cap ? 2 * p->cap : 4;
        struct membership *at = realloc(p->memberships, cap * sizeof *at);
        if (!at)
            return ERR_NOMEM;
        p->memberships = at;
        p->cap = cap;
    }
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
    p->has_nir = wire_u8(&w) & PERSON_HAS_NIR;
    take_blind(&w, p->key);
    p->occurrence = (uint32_t)wire_varint(&w);
    if (p->has_nir)
        take_blind(&w, p->nir);
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
    buf_u8(b, p->has_nir ? PERSON_HAS_NIR : 0);
    buf_put(b, p->key, KEY_BLIND);
    buf_varint(b, p->occurrence);
    if (p->has_nir)
        buf_put(b, p->nir, KEY_BLIND);
    buf_varint(b, p->count);
    for (size_t i = 0; i < p->count; i++) {
        buf_varint(b, p->memberships[i].dossier);
        buf_varint(b, p->memberships[i].first);
        buf_varint(b, p->memberships[i].last);
    }
}

static enum err encode(struct persons *ps, uint64_t serial)
{
    buf_reset(&ps->value);
    put_person(&ps->value, &ps->person);
    return txn_tag(ps->t, TABLE_PERSON, key_person(serial), &ps->value);
}

static enum err save(struct persons *ps, uint64_t serial)
{
    enum err e = encode(ps, serial);
    return e ? e : txn_put(ps->t, TABLE_PERSON, key_person(serial), buf_span(&ps->value));
}

static enum err save_new(struct persons *ps, uint64_t serial)
{
    enum err e = encode(ps, serial);
    return e ? e : txn_add(ps->t, TABLE_PERSON, key_person(serial), buf_span(&ps->value));
}

static enum err load(struct persons *ps, uint64_t serial)
{
    struct span value;
    struct key key = key_person(serial);
    enum err e = txn_must(ps->t, TABLE_PERSON, key, &value);
    return e ? e : person_read(ps->t, key_span(&key), value, &ps->person);
}

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

static enum err add_known(struct persons *ps, uint64_t serial, const uint8_t key[KEY_BLIND], uint32_t occurrence)
{
    if (ps->known_count == ps->known_cap) {
        size_t cap = ps->known_cap ? 2 * ps->known_cap : 16;
        struct known_person *known = realloc(ps->known, cap * sizeof *known);
        if (!known)
            return ERR_NOMEM;
        ps->known = known;
        ps->known_cap = cap;
    }
    struct known_person *k = &ps->known[ps->known_count++];
    *k = (struct known_person){.serial = serial, .occurrence = occurrence};
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
            e = m ? add_known(ps, members->at[i], ps->person.key, ps->person.occurrence) : ERR_CORRUPT;
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

/* The first person of the dossier with this key that no other person of the household is. */
static struct known_person *find_known(struct persons *ps, const uint8_t key[KEY_BLIND], uint32_t *same_key)
{
    struct known_person *found = NULL;
    *same_key = 0;
    for (size_t i = 0; i < ps->known_count; i++) {
        struct known_person *k = &ps->known[i];
        if (memcmp(k->key, key, KEY_BLIND) != 0)
            continue;
        (*same_key)++;
        if (!k->taken && (!found || k->occurrence < found->occurrence))
            found = k;
    }
    return found;
}

/* In ps->person, to be saved. */
static enum err new_person(struct persons *ps, struct history *h, const uint8_t key[KEY_BLIND], uint32_t occurrence, uint32_t flux,
                           uint64_t *serial)
{
    struct person *p = &ps->person;
    *serial = ps->t->counters.next_person++;
    ps->t->counters.persons++;
    p->count = 0;
    p->has_nir = false;
    p->occurrence = occurrence;
    memcpy(p->key, key, KEY_BLIND);
    enum err e = add_membership(p, (struct membership){.dossier = h->serial, .first = flux});
    if (!e)
        e = add_known(ps, *serial, key, occurrence);
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

/* The newest image decides; an older one fills a gap. */
static void see_nir(struct person *p, const struct identity *id, bool newest, bool *changed)
{
    if (!id->has_nir || (p->has_nir && (!newest || memcmp(p->nir, id->nir, KEY_BLIND) == 0)))
        return;
    memcpy(p->nir, id->nir, KEY_BLIND);
    p->has_nir = *changed = true;
}

static enum err match_one(struct persons *ps, struct history *h, const struct identity *id, uint32_t flux, bool newest, uint64_t *serial)
{
    uint8_t key[KEY_BLIND];
    uint32_t same_key;
    enum err e = person_key(ps->t, id, key);
    if (e)
        return e;
    struct known_person *known = find_known(ps, key, &same_key);
    bool back = known && known->gone && newest, changed = !known || back;
    if (known) {
        known->taken = true;
        *serial = known->serial;
        e = load(ps, *serial);
    } else {
        e = new_person(ps, h, key, same_key, flux, serial);
    }
    if (!e && back)
        e = set_last(ps, h->serial, 0);
    if (!e)
        see_nir(&ps->person, id, newest, &changed);
    return e || !changed ? e : known ? save(ps, *serial) : save_new(ps, *serial);
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
    for (size_t i = 0; !e && i < household->facts->count; i++) {
        uint64_t serial;
        if (!(e = match_one(p, h, &household->ids[i], flux, newest, &serial)))
            e = serials_add(out, serial);
    }
    return e || !newest ? e : leave_behind(p, h);
}

struct span_of_person {
    uint64_t serial;
    uint32_t first, last;
};

static enum err note_image(void *ctx, uint32_t flux, const struct image *image)
{
    struct span_of_person *s = ctx;
    struct wire w = image->persons;
    for (uint32_t i = 0; i < image->person_count; i++)
        if (wire_varint(&w) == s->serial) {
            s->first = s->first ? s->first : flux;
            s->last = flux;
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
    return txn_delete(ps->t, TABLE_PERSON, key_person(serial));
}

static enum err settle_one(struct persons *ps, struct history *h, const struct span_of_person *s)
{
    struct membership *m = membership_in(&ps->person, h->serial);
    if (!m)
        return ERR_CORRUPT;
    if (m->first == s->first && m->last == s->last)
        return ERR_OK;
    m->first = s->first;
    m->last = s->last;
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
        struct span_of_person s = {.serial = members->at[i]};
        if (!(e = history_each(h, note_image, &s)) && !(e = load(p, s.serial))) {
            s.last = s.last == h->head.flux ? 0 : s.last;
            e = s.first ? settle_one(p, h, &s) : forget(p, h, i);
        }
    }
    if (!e && members->count)
        qsort(members->at, members->count, sizeof *members->at, by_serial);
    return e ? e : history_rewrite(h);
}
