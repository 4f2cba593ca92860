/* An instance without a store, in a temporary folder: configuration, drop folder and spool. */
#ifndef TESTS_UNIT_SPOOL_HOME_H
#define TESTS_UNIT_SPOOL_HOME_H

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flux/base/fdio.h"
#include "flux/daemon/drop.h"
#include "flux/daemon/spool.h"

struct spool_home {
    char root[64];
    struct config *config;
    struct spool spool;
    struct drop drop;
};

static inline char *spool_path(const struct spool_home *h, const char *name, char path[1024])
{
    snprintf(path, 1024, "%s/%s", h->root, name);
    return path;
}

static inline void put_file(const struct spool_home *h, const char *name, const char *content)
{
    char path[1024];
    int fd = open(spool_path(h, name, path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    ck_assert_msg(fd >= 0, "%s", name);
    ck_assert_int_eq(fd_write_all(fd, content, strlen(content)), ERR_OK);
    close(fd);
}

static inline void spool_home_load(struct spool_home *h, const char *lines)
{
    char text[2048], path[1024];
    struct config_faults faults = {0};
    snprintf(text, sizeof(text), "[instance]\ndepartement = 062\n%s", lines);
    put_file(h, "fluxrsa.conf", text);
    ck_assert_int_eq(chmod(spool_path(h, "fluxrsa.conf", path), 0600), 0);
    config_free(h->config);
    ck_assert_int_eq(config_load(path, &h->config, &faults), ERR_OK);
}

static inline void spool_home_new(struct spool_home *h, const char *lines)
{
    static const char *const folders[] = {"drop", "drop/caf", "work", "done", "refused", "held"};
    char path[1024];
    enum spool_state wrong;
    bool other;
    memset(h, 0, sizeof(*h));
    snprintf(h->root, sizeof(h->root), "/tmp/fluxrsa-test-spool-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(h->root));
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        ck_assert_int_eq(mkdir(spool_path(h, folders[i], path), 0700), 0);
    spool_home_load(h, lines);
    ck_assert_int_eq(spool_open(&h->spool, h->config, &wrong), ERR_OK);
    drop_init(&h->drop);
    ck_assert_int_eq(drop_open(&h->drop, spool_path(h, "drop/caf", path), &other), ERR_OK);
}

static inline int remove_any(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static inline void spool_home_free(struct spool_home *h)
{
    drop_free(&h->drop);
    spool_close(&h->spool);
    config_free(h->config);
    nftw(h->root, remove_any, 8, FTW_DEPTH | FTW_PHYS);
}

/* Entries of a folder; hidden ones apart. */
static inline int entries_of(const struct spool_home *h, const char *name)
{
    char path[1024];
    int n = 0;
    DIR *d = opendir(spool_path(h, name, path));
    ck_assert_msg(d != NULL, "%s", path);
    for (const struct dirent *e; (e = readdir(d));)
        n += e->d_name[0] != '.';
    closedir(d);
    return n;
}

static inline bool is_there(const struct spool_home *h, const char *name)
{
    char path[1024];
    struct stat st;
    return lstat(spool_path(h, name, path), &st) == 0;
}

static const struct settle_rule at_once = {COMPLETE_RENAME, 0, ".ok"};

/* Looks, and claims the file of this name. */
static inline enum err claim_file(struct spool_home *h, const char *name, int64_t wall_now, char id[SPOOL_ID_MAX])
{
    const struct drop_take how = {&h->spool, "caf", &at_once, 1000, wall_now};
    ck_assert_int_eq(drop_scan(&h->drop, &at_once, 1000), ERR_OK);
    for (size_t i = 0; i < h->drop.count; i++)
        if (strcmp(h->drop.entries[i].name, name) == 0)
            return drop_claim(&h->drop, &h->drop.entries[i], &how, id);
    ck_abort_msg("%s is not in the drop folder", name);
}

#endif
