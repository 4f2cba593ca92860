#include <stdio.h>
#include <string.h>

#include "samples/spoil_edit.h"

enum { AGED_YEARS = 30 };

/* What a household must be. Unless EVERYBODY or NEED_NOTHING: an open right (ETATDOSRSA 2), adults with certified NIR, at home in the
 * département, so that what is found there is what was put there. */
enum host_need {
    NEED_NOTHING = 0,
    ANYBODY = 1,
    EVERYBODY = 1 << 1, /* all of them, whatever they are */
    MONTHLY = 1 << 2,
    DAILY = 1 << 3,
    PARTNER = 1 << 4,    /* about the conjoint */
    CHILD = 1 << 5,      /* about the last child, with a NIR */
    LAST_CHILD = 1 << 6, /* the same, nobody being after them */
    COUPLE = 1 << 7,
    LONE = 1 << 8,  /* one adult */
    ALONE = 1 << 9, /* one person */
    CALM = 1 << 10, /* no pregnancy, no maintenance */
    WITH_ASF = 1 << 11,
    WITH_RESOURCES = 1 << 12,
    ONE_HOME = 1 << 13,
    TWO_HOMES = 1 << 14,
    AGED = 1 << 15, /* over 30 */
    QUIET = 1 << 16 /* not declared in anomaly */
};

#define EDIT(id, node, at, how)
#define ALSO(id, code, where, seat, at)
#define FAULT(id, name, code, needs, where, seat, at) [FAULT_##id] = {name, needs},
static const struct {
    const char *name;
    uint32_t needs;
} faults[FAULT_COUNT] = {
#include "samples/faults.def"
};
#undef EDIT
#undef ALSO
#undef FAULT

const char *fault_name(enum fault f) { return faults[f].name; }

bool fault_fits(enum fault f, const struct sample_options *o) { return !(faults[f].needs & (o->daily ? MONTHLY : DAILY)); }

enum fault fault_by_name(const char *name, size_t len)
{
    for (unsigned f = 0; f < FAULT_COUNT; f++)
        if (strlen(faults[f].name) == len && memcmp(faults[f].name, name, len) == 0)
            return (enum fault)f;
    return FAULT_NONE;
}

static bool certified(const struct person *p) { return p->nir[0] == '1' || p->nir[0] == '2'; }

static bool plain(struct fill *f)
{
    struct cell commune;
    const struct household *h = f->h;
    for (unsigned i = 0; i < h->adults; i++)
        if (!certified(&h->persons[i]))
            return false;
    if (h->life.etat != 2 || fill_count(f, VRSB_OrganismeCedant) || !fill_leaf(f, VRSB_AdresseDetailleeFrance_NUMCOM, &commune))
        return false;
    const char *d = f->options->departement;
    return d[0] == '0' ? memcmp(commune.text, d + 1, 2) == 0 : memcmp(commune.text, d, 2) == 0;
}

static unsigned last_child(const struct household *h)
{
    for (unsigned i = h->person_count; i-- > h->adults;)
        if (h->persons[i].role == ROLE_ENF && certified(&h->persons[i]))
            return i;
    return 0;
}

static unsigned person_of(const struct household *h, uint32_t needs)
{
    return needs & PARTNER ? 1 : needs & (CHILD | LAST_CHILD) ? last_child(h) : 0;
}

static bool has_family(const struct household *h, uint32_t needs, unsigned person)
{
    return (!(needs & (PARTNER | COUPLE)) || h->adults == 2) && (!(needs & LONE) || h->adults == 1) &&
           (!(needs & ALONE) || h->person_count == 1) && (!(needs & (CHILD | LAST_CHILD)) || person > 0) &&
           (!(needs & LAST_CHILD) || person + 1 == h->person_count);
}

static bool has_blocks(struct fill *f, uint32_t needs, unsigned person)
{
    f->at[VRSB_Personne] = (uint8_t)person;
    unsigned resources = needs & WITH_RESOURCES && fill_count(f, VRSB_Ressources) ? fill_count(f, VRSB_RessourcesMensuelles) : 0;
    bool asf = fill_count(f, VRSB_PensionAlimentaire) && fill_count(f, VRSB_Asf), calm = !asf && !fill_count(f, VRSB_Grossesse);
    unsigned homes = fill_count(f, VRSB_Adresse), anomalies = fill_count(f, VRSB_Anomalie);
    f->at[VRSB_Personne] = 0;
    return (!(needs & WITH_RESOURCES) || resources) && (!(needs & WITH_ASF) || asf) && (!(needs & CALM) || calm) &&
           (!(needs & ONE_HOME) || homes == 1) && (!(needs & TWO_HOMES) || homes > 1) && (!(needs & QUIET) || !anomalies);
}

static bool suits(struct fill *f, enum fault fault, unsigned *person)
{
    uint32_t needs = faults[fault].needs;
    const struct household *h = f->h;
    if (needs & EVERYBODY)
        return true;
    if (needs == NEED_NOTHING || !fault_fits(fault, f->options) || !plain(f))
        return false;
    *person = person_of(h, needs);
    bool young = f->options->year - h->persons[0].born_year <= AGED_YEARS;
    return has_family(h, needs, *person) && has_blocks(f, needs, *person) && !(needs & AGED && young);
}

static unsigned count_bits(uint32_t x)
{
    unsigned n = 0;
    for (; x; x &= x - 1)
        n++;
    return n;
}

/* The most demanding of those that are left: it may wait long for its next household. */
static enum fault pick(struct spoil *s, struct fill *f)
{
    enum fault best = FAULT_NONE;
    unsigned most = 0, person = 0;
    for (unsigned i = 0; i < FAULT_COUNT; i++) {
        unsigned bits = count_bits(faults[i].needs);
        if (!s->o->wanted[i] || s->placed[i] || bits <= most || !suits(f, (enum fault)i, &person))
            continue;
        best = (enum fault)i;
        most = bits;
        s->person = person;
    }
    return best;
}

enum fault spoil_file_fault(const struct spoil *s)
{
    for (unsigned f = 0; f < FAULT_COUNT; f++)
        if (s->o->wanted[f] && fault_is_file((enum fault)f))
            return (enum fault)f;
    return FAULT_NONE;
}

void spoil_start(struct spoil *s, const struct spoil_options *o, const struct sample_options *sample)
{
    unsigned wanted = 0;
    *s = (struct spoil){.o = o, .edits = true, .seats = true};
    for (unsigned f = 0; f < FAULT_COUNT; f++)
        wanted += o->wanted[f];
    /* Of a daily flux nobody knows how long it will be. */
    s->stride = wanted && !sample->daily ? sample->households / (2 * wanted) : 1;
    s->stride += s->stride == 0;
    s->now = spoil_file_fault(s);
}

static void open_household(struct spoil *s, const struct fill *f)
{
    s->household = f->written;
    memcpy(s->numdemrsa, f->h->numdemrsa, sizeof s->numdemrsa);
    const struct edit *e = s->host ? spoil_edit(s, f, VRSB_DemandeRSA_NUMDEMRSA) : NULL;
    struct text t = {0};
    if (!e)
        return;
    s->numdemrsa[0] = '\0';
    if (spoil_text(f, e, &t))
        snprintf(s->numdemrsa, sizeof s->numdemrsa, "%.*s", (int)t.len, t.s);
}

/* A fault of the file has its place after the first household, so that something came before it. */
static void choose_of_file(struct spoil *s, struct fill *f)
{
    bool every = faults[s->now].needs & EVERYBODY;
    s->host = (every || (!s->placed[s->now] && f->written > 1)) && suits(f, s->now, &s->person);
    s->placed[s->now] |= s->host;
}

void spoil_choose(struct spoil *s, struct fill *f, unsigned start, uint32_t rank)
{
    enum fault file = spoil_file_fault(s);
    if (file != FAULT_NONE) {
        choose_of_file(s, f);
        open_household(s, f);
        return;
    }
    s->edits = s->seats = true;
    s->owed += f->written % s->stride == 0;
    s->now = s->owed ? pick(s, f) : FAULT_NONE;
    s->host = s->now != FAULT_NONE;
    s->owed -= s->host;
    if (!s->host)
        return;
    s->placed[s->now] = true;
    if (spoil_edit(s, f, VRSB_InfosFoyerRSA)) {
        s->again.due = true;
        s->again.start = start;
        s->again.rank = rank;
        s->seats = false;
    }
    open_household(s, f);
}

void spoil_choose_again(struct spoil *s, const struct fill *f)
{
    s->now = spoil_fault_with(EFFECT_AGAIN);
    s->host = s->seats = true;
    s->edits = s->again.due = false;
    open_household(s, f);
}

bool fault_is_unplaced(const struct spoil *s, enum fault f) { return s->o->wanted[f] && !s->placed[f] && faults[f].needs != NEED_NOTHING; }
