#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/dossier_arg.h"
#include "cli/json.h"
#include "cli/person_view.h"
#include "cli/record_text.h"
#include "cli/render.h"
#include "cli/text.h"
#include "store/persons.h"

enum { ROLE_MAX = 200 };

static void put_names(json_t *object, const json_t *person)
{
    static const char *const leaves[] = {"NOM", "NOMNAI", "PRENOM", "DTNAI"};
    for (size_t i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++)
        put_or_null(object, leaves[i], json_at(json_object_get(person, "Identification"), leaves[i]));
}

static enum err membership_json(struct store_txn *t, const struct person_place *place, json_t *list)
{
    json_t *object;
    enum err e = member_json(t, place->member, &object);
    if (e)
        return e;
    put_names(object, json_object_get(object, "person"));
    json_object_del(object, "person");
    put_text(object, "rule", rule_name(place->rule));
    put_json(object, "compared", compared_json(place->compared));
    json_array_append_new(list, object);
    return ERR_OK;
}

static json_t *merges_json(const struct person_places *p)
{
    json_t *list = json_array();
    for (size_t i = 0; i < p->merge_count; i++) {
        json_t *object = json_object();
        put_int(object, "at", p->merges[i].at);
        put_text(object, "user", p->merges[i].user);
        put_text(object, "reason", p->merges[i].reason);
        json_array_append_new(list, object);
    }
    return list;
}

static enum err read_person(struct store_txn *t, uint64_t id, json_t **ret)
{
    struct person_places p;
    json_t *list = json_array();
    enum err e = person_places(t, id, &p);
    for (size_t i = 0; !e && i < p.count; i++)
        e = corrupt_if(membership_json(t, &p.at[i], list), ERR_NOTFOUND);
    *ret = e ? NULL : json_object();
    if (e) {
        json_decref(list);
    } else {
        put_int(*ret, "id", (int64_t)p.id);
        put_json(*ret, "memberships", list);
        put_json(*ret, "merges", merges_json(&p));
    }
    person_places_free(&p);
    return e;
}

static const char *day_of(const json_t *object, const char *path, char out[TEXT_SHORT])
{
    const char *iso = json_at(object, path);
    return iso ? text_date(iso, out) : "";
}

static void membership_row(struct table *t, const json_t *m)
{
    char role[ROLE_MAX], from[TEXT_SHORT], to[TEXT_SHORT], first[TEXT_SHORT], last[TEXT_SHORT], absent[TEXT_SHORT];
    const char *cells[] = {json_at(m, "NUMDEMRSA"),
                           coded(LIST_ROLEPERS, json_at(m, "ROLEPERS"), role, sizeof(role)),
                           json_at(m, "NOM"),
                           json_at(m, "PRENOM"),
                           day_of(m, "DDRATDOS", from),
                           day_of(m, "DFRATDOS", to),
                           day_of(m, "first/DTREF", first),
                           day_of(m, "last/DTREF", last),
                           day_of(m, "absent_since/DTREF", absent),
                           rule_label(json_at(m, "rule"))};
    table_row(t, cells);
}

static enum err show_text(struct output *o, const json_t *person)
{
    static const struct column columns[] = {{N_("DOSSIER"), false, false},      {N_("ROLE"), false, true},
                                            {N_("NAME"), false, false},         {N_("FIRST NAME"), false, false},
                                            {N_("ATTACHED ON"), false, false},  {N_("LEFT ON"), false, false},
                                            {N_("FIRST SEEN"), false, false},   {N_("LAST SEEN"), false, false},
                                            {N_("ABSENT SINCE"), false, false}, {N_("HOW IT IS KNOWN"), false, true}};
    struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    json_t *one;
    size_t i;
    fprintf(o->file, "%s%s %lld%s\n", paint(o, BOLD), _("Person"), (long long)json_integer_value(json_object_get(person, "id")),
            paint(o, PLAIN));
    json_array_foreach(json_object_get(person, "memberships"), i, one) membership_row(t, one);
    enum err e = table_end(t, o, _("in no dossier"));
    json_array_foreach(json_object_get(person, "merges"), i, one)
    {
        char moment[TEXT_SHORT];
        fieldf(o, _("Merged by hand"), "%s, %s: %s", text_moment(json_integer_value(json_object_get(one, "at")), moment),
               json_at(one, "user"), json_at(one, "reason"));
    }
    return e;
}

static int show(struct cli *cli, struct instance *i, uint32_t id)
{
    json_t *person = NULL;
    char subject[32];
    enum err e = read_person(i->txn, id, &person);
    snprintf(subject, sizeof(subject), "person:%u", (unsigned)id);
    int code = instance_log(cli, i, "person.show", subject, e == ERR_OK ? "found" : e == ERR_NOTFOUND ? "not found" : "failed");
    if (code == 0 && e == ERR_NOTFOUND) {
        say(_("no person has the number %u; fluxrsa dossier show NUMDEMRSA --json gives those of a household"), (unsigned)id);
        code = err_exit_code(e);
    } else if (code == 0 && !e) {
        e = cli_json(cli) ? json_end(json_incref(person), &cli->out) : show_text(&cli->out, person);
    }
    json_decref(person);
    return code ? code : e ? failure(e, NULL) : 0;
}

int cmd_person_show(struct cli *cli)
{
    return instance_show(cli, show, _("the number of a person is expected, as in fluxrsa dossier show --json"));
}
