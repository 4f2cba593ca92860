#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/config_text.h"
#include "cli/instance.h"
#include "cli/json.h"
#include "cli/missing.h"
#include "cli/render.h"
#include "flux/base/buf.h"
#include "flux/base/fdio.h"
#include "flux/base/folder_each.h"
#include "flux/base/wipe.h"
#include "flux/intake/config.h"

static const char *const folders[] = {"store",   "keys", "journal", "drop",    "drop/caf", "drop/msa",
                                      "drop/pe", "work", "done",    "refused", "held",     "backup"};

static enum err anything(void *ctx, int fd, const char *name)
{
    (void)ctx, (void)fd, (void)name;
    return ERR_BUSY;
}

static int open_folder(const char *path, int *fd)
{
    bool made = mkdir(path, 0700) == 0;
    if (!made && (errno == ENOENT || errno == ENOTDIR))
        return missing_above(path);
    if (!made && errno != EEXIST)
        return failure(err_from_errno(errno), path);
    *fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*fd < 0) {
        say(_("%s: not a folder that can be opened"), path);
        return err_exit_code(ERR_USAGE);
    }
    if (folder_each(*fd, anything, NULL) == ERR_OK && fchmod(*fd, 0700) == 0)
        return 0;
    fd_close(fd);
    say(_("%s: the folder is not empty, or not yours; an instance is made in a new or empty folder, so that nothing is overwritten"), path);
    return err_exit_code(ERR_USAGE);
}

static enum err make_folders(int fd)
{
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        if (mkdirat(fd, folders[i], 0700) != 0)
            return err_from_errno(errno);
    return ERR_OK;
}

static enum err write_config(struct cli *cli, int fd)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (!out)
        return ERR_NOMEM;
    config_text_write(out, cli->opt[OPTION_DEPARTEMENT], cli->opt[OPTION_LANGUE] ? cli->opt[OPTION_LANGUE] : "auto");
    enum err e = fclose(out) == 0 ? file_create(fd, "fluxrsa.conf", 0600, text, len) : ERR_NOMEM;
    free(text);
    return e;
}

static int judge(const struct cli *cli, enum option_id option, enum setting_id setting)
{
    int64_t number;
    char near[64];
    if (!cli->opt[option])
        return 0;
    enum config_fault_kind kind = setting_judge(&settings[setting], cli->opt[option], &number, near, sizeof(near));
    return kind == CONFIG_FAULT_KINDS ? 0 : usage_error("--%s: %s", option_rows[option].name, _(config_fault_text(kind)));
}

/* After the store: its keys are made in an empty folder. */
static enum err make_backup_key(int fd)
{
    uint8_t key[32];
    if (getrandom(key, sizeof(key), 0) != (ssize_t)sizeof(key))
        return ERR_IO;
    int keys = openat(fd, "keys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum err e = keys < 0 ? err_from_errno(errno) : file_create(keys, "backup.key", 0400, key, sizeof(key));
    fd_close(&keys);
    wipe(key, sizeof(key));
    return e;
}

static int make_store(struct cli *cli, const char *file)
{
    struct config_faults faults;
    enum err e = config_load(file, &cli->config, &faults);
    if (e == ERR_CONFIG)
        instance_faults(file, &faults);
    if (e)
        return failure(e, file);
    struct store_place place = instance_place(cli->config);
    e = store_create(&place);
    return e ? failure(e, place.store_dir) : 0;
}

/* As a shell takes it. */
static void put_word(FILE *out, const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./,:@+=%";
    struct buf quoted;
    if (text[strspn(text, plain)] == '\0') {
        fputs(text, out);
        return;
    }
    buf_init(&quoted, 8 * PATH_MAX);
    for (; *text; text++)
        buf_put(&quoted, *text == '\'' ? "'\\''" : text, *text == '\'' ? 4 : 1);
    buf_u8(&quoted, 0);
    fputc('\'', out);
    put_clean(out, quoted.err ? "" : (const char *)quoted.data);
    fputc('\'', out);
    buf_free(&quoted);
}

/* "  fluxrsad -c FILE  # what it does" */
static void next(struct output *o, const char *program, const char *file, const char *argument, const char *does)
{
    fprintf(o->file, "  %s -c ", program);
    put_word(o->file, file);
    fprintf(o->file, "%s%s%s%s\n", argument[0] ? " " : "", argument, does[0] ? "  # " : "", does);
}

static void tell(struct cli *cli, const char *folder, const char *file)
{
    struct output *o = &cli->out;
    if (cli_json(cli)) {
        json_t *object = json_object();
        put_int(object, "schema", 1);
        put_text(object, "folder", folder);
        put_text(object, "config", file);
        put_text(object, "departement", cli->opt[OPTION_DEPARTEMENT]);
        json_end(object, o);
        return;
    }
    fprintf(o->file, "%s%s ", paint(o, BOLD), _("Instance made in"));
    put_clean(o->file, folder);
    fprintf(o->file, "%s\n", paint(o, PLAIN));
    field(o, "fluxrsa.conf", _("the configuration, to be read through before the first import"));
    field(o, "keys/", _("the keys; keep a copy in a safe place: without them nothing can be read"));
    field(o, "store/", _("the encrypted store, empty"));
    field(o, "journal/", _("the journal of consultations and acts"));
    field(o, "drop/caf drop/msa drop/pe", _("where the files of the payers go"));
    field(o, "work/ done/ refused/ held/", _("where they go from there"));
    field(o, "backup/", _("the backups; keep a copy of keys/backup.key away from this machine: without it they cannot be read"));
    fprintf(o->file, "\n%s\n", _("Next:"));
    next(o, "fluxrsa import", file, _("FILE"), "");
    next(o, "fluxrsad", file, "", _("imports by itself what arrives in the drop folders"));
    next(o, "fluxrsa store backup", file, "", _("makes a backup, while everything goes on"));
}

static int make(struct cli *cli, int fd)
{
    char folder[PATH_MAX], link[64], file[PATH_MAX + 16];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, folder, sizeof(folder) - 1);
    if (n <= 0 && !realpath(cli->args[0], folder))
        return failure(err_from_errno(errno), cli->args[0]);
    if (n > 0)
        folder[n] = '\0';
    snprintf(file, sizeof(file), "%s/fluxrsa.conf", folder);
    enum err e = make_folders(fd);
    if (!e)
        e = write_config(cli, fd);
    if (e)
        return failure(e, folder);
    int code = make_store(cli, file);
    e = code ? ERR_OK : make_backup_key(fd);
    if (e)
        return failure(e, folder);
    if (code == 0)
        tell(cli, folder, file);
    return code;
}

int cmd_init(struct cli *cli)
{
    int fd = -1;
    if (!cli->opt[OPTION_DEPARTEMENT])
        return usage_error(_("--departement is missing: which one does the instance belong to? For example: --departement 062"));
    int code = judge(cli, OPTION_DEPARTEMENT, SETTING_instance_departement);
    if (code == 0)
        code = judge(cli, OPTION_LANGUE, SETTING_instance_langue);
    if (code)
        return code;
    if (cli->opt[OPTION_LANGUE])
        i18n_choose(cli->opt[OPTION_LANGUE]);
    code = open_folder(cli->args[0], &fd);
    if (code == 0)
        code = make(cli, fd);
    fd_close(&fd);
    return code;
}
