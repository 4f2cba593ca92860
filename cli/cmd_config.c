#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/config_text.h"
#include "cli/instance.h"
#include "cli/json.h"
#include "cli/render.h"
#include "cli/text.h"
#include "flux/intake/config.h"

/* What a folder must be beyond its name. */
struct folder_rule {
    enum setting_id id;
    bool closed; /* to other users */
    bool spool;  /* on one file system with the others: files are moved by rename */
};

static const struct folder_rule rules[] = {
    {SETTING_instance_store, true, false}, {SETTING_instance_keys, true, false}, {SETTING_instance_drop, false, true},
    {SETTING_instance_work, true, true},   {SETTING_instance_done, true, true},  {SETTING_instance_refused, true, true},
    {SETTING_instance_held, true, true},
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

static size_t check_folders(const struct config *c, json_t *list)
{
    size_t count = 0;
    dev_t device = 0;
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        char subject[128];
        const struct setting *s = &settings[rules[i].id];
        const char *path = config_text(c, rules[i].id), *fault = folder_fault(&rules[i], path, &device);
        if (!fault)
            continue;
        count++;
        snprintf(subject, sizeof(subject), "[%s] %s", s->section, s->key);
        if (list)
            json_array_append_new(list, fault_json(c->values[rules[i].id].line, subject, fault));
        else
            say("%s: %s: %s: %s", c->file, subject, path, fault);
    }
    return count;
}

static size_t tell_faults(const char *path, const struct config_faults *faults, json_t *list)
{
    for (size_t i = 0; list && i < faults->count && i < CONFIG_FAULTS_MAX; i++)
        json_array_append_new(list, fault_json(faults->list[i].line, faults->list[i].subject, _(config_fault_text(faults->list[i].kind))));
    if (!list)
        instance_faults(path, faults);
    return faults->count;
}

static int end_check(struct cli *cli, const char *path, size_t count, json_t *list)
{
    if (list) {
        json_t *object = json_object();
        put_int(object, "schema", 1);
        put_text(object, "file", path);
        put_bool(object, "ok", count == 0);
        put_json(object, "faults", list);
        json_end(object, &cli->out);
    } else if (count == 0) {
        put_clean(cli->out.file, path);
        fprintf(cli->out.file, "%s %s\n", _(":"), _("the configuration is right"));
    }
    return count ? err_exit_code(ERR_CONFIG) : 0;
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
    json_t *list = cli_json(cli) ? json_array() : NULL;
    size_t count = tell_faults(path, &faults, list) + check_folders(cli->config, list);
    return end_check(cli, path, count, list);
}

static void show_json(struct cli *cli)
{
    const struct config *c = cli->config;
    json_t *object = json_object(), *all = json_object();
    put_int(object, "schema", 1);
    put_text(object, "file", c->file);
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        json_t *section = json_object_get(all, settings[i].section), *one = json_object();
        if (!section) {
            section = json_object();
            put_json(all, settings[i].section, section);
        }
        put_text(one, "value", c->values[i].text);
        put_text(one, "origin", c->values[i].line ? "file" : "default");
        put_json(one, "line", c->values[i].line ? json_integer(c->values[i].line) : json_null());
        put_json(section, settings[i].key, one);
    }
    put_json(object, "settings", all);
    json_end(object, &cli->out);
}

static enum err show_text(struct cli *cli)
{
    static const struct column columns[] = {
        {N_("SECTION"), false, false}, {N_("KEY"), false, false}, {N_("VALUE"), false, true}, {N_("ORIGIN"), false, false}};
    const struct config *c = cli->config;
    struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    field(&cli->out, _("File"), c->file);
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        char origin[64];
        if (c->values[i].line)
            snprintf(origin, sizeof(origin), _("line %u"), c->values[i].line);
        else
            snprintf(origin, sizeof(origin), "%s", _("default"));
        const char *cells[] = {settings[i].section, settings[i].key, c->values[i].text, origin};
        table_row(t, cells);
    }
    return table_end(t, &cli->out, "");
}

int cmd_config_show(struct cli *cli)
{
    int code = instance_config(cli);
    if (code)
        return code;
    if (!cli_json(cli))
        return show_text(cli) ? failure(ERR_NOMEM, NULL) : 0;
    show_json(cli);
    return 0;
}

int cmd_config_example(struct cli *cli)
{
    config_text_write(cli->out.file, "062", "auto");
    return 0;
}
