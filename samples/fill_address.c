#include "samples/fill.h"

enum { COMMUNES = 400, AWAY = 30 /* of a thousand */ };

static unsigned addresses_before(const struct fill *f)
{
    uint32_t p = rng_below(household_word(f->h, WORD_HOME, 0, 0), 100);
    return p < 60 ? 0 : p < 85 ? 1 : 2;
}

/* Addresses are numbered from the oldest, so that one keeps its number, and its words, when another comes. */
static unsigned number(const struct fill *f) { return addresses_before(f) + f->h->life.moves - f->at[VRSB_Adresse]; }

static uint64_t home_word(const struct fill *f, unsigned slot) { return household_word(f->h, WORD_HOME, slot, 1 + number(f)); }

unsigned fill_count_Adresse(const struct fill *f)
{
    unsigned n = 1 + addresses_before(f) + f->h->life.moves;
    return n < 3 ? n : 3;
}

/* Only an address older than the series may be abroad. */
static bool abroad(const struct fill *f)
{
    return number(f) == 0 && addresses_before(f) > 0 && rng_permille(household_word(f->h, WORD_HOME, 1, 0), 120);
}

static int64_t moved_in(const struct fill *f)
{
    const struct household *h = f->h;
    unsigned at = f->at[VRSB_Adresse];
    uint64_t word = home_word(f, 1);
    if (at < h->life.moves)
        return household_date(h, (int)h->life.move[LIFE_MOVES_MAX - 1 - at] - 1, day_of(word));
    int months = 12 + (int)rng_below(word, 30) + 44 * (int)(at - h->life.moves);
    return household_date(h, (int)h->origin.start - months, day_of(rng_mix(word)));
}

bool fill_leaf_TroncCommunAdresse(const struct fill *f, node_id n, struct cell *c)
{
    static const char *const states[] = {"CO", "CO", "CO", "CO", "CO", "CO", "VO", "VC", "NC", "AU"};
    switch (n) {
    case VRSB_TroncCommunAdresse_RGADR:
        return cell_digits(c, f->at[VRSB_Adresse] + 1U, 2);
    case VRSB_TroncCommunAdresse_DTEMM:
        return rng_permille(home_word(f, 2), 920) && cell_number(c, moved_in(f));
    case VRSB_TroncCommunAdresse_PAYS:
        return cell_text(c, abroad(f) ? "HOR" : "FRA");
    case VRSB_TroncCommunAdresse_TYPEADR:
        return cell_text(c, rng_permille(home_word(f, 3), 970) ? "D" : "P");
    default:
        return cell_text(c, states[rng_below(home_word(f, 4), sizeof states / sizeof *states)]);
    }
}

unsigned fill_count_AdresseDetailleeFrance(const struct fill *f) { return !abroad(f); }
unsigned fill_count_AdresseHorsFrance(const struct fill *f) { return abroad(f); }

static uint32_t commune(const struct fill *f) { return rng_below(home_word(f, 5), COMMUNES); }

/* The two or three characters that communes and postal codes of an address begin with. */
static void departement(const struct fill *f, bool postal, struct text *t)
{
    const char *d = f->options->departement;
    if (rng_permille(home_word(f, 6), AWAY))
        text_add(t, "59");
    else if (d[0] != '0')
        text_add_bytes(t, d, 3);
    else if (postal && d[2] >= 'A')
        text_add(t, "20");
    else
        text_add_bytes(t, d + 1, 2);
}

static bool code(const struct fill *f, bool postal, struct cell *c)
{
    uint32_t at = commune(f);
    departement(f, postal, &c->own);
    if (c->own.len == 2)
        text_add_number(&c->own, postal ? at / 8 * 10 : at + 1, 3);
    else
        text_add_number(&c->own, postal ? at / 40 * 10 : at % 97 + 1, 2);
    return cell_own(c);
}

static bool house_number(const struct fill *f, struct cell *c)
{
    uint64_t word = home_word(f, 7);
    if (rng_permille(word, 50))
        return cell_text(c, "");
    text_add_number(&c->own, 1 + rng_below(rng_mix(word), 180), 1);
    if (rng_permille(rng_mix(word + 1), 80))
        text_add(&c->own, "BIS");
    return cell_own(c);
}

/* The same commune has the same name in every household. */
static bool town(const struct fill *f, struct cell *c)
{
    name_town(&c->own, rng_word(f->h->series.seed, WORD_HOME, 1, commune(f)));
    return cell_own(c);
}

bool fill_leaf_AdresseDetailleeFrance(const struct fill *f, node_id n, struct cell *c)
{
    uint64_t word = home_word(f, 10U + n - VRSB_AdresseDetailleeFrance);
    switch (n) {
    case VRSB_AdresseDetailleeFrance_COMPLIDEADR:
        return cell_text(c, rng_permille(word, 120) ? name_pick(NAMES_BUILDING, rng_mix(word)) : "");
    case VRSB_AdresseDetailleeFrance_COMPLADR:
        return cell_text(c, rng_permille(word, 60) ? name_pick(NAMES_BUILDING, rng_mix(word)) : "");
    case VRSB_AdresseDetailleeFrance_NUMVOIE:
        return house_number(f, c);
    case VRSB_AdresseDetailleeFrance_LIBTYPEVOIE:
        return cell_text(c, name_pick(NAMES_WAY, word));
    case VRSB_AdresseDetailleeFrance_NOMVOIE:
        return cell_text(c, name_pick(NAMES_STREET, word));
    case VRSB_AdresseDetailleeFrance_LIEUDIST:
        return cell_text(c, rng_permille(word, 80) ? name_pick(NAMES_HAMLET, rng_mix(word)) : "");
    case VRSB_AdresseDetailleeFrance_NUMCOM:
        return code(f, false, c);
    case VRSB_AdresseDetailleeFrance_CODEPOS:
        return code(f, true, c);
    default:
        return town(f, c);
    }
}

bool fill_leaf_AdresseHorsFrance(const struct fill *f, node_id n, struct cell *c)
{
    uint64_t word = home_word(f, 40U + n - VRSB_AdresseHorsFrance);
    switch (n) {
    case VRSB_AdresseHorsFrance_LIBLIG4ADR:
        text_add_number(&c->own, 1 + rng_below(word, 300), 1);
        text_add(&c->own, " ");
        text_add(&c->own, name_pick(NAMES_STREET, rng_mix(word)));
        return cell_own(c);
    case VRSB_AdresseHorsFrance_LIBLIG6ADR:
        return cell_text(c, name_pick(NAMES_TOWN, word));
    case VRSB_AdresseHorsFrance_LIBLIG7ADR:
        return cell_text(c, name_pick(NAMES_FOREIGN, word));
    default:
        return cell_text(c, rng_permille(word, 150) ? name_pick(NAMES_BUILDING, rng_mix(word)) : "");
    }
}

static const char *single(const struct fill *f)
{
    static const char *const kinds[] = {"CEL", "CEL", "CEL", "CEL", "CEL", "CEL", "DIV", "DIV", "ISO", "ISO", "SEL", "VEU"};
    return kinds[rng_below(household_word(f->h, WORD_TIES, 1, 0), sizeof kinds / sizeof *kinds)];
}

static const char *situation(const struct fill *f)
{
    static const char *const couples[] = {"MAR", "MAR", "MAR", "VIM", "VIM", "VIM", "PAC", "RVC"};
    const struct life *l = &f->h->life;
    if (l->succeeded)
        return "VEU";
    if (l->separated || f->h->origin.previous != LIFE_NONE)
        return "SEF";
    if (f->h->adults == 2)
        return couples[rng_below(household_word(f->h, WORD_TIES, 2, 0), sizeof couples / sizeof *couples)];
    return single(f);
}

static int64_t situation_day(const struct fill *f)
{
    const struct household *h = f->h;
    uint64_t word = household_word(h, WORD_TIES, 3, 0);
    if (h->life.succeeded || h->life.separated)
        return household_date(h, (int)h->life.changed, 1);
    if (h->origin.previous != LIFE_NONE)
        return household_date(h, (int)h->origin.start, 1);
    return household_date(h, (int)h->origin.start - 1 - (int)rng_below(word, 40), day_of(rng_mix(word)));
}

bool fill_leaf_SituationFamille(const struct fill *f, node_id n, struct cell *c)
{
    uint64_t word = household_word(f->h, WORD_TIES, 4, 0);
    switch (n) {
    case VRSB_SituationFamille_SITFAM:
        return cell_text(c, situation(f));
    case VRSB_SituationFamille_DDSITFAM:
        return cell_number(c, situation_day(f));
    default:
        return rng_permille(word, f->h->series.msa ? 950 : 60) && cell_text(c, f->h->series.msa ? "NSA" : "SA");
    }
}
