#include "samples/truth_cast.h"

#include <string.h>

#include "flux/record/value.h"

enum { NAME_MAX_CHARACTERS = 28, GENERATION = 24, GROWN_AGE = 19 };

const struct person *cast_slot(const struct household *h, unsigned slot)
{
    for (unsigned i = 0; i < h->person_count; i++)
        if (h->persons[i].slot == slot)
            return &h->persons[i];
    return NULL;
}

/* ---- NIR ---- */

static void put_key(char nir[NIR_FULL + 1], unsigned key)
{
    nir[NIR_SHORT] = (char)('0' + key / 10);
    nir[NIR_SHORT + 1] = (char)('0' + key % 10);
    nir[NIR_FULL] = '\0';
}

/* Of 15 characters, by the true birth. */
static void whole_nir(const struct person *p, bool provisional, char nir[NIR_FULL + 1])
{
    int year, month, day;
    date_from_days(p->born, &year, &month, &day);
    struct nir_birth birth = {
        .woman = p->woman, .provisional = provisional, .year = (unsigned)year, .month = (unsigned)month, .serial = p->serial};
    nir_make(&birth, nir);
}

/* The last digits are those of an order that no serial has: nobody is hit by chance. */
static void mistype(char nir[NIR_FULL + 1])
{
    nir[NIR_SHORT - 3] = '9';
    put_key(nir, nir_key(nir));
}

static void set_nir(struct person *p, enum cast_nir how, const char *theirs)
{
    p->nir[0] = '\0';
    p->nir_changed = false;
    if (how == CAST_ABSENT)
        return;
    if (how == CAST_THEIRS)
        memcpy(p->nir, theirs, sizeof p->nir);
    else
        whole_nir(p, how == CAST_PROVISIONAL, p->nir);
    if (how == CAST_TYPED)
        mistype(p->nir);
    if (how == CAST_BAD_KEY)
        put_key(p->nir, nir_key(p->nir) % 97 + 1);
}

/* The CAF leaves the key out, unless it is what the case is about. */
static void cut_key(struct person *p, enum cast_nir how, bool msa)
{
    if (!msa && how != CAST_BAD_KEY)
        p->nir[NIR_SHORT] = '\0';
}

void cast_own_nir(struct person *p, bool msa)
{
    set_nir(p, CAST_OWN, NULL);
    cut_key(p, CAST_OWN, msa);
}

/* ---- names ---- */

static void set_text(struct text *t, const char *s)
{
    t->len = 0;
    text_add(t, s);
}

static bool same_text(const struct text *a, const struct text *b) { return a->len == b->len && memcmp(a->s, b->s, a->len) == 0; }

/* Both names of A and of B, with a common start. */
static void compose(struct cast *c, const char *a, const char *b)
{
    const char *head = name_pick(NAMES_HEAD, rng_mix(c->word + 1));
    set_text(&c->a.nomnai, head);
    set_text(&c->b.nomnai, head);
    text_add(&c->a.nomnai, a);
    text_add(&c->b.nomnai, b);
    c->a.nom = c->a.nomnai;
    c->b.nom = c->b.nomnai;
}

static void fold(struct text *t)
{
    static const char plain[] = "AAAAAAACEEEEIIIIDNOOOOOXOUUUUYTS";
    struct text folded = {0};
    for (size_t i = 0; i < t->len; i++) {
        uint8_t lead = (uint8_t)t->s[i], next = i + 1 < t->len ? (uint8_t)t->s[i + 1] : 0;
        if (lead < 0x80)
            text_add_bytes(&folded, t->s + i, 1);
        else if (lead == 0xC5 && next == 0x92)
            text_add(&folded, "OE");
        else if (lead == 0xC3 && next == 0x86)
            text_add(&folded, "AE");
        else if (lead == 0xC3)
            text_add_bytes(&folded, plain + (next & 0x1F), 1);
        i += lead >= 0x80;
    }
    *t = folded;
}

static void cut(struct text *t)
{
    unsigned characters = 0;
    for (size_t i = 0; i < t->len; i++) {
        characters += ((uint8_t)t->s[i] & 0xC0) != 0x80;
        if (characters > NAME_MAX_CHARACTERS) {
            t->len = i;
            return;
        }
    }
}

static void cut_long(struct cast *c)
{
    const char *tail = name_pick(NAMES_HEAD, rng_mix(c->word + 2));
    compose(c, "ENCOURT-SAINT-AUBERT-", "ENCOURT - SAINT AUBERT - ");
    struct text *names[] = {&c->a.nomnai, &c->b.nomnai};
    for (unsigned i = 0; i < 2; i++) {
        text_add(names[i], tail);
        text_add(names[i], "EMONTAGNE");
        cut(names[i]);
    }
    c->a.nom = c->a.nomnai;
    c->b.nom = c->b.nomnai;
}

/* I and Y sound the same; where there is none, a last letter that is not heard. */
static void sound_alike(const struct text *from, struct text *t)
{
    *t = *from;
    for (size_t i = 0; i < t->len; i++)
        if (t->s[i] == 'I' || t->s[i] == 'Y') {
            t->s[i] = t->s[i] == 'I' ? 'Y' : 'I';
            return;
        }
    text_add(t, "E");
}

static void other_first(struct cast *c)
{
    for (uint64_t n = 0; same_text(&c->a.prenom, &c->b.prenom); n++) {
        c->b.prenom.len = 0;
        name_first(&c->b.prenom, rng_mix(c->word + 3 + n), c->b.woman);
    }
}

static void two_ways(struct cast *c)
{
    static const char *const ph[][2] = {{"OPHE", "OFE"}, {"OFFE", "OFE"}, {"IPHIER", "IFFIER"}};
    static const char *const two[][2] = {{"ONNET", "ONET"}, {"ELLAC", "ELAC"}, {"ARRON", "ARON"}};
    const char *const *pair = (c->rule->change == CHANGE_PH_F ? ph : two)[rng_below(rng_mix(c->word + 4), 3)];
    compose(c, pair[0], pair[1]);
}

static void change_nomnai(struct cast *c)
{
    switch (c->rule->change) {
    case CHANGE_ACCENTS:
        compose(c, "ÉÇOIS", "");
        c->b.nom = c->b.nomnai = c->a.nomnai;
        fold(&c->b.nom);
        fold(&c->b.nomnai);
        fold(&c->b.prenom);
        break;
    case CHANGE_HYPHEN:
        compose(c, "ARD-BELRIVE", "ARD BELRIVE");
        break;
    case CHANGE_LETTERS:
        compose(c, "ANTIER", "ATNIER");
        break;
    case CHANGE_CUT:
        cut_long(c);
        break;
    default:
        two_ways(c);
        break;
    }
}

static void change_nom(struct cast *c)
{
    struct text married = {0};
    name_of_birth(&married, rng_mix(c->word + 5));
    c->a.nom = c->a.nomnai;
    c->b.nom = married;
    if (c->rule->change == CHANGE_MARRIED)
        return;
    c->a.nom = c->b.nomnai = married;
    c->b.nom = c->a.nomnai;
}

static void add_first(struct cast *c, const char *between)
{
    c->b.prenom = c->a.prenom;
    text_add(&c->b.prenom, between);
    text_add(&c->b.prenom, name_pick(NAMES_MIDDLE, rng_mix(c->word + 6)));
}

static void change_prenom(struct cast *c)
{
    switch (c->rule->change) {
    case CHANGE_SECOND:
        add_first(c, " ");
        break;
    case CHANGE_FIRST:
        other_first(c);
        break;
    case CHANGE_PLACEHOLDER:
        set_text(&c->b.prenom, "X");
        break;
    case CHANGE_PREFIX:
        add_first(c, "-");
        c->a.twin = c->b.twin = false;
        break;
    default:
        sound_alike(&c->a.prenom, &c->b.prenom);
        c->a.twin = c->b.twin = c->rule->change == CHANGE_SOUND_RANKED;
        break;
    }
}

/* ---- birth, sex, rank ---- */

static void set_born(struct person *p, int year, int month, int day)
{
    int64_t days;
    if (!date_to_days(year, month, day, &days))
        return;
    p->born = days;
    p->born_year = year;
}

static void change_birth(struct cast *c)
{
    int year, month, day;
    date_from_days(c->b.born, &year, &month, &day);
    switch (c->rule->change) {
    case CHANGE_DAY:
        set_born(&c->b, year, month, 1);
        c->b.typedtnai = "J";
        break;
    case CHANGE_MONTH:
        set_born(&c->b, year, 1, 1);
        c->b.typedtnai = "O";
        break;
    case CHANGE_BIRTH:
        set_born(&c->b, year, month, day > 14 ? day - 9 : day + 9);
        break;
    case CHANGE_SEX:
        c->b.woman = !c->b.woman;
        break;
    default:
        c->a.twin = false;
        c->b.twin = true;
        break;
    }
}

static void change(struct cast *c)
{
    if (c->rule->change == CHANGE_NONE)
        return;
    if (c->rule->change <= CHANGE_CUT)
        change_nomnai(c);
    else if (c->rule->change <= CHANGE_MARRIED)
        change_nom(c);
    else if (c->rule->change <= CHANGE_SOUND_RANKED)
        change_prenom(c);
    else
        change_birth(c);
}

/* ---- who ---- */

static void take_birth(struct person *p, const struct person *from)
{
    p->born = from->born;
    p->born_year = from->born_year;
    p->woman = from->woman;
}

static void take_names(struct person *p, const struct person *from)
{
    p->nom = from->nom;
    p->nomnai = from->nomnai;
    p->prenom = from->prenom;
}

static void make_twin(struct cast *c, const struct household *first)
{
    c->b = *cast_slot(first, SLOT_TWIN);
    take_birth(&c->b, &c->a);
    c->a.twin = c->b.twin = rng_permille(rng_mix(c->word + 7), 500);
    other_first(c);
}

static void make_son(struct cast *c, const struct household *first)
{
    int year, month, day;
    bool child = c->rule->where == WHERE_CHILD_SEAT;
    if (child)
        c->b = *cast_slot(first, SLOT_CHILD);
    take_names(&c->b, &c->a);
    c->b.woman = c->a.woman;
    date_from_days(c->a.born, &year, &month, &day);
    if (!child)
        set_born(&c->b, year - GENERATION, month, day);
}

static void make_other(struct cast *c, const struct household *first)
{
    switch (c->rule->other) {
    case OTHER_SAME:
        c->b = c->a;
        break;
    case OTHER_TWIN:
        make_twin(c, first);
        break;
    case OTHER_SON:
        make_son(c, first);
        break;
    case OTHER_SPOUSE:
        c->b = *cast_slot(first, SLOT_CJT);
        break;
    case OTHER_STRANGER:
        break;
    default:
        take_birth(&c->b, &c->a);
        if (c->rule->other == OTHER_HOMONYM)
            take_names(&c->b, &c->a);
        if (c->rule->other == OTHER_FIRST_ALIKE)
            c->b.prenom = c->a.prenom;
        /* One drawn alike by chance would be what nobody can tell. */
        if (c->rule->other == OTHER_BORN_ALIKE)
            other_first(c);
        if (c->rule->other != OTHER_NAMESAKE)
            break;
        c->b.nom = c->b.nomnai = c->a.nomnai;
        c->b.prenom = c->a.prenom;
        other_first(c);
        break;
    }
}

static void make_subject(struct cast *c, const struct household *first)
{
    static const unsigned slots[] = {[SUBJECT_DEM] = SLOT_DEM,
                                     [SUBJECT_CJT] = SLOT_CJT,
                                     [SUBJECT_CHILD] = SLOT_CHILD,
                                     [SUBJECT_GROWN] = SLOT_CHILD,
                                     [SUBJECT_TWINS] = SLOT_CHILD};
    int year, month, day;
    c->a = *cast_slot(first, slots[c->rule->subject]);
    c->a.twin = false;
    date_from_days(c->a.born, &year, &month, &day);
    if (c->rule->subject == SUBJECT_GROWN)
        set_born(&c->a, first->series.first_month / 12 - GROWN_AGE - 1, month, day);
}

void cast_make(struct cast *c, const struct household *first, const struct household *other, bool msa)
{
    make_subject(c, first);
    c->b = other->persons[0];
    c->b.twin = false;
    make_other(c, first);
    c->a.typedtnai = c->b.typedtnai = "N";
    set_nir(&c->a, c->rule->nir_a, NULL);
    set_nir(&c->b, c->rule->nir_b, c->a.nir);
    cut_key(&c->a, c->rule->nir_a, msa);
    cut_key(&c->b, c->rule->nir_b, msa);
    change(c);
}
