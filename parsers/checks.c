#include "parsers/checks.h"

#include <string.h>

#include "flux/base/wipe.h"
#include "flux/record/record.h"
#include "parsers/checks_rules.h"

enum { SAME_BLOCK = 1, HOUSEHOLD };

static const uint8_t watched_vrsb0801[SCHEMA_NODES_MAX] = {
#define WATCH_BLOCK(name, level) [VRSB_##name] = WATCH_##name,
#define WATCH_LEAF(name) [VRSB_##name] = WATCH_##name,
#define ORDER(later, earlier, scope, code)
#define FLUX(leaf, code)
#include "parsers/checks.def"
#undef WATCH_BLOCK
#undef WATCH_LEAF
#undef ORDER
#undef FLUX
};

static const uint8_t watched_nothing[SCHEMA_NODES_MAX];

static const uint8_t levels[WATCH_COUNT] = {
#define WATCH_BLOCK(name, level) [WATCH_##name] = level,
#define WATCH_LEAF(name)
#define ORDER(later, earlier, scope, code)
#define FLUX(leaf, code)
#include "parsers/checks.def"
#undef WATCH_BLOCK
#undef WATCH_LEAF
#undef ORDER
#undef FLUX
};

/* What a date is held against when it comes: codes of finding.def, which fit a byte. */
static const struct {
    uint8_t earlier, scope, code;
} orders[WATCH_COUNT] = {
#define WATCH_BLOCK(name, level)
#define WATCH_LEAF(name)
#define ORDER(later, earlier, scope, code) [WATCH_##later] = {WATCH_##earlier, scope, code},
#define FLUX(leaf, code)
#include "parsers/checks.def"
#undef WATCH_BLOCK
#undef WATCH_LEAF
#undef ORDER
#undef FLUX
};

static const uint8_t flux_codes[WATCH_COUNT] = {
#define WATCH_BLOCK(name, level)
#define WATCH_LEAF(name)
#define ORDER(later, earlier, scope, code)
#define FLUX(leaf, code) [WATCH_##leaf] = code,
#include "parsers/checks.def"
#undef WATCH_BLOCK
#undef WATCH_LEAF
#undef ORDER
#undef FLUX
};

_Static_assert(FINDING_COUNT <= UINT8_MAX && WATCH_COUNT <= UINT8_MAX, "the tables above hold bytes");

const uint8_t *checks_watched(const struct schema *s) { return s == &schema_vrsb0801 ? watched_vrsb0801 : watched_nothing; }

/* ---- the flux ---- */

static bool header_value(const struct schema *s, struct span header, node_id leaf, struct value *v)
{
    return record_find(s->header, header.data, header.len, leaf, v);
}

static int64_t years_before(int64_t days, int years)
{
    int year, month, day;
    int64_t before = INT64_MIN;
    date_from_days(days, &year, &month, &day);
    return date_to_days(year - years, month, day > 28 ? 28 : day, &before) ? before : INT64_MIN;
}

void checks_flux(struct checks *c, const struct schema *s, struct span header)
{
    enum { OLDEST = 120 };
    struct value v;
    c->typeflux = 0;
    c->created = INT64_MAX;
    c->oldest = INT64_MIN;
    if (s != &schema_vrsb0801)
        return;
    if (header_value(s, header, VRSB_IdentificationFlux_TYPEFLUX, &v) && v.text.len == 1)
        c->typeflux = (char)v.text.data[0];
    if (header_value(s, header, VRSB_IdentificationFlux_DTCREAFLUX, &v)) {
        c->created = v.number;
        c->oldest = years_before(v.number, OLDEST);
    }
}

/* ---- the household ---- */

void checks_begin(struct checks *c, node_id household, uint32_t line)
{
    c->facts[WATCH_NONE].when = ++c->clock;
    c->household = (struct place){.node = household, .line = line};
}

/* The clock goes on, so that what came before is of no household; who somebody is goes. */
void checks_wipe(struct checks *c)
{
    wipe(&c->facts[WATCH_Identification_NOMNAI], sizeof c->facts[0] * (WATCH_Identification_NIR - WATCH_Identification_NOMNAI + 1));
    wipe(&c->nir, sizeof c->nir);
    wipe(c->key, c->compared * sizeof c->key[0]);
    wipe(c->nirs, c->compared * sizeof c->nirs[0]);
    memset(c->at, 0, sizeof c->at);
    c->person = (struct check_person){0};
    c->persons = c->demandeurs = c->conjoints = c->compared = 0;
    c->subject = c->exempt = c->untold = c->addresses = c->ranks = 0;
    c->role_unreadable = c->duty_unreadable = c->rank_unreadable = false;
}

void checks_open(struct checks *c, enum watch w, node_id block, uint32_t position, uint32_t line)
{
    struct fact *f = &c->facts[w];
    if (levels[w])
        c->at[levels[w] - 1] = position < UINT16_MAX ? (uint16_t)position : UINT16_MAX;
    f->when = ++c->clock;
    f->place = (struct place){.node = block, .line = line};
    memcpy(f->place.at, c->at, sizeof c->at);
    if (position == 1)
        f->first_line = line;
}

void checks_close(struct checks *c, enum watch w)
{
    switch (w) {
    case WATCH_Prestations:
        check_prestations(c);
        break;
    case WATCH_Personne:
        check_personne(c);
        break;
    case WATCH_Adresse:
        check_adresse(c);
        break;
    case WATCH_DetailCalculDroitRSA:
        check_right(c);
        break;
    default:
        break;
    }
}

static int64_t text_number(struct checks *c, const struct node *leaf, struct span text)
{
    if (leaf->type == TYPE_TEXT)
        return (int64_t)rule_digest((const char *)text.data, text.len);
    if (leaf->type != TYPE_NIR)
        return rule_code((const char *)text.data, text.len);
    nir_judge((const char *)text.data, text.len, &c->nir);
    return (int64_t)nir_identity(&c->nir);
}

static int64_t number_of(struct checks *c, const struct node *leaf, struct span encoded)
{
    struct wire w;
    struct value v;
    wire_init(&w, encoded.data, encoded.len);
    if (value_read(leaf, &w, &v))
        return 0;
    return leaf->type >= TYPE_TEXT && leaf->type <= TYPE_DIGITS ? text_number(c, leaf, v.text) : v.number;
}

static void compare_dates(const struct checks *c, enum watch w, const struct fact *f)
{
    const struct fact *before = &c->facts[orders[w].earlier];
    bool met =
        orders[w].scope == HOUSEHOLD ? before->when >= c->facts[WATCH_NONE].when : orders[w].scope == SAME_BLOCK && before->when == f->when;
    if (met && before->readable && f->number < before->number)
        check_tell(c, (enum finding_code)orders[w].code, &f->place);
    bool birth = flux_codes[w] == D_BIRTH;
    if (flux_codes[w] && (f->number > c->created || (birth && f->number < c->oldest)))
        check_tell(c, (enum finding_code)flux_codes[w], &f->place);
}

void checks_leaf(struct checks *c, enum watch w, const struct node *leaf, node_id n, struct span encoded, uint32_t line)
{
    struct fact *f = &c->facts[w];
    f->when = c->clock;
    f->readable = encoded.len > 0;
    f->place = (struct place){.node = n, .line = line};
    memcpy(f->place.at, c->at, sizeof c->at);
    f->number = f->readable ? number_of(c, leaf, encoded) : 0;
    if (leaf->type == TYPE_DATE && f->readable)
        compare_dates(c, w, f);
}
