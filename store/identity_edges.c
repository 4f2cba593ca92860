#include "store/identity_edges.h"

#include <stdlib.h>
#include <string.h>

enum { BLINDS_FIRST = 4 };

void blinds_drop(struct blinds *b, size_t at) { memcpy(b->at[at], b->at[--b->count], KEY_BLIND); }

bool blinds_have(const struct blinds *b, const uint8_t blind[KEY_BLIND])
{
    for (size_t i = 0; i < b->count; i++)
        if (memcmp(b->at[i], blind, KEY_BLIND) == 0)
            return true;
    return false;
}

enum err blinds_add(struct blinds *b, const uint8_t blind[KEY_BLIND])
{
    if (blinds_have(b, blind))
        return ERR_OK;
    if (b->count == b->cap) {
        size_t cap = b->cap ? 2 * b->cap : BLINDS_FIRST;
        uint8_t(*at)[KEY_BLIND] = realloc(b->at, cap * sizeof *at);
        if (!at)
            return ERR_NOMEM;
        b->at = at;
        b->cap = cap;
    }
    memcpy(b->at[b->count++], blind, KEY_BLIND);
    return ERR_OK;
}

void blinds_free(struct blinds *b)
{
    free(b->at);
    *b = (struct blinds){0};
}

bool blinds_meet(const struct blinds *a, const struct blinds *b)
{
    for (size_t i = 0; i < a->count; i++)
        if (blinds_have(b, a->at[i]))
            return true;
    return false;
}

static bool same(const uint8_t a[KEY_BLIND], const uint8_t b[KEY_BLIND]) { return memcmp(a, b, KEY_BLIND) == 0; }

static const uint8_t *whole(const struct blinds *prenom) { return prenom->count ? prenom->at[prenom->count - 1] : NULL; }

static bool same_prenom(const struct member *a, const struct member *b)
{
    return whole(&a->prenom) && whole(&b->prenom) && same(whole(&a->prenom), whole(&b->prenom));
}

/* One is the beginning of the other, whose second word was left out; or name and first name stand in each other's place. */
static bool like_prenom(const struct member *a, const struct member *b)
{
    const uint8_t *x = whole(&a->prenom), *y = whole(&b->prenom);
    if (!x || !y)
        return false;
    return blinds_have(&a->prenom, y) || blinds_have(&b->prenom, x) || (blinds_have(&a->names, y) && blinds_have(&b->names, x));
}

/* As far as both are known. */
static bool same_birth(const struct member *a, const struct member *b)
{
    enum birth_precision p = a->precision < b->precision ? a->precision : b->precision;
    return p != BIRTH_NONE && a->year == b->year && (p < BIRTH_MONTH || a->month == b->month) && (p < BIRTH_DAY || a->day == b->day);
}

static bool together(const struct member *a, const struct member *b)
{
    size_t n = a->image_bytes < b->image_bytes ? a->image_bytes : b->image_bytes;
    for (size_t i = 0; a->dossier == b->dossier && i < n; i++)
        if (a->images[i] & b->images[i])
            return true;
    return false;
}

static bool equal_nir(const struct member *a, const struct member *b) { return a->certified && b->certified && same(a->nir, b->nir); }

/* Only one of the two may know yet that the NIR is crowded. */
static bool one_nir(const struct member *a, const struct member *b) { return equal_nir(a, b) && !a->crowded && !b->crowded; }

static bool two_nir(const struct member *a, const struct member *b) { return a->certified && b->certified && !same(a->nir, b->nir); }

/* A birth rank parts those whom names and birth date do not; a common NIR says that it was mistyped. */
static bool two_ranks(const struct member *a, const struct member *b)
{
    return a->rgnai && b->rgnai && a->rgnai != b->rgnai && !one_nir(a, b);
}

bool member_apart(const struct member *a, const struct member *b) { return two_nir(a, b) || two_ranks(a, b) || together(a, b); }

static unsigned links(const struct member *a, const struct member *b)
{
    unsigned found = 0;
    if (blinds_have(&a->prece, b->numdemrsa) || blinds_have(&b->prece, a->numdemrsa))
        found |= KEY_PRECE;
    if (blinds_meet(&a->cedants, &b->matricules) || blinds_meet(&b->cedants, &a->matricules))
        found |= KEY_CEDANT;
    if (blinds_meet(&a->matricules, &b->matricules))
        found |= KEY_MATRICULE;
    return found;
}

static unsigned compare(const struct member *a, const struct member *b)
{
    unsigned found = same_birth(a, b) ? KEY_BIRTH : 0;
    if (one_nir(a, b))
        found |= KEY_NIR;
    if (blinds_meet(&a->names, &b->names))
        found |= KEY_NAME;
    if (same_prenom(a, b))
        found |= KEY_PRENOM;
    return found | (a->dossier == b->dossier ? KEY_DOSSIER : links(a, b));
}

enum { NAMES = KEY_NAME | KEY_PRENOM, NAMES_BIRTH = NAMES | KEY_BIRTH, LINKS = KEY_PRECE | KEY_CEDANT | KEY_MATRICULE };

static bool has_all(unsigned compared, unsigned wanted) { return (compared & wanted) == wanted; }

static void same_nir_one_dossier(struct edge *e, bool like)
{
    bool name = e->compared & KEY_NAME, birth = e->compared & KEY_BIRTH;
    if (like && (name || birth))
        e->rule = RULE_DOSSIER_NIR;
    e->reason = REVIEW_DOSSIER;
}

static void same_nir(struct edge *e, bool like)
{
    bool name = e->compared & KEY_NAME, birth = e->compared & KEY_BIRTH;
    if (has_all(e->compared, NAMES_BIRTH))
        e->rule = RULE_NIR_NAMES;
    else if (birth && like)
        e->rule = RULE_NIR;
    if (e->rule)
        e->reason = REVIEW_HOUSEHOLD;
    else if (birth && name)
        e->reason = REVIEW_PRENOM;
    else
        e->reason = has_all(e->compared, NAMES) ? REVIEW_BIRTH : REVIEW_STRANGER;
}

/* Same names, born the same day, and not one NIR. */
static void same_names(struct edge *e, const struct member *a, const struct member *b)
{
    if (two_nir(a, b)) {
        e->reason = REVIEW_NIR;
    } else if (e->compared & KEY_DOSSIER) {
        if ((a->rgnai != 0) != (b->rgnai != 0))
            e->rule = RULE_DOSSIER_NAMES;
        e->reason = REVIEW_DOSSIER;
    } else if (e->compared & LINKS) {
        e->rule = RULE_LINKED_NAMES;
        e->reason = REVIEW_SEVERAL;
    } else {
        e->reason = REVIEW_HOMONYM;
    }
}

static bool to_the_day(const struct member *a, const struct member *b) { return a->precision == BIRTH_DAY && b->precision == BIRTH_DAY; }

static bool found_by_names(const struct edge *e, const struct member *a, const struct member *b)
{
    return has_all(e->compared, NAMES_BIRTH) && to_the_day(a, b) && (e->compared & KEY_DOSSIER || blinds_meet(&a->days, &b->days));
}

enum { GENERATION = 15 }; /* years */

/* Two of year, month and day are equal, or month and day stand in each other's place. Whoever is a generation older is somebody else. */
static bool near_birth(const struct member *a, const struct member *b)
{
    bool year = a->year == b->year, month = a->month == b->month, day = a->day == b->day;
    bool turned = year && a->month == b->day && a->day == b->month;
    if (a->precision == BIRTH_NONE || b->precision == BIRTH_NONE || a->precision == BIRTH_YEAR || b->precision == BIRTH_YEAR)
        return false;
    bool one_time = abs(a->year - b->year) < GENERATION;
    return to_the_day(a, b) ? one_time && (year + month + day == 2 || turned) : year;
}

/* In one dossier or in two that a number links, and no NIR tells. */
static bool nearly(const struct edge *e, const struct member *a, const struct member *b, bool like)
{
    bool name = e->compared & KEY_NAME;
    if (!(e->compared & (LINKS | KEY_DOSSIER)) || two_nir(a, b))
        return false;
    if (e->compared & KEY_BIRTH)
        return like || (name && to_the_day(a, b));
    return like && name && near_birth(a, b);
}

struct edge edge_between(const struct member *a, const struct member *b)
{
    struct edge e = {0};
    if (two_ranks(a, b) || together(a, b))
        return e;
    bool like = like_prenom(a, b);
    e.compared = compare(a, b);
    if (has_all(e.compared, KEY_NIR | KEY_DOSSIER))
        same_nir_one_dossier(&e, like);
    else if (e.compared & KEY_NIR)
        same_nir(&e, like);
    else if (found_by_names(&e, a, b))
        same_names(&e, a, b);
    else if (nearly(&e, a, b, like))
        e.reason = e.compared & KEY_DOSSIER ? REVIEW_DOSSIER : REVIEW_NEAR;
    return e;
}

bool member_candidates(const struct member *a, const struct member *b)
{
    struct edge e = edge_between(a, b);
    return e.rule || e.reason;
}
