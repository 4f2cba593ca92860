#include "cli/dossier_arg.h"

#include <string.h>

#include "cli/json.h"
#include "flux/base/wipe.h"
#include "flux/record/value.h"

enum { TYPED_MAX = 256 };

void put_day(json_t *object, const char *key, int64_t days)
{
    const struct value v = {.type = TYPE_DATE, .number = days};
    char text[VALUE_TEXT_MAX];
    value_text(&v, text);
    put_text(object, key, text);
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

static bool read_days(const struct cli *cli, struct dossier_arg *a)
{
    const char *at = cli->opt[OPTION_AT], *known_at = cli->opt[OPTION_KNOWN_AT];
    int64_t day = 0;
    a->when = (struct asof){ASOF_EVER, ASOF_EVER};
    a->at = at != NULL;
    a->known_at = known_at != NULL;
    if ((at && !cli_day(at, OPTION_AT, &a->when.day)) || (known_at && !cli_day(known_at, OPTION_KNOWN_AT, &day)))
        return false;
    if (known_at)
        a->when.known_at = (day + 1) * DAY_SECONDS - 1;
    return true;
}

static enum err find(struct instance *i, struct dossier_arg *a)
{
    struct dossier d = {0};
    enum err e = dossier_by_numdemrsa(i->txn, a->number, &d);
    if (e)
        return e == ERR_NOTFOUND ? ERR_OK : e;
    a->serial = d.serial;
    dossier_free(&d);
    return ERR_OK;
}

static int not_found(const struct dossier_arg *a)
{
    if (a->serial && (a->at || a->known_at))
        say(_("nothing was known of this household then; what is known of it since: fluxrsa dossier history"));
    else
        say(_("no household is known under this NUMDEMRSA; look for it with fluxrsa dossier search, or among fluxrsa rejects list"));
    return err_exit_code(ERR_NOTFOUND);
}

static int show(struct cli *cli, const struct dossier_act *act, json_t *object)
{
    enum err e = cli_json(cli) ? json_end(json_incref(object), &cli->out) : act->show(cli, object);
    return e ? failure(e, NULL) : 0;
}

static int run(struct cli *cli, struct instance *i, const struct dossier_act *act, struct dossier_arg *a)
{
    char pseudonym[33];
    json_t *object = NULL;
    enum err e = find(i, a);
    if (!e)
        e = a->serial || act->rejects ? act->read(cli, i, a, &object) : ERR_NOTFOUND;
    store_pseudonym(i->store, a->number, pseudonym);
    int code = instance_log(cli, i, act->op, pseudonym, e == ERR_OK ? "found" : e == ERR_NOTFOUND ? "not found" : "failed");
    if (code == 0)
        code = e == ERR_NOTFOUND ? not_found(a) : e ? failure(e, NULL) : show(cli, act, object);
    json_decref(object);
    return code;
}

int dossier_command(struct cli *cli, const struct dossier_act *act)
{
    struct instance i;
    struct dossier_arg a = {0};
    char line[TYPED_MAX], number[TYPED_MAX];
    if (!read_days(cli, &a))
        return err_exit_code(ERR_USAGE);
    snprintf(number, sizeof(number), "%s", cli_typed(cli->args[0], line, sizeof(line)));
    a.number = trimmed(number);
    int code = a.number[0] ? instance_open(cli, &i) : usage_error(_("a NUMDEMRSA is expected"));
    if (code == 0) {
        code = run(cli, &i, act, &a);
        instance_close(&i);
    }
    wipe(line, sizeof(line));
    wipe(number, sizeof(number));
    return code;
}
