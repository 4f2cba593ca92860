#include "cli/departed.h"

#include <string.h>

#include "cli/cli.h"
#include "cli/dossier_arg.h"
#include "cli/json.h"
#include "cli/record_json.h"
#include "cli/record_text.h"
#include "cli/render.h"
#include "cli/text.h"

enum { ROLE_MAX = 200 };

bool person_has_left(const json_t *person, int64_t day)
{
    int64_t end;
    const char *dfratdos = json_at(person, "DossierCAF/DFRATDOS");
    return dfratdos && day_parse(dfratdos, &end) && end <= day;
}

struct departures {
    json_t *seen; /* everybody named so far, as shown; absent_since null while named */
    bool nir;
};

static json_t *find(const json_t *seen, int64_t id)
{
    size_t i;
    json_t *one;
    json_array_foreach(seen, i, one) if (json_integer_value(json_object_get(one, "id")) == id) return one;
    return NULL;
}

static json_t *person_json(int64_t id, const json_t *person)
{
    json_t *object = json_object();
    put_int(object, "id", id);
    put_or_null(object, "ROLEPERS", person_role(person));
    put_or_null(object, "NOM", json_at(person, "Identification/NOM"));
    put_or_null(object, "NOMNAI", json_at(person, "Identification/NOMNAI"));
    put_or_null(object, "PRENOM", json_at(person, "Identification/PRENOM"));
    put_or_null(object, "DTNAI", json_at(person, "Identification/DTNAI"));
    put_null(object, "absent_since");
    put_or_null(object, "DFRATDOS", json_at(person, "DossierCAF/DFRATDOS"));
    return object;
}

static bool named(const struct said *s, int64_t id)
{
    for (uint32_t i = 0; i < s->person_count; i++)
        if ((int64_t)s->persons[i] == id)
            return true;
    return false;
}

static void mark_absent(json_t *seen, const struct said *s)
{
    size_t i;
    json_t *one;
    json_array_foreach(seen, i, one)
    {
        bool absent = json_is_string(json_object_get(one, "absent_since"));
        if (!absent && !named(s, json_integer_value(json_object_get(one, "id"))))
            put_day(one, "absent_since", s->day);
    }
}

static enum err take_day(void *ctx, const struct said *s)
{
    struct departures *d = ctx;
    json_t *record = record_json(schema_vrsb0801.household, s->record, d->nir), *person;
    size_t i;
    if (!record)
        return ERR_CORRUPT;
    mark_absent(d->seen, s);
    json_array_foreach(json_object_get(record, "Personne"), i, person)
    {
        int64_t id = i < s->person_count ? (int64_t)s->persons[i] : 0;
        json_t *known = find(d->seen, id), *now = person_json(id, person);
        if (known)
            json_object_update(known, now);
        else
            json_array_append(d->seen, now);
        json_decref(now);
    }
    json_decref(record);
    return ERR_OK;
}

static const char *departure(const json_t *one)
{
    const char *since = json_at(one, "absent_since"), *end = json_at(one, "DFRATDOS");
    return since ? since : end;
}

static void insert(json_t *list, json_t *one)
{
    size_t at = json_array_size(list);
    while (at > 0 && strcmp(departure(json_array_get(list, at - 1)), departure(one)) > 0)
        at--;
    json_array_insert(list, at, one);
}

static bool has_left(const json_t *one, int64_t day)
{
    int64_t end;
    const char *dfratdos = json_at(one, "DFRATDOS");
    return json_at(one, "absent_since") || (dfratdos && day_parse(dfratdos, &end) && end <= day);
}

enum err departed_json(struct store_txn *t, uint64_t serial, const struct asof *when, int64_t day, bool nir, json_t **ret)
{
    struct departures d = {.seen = json_array(), .nir = nir};
    json_t *one;
    size_t i;
    enum err e = dossier_days(t, serial, when, take_day, &d);
    *ret = e ? NULL : json_array();
    json_array_foreach(d.seen, i, one) if (!e && has_left(one, day)) insert(*ret, one);
    json_decref(d.seen);
    return e;
}

void departed_text(struct output *o, const json_t *departed)
{
    static const struct column columns[] = {
        {N_("ID"), true, false},    {N_("ROLE"), false, true},          {N_("NAME"), false, false},   {N_("FIRST NAME"), false, false},
        {N_("BORN"), false, false}, {N_("ABSENT SINCE"), false, false}, {N_("LEFT ON"), false, false}};
    size_t i;
    json_t *one;
    if (json_array_size(departed) == 0)
        return;
    struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    fputc('\n', o->file);
    heading(o, _("No longer of the household"));
    json_array_foreach(departed, i, one)
    {
        char id[TEXT_SHORT], role[ROLE_MAX], born[TEXT_SHORT], since[TEXT_SHORT], left[TEXT_SHORT];
        const char *dtnai = json_at(one, "DTNAI"), *absent = json_at(one, "absent_since"), *end = json_at(one, "DFRATDOS");
        snprintf(id, sizeof(id), "%lld", (long long)json_integer_value(json_object_get(one, "id")));
        const char *cells[] = {id,
                               coded(LIST_ROLEPERS, json_at(one, "ROLEPERS"), role, sizeof(role)),
                               json_at(one, "NOM"),
                               json_at(one, "PRENOM"),
                               dtnai ? text_date(dtnai, born) : NULL,
                               absent ? text_date(absent, since) : NULL,
                               end ? text_date(end, left) : NULL};
        table_row(t, cells);
    }
    table_end(t, o, "");
}
