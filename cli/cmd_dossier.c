#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/flux_view.h"
#include "cli/instance.h"
#include "cli/json.h"
#include "cli/record_json.h"
#include "cli/record_text.h"
#include "cli/render.h"
#include "cli/text.h"
#include "flux/base/wipe.h"

enum { TYPED_MAX = 256 };

static struct span span_of(const struct buf *b) { return (struct span){.data = b->data, .len = b->len}; }

static void put_or_null(json_t *object, const char *key, const char *text)
{
    if (text && text[0])
        put_text(object, key, text);
    else
        put_null(object, key);
}

static json_t *persons_json(const struct dossier *d, const json_t *record)
{
    json_t *list = json_array(), *person;
    size_t i;
    json_array_foreach(json_object_get(record, "Personne"), i, person)
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
        json_array_append_new(list, object);
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

/* NULL when the record is malformed. */
static json_t *dossier_json(const struct cli *cli, struct store_txn *t, const struct dossier *d)
{
    json_t *record = record_json(schema_vrsb0801.household, span_of(&d->record), instance_nir(cli));
    if (!record)
        return NULL;
    json_t *object = json_object(), *meta = json_object();
    put_or_null(object, "NUMDEMRSA", json_at(record, "IdentificationRSA/DemandeRSA/NUMDEMRSA"));
    put_json(object, "record", record);
    put_json(object, "persons", persons_json(d, record));
    put_json(meta, "state", state_json(record));
    put_json(meta, "provenance", provenance_json(t, d));
    put_int(meta, "versions", d->versions);
    put_null(meta, "retention");
    put_json(object, "meta", meta);
    return object;
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
    enum err e = ERR_OK;
    if (cli->opt[OPTION_FULL])
        record_tree(o, &schema_vrsb0801, schema_vrsb0801.household, record);
    else
        e = record_summary(o, record, json_object_get(dossier, "persons"));
    provenance_text(o, dossier);
    return e;
}

static int show_found(struct cli *cli, struct instance *i, const struct dossier *d)
{
    json_t *object = dossier_json(cli, i->txn, d);
    if (!object)
        return failure(ERR_CORRUPT, NULL);
    enum err e = ERR_OK;
    if (cli_json(cli))
        e = json_end(json_incref(object), &cli->out);
    else
        e = show_text(cli, object);
    json_decref(object);
    return e ? failure(e, NULL) : 0;
}

static int show(struct cli *cli, struct instance *i, const char *number)
{
    struct dossier d = {0};
    char pseudonym[33];
    enum err e = dossier_by_numdemrsa(i->txn, number, &d);
    store_pseudonym(i->store, number, pseudonym);
    int code = instance_log(cli, i, "dossier.show", pseudonym, e == ERR_OK ? "found" : e == ERR_NOTFOUND ? "not found" : "failed");
    if (code == 0 && e == ERR_NOTFOUND) {
        say(_("no household is known under this NUMDEMRSA; look for it with fluxrsa dossier search, or among fluxrsa rejects list"));
        code = err_exit_code(e);
    } else if (code == 0) {
        code = e ? failure(e, NULL) : show_found(cli, i, &d);
    }
    if (!e)
        dossier_free(&d);
    return code;
}

/* NUMDEMRSA and MATRICULE are stored without the padding that payers add and people copy. */
static char *trimmed(char *text)
{
    text += strspn(text, " \t");
    size_t len = strlen(text);
    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
        text[--len] = '\0';
    return text;
}

int cmd_dossier_show(struct cli *cli)
{
    struct instance i;
    char line[TYPED_MAX], number[TYPED_MAX];
    snprintf(number, sizeof(number), "%s", cli_typed(cli->args[0], line, sizeof(line)));
    char *wanted = trimmed(number);
    int code = wanted[0] ? instance_open(cli, &i) : usage_error(_("a NUMDEMRSA is expected"));
    if (code == 0) {
        code = show(cli, &i, wanted);
        instance_close(&i);
    }
    wipe(line, sizeof(line));
    wipe(number, sizeof(number));
    return code;
}
