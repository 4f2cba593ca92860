#include "store/generation.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flux/base/fdio.h"
#include "flux/base/folder_each.h"
#include "store/folder.h"
#include "store/keyring.h"
#include "store/lock.h"

enum { NUMBER_DIGITS = 9, CURRENT_SIZE_MAX = 64 };

static const char CURRENT[] = "CURRENT", NEW_FOLDER[] = ".new-1", FIRST[] = "gen-1", PREFIX[] = "gen-", NEW_PREFIX[] = ".new-";
static const char CURRENT_PART[] = ".CURRENT.part", RING_WORD[] = " keyring-", OPEN_LOCK[] = GENERATION_OPEN_LOCK,
                  WRITE_LOCK[] = GENERATION_WRITE_LOCK;

static enum err sealer_from_keys(const struct store_place *p, uint32_t ring, struct sealer **ret)
{
    struct keyring k;
    enum err e = keyring_load(p, ring, &k);
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
    const struct pointer first = {.number = 1};
    enum err e = file_create(store_fd, OPEN_LOCK, 0600, "", 0);
    if (!e)
        e = file_create(store_fd, WRITE_LOCK, 0600, "", 0);
    if (!e && renameat(store_fd, NEW_FOLDER, store_fd, FIRST) < 0)
        e = err_from_errno(errno);
    if (!e)
        e = folder_sync(store_fd);
    return e ? e : pointer_write(store_fd, &first);
}

static void unmake(int store_fd)
{
    unlinkat(store_fd, CURRENT, 0);
    unlinkat(store_fd, OPEN_LOCK, 0);
    unlinkat(store_fd, WRITE_LOCK, 0);
    folder_remove(store_fd, FIRST);
    folder_remove(store_fd, NEW_FOLDER);
}

static enum err create_with_keys(int store_fd, const struct store_place *p, enum err (*make)(int dirfd, struct sealer *s))
{
    struct sealer *s = NULL;
    bool master_made = false;
    enum err e = keyring_create(p, &master_made);
    if (e)
        return e;
    e = sealer_from_keys(p, 0, &s);
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

/* A number from 1 up without leading zeros; *at moves behind it. 0 when there is none. */
static uint32_t take_number(const uint8_t *text, size_t len, size_t *at)
{
    uint32_t n = 0;
    size_t first = *at;
    while (*at < len && *at - first < NUMBER_DIGITS && text[*at] >= '0' && text[*at] <= '9')
        n = n * 10 + (uint32_t)(text[(*at)++] - '0');
    return first < len && text[first] == '0' ? 0 : n;
}

static bool take_word(const uint8_t *text, size_t len, size_t *at, const char *word)
{
    size_t n = strlen(word);
    if (len - *at < n || memcmp(text + *at, word, n) != 0)
        return false;
    *at += n;
    return true;
}

/* "gen-7\n", or "gen-7 keyring-2\n" when its keys are not those of the first ring. */
static enum err parse_current(const uint8_t *text, size_t len, struct pointer *p)
{
    size_t at = 0;
    *p = (struct pointer){0};
    if (!take_word(text, len, &at, PREFIX) || !(p->number = take_number(text, len, &at)))
        return ERR_CORRUPT;
    if (take_word(text, len, &at, RING_WORD) && !(p->ring = take_number(text, len, &at)))
        return ERR_CORRUPT;
    return at + 1 == len && text[at] == '\n' ? ERR_OK : ERR_CORRUPT;
}

enum err pointer_read(int store_fd, struct pointer *p)
{
    uint8_t *text = NULL;
    size_t len = 0;
    *p = (struct pointer){0};
    enum err e = file_read(store_fd, CURRENT, CURRENT_SIZE_MAX, &text, &len);
    if (e)
        return e == ERR_NOFILE ? ERR_STORE : e == ERR_TOOBIG || e == ERR_BAD ? ERR_CORRUPT : e;
    e = parse_current(text, len, p);
    free(text);
    return e;
}

enum err pointer_write(int store_fd, const struct pointer *p)
{
    char line[CURRENT_SIZE_MAX];
    int n = p->ring ? snprintf(line, sizeof line, "%s%u%s%u\n", PREFIX, (unsigned)p->number, RING_WORD, (unsigned)p->ring)
                    : snprintf(line, sizeof line, "%s%u\n", PREFIX, (unsigned)p->number);
    return file_replace(store_fd, CURRENT, 0600, line, (size_t)n);
}

void generation_name(unsigned number, bool made, char name[GENERATION_NAME])
{
    snprintf(name, GENERATION_NAME, "%s%u", made ? PREFIX : NEW_PREFIX, number);
}

bool generation_is_name(const char *name, unsigned *number)
{
    size_t at = 0, len = strlen(name);
    const uint8_t *text = (const uint8_t *)name;
    if (!take_word(text, len, &at, PREFIX) && !take_word(text, len, &at, NEW_PREFIX))
        return false;
    *number = take_number(text, len, &at);
    return *number && at == len;
}

static enum err remove_other(void *ctx, int dirfd, const char *name)
{
    const char *kept = ctx;
    unsigned number;
    if (strcmp(name, kept) != 0 && generation_is_name(name, &number))
        folder_remove(dirfd, name);
    return ERR_OK;
}

void generation_sweep(const struct store_place *place, int store_fd)
{
    char kept[GENERATION_NAME];
    struct pointer p;
    struct stat st;
    if (pointer_read(store_fd, &p))
        return;
    generation_name(p.number, true, kept);
    if (fstatat(store_fd, kept, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode))
        return;
    (void)folder_each(store_fd, remove_other, kept);
    unlinkat(store_fd, CURRENT_PART, 0);
    keyring_sweep(place, p.ring);
}

/* Who replaces the generation holds the lock exclusively: read after the shared lock, the pointer stays what it is. */
static enum err open_current(struct generation *g)
{
    char name[GENERATION_NAME];
    struct pointer p;
    enum err e = pointer_read(g->store_fd, &p);
    if (e)
        return e;
    g->number = p.number;
    g->ring = p.ring;
    generation_name(p.number, true, name);
    e = folder_open(g->store_fd, name, &g->dir_fd);
    if (e)
        return e == ERR_NOFILE ? ERR_CORRUPT : e;
    return folder_private(g->dir_fd);
}

static enum err open_all(const struct store_place *p, bool writable, const char *purpose, void (*waiting)(void *ctx, const char *holder),
                         void *ctx, struct generation *g)
{
    struct pointer unused;
    enum err e = folder_open(AT_FDCWD, p->store_dir, &g->store_fd);
    if (e)
        return e == ERR_NOFILE ? ERR_STORE : e;
    e = folder_private(g->store_fd);
    /* Before any file is made here: a folder that is no store stays as it is. */
    if (!e)
        e = pointer_read(g->store_fd, &unused);
    if (!e && writable)
        e = lock_exclusive(g->store_fd, WRITE_LOCK, purpose, waiting, ctx, &g->write_lock_fd);
    if (!e)
        e = lock_shared(g->store_fd, OPEN_LOCK, &g->open_lock_fd);
    if (!e)
        e = open_current(g);
    /* The keys may have been renewed while this waited. */
    return e ? e : sealer_from_keys(p, g->ring, &g->sealer);
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
