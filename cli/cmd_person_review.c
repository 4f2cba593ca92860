#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/dossier_arg.h"
#include "cli/json.h"
#include "cli/person_view.h"
#include "cli/render.h"
#include "cli/text.h"
#include "store/person.h"
#include "store/persons.h"

enum { FIELD_MAX = 256 };

static int64_t today(void) { return (int64_t)time(NULL) / DAY_SECONDS; }

static bool is_set_aside(const struct review *r, int64_t day) { return r->dismissed && r->decision.until >= day; }

static json_t *dismissal_json(const struct review *r)
{
    json_t *object = json_object();
    put_day(object, "until", r->decision.until);
    put_int(object, "at", r->decision.at);
    put_text(object, "user", r->decision.user);
    put_text(object, "reason", r->decision.reason);
    return object;
}

static json_t *review_json(const struct review *r)
{
    char pair[PAIR_MAX];
    json_t *object = json_object();
    put_text(object, "pair", pair_text(r->a, r->b, pair));
    put_text(object, "reason", reason_name(r->entry.reason));
    put_json(object, "compared", compared_json(r->entry.compared));
    put_int(object, "since", r->entry.since);
    if (r->dismissed)
        put_json(object, "dismissed", dismissal_json(r));
    else
        put_null(object, "dismissed");
    return object;
}

/* ---- list ---- */

struct listing {
    struct store_txn *t;
    uint64_t left;
    bool all;
    json_t *list;
    enum err err;
};

static bool take_review(void *ctx, const struct review *r)
{
    struct listing *l = ctx;
    if (!l->all && is_set_aside(r, today()))
        return true;
    if (l->left == 0)
        return false;
    l->left--;
    json_t *object = review_json(r), *dossiers = json_array();
    const uint64_t members[] = {r->a, r->b};
    for (size_t i = 0; i < 2 && !l->err; i++) {
        json_t *member;
        if ((l->err = member_json(l->t, members[i], &member)))
            break;
        json_array_append(dossiers, json_object_get(member, "NUMDEMRSA"));
        json_decref(member);
    }
    put_json(object, "NUMDEMRSA", dossiers);
    json_array_append_new(l->list, object);
    return l->err == ERR_OK;
}

static enum err list_text(struct output *o, const json_t *list)
{
    static const struct column columns[] = {{N_("PAIR"), true, false},
                                            {N_("DOSSIER"), false, false},
                                            {N_("DOSSIER"), false, false},
                                            {N_("FLUX"), true, false},
                                            {N_("WHY"), false, true}};
    struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    json_t *one;
    size_t i;
    json_array_foreach(list, i, one)
    {
        char flux[TEXT_SHORT];
        const json_t *dossiers = json_object_get(one, "NUMDEMRSA");
        snprintf(flux, sizeof(flux), "%lld", (long long)json_integer_value(json_object_get(one, "since")));
        const char *cells[] = {json_at(one, "pair"), json_string_value(json_array_get(dossiers, 0)),
                               json_string_value(json_array_get(dossiers, 1)), flux, reason_label(json_at(one, "reason"))};
        table_row(t, cells);
    }
    enum err e = table_end(t, o, _("nobody is waiting to be looked at"));
    if (json_array_size(list))
        fprintf(o->file, "\n%s\n", _("What differs: fluxrsa person duplicates show PAIR"));
    return e;
}

static int list(struct cli *cli, struct instance *i, struct listing *l)
{
    char detail[64];
    l->t = i->txn;
    l->list = json_array();
    enum err e = reviews_each(i->txn, take_review, l);
    e = l->err ? l->err : e;
    snprintf(detail, sizeof(detail), "%zu shown", json_array_size(l->list));
    int code = e ? failure(e, NULL) : instance_log(cli, i, "person.duplicates.list", "", detail);
    if (code == 0)
        e = cli_json(cli) ? json_end(json_incref(l->list), &cli->out) : list_text(&cli->out, l->list);
    json_decref(l->list);
    return code ? code : e ? failure(e, NULL) : 0;
}

int cmd_person_duplicates_list(struct cli *cli)
{
    struct instance i;
    struct listing l = {.left = UINT64_MAX, .all = cli->opt[OPTION_ALL] != NULL};
    if (!cli_number(cli, OPTION_LIMIT, 1, 1000000, &l.left))
        return err_exit_code(ERR_USAGE);
    int code = instance_open(cli, &i);
    if (code)
        return code;
    code = list(cli, &i, &l);
    instance_close(&i);
    return code;
}

/* ---- show ---- */

/* "Identification/NOM", "Prestations[2]/ROLEPERS" -> text, for every leaf. */
static void flatten(json_t *out, const char *path, const json_t *value)
{
    char below[FIELD_MAX];
    const char *key;
    json_t *one;
    size_t i;
    if (json_is_string(value))
        put_text(out, path, json_string_value(value));
    json_object_foreach((json_t *)value, key, one)
    {
        snprintf(below, sizeof(below), "%s%s%s", path, path[0] ? "/" : "", key);
        flatten(out, below, one);
    }
    json_array_foreach(value, i, one)
    {
        snprintf(below, sizeof(below), "%s[%zu]", path, i + 1);
        flatten(out, below, one);
    }
}

static json_t *leaves_of(const json_t *member)
{
    static const char *const keys[] = {"NUMDEMRSA", "FONORG", "MATRICULE"};
    json_t *out = json_object();
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (json_at(member, keys[i]))
            put_text(out, keys[i], json_at(member, keys[i]));
    flatten(out, "", json_object_get(member, "person"));
    return out;
}

static void differ(json_t *list, const char *path, const char *a, const char *b)
{
    json_t *one = json_object();
    put_text(one, "field", path);
    put_or_null(one, "a", a);
    put_or_null(one, "b", b);
    json_array_append_new(list, one);
}

static json_t *differences(const json_t *a, const json_t *b)
{
    json_t *list = json_array(), *x = leaves_of(a), *y = leaves_of(b), *value;
    const char *path;
    json_object_foreach(x, path, value)
    {
        const char *other = json_string_value(json_object_get(y, path));
        if (!other || strcmp(json_string_value(value), other) != 0)
            differ(list, path, json_string_value(value), other);
    }
    json_object_foreach(y, path, value) if (!json_object_get(x, path)) differ(list, path, NULL, json_string_value(value));
    json_decref(x);
    json_decref(y);
    return list;
}

/* Of two NIR, never what they are. */
static enum err nir_between(struct store_txn *t, const struct review *r, const char **word)
{
    struct person a = {0}, b = {0};
    enum err e = person_load(t, r->a, &a);
    if (!e)
        e = person_load(t, r->b, &b);
    if (a.nir_kind == NIR_CERTIFIED && b.nir_kind == NIR_CERTIFIED)
        *word = memcmp(a.nir, b.nir, KEY_BLIND) == 0 ? "same" : "different";
    else
        *word = a.nir_kind == NIR_PROVISIONAL || b.nir_kind == NIR_PROVISIONAL ? "provisional" : "absent";
    person_free(&a);
    person_free(&b);
    return e;
}

static json_t *side_json(const json_t *member, uint64_t person)
{
    static const char *const keys[] = {"member", "NUMDEMRSA", "NIR", "first", "last", "absent_since"};
    json_t *object = json_object();
    put_int(object, "person", (int64_t)person);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        json_object_set(object, keys[i], json_object_get(member, keys[i]));
    return object;
}

static enum err read_pair(struct store_txn *t, const struct review *r, json_t **ret)
{
    json_t *a = NULL, *b = NULL;
    const char *nir = "";
    uint64_t person[2] = {0};
    enum identity_rule rule;
    enum err e = member_json(t, r->a, &a);
    if (!e)
        e = member_json(t, r->b, &b);
    if (!e)
        e = nir_between(t, r, &nir);
    if (!e)
        e = person_of(t, r->a, &person[0], &rule);
    if (!e)
        e = person_of(t, r->b, &person[1], &rule);
    if (!e) {
        json_t *object = *ret = review_json(r);
        put_json(object, "a", side_json(a, person[0]));
        put_json(object, "b", side_json(b, person[1]));
        put_text(object, "NIR", nir);
        put_json(object, "differences", differences(a, b));
    }
    json_decref(a);
    json_decref(b);
    return corrupt_if(e, ERR_NOTFOUND);
}

static const char *nir_label(const char *word)
{
    return strcmp(word, "same") == 0          ? _("the same")
           : strcmp(word, "different") == 0   ? _("different")
           : strcmp(word, "provisional") == 0 ? _("provisional on one side at least")
                                              : _("absent on one side at least");
}

static enum err pair_view(struct output *o, const json_t *pair)
{
    static const struct column columns[] = {{N_("FIELD"), false, false}, {N_("FIRST"), false, true}, {N_("SECOND"), false, true}};
    struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    const json_t *dismissed = json_object_get(pair, "dismissed");
    char day[TEXT_SHORT];
    json_t *one;
    size_t i;
    fprintf(o->file, "%s%s %s%s  %s\n", paint(o, BOLD), _("Pair"), json_at(pair, "pair"), paint(o, PLAIN),
            reason_label(json_at(pair, "reason")));
    field(o, "NIR", nir_label(json_at(pair, "NIR")));
    if (json_is_object(dismissed))
        fieldf(o, _("Dismissed"), _("until %s by %s: %s"), text_date(json_at(dismissed, "until"), day), json_at(dismissed, "user"),
               json_at(dismissed, "reason"));
    json_array_foreach(json_object_get(pair, "differences"), i, one)
    {
        const char *cells[] = {json_at(one, "field"), json_at(one, "a"), json_at(one, "b")};
        table_row(t, cells);
    }
    return table_end(t, o, _("nothing differs"));
}

static int show(struct cli *cli, struct instance *i, uint64_t a, uint64_t b)
{
    char pair[PAIR_MAX], subject[PAIR_MAX + 8];
    json_t *object = NULL;
    struct review *r = calloc(1, sizeof(*r));
    enum err e = r ? review_get(i->txn, a, b, r) : ERR_NOMEM;
    if (!e)
        e = read_pair(i->txn, r, &object);
    snprintf(subject, sizeof(subject), "pair:%s", pair_text(a, b, pair));
    int code = instance_log(cli, i, "person.duplicates.show", subject, e == ERR_OK ? "found" : e == ERR_NOTFOUND ? "not found" : "failed");
    if (code == 0 && e == ERR_NOTFOUND) {
        say(_("no pair %s is waiting; see fluxrsa person duplicates list --all"), pair);
        code = err_exit_code(e);
    } else if (code == 0 && !e) {
        e = cli_json(cli) ? json_end(json_incref(object), &cli->out) : pair_view(&cli->out, object);
    }
    json_decref(object);
    free(r);
    return code ? code : e ? failure(e, NULL) : 0;
}

int cmd_person_duplicates_show(struct cli *cli)
{
    struct instance i;
    uint64_t a, b;
    if (!pair_parse(cli->args[0], &a, &b))
        return usage_error(_("a pair is expected, as in fluxrsa person duplicates list: 12-57"));
    int code = instance_open(cli, &i);
    if (code)
        return code;
    code = show(cli, &i, a, b);
    instance_close(&i);
    return code;
}
