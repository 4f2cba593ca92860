#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/dossier_arg.h"
#include "cli/json.h"
#include "cli/trace_view.h"
#include "flux/base/wipe.h"
#include "flux/record/record.h"
#include "store/persons.h"

static bool any_reject(const json_t *lines)
{
    size_t i;
    json_t *line;
    bool any = false;
    json_array_foreach(lines, i, line) any |= json_is_object(json_object_get(line, "reject"));
    return any;
}

static enum err read_trace(struct cli *cli, struct instance *i, const struct dossier_arg *a, json_t **ret)
{
    (void)cli;
    struct trace t = {.lines = json_array(), .numdemrsa = a->number};
    enum err e = trace_dossier(i->txn, a->serial, &t);
    trace_free(&t);
    if (!e && !a->serial && !any_reject(t.lines))
        e = ERR_NOTFOUND;
    *ret = e ? NULL : t.lines;
    if (e)
        json_decref(t.lines);
    return e;
}

static enum err show_trace(struct cli *cli, const json_t *lines) { return trace_text(&cli->out, lines, false); }

int cmd_dossier_trace(struct cli *cli)
{
    static const struct dossier_act act = {.op = "dossier.trace", .read = read_trace, .show = show_trace, .rejects = true};
    return dossier_command(cli, &act);
}

static bool told_before(const struct person_places *p, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (p->at[i].dossier == p->at[at].dossier)
            return true;
    return false;
}

static enum err number_of(struct store_txn *t, uint64_t serial, char out[VALUE_TEXT_MAX])
{
    struct dossier d = {0};
    struct value v;
    enum err e = dossier_get(t, serial, &d);
    if (e)
        return e == ERR_NOTFOUND ? ERR_CORRUPT : e;
    out[0] = '\0';
    if (record_find(schema_vrsb0801.household, d.record.data, d.record.len, VRSB_DemandeRSA_NUMDEMRSA, &v))
        value_text(&v, out);
    dossier_free(&d);
    return ERR_OK;
}

/* Each dossier gets its own line in the journal: who looked at whom must be found from the household. */
static int trace_one(struct cli *cli, struct instance *i, uint64_t serial, uint32_t id, struct trace *t)
{
    char number[VALUE_TEXT_MAX], pseudonym[33], detail[32];
    enum err e = number_of(i->txn, serial, number);
    if (e)
        return failure(e, NULL);
    store_pseudonym(i->store, number, pseudonym);
    snprintf(detail, sizeof(detail), "person:%u", (unsigned)id);
    int code = instance_log(cli, i, "person.trace", pseudonym, detail);
    t->numdemrsa = number;
    e = code ? ERR_OK : trace_dossier(i->txn, serial, t);
    wipe(number, sizeof(number));
    return code || !e ? code : failure(e, NULL);
}

static int in_time(const json_t *a, const json_t *b)
{
    static const char *const keys[] = {"DTCREAFLUX", "HEUCREAFLUX"};
    int d = 0;
    for (size_t k = 0; k < 2 && d == 0; k++) {
        const char *x = json_at(a, keys[k]), *y = json_at(b, keys[k]);
        d = strcmp(x ? x : "", y ? y : "");
    }
    return d;
}

static bool same_undone(const json_t *lines, const json_t *line)
{
    size_t i;
    json_t *there;
    bool same = false;
    json_array_foreach(lines, i, there) same |=
        json_equal(json_object_get(there, "flux"), json_object_get(line, "flux")) && strcmp(json_at(line, "verdict"), "undone") == 0;
    return same;
}

/* The lines of all dossiers, night by night; an undone flux was undone once. */
static json_t *merged(const json_t *lines)
{
    json_t *list = json_array(), *line;
    size_t i;
    json_array_foreach(lines, i, line)
    {
        size_t at = json_array_size(list);
        if (same_undone(list, line))
            continue;
        while (at > 0 && in_time(json_array_get(list, at - 1), line) > 0)
            at--;
        json_array_insert(list, at, line);
    }
    return list;
}

static int show_merged(struct cli *cli, const json_t *lines)
{
    json_t *list = merged(lines);
    enum err e = cli_json(cli) ? json_end(json_incref(list), &cli->out) : trace_text(&cli->out, list, true);
    json_decref(list);
    return e ? failure(e, NULL) : 0;
}

static int trace_members(struct cli *cli, struct instance *i, uint32_t id, const struct person_places *p)
{
    uint64_t *members = calloc(p->count + 1, sizeof(*members));
    if (!members)
        return failure(ERR_NOMEM, NULL);
    struct trace t = {.lines = json_array(), .members = members, .member_count = p->count};
    int code = 0;
    for (size_t k = 0; k < p->count; k++)
        members[k] = p->at[k].member;
    for (size_t k = 0; k < p->count && code == 0; k++)
        if (!told_before(p, k))
            code = trace_one(cli, i, p->at[k].dossier, id, &t);
    trace_free(&t);
    if (code == 0)
        code = show_merged(cli, t.lines);
    json_decref(t.lines);
    free(members);
    return code;
}

static int not_found(struct cli *cli, struct instance *i, uint32_t id)
{
    char subject[32];
    snprintf(subject, sizeof(subject), "person:%u", (unsigned)id);
    int code = instance_log(cli, i, "person.trace", subject, "not found");
    if (code)
        return code;
    say(_("no person has the number %u; numbers are those of fluxrsa dossier show"), (unsigned)id);
    return err_exit_code(ERR_NOTFOUND);
}

static int trace_person(struct cli *cli, struct instance *i, uint32_t id)
{
    struct person_places p = {0};
    enum err e = person_places(i->txn, id, &p);
    int code = e == ERR_NOTFOUND ? not_found(cli, i, id) : e ? failure(e, NULL) : trace_members(cli, i, id, &p);
    person_places_free(&p);
    return code;
}

int cmd_person_trace(struct cli *cli)
{
    return instance_show(cli, trace_person, _("the number of a person is expected, as in fluxrsa dossier show"));
}
