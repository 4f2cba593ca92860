#include "store/keyring.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flux/base/fdio.h"
#include "flux/base/wipe.h"
#include "store/folder.h"
#include "store/gcm.h"

enum {
    MAGIC = 8,
    WRAPPED_FILE = MAGIC + GCM_NONCE + SEAL_KEY + GCM_TAG,
    MASTER_TEXT = 2 * SEAL_KEY + 1,
    TEXT_MAX = 256,
    NAME_MAX_KEK = 16,
    KIND_KEYRING = 3 /* seal.c has 1 and 2 */
};

static const char WRAPPED_MAGIC[MAGIC + 1] = "FRSAKEY1";
static const char KEYRING_FILE[] = "keyring", INDEX_FILE[] = "index", KEYRING_HEAD[] = "fluxrsa keyring 1\nkek ";

static void kek_name(uint32_t id, char name[NAME_MAX_KEK]) { snprintf(name, NAME_MAX_KEK, "kek-%u", (unsigned)id); }

/* ---- the master key ---- */

/* Credentials belong to root or to the user of the service; systemd gives the user a right on the former by an access list, whose mask
 * shows as the right of the group to read (its execute.c, write_credential). */
static bool is_credential(const char *path)
{
    const char *dir = secure_getenv("CREDENTIALS_DIRECTORY");
    size_t n = dir ? strlen(dir) : 0;
    return n && !strncmp(path, dir, n) && path[n] == '/' && !strstr(path + n, "/../");
}

static enum err check_key_file(const struct stat *st, bool credential)
{
    if (!S_ISREG(st->st_mode))
        return ERR_PERM;
    if (credential && st->st_uid == 0)
        return st->st_mode & 0337 ? ERR_PERM : ERR_OK;
    return st->st_uid == geteuid() && !(st->st_mode & 0177) ? ERR_OK : ERR_PERM;
}

/* Looks at the file that it then reads. data: size + 1 bytes, so that a longer file shows. */
static enum err read_key_file(int dirfd, const char *name, bool credential, uint8_t *data, size_t size, size_t *len)
{
    struct stat st;
    int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (credential ? 0 : O_NOFOLLOW));
    if (fd < 0)
        return errno == ENOENT ? ERR_KEY : errno == ELOOP ? ERR_PERM : err_from_errno(errno);
    enum err e = fstat(fd, &st) < 0 ? err_from_errno(errno) : check_key_file(&st, credential);
    if (!e)
        e = fd_read_all(fd, data, size + 1, len);
    close(fd);
    return !e && *len > size ? ERR_KEY : e;
}

static int digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static enum err from_hex(const uint8_t *text, uint8_t key[SEAL_KEY])
{
    for (size_t i = 0; i < SEAL_KEY; i++) {
        int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return ERR_KEY;
        key[i] = (uint8_t)(high << 4 | low);
    }
    return ERR_OK;
}

static enum err master_load(const char *path, uint8_t key[SEAL_KEY])
{
    uint8_t text[MASTER_TEXT + 1];
    size_t len = 0;
    enum err e = read_key_file(AT_FDCWD, path, is_credential(path), text, MASTER_TEXT, &len);
    /* The final newline is for editors: without it the key is the same. */
    if (!e && len != 2 * SEAL_KEY && (len != MASTER_TEXT || text[MASTER_TEXT - 1] != '\n'))
        e = ERR_KEY;
    if (!e)
        e = from_hex(text, key);
    wipe(text, sizeof text);
    return e;
}

static enum err master_create(const char *path)
{
    static const char HEX[] = "0123456789abcdef";
    uint8_t key[SEAL_KEY], text[MASTER_TEXT];
    if (RAND_priv_bytes(key, sizeof key) != 1)
        return ERR_IO;
    for (size_t i = 0; i < SEAL_KEY; i++) {
        text[2 * i] = (uint8_t)HEX[key[i] >> 4];
        text[2 * i + 1] = (uint8_t)HEX[key[i] & 15];
    }
    text[MASTER_TEXT - 1] = '\n';
    enum err e = file_create(AT_FDCWD, path, 0400, text, sizeof text);
    if (e && e != ERR_BUSY)
        unlink(path); /* a part of it */
    wipe(key, sizeof key);
    wipe(text, sizeof text);
    return e;
}

/* ---- wrapped keys ---- */

static struct gcm_place named(const char *name) { return (struct gcm_place){KIND_KEYRING, {(const uint8_t *)name, strlen(name)}}; }

static enum err wrapped_create(int dirfd, const char *name, struct gcm *g, const uint8_t master[SEAL_KEY])
{
    uint8_t file[WRAPPED_FILE], key[SEAL_KEY], *nonce = file + MAGIC;
    memcpy(file, WRAPPED_MAGIC, MAGIC);
    enum err e = RAND_priv_bytes(key, sizeof key) == 1 && RAND_bytes(nonce, GCM_NONCE) == 1 ? ERR_OK : ERR_IO;
    if (!e)
        e = gcm_seal(g, master, nonce, named(name), key, sizeof key, nonce + GCM_NONCE);
    if (!e)
        e = file_create(dirfd, name, 0400, file, sizeof file);
    wipe(key, sizeof key);
    return e;
}

static enum err wrapped_load(int dirfd, const char *name, struct gcm *g, const uint8_t master[SEAL_KEY], uint8_t key[SEAL_KEY])
{
    uint8_t file[WRAPPED_FILE + 1];
    const uint8_t *nonce = file + MAGIC;
    size_t len = 0;
    enum err e = read_key_file(dirfd, name, false, file, WRAPPED_FILE, &len);
    if (!e && (len != WRAPPED_FILE || memcmp(file, WRAPPED_MAGIC, MAGIC) != 0))
        e = ERR_KEY;
    if (!e)
        e = gcm_open(g, master, nonce, named(name), (struct span){nonce + GCM_NONCE, SEAL_KEY + GCM_TAG}, key);
    return e == ERR_CORRUPT ? ERR_KEY : e;
}

/* ---- the file that names the current KEK ---- */

static enum err current_create(int dirfd, uint32_t id)
{
    char text[TEXT_MAX];
    int n = snprintf(text, sizeof text, "%s%u\n", KEYRING_HEAD, (unsigned)id);
    return file_create(dirfd, KEYRING_FILE, 0400, text, (size_t)n);
}

static enum err current_load(int dirfd, uint32_t *id)
{
    uint8_t text[TEXT_MAX + 1];
    size_t len = 0, head = strlen(KEYRING_HEAD), at = head;
    uint64_t n = 0;
    enum err e = read_key_file(dirfd, KEYRING_FILE, false, text, TEXT_MAX, &len);
    if (e)
        return e;
    if (len <= head || memcmp(text, KEYRING_HEAD, head) != 0)
        return ERR_KEY;
    while (at < len && text[at] >= '0' && text[at] <= '9' && n <= UINT32_MAX)
        n = n * 10 + (uint64_t)(text[at++] - '0');
    if (!n || n > UINT32_MAX || text[head] == '0' || at + 1 != len || text[at] != '\n')
        return ERR_KEY;
    *id = (uint32_t)n;
    return ERR_OK;
}

/* ---- the whole ---- */

/* The master key may stand in the folder of the keys, where somebody put it beforehand. */
static enum err keys_dir_empty(int dirfd, const char *master_key)
{
    struct stat st;
    bool there = stat(master_key, &st) == 0;
    return folder_empty(dirfd, there ? &st : NULL);
}

static enum err make_keys(int dirfd, const char *master_key)
{
    uint8_t master[SEAL_KEY];
    char name[NAME_MAX_KEK];
    struct gcm *g = NULL;
    kek_name(1, name);
    enum err e = master_load(master_key, master);
    if (!e)
        e = gcm_new(&g);
    if (!e)
        e = wrapped_create(dirfd, name, g, master);
    if (!e)
        e = wrapped_create(dirfd, INDEX_FILE, g, master);
    if (!e)
        e = current_create(dirfd, 1);
    gcm_free(g);
    wipe(master, sizeof master);
    return e;
}

static void remove_all(int dirfd, const char *master_key, bool master_made)
{
    char name[NAME_MAX_KEK];
    kek_name(1, name);
    unlinkat(dirfd, KEYRING_FILE, 0);
    unlinkat(dirfd, INDEX_FILE, 0);
    unlinkat(dirfd, name, 0);
    if (master_made)
        unlink(master_key);
}

static enum err make_all(int dirfd, const char *master_key, bool *master_made)
{
    enum err e = folder_private(dirfd);
    if (!e)
        e = keys_dir_empty(dirfd, master_key);
    if (e)
        return e;
    if (access(master_key, F_OK) < 0 && errno == ENOENT) {
        e = master_create(master_key);
        *master_made = !e;
    }
    if (!e)
        e = make_keys(dirfd, master_key);
    if (e)
        remove_all(dirfd, master_key, *master_made);
    return e;
}

enum err keyring_create(const struct store_place *p, bool *master_made)
{
    int dirfd = -1;
    *master_made = false;
    enum err e = folder_open(AT_FDCWD, p->keys_dir, &dirfd);
    if (!e)
        e = make_all(dirfd, p->master_key, master_made);
    fd_close(&dirfd);
    return e;
}

void keyring_remove(const struct store_place *p, bool master_made)
{
    int dirfd = -1;
    if (!folder_open(AT_FDCWD, p->keys_dir, &dirfd))
        remove_all(dirfd, p->master_key, master_made);
    fd_close(&dirfd);
}

static enum err load_wrapped(int dirfd, struct gcm *g, const uint8_t master[SEAL_KEY], struct keyring *k)
{
    char name[NAME_MAX_KEK];
    enum err e = current_load(dirfd, &k->kek_id);
    if (e)
        return e;
    kek_name(k->kek_id, name);
    e = wrapped_load(dirfd, name, g, master, k->kek);
    return e ? e : wrapped_load(dirfd, INDEX_FILE, g, master, k->index_secret);
}

enum err keyring_load(const struct store_place *p, struct keyring *k)
{
    uint8_t master[SEAL_KEY];
    struct gcm *g = NULL;
    int dirfd = -1;
    memset(k, 0, sizeof *k);
    enum err e = folder_open(AT_FDCWD, p->keys_dir, &dirfd);
    if (e)
        return e == ERR_NOFILE ? ERR_KEY : e;
    e = folder_private(dirfd);
    if (!e)
        e = master_load(p->master_key, master);
    if (!e)
        e = gcm_new(&g);
    if (!e)
        e = load_wrapped(dirfd, g, master, k);
    gcm_free(g);
    wipe(master, sizeof master);
    fd_close(&dirfd);
    if (e)
        keyring_wipe(k);
    return e;
}

void keyring_wipe(struct keyring *k) { wipe(k, sizeof *k); }
