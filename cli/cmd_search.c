#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/instance.h"
#include "cli/json.h"
#include "cli/record_json.h"
#include "cli/record_text.h"
#include "cli/render.h"
#include "cli/text.h"
#include "flux/base/wipe.h"

enum { FOUND_MAX = 1000, FOUND_SHOWN = 50, TYPED_MAX = 256 };

struct query {
    enum search_by by;
    bool any_number; /* NUMDEMRSA, else MATRICULE */
    char text[TYPED_MAX], prenom[TYPED_MAX];
    int64_t days;
};

struct found {
    uint64_t serials[FOUND_MAX], limit;
    size_t count;
    bool more;
};

static void take_typed(const char *text, char *out)
{
    char line[TYPED_MAX];
    const char *typed = cli_typed(text, line, sizeof(line));
    typed += strspn(typed, " \t");
    snprintf(out, TYPED_MAX, "%s", typed);
    size_t len = strlen(out);
    while (len > 0 && (out[len - 1] == ' ' || out[len - 1] == '\t'))
        out[--len] = '\0';
    wipe(line, sizeof(line));
}

static void without_spaces(char *text)
{
    char *to = text;
    for (; *text; text++)
        if (*text != ' ')
            *to++ = *text;
    *to = '\0';
}

static int read_name(const struct cli *cli, struct query *q)
{
    char day[TYPED_MAX];
    if (!cli->opt[OPTION_NOM] || !cli->opt[OPTION_PRENOM] || !cli->opt[OPTION_NE_LE])
        return usage_error(_("--nom, --prenom and --ne-le go together: a name alone would show too many people"));
    q->by = SEARCH_NAME;
    take_typed(cli->opt[OPTION_NOM], q->text);
    take_typed(cli->opt[OPTION_PRENOM], q->prenom);
    take_typed(cli->opt[OPTION_NE_LE], day);
    if (!cli_day(day, OPTION_NE_LE, &q->days))
        return err_exit_code(ERR_USAGE);
    return q->prenom[0] ? 0 : usage_error(_("nothing to search for"));
}

/* 13 characters or 15 with the key; the sixth and seventh are digits, or 2A or 2B. */
static bool like_nir(const char *typed)
{
    char text[TYPED_MAX];
    snprintf(text, sizeof(text), "%s", typed);
    without_spaces(text);
    size_t len = strlen(text);
    if (len == 13 || len == 15)
        text[6] = text[5] == '2' && strchr("ABab", text[6]) ? '0' : text[6];
    bool like = (len == 13 || len == 15) && strchr("123478", text[0]) && strspn(text, "0123456789") == len;
    wipe(text, sizeof(text));
    return like;
}

static int read_query(const struct cli *cli, struct query *q)
{
    bool name = cli->opt[OPTION_NOM] || cli->opt[OPTION_PRENOM] || cli->opt[OPTION_NE_LE];
    int ways = (cli->arg_count > 0) + (cli->opt[OPTION_NIR] != NULL) + (cli->opt[OPTION_MATRICULE] != NULL) + name;
    int code = 0;
    if (ways != 1)
        return usage_error(_("one way to search is expected: a NUMBER, --nir, --matricule, or --nom with --prenom and --ne-le"));
    if (name) {
        code = read_name(cli, q);
    } else if (cli->opt[OPTION_NIR]) {
        q->by = SEARCH_NIR;
        take_typed(cli->opt[OPTION_NIR], q->text);
        without_spaces(q->text);
    } else {
        q->any_number = cli->arg_count > 0;
        q->by = q->any_number ? SEARCH_NUMDEMRSA : SEARCH_MATRICULE;
        take_typed(q->any_number ? cli->args[0] : cli->opt[OPTION_MATRICULE], q->text);
    }
    if (q->any_number && like_nir(q->text))
        say(_("what was typed looks like a NIR, and is searched as a NUMDEMRSA or a MATRICULE only; for a NIR: fluxrsa dossier search "
              "--nir -"));
    return code || q->text[0] ? code : usage_error(_("nothing to search for"));
}

static bool take_serial(void *ctx, uint64_t serial)
{
    struct found *f = ctx;
    if (f->count >= f->limit) {
        f->more = true;
        return false;
    }
    f->serials[f->count++] = serial;
    return true;
}

static enum err search(struct instance *i, struct query *q, struct found *f)
{
    enum err e = dossier_search(i->txn, q->by, q->text, q->prenom, q->days, take_serial, f);
    if (e == ERR_NOTFOUND)
        e = ERR_OK;
    if (e || f->count || !q->any_number)
        return e;
    q->by = SEARCH_MATRICULE;
    e = dossier_search(i->txn, q->by, q->text, "", 0, take_serial, f);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

static int log_search(struct cli *cli, struct instance *i, const struct query *q, const struct found *f)
{
    static const char *const names[] = {"numdemrsa", "matricule", "nir", "name"};
    char pseudonym[33], detail[64], text[3 * TYPED_MAX];
    snprintf(text, sizeof(text), "%s|%s|%" PRId64, q->text, q->prenom, q->days);
    /* The same pseudonym as for dossier show, so that what was done about a household is found by one. */
    store_pseudonym(i->store, q->by == SEARCH_NUMDEMRSA ? q->text : text, pseudonym);
    wipe(text, sizeof(text));
    snprintf(detail, sizeof(detail), "by %s, %zu found", names[q->by], f->count);
    return instance_log(cli, i, "dossier.search", pseudonym, detail);
}

static json_t *found_json(const char *number, const json_t *record)
{
    json_t *object = json_object(), *persons = json_array(), *person;
    const char *state = json_at(record, "PrestationRSA/SituationDossierRSA/EtatDossierRSA/ETATDOSRSA");
    size_t i;
    put_text(object, "NUMDEMRSA", number);
    put_text(object, "ETATDOSRSA", state ? state : "");
    json_array_foreach(json_object_get(record, "Personne"), i, person)
    {
        static const char *const keys[][2] = {
            {"NOM", "Identification/NOM"}, {"PRENOM", "Identification/PRENOM"}, {"DTNAI", "Identification/DTNAI"}};
        json_t *one = json_object();
        put_text(one, "ROLEPERS", person_role(person) ? person_role(person) : "");
        for (size_t k = 0; k < 3; k++)
            put_text(one, keys[k][0], json_at(person, keys[k][1]) ? json_at(person, keys[k][1]) : "");
        json_array_append_new(persons, one);
    }
    put_json(object, "persons", persons);
    return object;
}

static const json_t *first_person(const json_t *record)
{
    const json_t *list = json_object_get(record, "Personne");
    json_t *person;
    size_t i;
    json_array_foreach(list, i, person)
    {
        const char *role = person_role(person);
        if (role && strcmp(role, "DEM") == 0)
            return person;
    }
    return json_array_get(list, 0);
}

static void found_row(struct table *t, const char *number, const json_t *record)
{
    char state[200], born[TEXT_SHORT];
    const json_t *person = first_person(record);
    const json_t *home = json_array_get(json_object_get(json_object_get(record, "DonneesAdministratives"), "Adresse"), 0);
    const char *birth = json_at(person, "Identification/DTNAI");
    const char *cells[] = {
        number,
        coded(LIST_ETATDOSRSA, json_at(record, "PrestationRSA/SituationDossierRSA/EtatDossierRSA/ETATDOSRSA"), state, sizeof(state)),
        json_at(person, "Identification/NOM"),
        json_at(person, "Identification/PRENOM"),
        birth ? text_date(birth, born) : NULL,
        json_at(home, "AdresseDetailleeFrance/NOMCOM")};
    table_row(t, cells);
}

/* Each household that is going to be shown gets its own line in the journal: who looked at whom must be found from the household. */
static int show_one(struct cli *cli, struct instance *i, uint64_t serial, json_t *list, struct table *t)
{
    struct dossier d = {0};
    char pseudonym[33];
    enum err e = dossier_get(i->txn, serial, &d);
    if (e)
        return failure(e, NULL);
    json_t *record = record_json(schema_vrsb0801.household, (struct span){d.record.data, d.record.len}, false);
    const char *number = record ? json_at(record, "IdentificationRSA/DemandeRSA/NUMDEMRSA") : NULL;
    store_pseudonym(i->store, number ? number : "", pseudonym);
    int code = record ? instance_log(cli, i, "dossier.found", pseudonym, "") : failure(ERR_CORRUPT, NULL);
    if (code == 0 && list)
        json_array_append_new(list, found_json(number ? number : "", record));
    else if (code == 0)
        found_row(t, number, record);
    json_decref(record);
    dossier_free(&d);
    return code;
}

static int show(struct cli *cli, struct instance *i, const struct found *f)
{
    static const struct column columns[] = {{"NUMDEMRSA", false, false},      {N_("STATE"), false, true}, {N_("NAME"), false, false},
                                            {N_("FIRST NAME"), false, false}, {N_("BORN"), false, false}, {N_("TOWN"), false, false}};
    json_t *list = cli_json(cli) ? json_array() : NULL;
    struct table *t = list ? NULL : table_new(columns, sizeof(columns) / sizeof(columns[0]));
    int code = 0;
    for (size_t k = 0; k < f->count && code == 0; k++)
        code = show_one(cli, i, f->serials[k], list, t);
    if (code) {
        json_decref(list);
        table_drop(t);
        return code;
    }
    enum err e = list ? json_end(list, &cli->out) : table_end(t, &cli->out, _("no household was found"));
    if (f->more)
        say(_("only the first %zu are shown: narrow the search, or give --limit"), f->count);
    return e ? failure(e, NULL) : 0;
}

static int search_and_show(struct cli *cli, struct query *q, uint64_t limit)
{
    struct instance i;
    int code = instance_open(cli, &i);
    if (code)
        return code;
    struct found *f = calloc(1, sizeof(*f));
    if (f)
        f->limit = limit;
    enum err e = f ? search(&i, q, f) : ERR_NOMEM;
    code = e ? failure(e, NULL) : log_search(cli, &i, q, f);
    if (code == 0)
        code = show(cli, &i, f);
    free(f);
    instance_close(&i);
    return code;
}

int cmd_dossier_search(struct cli *cli)
{
    struct query q = {0};
    uint64_t limit = FOUND_SHOWN;
    int code = cli_number(cli, OPTION_LIMIT, 1, FOUND_MAX, &limit) ? read_query(cli, &q) : err_exit_code(ERR_USAGE);
    if (code == 0)
        code = search_and_show(cli, &q, limit);
    wipe(&q, sizeof(q));
    return code;
}
