#include "cli/person_view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/dossier_arg.h"
#include "cli/flux_view.h"
#include "cli/json.h"
#include "cli/record_json.h"
#include "cli/record_text.h"
#include "store/asof.h"
#include "store/person.h"
#include "store/persons.h"

struct word {
    const char *name, *label;
};

static const struct word rules[RULE_COUNT] = {
    [RULE_ALONE] = {"alone", N_("stands alone")},
    [RULE_HUMAN] = {"merged", N_("merged by hand")},
    [RULE_DOSSIER_NIR] = {"dossier-nir", N_("same dossier, same NIR, never named together")},
    [RULE_NIR_NAMES] = {"nir-names", N_("same NIR, birth date and names")},
    [RULE_NIR] = {"nir", N_("same NIR and birth date")},
    [RULE_DOSSIER_NAMES] = {"dossier-names", N_("same dossier, names and birth date; the birth rank came or went")},
    [RULE_LINKED_NAMES] = {"linked-names", N_("same names and birth date in dossiers that a number links")},
};

static const struct word reasons[REVIEW_COUNT] = {
    [REVIEW_HOMONYM] = {"homonym", N_("same names and birth date, a NIR is missing, nothing links the dossiers")},
    [REVIEW_SEVERAL] = {"several", N_("linked to several who are not one person")},
    [REVIEW_BIRTH] = {"birth", N_("same NIR and names, another birth date")},
    [REVIEW_PRENOM] = {"prenom", N_("same NIR and birth date, another first name: twins, or a correction")},
    [REVIEW_HOUSEHOLD] = {"household", N_("same NIR and birth date, but one person would stand twice in a household")},
    [REVIEW_DOSSIER] = {"dossier", N_("same dossier, too little is equal")},
    [REVIEW_DECIDED] = {"decided", N_("merged by hand, but a NIR or a household contradicts")},
    [REVIEW_NIR] = {"two-nir", N_("same names and birth date, two certified NIR: homonyms, or a wrong NIR")},
    [REVIEW_STRANGER] = {"stranger", N_("same NIR, and little else")},
    [REVIEW_NEAR] = {"near", N_("a number links the dossiers, a NIR is missing, names and birth date are nearly equal")},
};

static const char *name_of(const struct word *words, size_t count, size_t at) { return at < count && words[at].name ? words[at].name : ""; }

static const char *label_of(const struct word *words, size_t count, const char *name)
{
    for (size_t i = 0; name && i < count; i++)
        if (words[i].name && strcmp(words[i].name, name) == 0)
            return _(words[i].label);
    return "";
}

const char *rule_name(enum identity_rule rule) { return name_of(rules, RULE_COUNT, rule); }

const char *reason_name(enum review_reason reason) { return name_of(reasons, REVIEW_COUNT, reason); }

const char *rule_label(const char *name) { return label_of(rules, RULE_COUNT, name); }

const char *reason_label(const char *name) { return label_of(reasons, REVIEW_COUNT, name); }

json_t *compared_json(unsigned compared)
{
    static const struct {
        enum identity_key key;
        const char *name;
    } keys[] = {{KEY_NIR, "NIR"},
                {KEY_BIRTH, "DTNAI"},
                {KEY_NAME, "NOM"},
                {KEY_PRENOM, "PRENOM"},
                {KEY_DOSSIER, "NUMDEMRSA"},
                {KEY_PRECE, "NUMDEMRSAPRECE"},
                {KEY_CEDANT, "MATRICULEORGCEDMUT"},
                {KEY_MATRICULE, "MATRICULE"}};
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (compared & keys[i].key)
            json_array_append_new(list, json_string(keys[i].name));
    return list;
}

struct member_view {
    uint64_t member;
    json_t *object;
    bool named, seen;
};

static json_t *flux_ref(const struct night *n)
{
    struct header_view v;
    json_t *object = json_object();
    header_view(n->flux->header, &v);
    put_int(object, "flux", n->flux->id);
    put_or_null(object, "DTREF", v.dtref);
    return object;
}

/* The last of the places where the record names the member; false when it does not. */
static bool place_in(const struct said *s, uint64_t member, size_t *place)
{
    bool found = false;
    for (size_t i = 0; i < s->person_count; i++)
        if (s->persons[i] == member) {
            *place = i;
            found = true;
        }
    return found;
}

static enum err take_person(struct member_view *v, const struct said *s, size_t place)
{
    json_t *record = record_json(schema_vrsb0801.household, s->record, false);
    json_t *person = json_array_get(json_object_get(record, "Personne"), place);
    if (!person) {
        json_decref(record);
        return ERR_CORRUPT;
    }
    put_or_null(v->object, "NUMDEMRSA", json_at(record, "IdentificationRSA/DemandeRSA/NUMDEMRSA"));
    put_or_null(v->object, "FONORG", json_at(record, "IdentificationRSA/Organisme/FONORG"));
    put_or_null(v->object, "MATRICULE", json_at(record, "IdentificationRSA/Organisme/MATRICULE"));
    put_or_null(v->object, "ROLEPERS", person_role(person));
    put_or_null(v->object, "DDRATDOS", json_at(person, "DossierCAF/DDRATDOS"));
    put_or_null(v->object, "DFRATDOS", json_at(person, "DossierCAF/DFRATDOS"));
    json_object_del(json_object_get(person, "Identification"), "NIR");
    json_object_set(v->object, "person", person);
    json_decref(record);
    return ERR_OK;
}

static enum err take_night(void *ctx, const struct night *n)
{
    struct member_view *v = ctx;
    size_t place = 0;
    if (n->kind != NIGHT_CARRIED)
        return ERR_OK;
    bool now = place_in(&n->now, v->member, &place), again = v->named;
    if (!now && again)
        put_json(v->object, "absent_since", flux_ref(n));
    v->named = now;
    if (!now)
        return ERR_OK;
    if (!v->seen)
        put_json(v->object, "first", flux_ref(n));
    put_json(v->object, "last", flux_ref(n));
    put_null(v->object, "absent_since");
    enum err e = !again || n->changed ? take_person(v, &n->now, place) : ERR_OK;
    v->seen = true;
    return e;
}

static const char *kind_name(enum nir_kind kind)
{
    return kind == NIR_CERTIFIED ? "certified" : kind == NIR_PROVISIONAL ? "provisional" : "absent";
}

enum err member_json(struct store_txn *t, uint64_t member, json_t **ret)
{
    struct person row = {0};
    struct member_view v = {.member = member, .object = json_object()};
    enum err e = person_load(t, member, &row);
    put_int(v.object, "member", (int64_t)member);
    put_text(v.object, "NIR", kind_name(row.nir_kind));
    if (!e)
        e = row.count ? dossier_nights(t, row.memberships[0].dossier, "", take_night, &v) : ERR_CORRUPT;
    if (!e && !v.seen)
        e = ERR_CORRUPT;
    person_free(&row);
    if (e)
        json_decref(v.object);
    *ret = e ? NULL : v.object;
    return e;
}

enum err persons_add_identity(struct store_txn *t, json_t *persons)
{
    json_t *one;
    size_t i;
    json_array_foreach(persons, i, one)
    {
        uint64_t id = 0, member = (uint64_t)json_integer_value(json_object_get(one, "id"));
        enum identity_rule rule = RULE_ALONE;
        enum err e = member ? person_of(t, member, &id, &rule) : ERR_NOTFOUND;
        if (e && e != ERR_NOTFOUND)
            return e;
        if (e) {
            put_null(one, "person");
            put_null(one, "rule");
            continue;
        }
        put_int(one, "person", (int64_t)id);
        put_text(one, "rule", rule_name(rule));
    }
    return ERR_OK;
}

const char *pair_text(uint64_t a, uint64_t b, char out[PAIR_MAX])
{
    snprintf(out, PAIR_MAX, "%" PRIu64 "-%" PRIu64, a < b ? a : b, a < b ? b : a);
    return out;
}

bool pair_parse(const char *text, uint64_t *a, uint64_t *b)
{
    char first[PAIR_MAX];
    size_t n = strcspn(text, "-");
    if (text[n] != '-' || n >= sizeof(first))
        return false;
    snprintf(first, sizeof(first), "%.*s", (int)n, text);
    return cli_id(first, a) && cli_id(text + n + 1, b) && *a != *b;
}
