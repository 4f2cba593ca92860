#include "store/generation.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flux/base/fdio.h"
#include "store/folder.h"
#include "store/keyring.h"
#include "store/lock.h"

enum { NAME_SIZE = 24, NUMBER_DIGITS = 9, CURRENT_SIZE_MAX = 64 };

static const char CURRENT[] = "CURRENT", NEW_FOLDER[] = ".new-1", FIRST[] = "gen-1", PREFIX[] = "gen-";
static const char OPEN_LOCK[] = "open.lock", WRITE_LOCK[] = "write.lock";

static enum err sealer_from_keys(const struct store_place *p, struct sealer **ret)
{
    struct keyring k;
    enum err e = keyring_load(p, &k);
    if (!e)
        e = sealer_new(k.kek, k.kek_id, k.index_secret, ret);
    keyring_wipe(&k);
    return e;
}

/* ---- making the first generation ---- */

static enum err fill_new(int store_fd, struct sealer *s, enum err (*make)(int dirfd, struct sealer *s))
{
    int fd = -1;
    enum err e = folder_open(store_fd, NEW_FOLDER, &fd);
    if (!e)
        e = make(fd, s);
    if (!e)
        e = folder_sync_files(fd);
    fd_close(&fd);
    return e;
}

/* The pointer comes last: until it is there, nothing opens what was made. */
static enum err publish(int store_fd)
{
    char line[NAME_SIZE];
    int n = snprintf(line, sizeof line, "%s\n", FIRST);
    enum err e = file_create(store_fd, OPEN_LOCK, 0600, "", 0);
    if (!e)
        e = file_create(store_fd, WRITE_LOCK, 0600, "", 0);
    if (!e && renameat(store_fd, NEW_FOLDER, store_fd, FIRST) < 0)
        e = err_from_errno(errno);
    if (!e)
        e = folder_sync(store_fd);
    return e ? e : file_replace(store_fd, CURRENT, 0600, line, (size_t)n);
}

static void remove_folder(int store_fd, const char *name)
{
    int fd = -1;
    if (folder_open(store_fd, name, &fd))
        return;
    folder_clear(fd);
    fd_close(&fd);
    unlinkat(store_fd, name, AT_REMOVEDIR);
}

static void unmake(int store_fd)
{
    unlinkat(store_fd, CURRENT, 0);
    unlinkat(store_fd, OPEN_LOCK, 0);
    unlinkat(store_fd, WRITE_LOCK, 0);
    remove_folder(store_fd, FIRST);
    remove_folder(store_fd, NEW_FOLDER);
}

static enum err create_with_keys(int store_fd, const struct store_place *p, enum err (*make)(int dirfd, struct sealer *s))
{
    struct sealer *s = NULL;
    bool master_made = false;
    enum err e = keyring_create(p, &master_made);
    if (e)
        return e;
    e = sealer_from_keys(p, &s);
    if (!e)
        e = fill_new(store_fd, s, make);
    if (!e)
        e = publish(store_fd);
    sealer_free(s);
    if (e)
        keyring_remove(p, master_made);
    return e;
}

/* Making the folder aside is also what keeps two creators apart. */
static enum err create_in(int store_fd, const struct store_place *p, enum err (*make)(int dirfd, struct sealer *s))
{
    enum err e = folder_private(store_fd);
    if (!e)
        e = folder_empty(store_fd, NULL);
    if (e)
        return e;
    if (mkdirat(store_fd, NEW_FOLDER, 0700) < 0)
        return errno == EEXIST ? ERR_BUSY : err_from_errno(errno);
    e = create_with_keys(store_fd, p, make);
    if (e)
        unmake(store_fd);
    return e;
}

enum err generation_create(const struct store_place *p, enum err (*make)(int dirfd, struct sealer *s))
{
    int store_fd = -1;
    enum err e = folder_open(AT_FDCWD, p->store_dir, &store_fd);
    if (!e)
        e = create_in(store_fd, p, make);
    fd_close(&store_fd);
    return e;
}

/* ---- opening ---- */

/* "gen-N\n" with N from 1 up, without leading zeros. */
static enum err parse_current(const uint8_t *text, size_t len, unsigned *number)
{
    size_t at = strlen(PREFIX), first = at;
    unsigned n = 0;
    if (len < at || memcmp(text, PREFIX, at) != 0)
        return ERR_CORRUPT;
    while (at < len && at - first < NUMBER_DIGITS && text[at] >= '0' && text[at] <= '9')
        n = n * 10 + (unsigned)(text[at++] - '0');
    if (!n || text[first] == '0' || at + 1 != len || text[at] != '\n')
        return ERR_CORRUPT;
    *number = n;
    return ERR_OK;
}

static enum err read_current(int store_fd, unsigned *number)
{
    uint8_t *text = NULL;
    size_t len = 0;
    enum err e = file_read(store_fd, CURRENT, CURRENT_SIZE_MAX, &text, &len);
    if (e)
        return e == ERR_NOFILE ? ERR_STORE : e == ERR_TOOBIG || e == ERR_BAD ? ERR_CORRUPT : e;
    e = parse_current(text, len, number);
    free(text);
    return e;
}

/* Who replaces the generation holds the lock exclusively: read after the shared lock, the pointer stays what it is. */
static enum err open_current(struct generation *g)
{
    char name[NAME_SIZE];
    enum err e = read_current(g->store_fd, &g->number);
    if (e)
        return e;
    snprintf(name, sizeof name, "%s%u", PREFIX, g->number);
    e = folder_open(g->store_fd, name, &g->dir_fd);
    if (e)
        return e == ERR_NOFILE ? ERR_CORRUPT : e;
    return folder_private(g->dir_fd);
}

static enum err open_all(const struct store_place *p, bool writable, const char *purpose, void (*waiting)(void *ctx, const char *holder),
                         void *ctx, struct generation *g)
{
    unsigned number;
    enum err e = folder_open(AT_FDCWD, p->store_dir, &g->store_fd);
    if (e)
        return e == ERR_NOFILE ? ERR_STORE : e;
    e = folder_private(g->store_fd);
    /* Before any file is made here: a folder that is no store stays as it is. */
    if (!e)
        e = read_current(g->store_fd, &number);
    if (!e && writable)
        e = lock_exclusive(g->store_fd, WRITE_LOCK, purpose, waiting, ctx, &g->write_lock_fd);
    if (!e)
        e = lock_shared(g->store_fd, OPEN_LOCK, &g->open_lock_fd);
    if (!e)
        e = open_current(g);
    /* The keys may have been renewed while this waited. */
    return e ? e : sealer_from_keys(p, &g->sealer);
}

enum err generation_open(const struct store_place *p, bool writable, const char *purpose, void (*waiting)(void *ctx, const char *holder),
                         void *ctx, struct generation *out)
{
    *out = (struct generation){.store_fd = -1, .dir_fd = -1, .open_lock_fd = -1, .write_lock_fd = -1};
    enum err e = open_all(p, writable, purpose, waiting, ctx, out);
    if (e)
        generation_close(out);
    return e;
}

void generation_close(struct generation *g)
{
    g->sealer = sealer_free(g->sealer);
    fd_close(&g->dir_fd);
    fd_close(&g->open_lock_fd);
    lock_release(&g->write_lock_fd);
    fd_close(&g->store_fd);
}
