#include "cli/instance.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "flux/intake/config_fault.h"

#ifndef FLUXRSA_LIBEXECDIR
#define FLUXRSA_LIBEXECDIR "/usr/libexec/fluxrsa"
#endif
#ifndef FLUXRSA_SYSCONFDIR
#define FLUXRSA_SYSCONFDIR "/etc"
#endif

const char *instance_config_path(const struct cli *cli)
{
    const char *path = cli->opt[OPTION_CONFIG];
    if (!path)
        path = getenv("FLUXRSA_CONFIG");
    return path && path[0] ? path : FLUXRSA_SYSCONFDIR "/fluxrsa/fluxrsa.conf";
}

static void tell_fault(const char *file, const struct config_fault *f)
{
    char where[32] = "", sentence[FAULT_SENTENCE_MAX];
    config_fault_sentence(f, sentence);
    if (f->line)
        snprintf(where, sizeof(where), ":%u", f->line);
    say(_("%s%s: %s%s%s"), file, where, f->subject, f->subject[0] ? _(": ") : "", sentence);
}

void instance_faults(const char *file, const struct config_faults *faults)
{
    for (size_t i = 0; i < faults->count && i < CONFIG_FAULTS_MAX; i++)
        tell_fault(file, &faults->list[i]);
    if (faults->count > CONFIG_FAULTS_MAX)
        say(_("%s: and %zu more"), file, faults->count - CONFIG_FAULTS_MAX);
}

void instance_language(struct cli *cli)
{
    struct config_faults faults;
    struct config *c = NULL;
    if (!cli->opt[OPTION_CONFIG] && !getenv("FLUXRSA_CONFIG"))
        return;
    enum err e = config_load(instance_config_path(cli), &c, &faults);
    if (c)
        i18n_choose(config_text(c, SETTING_instance_langue));
    config_free(cli->early);
    cli->early = e ? config_free(c) : c;
}

int instance_config(struct cli *cli)
{
    const char *path = instance_config_path(cli);
    struct config_faults faults;
    struct stat st;
    if (cli->early) {
        cli->config = cli->early;
        cli->early = NULL;
        return 0;
    }
    enum err e = config_load(path, &cli->config, &faults);
    if (cli->config)
        i18n_choose(config_text(cli->config, SETTING_instance_langue));
    if (e == ERR_OK)
        return 0;
    if (e == ERR_NOFILE && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        say(_("%s: this is a folder; give the configuration file that is in it: -c %s/fluxrsa.conf"), path, path);
    else if (e == ERR_NOFILE && stat(path, &st) == 0)
        say(_("%s: not a file"), path);
    else if (e == ERR_NOFILE)
        say(_("%s: there is no such configuration file; give one with -c FILE or FLUXRSA_CONFIG, or make an instance with fluxrsa init"),
            path);
    else if (e == ERR_CONFIG)
        instance_faults(path, &faults);
    else if (e == ERR_PERM)
        say(_("%s: the configuration may not be read by this user"), path);
    else
        return failure(e, path);
    return err_exit_code(e == ERR_PERM ? ERR_PERM : ERR_CONFIG);
}

struct store_place instance_place(const struct config *c)
{
    return (struct store_place){.store_dir = config_text(c, SETTING_instance_store),
                                .keys_dir = config_text(c, SETTING_instance_keys),
                                .master_key = config_text(c, SETTING_instance_master_key)};
}

int instance_owner(const struct config *c)
{
    struct stat st;
    const char *folder = config_text(c, SETTING_instance_store);
    if (stat(folder, &st) != 0)
        return failure(errno == EACCES ? ERR_PERM : ERR_STORE, folder);
    if (st.st_uid == geteuid())
        return 0;
    const struct passwd *owner = getpwuid(st.st_uid);
    if (owner)
        say(_("this instance belongs to the user %s; run the command as this user: sudo -u %s fluxrsa …"), owner->pw_name, owner->pw_name);
    else
        say(_("this instance belongs to the user number %u; run the command as this user"), (unsigned)st.st_uid);
    return err_exit_code(ERR_PERM);
}

static int open_journal(struct cli *cli, struct instance *i)
{
    uint8_t key[32];
    const char *path = config_text(cli->config, SETTING_instance_journal);
    store_journal_key(i->store, key);
    enum err e = journal_open(path, key, &i->journal);
    explicit_bzero(key, sizeof(key));
    if (!e)
        return 0;
    if (e == ERR_CORRUPT) {
        say(_("%s: the last line of the journal does not verify; nothing is shown: keep the file as it is and tell the security officer"),
            path);
        return err_exit_code(e);
    }
    say(_("%s: the journal cannot be written (%s); nothing is shown without it"), path, _(err_text(e)));
    return err_exit_code(ERR_IO);
}

static int open_store(struct cli *cli, struct instance *i)
{
    struct store_place place = instance_place(cli->config);
    enum err e = store_open(&place, false, cli->command->noun, NULL, NULL, &i->store);
    if (!e)
        e = store_read(i->store, &i->txn);
    return e ? instance_failure(cli->config, e) : 0;
}

int instance_open(struct cli *cli, struct instance *i)
{
    memset(i, 0, sizeof(*i));
    int code = instance_config(cli);
    if (code == 0)
        code = instance_owner(cli->config);
    if (code == 0)
        code = open_store(cli, i);
    if (code == 0)
        code = open_journal(cli, i);
    if (code != 0)
        instance_close(i);
    return code;
}

void instance_close(struct instance *i)
{
    if (i->journal)
        i->journal = journal_close(i->journal);
    store_abort(i->txn);
    i->txn = NULL;
    if (i->store)
        i->store = store_close(i->store);
}

static int purpose_of(const struct cli *cli, const char **purpose)
{
    int64_t number;
    char near[64];
    *purpose = cli->opt[OPTION_PURPOSE] ? cli->opt[OPTION_PURPOSE] : config_text(cli->config, SETTING_journal_purpose);
    if (setting_judge(&settings[SETTING_journal_purpose], *purpose, &number, near, sizeof(near)) == CONFIG_FAULT_KINDS)
        return 0;
    return usage_error(_("--purpose: one of suivi, orientation, controle, statistiques is expected"));
}

int instance_log(struct cli *cli, struct instance *i, const char *op, const char *subject, const char *detail)
{
    struct journal_act act = {.op = op, .subject = subject, .detail = detail};
    int code = purpose_of(cli, &act.purpose);
    if (code)
        return code;
    enum err e = journal_append(i->journal, &act, (int64_t)time(NULL));
    if (!e)
        return 0;
    say(_("%s: the journal cannot be written (%s); nothing is shown without it"), config_text(cli->config, SETTING_instance_journal),
        _(err_text(e)));
    return err_exit_code(ERR_IO);
}

bool instance_nir(const struct cli *cli) { return config_keep_rule(cli->config).nir; }

const char *instance_parser(const struct cli *cli, char *path, size_t size)
{
    snprintf(path, size, "%s/fluxrsa-parse", cli->exe_folder);
    if (access(path, X_OK) != 0)
        snprintf(path, size, "%s/fluxrsa-parse", FLUXRSA_LIBEXECDIR);
    return path;
}

int instance_show(struct cli *cli, int (*show)(struct cli *cli, struct instance *i, uint32_t id), const char *usage)
{
    struct instance i;
    uint64_t id = 0;
    if (!cli_id(cli->args[0], &id))
        return usage_error("%s", usage);
    int code = instance_open(cli, &i);
    if (code)
        return code;
    code = show(cli, &i, (uint32_t)id);
    instance_close(&i);
    return code;
}

const char *instance_user(char *out, size_t size)
{
    const struct passwd *p = getpwuid(getuid());
    if (p)
        snprintf(out, size, "%s", p->pw_name);
    else
        snprintf(out, size, "uid %u", (unsigned)getuid());
    return out;
}
