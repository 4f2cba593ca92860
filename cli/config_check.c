#include "cli/config_check.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/instance.h"
#include "cli/json.h"
#include "cli/render.h"
#include "flux/base/wipe.h"
#include "flux/record/record.h"

static void add(struct findings *f, enum setting_id id, const char *path, const char *message)
{
    struct origin o = origin_setting(f->cli->config, id);
    finding_add(f, FAULT, &o, path, message);
}

static bool wrong(const struct findings *f, enum setting_id id) { return f->cli->config->values[id].wrong; }

static void tell_key(void *ctx, enum setting_id id, const char *fault)
{
    struct findings *f = ctx;
    if (!wrong(f, id))
        add(f, id, NULL, fault);
}

/* What is wrong with the journal from outside, translated; NULL when it is right. *there: the file is, and may be opened. */
static const char *journal_fault(const char *path, bool *there)
{
    struct stat st;
    char *copy = strdup(path);
    const char *folder = copy ? dirname(copy) : "/";
    bool writable = access(folder, W_OK | X_OK) == 0;
    free(copy);
    *there = lstat(path, &st) == 0;
    if (!writable)
        return _("the folder of the journal is missing, or this user may not write into it");
    if (!*there)
        return NULL;
    if (!S_ISREG(st.st_mode))
        return _("the journal must be a plain file, not a link, a folder or a device");
    if (st.st_uid != geteuid())
        return _("the journal belongs to another user: give it to the one that runs fluxrsa (chown)");
    return st.st_mode & 077 ? _("the journal is open to other users: chmod 600") : NULL;
}

static enum err open_journal(const struct store *s, const char *path)
{
    uint8_t key[32];
    struct journal *j = NULL;
    store_journal_key(s, key);
    enum err e = journal_open(path, key, &j);
    journal_close(j);
    wipe(key, sizeof(key));
    return e;
}

static void try_journal(struct findings *f, const struct store *s, const char *path)
{
    enum err e = open_journal(s, path);
    if (e == ERR_CORRUPT)
        add(f, SETTING_instance_journal, path,
            _("the last line of the journal does not verify: keep the file as it is and tell the security officer"));
    else if (e)
        add(f, SETTING_instance_journal, path, _(err_text(e)));
}

/* What the ledger says was done last. */
static bool newest_flux(void *ctx, const struct flux_entry *entry)
{
    *(int64_t *)ctx = entry->imported_at;
    return false;
}

static int64_t store_newest(struct store *s)
{
    int64_t newest = 0;
    struct store_txn *t = NULL;
    if (store_read(s, &t) == ERR_OK && ledger_each(t, newest_flux, &newest) != ERR_OK)
        newest = 0;
    store_abort(t);
    return newest;
}

/* ---- whose households the store holds ---- */

enum { LOOKED_AT = 48 };

/* IDEPARTE of a dossier; "" where there is none to be read. */
static void partner_of(struct store_txn *t, uint64_t serial, char out[VALUE_TEXT_MAX])
{
    struct dossier d;
    struct value v;
    out[0] = '\0';
    if (dossier_get(t, serial, &d))
        return;
    if (record_find(schema_vrsb0801.household, d.record.data, d.record.len, VRSB_Partenaire_IDEPARTE, &v))
        value_text(&v, out);
    dossier_free(&d);
}

/* Whether most of the dossiers looked at are of other départements, as judge_departement does with a flux; other: the first one. Those
 * looked at lie all over the store, so that no single flux that was forced in decides. */
static bool of_another(struct store_txn *t, const char *ours, char other[VALUE_TEXT_MAX])
{
    char text[VALUE_TEXT_MAX];
    unsigned looked = 0, foreign = 0;
    uint64_t last = store_serials(t).dossier, step = last / LOOKED_AT + 1;
    for (uint64_t serial = 1; serial <= last; serial += step) {
        partner_of(t, serial, text);
        looked += text[0] != '\0';
        if (text[0] && strcmp(text, ours) != 0 && foreign++ == 0)
            memcpy(other, text, sizeof(text));
    }
    return foreign * 2 > looked;
}

static void check_whose(struct findings *f, struct store *s)
{
    struct store_txn *t = NULL;
    char message[INSTANCE_FAULT_MAX], other[VALUE_TEXT_MAX];
    if (!wrong(f, SETTING_instance_departement) && store_read(s, &t) == ERR_OK &&
        of_another(t, config_text(f->cli->config, SETTING_instance_departement), other)) {
        snprintf(message, sizeof(message),
                 _("the store holds the households of the département %s, and flux of theirs are held: correct the setting; another "
                   "département has an instance of its own (fluxrsa init)"),
                 other);
        add(f, SETTING_instance_departement, NULL, message);
    }
    store_abort(t);
}

static void tell_store(struct findings *f, enum err e)
{
    const struct config *c = f->cli->config;
    char mismatch[INSTANCE_FAULT_MAX];
    if (e == ERR_KEY) {
        instance_key_mismatch(c, mismatch, sizeof(mismatch));
        add(f, SETTING_instance_master_key, NULL, mismatch);
    } else {
        add(f, SETTING_instance_store, config_text(c, SETTING_instance_store), _(err_text(e)));
    }
}

/* Whether nothing is wrong yet with what opening the store needs. */
static bool store_ready(const struct findings *f)
{
    const struct config *c = f->cli->config;
    struct stat st;
    const char *folder = config_text(c, SETTING_instance_store);
    return !wrong(f, SETTING_instance_store) && !wrong(f, SETTING_instance_keys) && !wrong(f, SETTING_instance_master_key) &&
           stat(folder, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() && !(st.st_mode & (S_IRWXG | S_IRWXO)) &&
           !instance_key_faults(c, NULL, NULL);
}

/* *newest: of what the store says was done, 0 when it cannot be opened. */
static void check_opening(struct findings *f, int64_t *newest)
{
    const struct config *c = f->cli->config;
    const char *path = config_text(c, SETTING_instance_journal);
    bool there = false;
    const char *fault = wrong(f, SETTING_instance_journal) ? NULL : journal_fault(path, &there);
    struct store_place place = instance_place(c);
    struct store *s = NULL;
    if (fault)
        add(f, SETTING_instance_journal, path, fault);
    enum err e = store_ready(f) ? store_open(&place, false, "config", NULL, NULL, &s) : ERR_OK;
    if (e)
        tell_store(f, e);
    if (s && !fault && there)
        try_journal(f, s, path);
    *newest = s ? store_newest(s) : 0;
    if (s)
        check_whose(f, s);
    if (s)
        store_close(s);
}

static void tell_right(const struct findings *f, const char *path)
{
    struct output *o = &f->cli->out;
    size_t n = f->warning_count;
    put_clean(o->file, path);
    fprintf(o->file, "%s ", _(":"));
    if (n)
        fprintf(o->file, ngettext("the configuration is right, with %zu warning", "the configuration is right, with %zu warnings", n), n);
    else
        fputs(_("the configuration is right; store, keys and journal open"), o->file);
    fputc('\n', o->file);
}

static int end_check(const struct findings *f, const char *path)
{
    if (f->faults) {
        json_t *object = json_object();
        put_int(object, "schema", 1);
        put_text(object, "file", path);
        put_bool(object, "ok", f->fault_count == 0);
        put_json(object, "faults", f->faults);
        put_json(object, "warnings", f->warnings);
        json_end(object, &f->cli->out);
    } else if (f->fault_count == 0) {
        tell_right(f, path);
    }
    return f->fault_count ? err_exit_code(ERR_CONFIG) : 0;
}

void check_all(struct findings *f, const struct config_faults *faults)
{
    int64_t newest = 0;
    finding_config(f, faults);
    check_folders(f);
    instance_key_faults(f->cli->config, tell_key, f);
    check_backup(f);
    check_opening(f, &newest);
    check_machine(f);
    check_clock(f, newest);
}

int cmd_config_check(struct cli *cli)
{
    struct config_faults faults;
    const char *path = instance_config_path(cli);
    enum err e = config_load(path, &cli->config, &faults);
    if (cli->config)
        i18n_choose(config_text(cli->config, SETTING_instance_langue));
    if (e && e != ERR_CONFIG)
        return instance_config(cli);
    struct findings f = {.cli = cli};
    if (cli_json(cli)) {
        f.faults = json_array();
        f.warnings = json_array();
    }
    check_all(&f, &faults);
    return end_check(&f, path);
}
