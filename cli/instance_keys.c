#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/instance.h"
#include "flux/base/credential.h"

static bool put_fault(char *fault, size_t size, const char *sentence, const char *path)
{
    snprintf(fault, size, _("%s: %s"), path, sentence);
    return true;
}

static bool folder_fault(const char *path, char *fault, size_t size)
{
    struct stat st;
    if (lstat(path, &st) != 0 && errno == ENOENT)
        return put_fault(fault, size, _("there is no such folder of keys; correct [instance] keys, or bring the keys back"), path);
    if (lstat(path, &st) != 0)
        return put_fault(fault, size, _("this user may not reach the folder of the keys"), path);
    if (!S_ISDIR(st.st_mode))
        return put_fault(fault, size, _("this is not a folder; [instance] keys gives the folder itself, not a link to it"), path);
    if (st.st_uid != geteuid())
        return put_fault(fault, size, _("the folder of the keys belongs to another user"), path);
    if (st.st_mode & 077)
        return put_fault(fault, size, _("the folder of the keys is open to other users: chmod 700"), path);
    return false;
}

/* systemd gives a credential of root to the user of the service by an access list, whose mask shows as rights of the group. */
static mode_t wrong_bits(const char *path, const struct stat *st) { return credential_is(path) && st->st_uid == 0 ? 0337 : 0177; }

static const char *missing(const char *path)
{
    return credential_is(path)
               ? _("systemd does not hand this key over: it does while fluxrsad.service runs, from /etc/fluxrsa/credentials; "
                   "see operating.md, Keys as credentials")
               : _("this key is missing; bring it back from its copy: nothing can be read without it");
}

bool instance_file_fault(const char *path, char *fault, size_t size)
{
    struct stat st;
    if (lstat(path, &st) != 0 && (errno == ENOENT || errno == ENOTDIR))
        return put_fault(fault, size, missing(path), path);
    if (lstat(path, &st) != 0)
        return put_fault(fault, size, _("this user may not reach the key"), path);
    mode_t wrong = wrong_bits(path, &st);
    if (!S_ISREG(st.st_mode) && wrong == 0177)
        return put_fault(fault, size, _("a key must be a plain file, not a link, a folder or a device"), path);
    if (st.st_uid != geteuid() && wrong == 0177)
        return put_fault(fault, size, _("the key belongs to another user than the one that runs fluxrsa (chown)"), path);
    if (st.st_mode & wrong) {
        snprintf(fault, size, _("%s: the key has mode %04o and must have 0400, so that only its owner reads it: chmod 400 %s"), path,
                 (unsigned)(st.st_mode & 07777), path);
        return true;
    }
    if (faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) != 0)
        return put_fault(fault, size, _("this user may not read the key: chmod 400"), path);
    return false;
}

struct key_faults {
    void (*tell)(void *ctx, enum setting_id setting, const char *fault); /* NULL allowed */
    void *ctx;
    bool some;
};

static void look_at_key(struct key_faults *k, enum setting_id setting, const char *path)
{
    char fault[INSTANCE_FAULT_MAX];
    if (!instance_file_fault(path, fault, sizeof(fault)))
        return;
    k->some = true;
    if (k->tell)
        k->tell(k->ctx, setting, fault);
}

/* What the folder must hold. */
static void look_at_ring(struct key_faults *k, const struct store_place *place)
{
    char path[INSTANCE_FAULT_MAX / 2], names[STORE_KEY_FILES][STORE_KEY_NAME];
    size_t count = store_key_files(place, names);
    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof(path), "%s/%s", place->keys_dir, names[i]);
        look_at_key(k, SETTING_instance_keys, path);
    }
}

bool instance_key_faults(const struct config *c, void (*tell)(void *ctx, enum setting_id setting, const char *fault), void *ctx)
{
    char fault[INSTANCE_FAULT_MAX];
    struct key_faults k = {.tell = tell, .ctx = ctx};
    const struct store_place place = instance_place(c);
    const char *folder = config_text(c, SETTING_instance_keys);
    const char *master = config_text(c, SETTING_instance_master_key);
    bool there = access(folder, X_OK) == 0, shut = folder_fault(folder, fault, sizeof(fault));
    size_t n = strlen(folder);
    if (shut && tell)
        tell(ctx, SETTING_instance_keys, fault);
    /* What should lie in a folder that is not there is not missing on its own. */
    if (there || strncmp(master, folder, n) != 0 || master[n] != '/')
        look_at_key(&k, SETTING_instance_master_key, master);
    if (there)
        look_at_ring(&k, &place);
    return shut || k.some;
}

struct first_fault {
    enum setting_id *setting;
    char *fault;
    size_t size;
    bool taken;
};

static void take_first(void *ctx, enum setting_id setting, const char *fault)
{
    struct first_fault *first = ctx;
    if (first->taken)
        return;
    first->taken = true;
    *first->setting = setting;
    snprintf(first->fault, first->size, "%s", fault);
}

bool instance_key_fault(const struct config *c, enum setting_id *setting, char *fault, size_t size)
{
    struct first_fault first = {setting, fault, size, false};
    return instance_key_faults(c, take_first, &first);
}

void instance_key_mismatch(const struct config *c, char *fault, size_t size)
{
    snprintf(fault, size, _("%s: this is not the master key of the keys in %s, or these are not the keys of the store %s"),
             config_text(c, SETTING_instance_master_key), config_text(c, SETTING_instance_keys), config_text(c, SETTING_instance_store));
}

int instance_failure(const struct config *c, enum err e)
{
    char fault[INSTANCE_FAULT_MAX];
    enum setting_id setting;
    bool seen = (e == ERR_KEY || e == ERR_PERM) && instance_key_fault(c, &setting, fault, sizeof(fault));
    if (!seen && e != ERR_KEY)
        return failure(e, config_text(c, SETTING_instance_store));
    if (!seen)
        instance_key_mismatch(c, fault, sizeof(fault));
    say("%s", fault);
    return err_exit_code(e);
}
