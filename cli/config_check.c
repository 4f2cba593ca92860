#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/instance.h"
#include "cli/json.h"
#include "cli/render.h"
#include "flux/base/wipe.h"

/* Everything that is found at once: told line by line, or collected for machines. */
struct findings {
    struct cli *cli;
    json_t *list; /* NULL for people */
    size_t count;
};

/* What a folder must be beyond its name. */
struct folder_rule {
    enum setting_id id;
    bool closed; /* to other users */
    bool spool;  /* on one file system with the others: files are moved by rename */
};

static const struct folder_rule rules[] = {
    {SETTING_instance_store, true, false}, {SETTING_instance_drop, false, true},   {SETTING_instance_work, true, true},
    {SETTING_instance_done, true, true},   {SETTING_instance_refused, true, true}, {SETTING_instance_held, true, true},
};

/* What is wrong with a folder, translated; NULL when it is right. device: that of the spool, 0 before the first. */
static const char *folder_fault(const struct folder_rule *r, const char *path, dev_t *device)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return errno == EACCES ? _("this user may not reach the folder") : _("there is no such folder: make it, or correct the path");
    if (!S_ISDIR(st.st_mode))
        return _("this is not a folder");
    if (st.st_uid != geteuid())
        return _("the folder belongs to another user: give it to the one that runs fluxrsa (chown)");
    if (r->closed && (st.st_mode & (S_IRWXG | S_IRWXO)))
        return _("the folder is open to other users: chmod 700");
    if (r->spool && *device && st.st_dev != *device)
        return _("the folder is not on the same file system as drop: files could not be moved at one stroke");
    if (r->spool)
        *device = st.st_dev;
    return NULL;
}

static json_t *fault_json(unsigned line, const char *subject, const char *message)
{
    json_t *object = json_object();
    put_json(object, "line", line ? json_integer(line) : json_null());
    put_text(object, "subject", subject);
    put_text(object, "message", message);
    return object;
}

/* path: NULL when the message names it. */
static void add(struct findings *f, enum setting_id id, const char *path, const char *message)
{
    char subject[128];
    const struct config *c = f->cli->config;
    f->count++;
    snprintf(subject, sizeof(subject), "[%s] %s", settings[id].section, settings[id].key);
    if (f->list)
        json_array_append_new(f->list, fault_json(c->values[id].line, subject, message));
    else if (path)
        say("%s: %s: %s: %s", c->file, subject, path, message);
    else
        say("%s: %s: %s", c->file, subject, message);
}

static void check_folders(struct findings *f)
{
    dev_t device = 0;
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        const char *path = config_text(f->cli->config, rules[i].id), *fault = folder_fault(&rules[i], path, &device);
        if (fault)
            add(f, rules[i].id, path, fault);
    }
}

static void check_keys(struct findings *f)
{
    char fault[INSTANCE_FAULT_MAX];
    enum setting_id id;
    if (instance_key_fault(f->cli->config, &id, fault, sizeof(fault)))
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

/* Opens what the faults seen so far do not keep from opening. */
static void check_opening(struct findings *f)
{
    const struct config *c = f->cli->config;
    const char *path = config_text(c, SETTING_instance_journal);
    bool there = false, right = f->count == 0;
    const char *fault = journal_fault(path, &there);
    struct store_place place = instance_place(c);
    struct store *s = NULL;
    char mismatch[INSTANCE_FAULT_MAX];
    if (fault)
        add(f, SETTING_instance_journal, path, fault);
    enum err e = right ? store_open(&place, false, "config", NULL, NULL, &s) : ERR_OK;
    if (e == ERR_KEY) {
        instance_key_mismatch(c, mismatch, sizeof(mismatch));
        add(f, SETTING_instance_master_key, NULL, mismatch);
    } else if (e) {
        add(f, SETTING_instance_store, place.store_dir, _(err_text(e)));
    }
    if (right && !e && !fault && there)
        try_journal(f, s, path);
    if (s)
        store_close(s);
}

static void tell_faults(struct findings *f, const char *path, const struct config_faults *faults)
{
    for (size_t i = 0; f->list && i < faults->count && i < CONFIG_FAULTS_MAX; i++)
        json_array_append_new(f->list,
                              fault_json(faults->list[i].line, faults->list[i].subject, _(config_fault_text(faults->list[i].kind))));
    if (!f->list)
        instance_faults(path, faults);
    f->count += faults->count;
}

static int end_check(const struct findings *f, const char *path)
{
    struct output *o = &f->cli->out;
    if (f->list) {
        json_t *object = json_object();
        put_int(object, "schema", 1);
        put_text(object, "file", path);
        put_bool(object, "ok", f->count == 0);
        put_json(object, "faults", f->list);
        json_end(object, o);
    } else if (f->count == 0) {
        put_clean(o->file, path);
        fprintf(o->file, "%s %s\n", _(":"), _("the configuration is right; store, keys and journal open"));
    }
    return f->count ? err_exit_code(ERR_CONFIG) : 0;
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
    struct findings f = {.cli = cli, .list = cli_json(cli) ? json_array() : NULL};
    tell_faults(&f, path, &faults);
    check_folders(&f);
    check_keys(&f);
    check_opening(&f);
    return end_check(&f, path);
}
