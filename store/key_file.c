#include "store/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flux/base/credential.h"
#include "flux/base/fdio.h"
#include "flux/base/wipe.h"

enum {
    MAGIC = 8,
    WRAPPED_FILE = MAGIC + GCM_NONCE + SEAL_KEY + GCM_TAG,
    MASTER_TEXT = 2 * SEAL_KEY + 1,
    KIND_KEYRING = 3 /* seal.c has 1 and 2 */
};

static const char WRAPPED_MAGIC[MAGIC + 1] = "FRSAKEY1";

/* ---- the master key ---- */

/* Credentials belong to root or to the user of the service; systemd gives the user a right on the former by an access list, whose mask
 * shows as the right of the group to read (its execute.c, write_credential). */
static enum err check_key_file(const struct stat *st, bool credential)
{
    if (!S_ISREG(st->st_mode))
        return ERR_PERM;
    if (credential && st->st_uid == 0)
        return st->st_mode & 0337 ? ERR_PERM : ERR_OK;
    return st->st_uid == geteuid() && !(st->st_mode & 0177) ? ERR_OK : ERR_PERM;
}

enum err key_file_read(int dirfd, const char *name, bool credential, uint8_t *data, size_t size, size_t *len)
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

enum err master_load(const char *path, uint8_t key[SEAL_KEY])
{
    uint8_t text[MASTER_TEXT + 1];
    size_t len = 0;
    enum err e = key_file_read(AT_FDCWD, path, credential_is(path), text, MASTER_TEXT, &len);
    /* The final newline is for editors: without it the key is the same. */
    if (!e && len != 2 * SEAL_KEY && (len != MASTER_TEXT || text[MASTER_TEXT - 1] != '\n'))
        e = ERR_KEY;
    if (!e)
        e = from_hex(text, key);
    wipe(text, sizeof text);
    return e;
}

enum err master_create(const char *path)
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

enum err backup_key_load(const char *path, uint8_t key[SEAL_KEY])
{
    uint8_t bytes[SEAL_KEY + 1];
    size_t len = 0;
    enum err e = key_file_read(AT_FDCWD, path, credential_is(path), bytes, SEAL_KEY, &len);
    if (!e && len != SEAL_KEY)
        e = ERR_KEY;
    if (!e)
        memcpy(key, bytes, SEAL_KEY);
    wipe(bytes, sizeof bytes);
    return e;
}

/* ---- wrapped keys ---- */

static struct gcm_place named(const char *name) { return (struct gcm_place){KIND_KEYRING, {(const uint8_t *)name, strlen(name)}}; }

enum err wrapped_create(int dirfd, const char *name, struct gcm *g, const uint8_t master[SEAL_KEY], const uint8_t key[SEAL_KEY])
{
    uint8_t file[WRAPPED_FILE], *nonce = file + MAGIC;
    memcpy(file, WRAPPED_MAGIC, MAGIC);
    enum err e = RAND_bytes(nonce, GCM_NONCE) == 1 ? ERR_OK : ERR_IO;
    if (!e)
        e = gcm_seal(g, master, nonce, named(name), key, SEAL_KEY, nonce + GCM_NONCE);
    if (!e)
        e = file_create(dirfd, name, 0400, file, sizeof file);
    return e;
}

enum err wrapped_load(int dirfd, const char *name, struct gcm *g, const uint8_t master[SEAL_KEY], uint8_t key[SEAL_KEY])
{
    uint8_t file[WRAPPED_FILE + 1];
    const uint8_t *nonce = file + MAGIC;
    size_t len = 0;
    enum err e = key_file_read(dirfd, name, false, file, WRAPPED_FILE, &len);
    if (!e && (len != WRAPPED_FILE || memcmp(file, WRAPPED_MAGIC, MAGIC) != 0))
        e = ERR_KEY;
    if (!e)
        e = gcm_open(g, master, nonce, named(name), (struct span){nonce + GCM_NONCE, SEAL_KEY + GCM_TAG}, key);
    return e == ERR_CORRUPT ? ERR_KEY : e;
}
