#include "store/replace.h"

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
#include "store/lock.h"

enum { NUMBER_MAX = 999999999 };

/* ---- holding off writers ---- */

static enum err only_ours(void *ctx, int dirfd, const char *name)
{
    static const char *const ours[] = {GENERATION_OPEN_LOCK, GENERATION_WRITE_LOCK, ".CURRENT.part"};
    unsigned number;
    (void)ctx, (void)dirfd;
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        if (!strcmp(name, ours[i]))
            return ERR_OK;
    return generation_is_name(name, &number) ? ERR_OK : ERR_STORE;
}

/* A damaged pointer is a store to be restored; a folder without one must hold nothing that is not a store's. */
static enum err look(struct store_hold *h)
{
    enum err e = pointer_read(h->store_fd, &h->current);
    h->known = !e;
    if (e == ERR_STORE)
        e = folder_each(h->store_fd, only_ours, NULL);
    return e == ERR_CORRUPT ? ERR_OK : e;
}

static enum err hold(struct store_hold *h, const char *purpose, unsigned patience, void (*waiting)(void *ctx, const char *holder),
                     void *ctx)
{
    enum err e = folder_open(AT_FDCWD, h->place.store_dir, &h->store_fd);
    if (e)
        return e == ERR_NOFILE ? ERR_STORE : e;
    e = folder_private(h->store_fd);
    if (!e)
        e = look(h);
    if (!e)
        e = lock_exclusive_for(h->store_fd, GENERATION_WRITE_LOCK, purpose, patience, waiting, ctx, &h->write_lock_fd);
    /* Whoever held it may have replaced the generation. */
    if (!e)
        e = look(h);
    if (!e && h->known)
        generation_sweep(&h->place, h->store_fd);
    return e;
}

enum err store_hold(const struct store_place *p, const char *purpose, unsigned patience, void (*waiting)(void *ctx, const char *holder),
                    void *ctx, struct store_hold **ret)
{
    struct store_hold *h = malloc(sizeof *h);
    *ret = NULL;
    if (!h)
        return ERR_NOMEM;
    *h = (struct store_hold){.place = *p, .store_fd = -1, .write_lock_fd = -1, .next_fd = -1};
    enum err e = hold(h, purpose, patience, waiting, ctx);
    if (e)
        h = store_unhold(h);
    *ret = h;
    return e;
}

struct store_hold *store_unhold(struct store_hold *h)
{
    if (!h)
        return NULL;
    replace_end(h);
    lock_release(&h->write_lock_fd);
    fd_close(&h->store_fd);
    free(h);
    return NULL;
}

/* ---- the next generation ---- */

static enum err see_number(void *ctx, int dirfd, const char *name)
{
    unsigned *highest = ctx, number;
    (void)dirfd;
    if (generation_is_name(name, &number) && number > *highest)
        *highest = number;
    return ERR_OK;
}

enum err replace_begin(struct store_hold *h)
{
    char name[GENERATION_NAME];
    unsigned highest = h->current.number;
    enum err e = folder_each(h->store_fd, see_number, &highest);
    if (!e && highest >= NUMBER_MAX)
        e = ERR_STORE;
    if (e)
        return e;
    generation_name(highest + 1, false, name);
    if (mkdirat(h->store_fd, name, 0700) < 0)
        return err_from_errno(errno);
    h->next = highest + 1;
    return folder_open(h->store_fd, name, &h->next_fd);
}

static enum err name_it(struct store_hold *h)
{
    char made[GENERATION_NAME], unmade[GENERATION_NAME];
    generation_name(h->next, true, made);
    generation_name(h->next, false, unmade);
    enum err e = folder_sync_files(h->next_fd);
    if (!e && renameat(h->store_fd, unmade, h->store_fd, made) < 0)
        e = err_from_errno(errno);
    return e ? e : folder_sync(h->store_fd);
}

enum err replace_publish(struct store_hold *h, uint32_t ring, unsigned patience)
{
    const struct pointer next = {h->next, ring};
    int open_lock_fd = -1;
    enum err e = name_it(h);
    if (!e)
        e = lock_exclusive_for(h->store_fd, GENERATION_OPEN_LOCK, "replacing", patience, NULL, NULL, &open_lock_fd);
    h->pointing = !e;
    if (!e)
        e = pointer_write(h->store_fd, &next);
    lock_release(&open_lock_fd);
    if (!e) {
        h->known = true;
        h->current = next;
    }
    return e;
}

void replace_end(struct store_hold *h)
{
    char name[GENERATION_NAME];
    struct pointer p;
    fd_close(&h->next_fd);
    if (!h->next)
        return;
    if (!pointer_read(h->store_fd, &p))
        generation_sweep(&h->place, h->store_fd);
    for (int made = 0; made < 2 && !h->pointing; made++) {
        generation_name(h->next, made, name);
        folder_remove(h->store_fd, name);
    }
    h->next = 0;
    h->pointing = false;
}
