/* What config check makes of what it sees of the machine. Pure functions: nothing is looked at here, nothing is told. */
#ifndef CLI_CONFIG_JUDGE_H
#define CLI_CONFIG_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum fs_kind {
    FS_LOCAL,
    FS_REMOTE, /* other machines change it too: no inotify, no locks to build upon */
    FS_USER,   /* a program stands in for the kernel (FUSE) */
    FS_LAYERS, /* overlay */
    FS_MEMORY
};

/* magic: f_type of statfs(2). What is not known counts as local. */
enum fs_kind fs_kind(uint64_t magic);

/* Whether inner is outer or lies in it; both absolute, without links, ".", ".." or a slash at the end. */
bool path_within(const char *outer, const char *inner);

/* A folder of the instance, or one where others put files. */
enum folder_kind { FOLDER_OWN, FOLDER_DROP, FOLDER_ABOVE };

struct folder_facts {
    mode_t mode;
    uid_t owner, user; /* user: who asks */
    bool usable;       /* user may read, write and search it */
};

enum folder_verdict {
#define VERDICT(name, gravity, sentence) FOLDER_##name,
#include "cli/config_folder.def"
#undef VERDICT
    FOLDER_VERDICTS
};

/* Bits by folder_verdict: all that is wrong with it. */
uint32_t folder_judge(enum folder_kind kind, const struct folder_facts *f);

enum clock_verdict { CLOCK_RIGHT, CLOCK_BEFORE_PROGRAM, CLOCK_BEFORE_STORE };
/* Seconds since 1970; newest: of what the store and the journal say was done, 0 when nothing was. */
enum clock_verdict clock_judge(int64_t now, int64_t newest);

/* "2026-01-31T05:00:00Z" as seconds since 1970; false when it is none. */
bool moment_parse(const char *text, int64_t *seconds);

/* Whether part of whole is less than so many thousandths. */
bool share_below(uint64_t part, uint64_t whole, int64_t thousandths);

/* What the daemon takes of the machine when it watches so many folders. */
uint64_t watches_needed(size_t folders);
uint64_t descriptors_needed(size_t folders);

#endif
