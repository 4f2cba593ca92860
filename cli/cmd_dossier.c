#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/departed.h"
#include "cli/dossier_arg.h"
#include "cli/flux_view.h"
#include "cli/json.h"
#include "cli/person_view.h"
#include "cli/record_json.h"
#include "cli/record_text.h"
#include "cli/render.h"
#include "cli/text.h"

/* A dossier as it is shown: its state, and the flux that speaks. */
struct shown {
    struct dossier dossier;
    uint32_t flux;
    int64_t day;               /* asked for, else the DTREF of the flux */
    struct header_view header; /* of the flux */
};

static struct span bytes_of(const struct buf *b) { return (struct span){.data = b->data, .len = b->len}; }

static json_t *person_json(const struct dossier *d, size_t i, const json_t *person)
{
    json_t *object = json_object();
    if (i < d->person_count)
        put_int(object, "id", (int64_t)d->persons[i]);
    else
        put_null(object, "id");
    put_int(object, "index", (int64_t)i);
    put_or_null(object, "ROLEPERS", person_role(person));
    put_or_null(object, "NOM", json_at(person, "Identification/NOM"));
    put_or_null(object, "PRENOM", json_at(person, "Identification/PRENOM"));
    put_or_null(object, "DTNAI", json_at(person, "Identification/DTNAI"));
    return object;
}

/* Whether the record names the same person again further down: the last one counts. */
static bool named_again(const struct dossier *d, size_t i)
{
    for (size_t k = i + 1; k < d->person_count; k++)
        if (d->persons[k] == d->persons[i])
            return true;
    return false;
}

static json_t *persons_json(const struct shown *s, const json_t *record)
{
    json_t *list = json_array(), *person;
    size_t i;
    json_array_foreach(json_object_get(record, "Personne"), i, person)
    {
        if (!person_has_left(person, s->day) && !named_again(&s->dossier, i))
            json_array_append_new(list, person_json(&s->dossier, i, person));
    }
    return list;
}

static json_t *state_json(const json_t *record)
{
    const char *state = json_at(record, "PrestationRSA/SituationDossierRSA/EtatDossierRSA/ETATDOSRSA");
    json_t *object = json_object();
    put_or_null(object, "ETATDOSRSA", state);
    put_or_null(object, "label", state ? code_label(LIST_ETATDOSRSA, state, strlen(state)) : NULL);
    return object;
}

static json_t *provenance_json(struct store_txn *t, const struct dossier *d)
{
    json_t *object = json_object();
    struct flux_entry *f = calloc(1, sizeof(*f));
    struct header_view v = {0};
    bool known = f && ledger_get(t, d->flux, f) == ERR_OK;
    if (known)
        header_view(f->header, &v);
    put_int(object, "flux", d->flux);
    put_or_null(object, "file", known ? f->file : "");
    put_or_null(object, "member", d->member);
    put_int(object, "line", d->line);
    put_or_null(object, "TYPEFLUX", v.typeflux);
    put_or_null(object, "DTREF", v.dtref);
    put_or_null(object, "DTCREAFLUX", v.dtcreaflux);
    free(f);
    return object;
}

static json_t *meta_json(struct store_txn *t, const struct dossier_arg *a, const struct shown *s, const json_t *record)
{
    json_t *meta = json_object();
    if (a->at)
        put_day(meta, "at", a->when.day);
    else
        put_null(meta, "at");
    if (a->known_at)
        put_day(meta, "known_at", a->when.known_at / DAY_SECONDS);
    else
        put_null(meta, "known_at");
    put_int(meta, "flux", s->flux);
    put_or_null(meta, "TYPEFLUX", s->header.typeflux);
    put_or_null(meta, "DTREF", s->header.dtref);
    put_json(meta, "state", state_json(record));
    put_json(meta, "provenance", provenance_json(t, &s->dossier));
    put_int(meta, "versions", s->dossier.versions);
    put_null(meta, "retention");
    return meta;
}

static enum err dossier_json(const struct cli *cli, struct store_txn *t, const struct dossier_arg *a, const struct shown *s, json_t **ret)
{
    json_t *departed = NULL, *record = record_json(schema_vrsb0801.household, bytes_of(&s->dossier.record), instance_nir(cli));
    if (!record)
        return ERR_CORRUPT;
    json_t *persons = persons_json(s, record);
    enum err e = persons_add_identity(t, persons);
    if (!e)
        e = departed_json(t, a->serial, &a->when, s->day, instance_nir(cli), &departed);
    if (e) {
        json_decref(persons);
        json_decref(record);
        return e;
    }
    json_t *object = json_object();
    put_or_null(object, "NUMDEMRSA", json_at(record, "IdentificationRSA/DemandeRSA/NUMDEMRSA"));
    put_json(object, "record", record);
    put_json(object, "persons", persons);
    put_json(object, "departed", departed);
    put_json(object, "meta", meta_json(t, a, s, record));
    *ret = object;
    return ERR_OK;
}

static enum err take_flux(struct store_txn *t, const struct dossier_arg *a, struct shown *s)
{
    struct flux_entry *f = malloc(sizeof(*f));
    enum err e = f ? ledger_get(t, s->flux, f) : ERR_NOMEM;
    if (!e)
        header_view(f->header, &s->header);
    free(f);
    s->day = a->when.day;
    if (!e && !a->at && !day_parse(s->header.dtref, &s->day))
        s->day = INT64_MIN;
    return e;
}

static enum err read_dossier(struct cli *cli, struct instance *i, const struct dossier_arg *a, json_t **ret)
{
    struct shown s = {0};
    enum err e = dossier_at(i->txn, a->serial, &a->when, &s.dossier, &s.flux);
    if (e)
        return e;
    e = take_flux(i->txn, a, &s);
    if (!e)
        e = dossier_json(cli, i->txn, a, &s, ret);
    dossier_free(&s.dossier);
    return e;
}

/* On which day, as it was known when, from which flux. */
static void as_of_text(struct output *o, const json_t *meta)
{
    char day[TEXT_SHORT], known[TEXT_SHORT], reference[TEXT_SHORT];
    const char *at = json_at(meta, "at"), *known_at = json_at(meta, "known_at"), *type = json_at(meta, "TYPEFLUX"),
               *dtref = json_at(meta, "DTREF");
    if (at)
        field(o, _("State on"), text_date(at, day));
    if (known_at)
        field(o, _("As known on"), text_date(known_at, known));
    if (at || known_at)
        fieldf(o, _("From flux"), _("%lld, %s, reference %s"), (long long)json_integer_value(json_object_get(meta, "flux")),
               type ? typeflux_label(type) : "?", dtref ? text_date(dtref, reference) : "?");
}

static void provenance_text(struct output *o, const json_t *dossier)
{
    char day[TEXT_SHORT], created[TEXT_SHORT];
    const json_t *p = json_object_get(json_object_get(dossier, "meta"), "provenance");
    const char *type = json_at(p, "TYPEFLUX"), *reference = json_at(p, "DTREF"), *made = json_at(p, "DTCREAFLUX"),
               *member = json_at(p, "member");
    fputc('\n', o->file);
    heading(o, _("Where this comes from"));
    fieldf(o, _("Flux"), _("%lld, %s, reference %s, created %s"), (long long)json_integer_value(json_object_get(p, "flux")),
           type ? typeflux_label(type) : "?", reference ? text_date(reference, day) : "?", made ? text_date(made, created) : "?");
    field(o, _("File"), json_at(p, "file"));
    field(o, _("Member"), member);
    fieldf(o, _("Line"), "%lld", (long long)json_integer_value(json_object_get(p, "line")));
    fieldf(o, _("Versions known"), "%lld", (long long)json_integer_value(json_object_get(json_object_get(dossier, "meta"), "versions")));
}

static enum err show_text(struct cli *cli, const json_t *dossier)
{
    struct output *o = &cli->out;
    const json_t *record = json_object_get(dossier, "record");
    const char *number = json_at(dossier, "NUMDEMRSA");
    fprintf(o->file, "%s%s ", paint(o, BOLD), _("Dossier"));
    put_clean(o->file, number ? number : "");
    fprintf(o->file, "%s\n", paint(o, PLAIN));
    as_of_text(o, json_object_get(dossier, "meta"));
    enum err e = ERR_OK;
    if (cli->opt[OPTION_FULL])
        record_tree(o, &schema_vrsb0801, schema_vrsb0801.household, record);
    else
        e = record_summary(o, record, json_object_get(dossier, "persons"));
    departed_text(o, json_object_get(dossier, "departed"));
    provenance_text(o, dossier);
    return e;
}

int cmd_dossier_show(struct cli *cli)
{
    static const struct dossier_act act = {.op = "dossier.show", .read = read_dossier, .show = show_text};
    return dossier_command(cli, &act);
}
