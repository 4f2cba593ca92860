#include "samples/person.h"

#include <string.h>

#include "flux/record/value.h"

/* Of a thousand persons: NIR certified from the start, provisional until certified, unknown until known; the rest have none. */
enum { NIR_CERTIFIED = 960, NIR_PROVISIONAL = 978, NIR_LATE = 994, NIR_LATENESS = 24 };

static void set_nir(const struct household *h, struct person *p, unsigned born_month, bool newborn, unsigned from)
{
    uint32_t kind = rng_below(person_word(p, WORD_NIR, 0, 0), 1000);
    unsigned known = from + 1 + rng_below(person_word(p, WORD_CERTIFIED, 0, 0), newborn ? 2 : NIR_LATENESS);
    bool late = newborn || (kind >= NIR_PROVISIONAL && kind < NIR_LATE),
         provisional = !newborn && kind >= NIR_CERTIFIED && kind < NIR_PROVISIONAL;
    p->nir_changed = (late || provisional) && h->month == known;
    if ((late && h->month < known) || (!newborn && kind >= NIR_LATE))
        return;
    struct nir_birth birth = {.woman = p->woman,
                              .provisional = provisional && h->month < known,
                              .year = (unsigned)p->born_year,
                              .month = born_month,
                              .serial = p->serial};
    nir_make(&birth, p->nir);
    if (!h->series.msa)
        p->nir[NIR_SHORT] = '\0';
}

static uint32_t serial_of(const struct household *h, uint32_t id, unsigned slot)
{
    return (uint32_t)rng_permute(h->series.seed ^ 0x4E4952u, (uint64_t)id * PERSON_SLOTS + slot, 32000, NIR_SERIES / 32000);
}

static struct person *add(struct household *h, enum role role)
{
    struct person *p = &h->persons[h->person_count++];
    *p = (struct person){.role = role, .role_pfa = role};
    return p;
}

static void set_birth(struct person *p, unsigned month, unsigned day)
{
    if (!date_to_days(p->born_year, (int)month, (int)day, &p->born))
        p->born = 0;
}

static void add_adult(struct household *h, unsigned which, enum role role)
{
    const struct origin *o = &h->origin;
    struct person *p = add(h, role);
    p->key = o->adult[which].key;
    p->woman = o->woman[which];
    p->born_year = o->born[which];
    p->slot = o->adult[which].slot;
    p->serial = serial_of(h, o->adult[which].id, p->slot);
    set_birth(p, nir_month(p->serial), day_of(person_word(p, WORD_DAY_BORN, 0, 0)));
    name_of_birth(&p->nomnai, person_word(p, WORD_NAME, 0, 0));
    name_first(&p->prenom, person_word(p, WORD_FIRST_NAME, 0, 0), p->woman);
    /* A name by marriage comes from the person alone, so that it stays the same in a dossier of their own. */
    if (p->woman && rng_permille(person_word(p, WORD_IDENTITY, 9, 0), 250))
        name_of_birth(&p->nom, person_word(p, WORD_NAME, 1, 0));
    else
        p->nom = p->nomnai;
    set_nir(h, p, nir_month(p->serial), false, o->previous != LIFE_NONE ? 0 : o->start);
}

/* Children bear the name of the household's first demandeur, present or not. */
static void name_child(const struct household *h, struct person *p)
{
    name_of_birth(&p->nomnai, rng_word(h->origin.adult[0].key, WORD_NAME, 0, 0));
    p->nom = p->nomnai;
    name_first(&p->prenom, person_word(p, WORD_FIRST_NAME, 0, 0), p->woman);
}

static struct person *add_minor(struct household *h, enum role role, unsigned slot)
{
    struct person *p = add(h, role);
    p->slot = slot;
    p->key = rng_mix(h->origin.key + 2000 + slot);
    p->woman = rng_permille(person_word(p, WORD_IDENTITY, 8, 0), 500);
    p->serial = serial_of(h, h->origin.id, slot);
    return p;
}

static void add_child(struct household *h, unsigned n)
{
    struct person *p = add_minor(h, ROLE_ENF, 2 + n);
    int year = (h->series.first_month + (int)h->origin.start) / 12, oldest = year - h->origin.born[0] - 17;
    bool twin = n % 2 == 1 && life_rare(&h->origin, 40, 23);
    if (oldest > 19)
        oldest = 19;
    unsigned like = twin ? n - 1 : n;
    p->born_year = year - 1 - (int)rng_below(household_word(h, WORD_AGE, like, 0), (uint32_t)(oldest > 1 ? oldest - 1 : 1));
    set_birth(p, nir_month(p->serial), day_of(person_word(p, WORD_DAY_BORN, 0, 0)));
    unsigned month = nir_month(p->serial);
    if (twin) {
        struct person *other = p - 1;
        p->born = other->born;
        p->born_year = other->born_year;
        month = nir_month(other->serial);
        p->twin = other->twin = true;
    }
    name_child(h, p);
    set_nir(h, p, month, false, h->origin.start);
}

static void add_newborn(struct household *h, unsigned n)
{
    struct person *p = add_minor(h, ROLE_ENF, 2 + LIFE_CHILDREN_MAX + n);
    unsigned at = h->life.birth[n];
    int month = h->series.first_month + (int)at;
    p->born_year = month / 12;
    set_birth(p, (unsigned)(month % 12) + 1, household_day(h, at));
    name_child(h, p);
    set_nir(h, p, (unsigned)(month % 12) + 1, true, at);
}

/* Another person at charge: a parent, a brother or a sister. */
static void add_other(struct household *h)
{
    struct person *p = add_minor(h, ROLE_AUT, 2 + LIFE_CHILDREN_MAX - 1);
    p->born_year = h->origin.born[0] - 20;
    set_birth(p, nir_month(p->serial), day_of(person_word(p, WORD_DAY_BORN, 0, 0)));
    name_child(h, p);
    set_nir(h, p, nir_month(p->serial), false, h->origin.start);
}

/* The two roles of a person differ in some couples: who claims the family benefits is not who claims the RSA. */
static void set_family_roles(struct household *h)
{
    uint64_t word = household_word(h, WORD_TIES, 0, 0);
    if (h->adults == 2 && rng_permille(word, 150)) {
        h->persons[0].role_pfa = ROLE_CJT;
        h->persons[1].role_pfa = ROLE_DEM;
    }
}

void persons_make(struct household *h)
{
    const struct origin *o = &h->origin;
    const struct life *l = &h->life;
    h->person_count = 0;
    unsigned dem = l->swapped ? 1 : 0;
    add_adult(h, dem, ROLE_DEM);
    if (o->couple && !l->separated && !l->succeeded)
        add_adult(h, 1 - dem, ROLE_CJT);
    h->adults = h->person_count;
    for (unsigned n = 0; n < o->children; n++)
        add_child(h, n);
    for (unsigned n = 0; n < l->births; n++)
        add_newborn(h, n);
    h->children = h->person_count - h->adults;
    if (o->children < LIFE_CHILDREN_MAX && o->previous == LIFE_NONE && life_rare(o, 41, 97))
        add_other(h);
    set_family_roles(h);
}
