#include "store/keyring.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flux/base/fdio.h"
#include "flux/base/folder_each.h"
#include "flux/base/wipe.h"
#include "store/folder.h"
#include "store/key_file.h"

enum { RING_TEXT_MAX = 256, RING_NAME = STORE_KEY_NAME, NUMBER_MAX = 999999999 };

static const char RING[] = "keyring", KEK[] = "kek", INDEX[] = "index", RING_HEAD[] = "fluxrsa keyring 1\nkek ", RING_INDEX[] = "index ";

/* "index", "index-2": number 0 has none in its name. */
static void name_of(const char *what, uint32_t number, char name[RING_NAME])
{
    if (number)
        snprintf(name, RING_NAME, "%s-%u", what, (unsigned)number);
    else
        snprintf(name, RING_NAME, "%s", what);
}

/* ---- the file that names the keys of a ring ---- */

static enum err ring_create(int dirfd, uint32_t number, const struct keyring *k)
{
    char text[RING_TEXT_MAX], index[RING_NAME * 2] = "", name[RING_NAME];
    name_of(RING, number, name);
    if (k->index_id)
        snprintf(index, sizeof index, "%s%u\n", RING_INDEX, (unsigned)k->index_id);
    int n = snprintf(text, sizeof text, "%s%u\n%s", RING_HEAD, (unsigned)k->kek_id, index);
    return file_create(dirfd, name, 0400, text, (size_t)n);
}

/* A number without leading zeros, then a newline; moves *at behind it. 0 when there is none. */
static uint32_t take_number(const uint8_t *text, size_t len, size_t *at)
{
    uint64_t n = 0;
    size_t first = *at;
    while (*at < len && text[*at] >= '0' && text[*at] <= '9' && n <= UINT32_MAX)
        n = n * 10 + (uint64_t)(text[(*at)++] - '0');
    bool right = n && n <= UINT32_MAX && text[first] != '0' && *at < len && text[*at] == '\n';
    *at += right;
    return right ? (uint32_t)n : 0;
}

static enum err ring_parse(const uint8_t *text, size_t len, struct keyring *k)
{
    size_t at = strlen(RING_HEAD), next = strlen(RING_INDEX);
    if (len <= at || memcmp(text, RING_HEAD, at) != 0)
        return ERR_KEY;
    k->kek_id = take_number(text, len, &at);
    if (!k->kek_id || at == len)
        return k->kek_id ? ERR_OK : ERR_KEY;
    if (len - at <= next || memcmp(text + at, RING_INDEX, next) != 0)
        return ERR_KEY;
    at += next;
    k->index_id = take_number(text, len, &at);
    return k->index_id && at == len ? ERR_OK : ERR_KEY;
}

static enum err ring_load(int dirfd, uint32_t number, struct keyring *k)
{
    uint8_t text[RING_TEXT_MAX + 1];
    char name[RING_NAME];
    size_t len = 0;
    name_of(RING, number, name);
    enum err e = key_file_read(dirfd, name, false, text, RING_TEXT_MAX, &len);
    return e ? e : ring_parse(text, len, k);
}

/* ---- a ring under one key ---- */

static enum err put_ring(int dirfd, const uint8_t master[SEAL_KEY], uint32_t number, const struct keyring *k)
{
    char kek[RING_NAME], index[RING_NAME];
    struct gcm *g = NULL;
    name_of(KEK, k->kek_id, kek);
    name_of(INDEX, k->index_id, index);
    enum err e = gcm_new(&g);
    if (!e)
        e = wrapped_create(dirfd, kek, g, master, k->kek);
    if (!e)
        e = wrapped_create(dirfd, index, g, master, k->index_secret);
    if (!e)
        e = ring_create(dirfd, number, k);
    gcm_free(g);
    return e;
}

static enum err get_ring(int dirfd, const uint8_t master[SEAL_KEY], uint32_t number, struct keyring *k)
{
    char kek[RING_NAME], index[RING_NAME];
    struct gcm *g = NULL;
    enum err e = ring_load(dirfd, number, k);
    if (!e)
        e = gcm_new(&g);
    if (e)
        return e;
    name_of(KEK, k->kek_id, kek);
    name_of(INDEX, k->index_id, index);
    e = wrapped_load(dirfd, kek, g, master, k->kek);
    if (!e)
        e = wrapped_load(dirfd, index, g, master, k->index_secret);
    gcm_free(g);
    return e;
}

enum err keyring_put(int dirfd, const uint8_t key[SEAL_KEY], const struct keyring *k) { return put_ring(dirfd, key, 0, k); }

enum err keyring_get(int dirfd, const uint8_t key[SEAL_KEY], struct keyring *k)
{
    memset(k, 0, sizeof *k);
    enum err e = get_ring(dirfd, key, 0, k);
    if (e)
        keyring_wipe(k);
    return e;
}

enum err keyring_fresh(struct keyring *k, uint32_t kek_id, const uint8_t *index_secret)
{
    *k = (struct keyring){.kek_id = kek_id};
    bool made = RAND_priv_bytes(k->kek, SEAL_KEY) == 1 && (index_secret || RAND_priv_bytes(k->index_secret, SEAL_KEY) == 1);
    if (index_secret)
        memcpy(k->index_secret, index_secret, SEAL_KEY);
    return made ? ERR_OK : ERR_IO;
}

/* ---- the first ring ---- */

/* The master key may stand in the folder of the keys, where somebody put it beforehand. */
static enum err keys_dir_empty(int dirfd, const char *master_key)
{
    struct stat st;
    bool there = stat(master_key, &st) == 0;
    return folder_empty(dirfd, there ? &st : NULL);
}

static enum err make_master(const char *master_key, bool *made)
{
    *made = false;
    if (access(master_key, F_OK) == 0 || errno != ENOENT)
        return ERR_OK;
    enum err e = master_create(master_key);
    *made = !e;
    return e;
}

static enum err make_ring(int dirfd, const char *master_key, uint32_t number, const struct keyring *k)
{
    uint8_t master[SEAL_KEY];
    enum err e = master_load(master_key, master);
    if (!e)
        e = put_ring(dirfd, master, number, k);
    wipe(master, sizeof master);
    return e;
}

static void remove_ring(int dirfd, uint32_t number, uint32_t kek_id)
{
    char name[RING_NAME];
    name_of(RING, number, name);
    unlinkat(dirfd, name, 0);
    name_of(INDEX, number, name);
    unlinkat(dirfd, name, 0);
    name_of(KEK, kek_id, name);
    unlinkat(dirfd, name, 0);
}

static void remove_all(int dirfd, const char *master_key, bool master_made)
{
    remove_ring(dirfd, 0, 1);
    if (master_made)
        unlink(master_key);
}

static enum err make_all(int dirfd, const char *master_key, bool *master_made)
{
    struct keyring k;
    enum err e = folder_private(dirfd);
    if (!e)
        e = keys_dir_empty(dirfd, master_key);
    if (!e)
        e = make_master(master_key, master_made);
    if (e)
        return e;
    e = keyring_fresh(&k, 1, NULL);
    if (!e)
        e = make_ring(dirfd, master_key, 0, &k);
    keyring_wipe(&k);
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

/* ---- rings of an instance ---- */

static enum err open_keys(const struct store_place *p, int *dirfd)
{
    enum err e = folder_open(AT_FDCWD, p->keys_dir, dirfd);
    if (e)
        return e == ERR_NOFILE ? ERR_KEY : e;
    return folder_private(*dirfd);
}

enum err keyring_load(const struct store_place *p, uint32_t number, struct keyring *k)
{
    uint8_t master[SEAL_KEY];
    int dirfd = -1;
    memset(k, 0, sizeof *k);
    enum err e = open_keys(p, &dirfd);
    if (!e)
        e = master_load(p->master_key, master);
    if (!e)
        e = get_ring(dirfd, master, number, k);
    wipe(master, sizeof master);
    fd_close(&dirfd);
    if (e)
        keyring_wipe(k);
    return e;
}

size_t keyring_files(const struct store_place *p, uint32_t number, char names[STORE_KEY_FILES][STORE_KEY_NAME])
{
    struct keyring k = {0};
    int dirfd = -1;
    enum err e = folder_open(AT_FDCWD, p->keys_dir, &dirfd);
    if (!e)
        e = ring_load(dirfd, number, &k);
    fd_close(&dirfd);
    name_of(RING, number, names[0]);
    name_of(KEK, k.kek_id, names[1]);
    name_of(INDEX, k.index_id, names[2]);
    return e ? 1 : STORE_KEY_FILES;
}

/* False when it is no name of this kind. */
static bool number_in(const char *name, const char *what, uint32_t *number)
{
    size_t n = strlen(what), at = n + 1;
    if (strncmp(name, what, n) != 0)
        return false;
    *number = 0;
    if (!name[n])
        return true;
    if (name[n] != '-' || name[at] == '0' || !name[at])
        return false;
    for (; name[at] >= '0' && name[at] <= '9' && *number <= NUMBER_MAX / 10; at++)
        *number = *number * 10 + (uint32_t)(name[at] - '0');
    return !name[at];
}

static bool is_key(const char *name, const char **what, uint32_t *number)
{
    static const char *const kinds[] = {RING, KEK, INDEX};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (number_in(name, *what = kinds[i], number))
            return true;
    return false;
}

struct highest {
    uint32_t number;
};

static enum err see_number(void *ctx, int dirfd, const char *name)
{
    struct highest *h = ctx;
    const char *what;
    uint32_t number;
    (void)dirfd;
    if (is_key(name, &what, &number) && number > h->number)
        h->number = number;
    return ERR_OK;
}

static enum err add_ring(const struct store_place *p, int dirfd, const uint8_t *index_secret, struct keyring *k, uint32_t *number)
{
    struct highest highest = {0};
    bool master_made;
    enum err e = folder_each(dirfd, see_number, &highest);
    if (!e && highest.number >= NUMBER_MAX)
        e = ERR_KEY;
    if (!e)
        e = make_master(p->master_key, &master_made);
    *number = highest.number + 1;
    if (!e)
        e = keyring_fresh(k, *number, index_secret);
    k->index_id = *number;
    if (!e && (e = make_ring(dirfd, p->master_key, *number, k)))
        remove_ring(dirfd, *number, *number);
    return e;
}

enum err keyring_add(const struct store_place *p, const uint8_t index_secret[SEAL_KEY], struct keyring *k, uint32_t *number)
{
    int dirfd = -1;
    enum err e = open_keys(p, &dirfd);
    if (!e)
        e = add_ring(p, dirfd, index_secret, k, number);
    fd_close(&dirfd);
    if (e)
        keyring_wipe(k);
    return e;
}

struct ring_kept {
    uint32_t number, kek_id, index_id;
    bool removed; /* something else */
};

static enum err remove_other(void *ctx, int dirfd, const char *name)
{
    struct ring_kept *kept = ctx;
    const char *what;
    uint32_t number;
    if (!is_key(name, &what, &number))
        return ERR_OK;
    if (number != (what == RING ? kept->number : what == KEK ? kept->kek_id : kept->index_id))
        kept->removed |= unlinkat(dirfd, name, 0) == 0;
    return ERR_OK;
}

void keyring_sweep(const struct store_place *p, uint32_t number)
{
    struct keyring k;
    int dirfd = -1;
    /* Only beside a ring that opens. */
    if (keyring_load(p, number, &k))
        return;
    struct ring_kept kept = {number, k.kek_id, k.index_id, false};
    keyring_wipe(&k);
    if (!open_keys(p, &dirfd) && !folder_each(dirfd, remove_other, &kept) && kept.removed)
        folder_sync(dirfd);
    fd_close(&dirfd);
}

void keyring_wipe(struct keyring *k) { wipe(k, sizeof *k); }
