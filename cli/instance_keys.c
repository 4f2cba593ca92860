#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/instance.h"

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
static mode_t wrong_bits(const char *path, const struct stat *st)
{
    const char *folder = secure_getenv("CREDENTIALS_DIRECTORY");
    size_t n = folder ? strlen(folder) : 0;
    bool credential = n && strncmp(path, folder, n) == 0 && path[n] == '/' && st->st_uid == 0;
    return credential ? 0337 : 0177;
}

static bool file_fault(const char *path, char *fault, size_t size)
{
    struct stat st;
    if (lstat(path, &st) != 0 && (errno == ENOENT || errno == ENOTDIR))
        return put_fault(fault, size, _("this key is missing; bring it back from its copy: nothing can be read without it"), path);
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
    return false;
}

static bool key_name(const char *name)
{
    return strcmp(name, "keyring") == 0 || strcmp(name, "index") == 0 || strncmp(name, "kek-", 4) == 0;
}

/* What the folder must hold, then what it holds beside that. */
static bool ring_fault(const char *folder, char *fault, size_t size)
{
    static const char *const needed[] = {"keyring", "index"};
    char path[INSTANCE_FAULT_MAX / 2];
    bool wrong = false;
    for (size_t i = 0; i < 2 && !wrong; i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, needed[i]);
        wrong = file_fault(path, fault, size);
    }
    DIR *d = wrong ? NULL : opendir(folder);
    for (const struct dirent *entry; d && !wrong && (entry = readdir(d));) {
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        wrong = key_name(entry->d_name) && file_fault(path, fault, size);
    }
    if (d)
        closedir(d);
    return wrong;
}

bool instance_key_fault(const struct config *c, enum setting_id *setting, char *fault, size_t size)
{
    const char *folder = config_text(c, SETTING_instance_keys);
    *setting = SETTING_instance_keys;
    if (folder_fault(folder, fault, size))
        return true;
    *setting = SETTING_instance_master_key;
    if (file_fault(config_text(c, SETTING_instance_master_key), fault, size))
        return true;
    *setting = SETTING_instance_keys;
    return ring_fault(folder, fault, size);
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
