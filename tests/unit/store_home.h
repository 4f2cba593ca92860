/* A store and its keys in temporary folders. */
#ifndef TESTS_UNIT_STORE_HOME_H
#define TESTS_UNIT_STORE_HOME_H

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flux/base/fdio.h"
#include "store/generation.h"
#include "store/kv.h"

static const struct kv_options HOME_OPTIONS = {.tables = 2, .map_bytes = 16 << 20};

struct home {
    char root[64], store[96], keys[96], master[128];
    struct store_place place;
};

static inline void home_new(struct home *h)
{
    snprintf(h->root, sizeof h->root, "/tmp/fluxrsa-test-gen-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(h->root));
    snprintf(h->store, sizeof h->store, "%s/store", h->root);
    snprintf(h->keys, sizeof h->keys, "%s/keys", h->root);
    snprintf(h->master, sizeof h->master, "%s/master.key", h->root);
    ck_assert_int_eq(mkdir(h->store, 0700), 0);
    ck_assert_int_eq(mkdir(h->keys, 0700), 0);
    h->place = (struct store_place){h->store, h->keys, h->master};
}

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static inline void home_free(const struct home *h) { nftw(h->root, remove_one, 8, FTW_DEPTH | FTW_PHYS); }

static inline enum err make(int dirfd, struct sealer *s) { return s ? kv_create(dirfd, &HOME_OPTIONS) : ERR_BUG; }

static inline enum err make_fails(int dirfd, struct sealer *s)
{
    enum err e = make(dirfd, s);
    return e ? e : ERR_NOSPACE;
}

static inline enum err reopen(const struct home *h)
{
    struct generation g;
    enum err e = generation_open(&h->place, false, "test", NULL, NULL, &g);
    if (!e)
        generation_close(&g);
    return e;
}

static inline void make_home(struct home *h)
{
    home_new(h);
    ck_assert_int_eq(generation_create(&h->place, make), ERR_OK);
}

static inline const char *path_in(const char *dir, const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static inline int entries(const char *dir)
{
    DIR *d = opendir(dir);
    int n = -2;
    ck_assert_ptr_nonnull(d);
    while (readdir(d))
        n++;
    closedir(d);
    return n;
}

static inline unsigned mode_of(const char *path)
{
    struct stat st;
    ck_assert_msg(stat(path, &st) == 0, "%s", path);
    return st.st_mode & 07777;
}

static inline void write_file(const char *path, const char *content, size_t n)
{
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fd_write_all(fd, content, n), ERR_OK);
    close(fd);
}

#endif
