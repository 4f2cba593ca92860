#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cli/config_check.h"
#include "cli/config_judge.h"

enum part { PART_STORE, PART_KEYS, PART_SPOOL, PART_BACKUP, PART_DROP, PART_ABOVE };

struct folder {
    struct origin origin;
    enum part part;
    const char *path;
    char *real; /* NULL when it is not there */
    struct statx facts;
    enum fs_kind fs;
};

enum { GENERAL = 8, FOLDERS_MAX = GENERAL + SOURCES_MAX };

struct folders {
    size_t count;
    struct folder list[FOLDERS_MAX];
};

static const struct {
    enum setting_id id;
    enum part part;
} general[] = {
    {SETTING_instance_store, PART_STORE}, {SETTING_instance_keys, PART_KEYS},     {SETTING_instance_work, PART_SPOOL},
    {SETTING_instance_done, PART_SPOOL},  {SETTING_instance_refused, PART_SPOOL}, {SETTING_instance_held, PART_SPOOL},
    {SETTING_backup_folder, PART_BACKUP}, {SETTING_instance_drop, PART_ABOVE},
};

static_assert(sizeof(general) / sizeof(general[0]) == GENERAL, "a folder each");

/* The sentence of what keeps a folder from being looked at, translated; NULL when it can be. */
static const char *look(struct folder *d)
{
    struct statfs fs;
    struct stat name;
    if (statx(AT_FDCWD, d->path, 0, STATX_BASIC_STATS | STATX_MNT_ID, &d->facts) != 0 && errno == EACCES)
        return _("this user may not reach the folder");
    if (d->facts.stx_mask == 0)
        return _("there is no such folder: make it, or correct the path");
    if (!S_ISDIR(d->facts.stx_mode))
        return _("this is not a folder");
    if (d->part == PART_DROP && lstat(d->path, &name) == 0 && S_ISLNK(name.st_mode))
        return _("this is a link, and fluxrsad follows none: name the folder itself");
    d->real = realpath(d->path, NULL);
    d->fs = statfs(d->path, &fs) == 0 ? fs_kind((uint64_t)(uint32_t)fs.f_type) : FS_LOCAL;
    return d->real ? NULL : _("this user may not reach the folder");
}

/* A backup may be made by other means, and then nothing has to be there. */
static bool may_be_absent(const struct findings *f, const struct folder *d)
{
    return d->part == PART_BACKUP && !d->origin.value->line && !d->facts.stx_mask &&
           config_number(f->cli->config, SETTING_alert_backup_age) == 0;
}

static void put(struct findings *f, struct folders *all, enum part part, const struct origin *origin)
{
    if (origin->value->wrong)
        return;
    struct folder *d = &all->list[all->count++];
    *d = (struct folder){.origin = *origin, .part = part, .path = origin->value->text};
    const char *why = look(d);
    bool young = part == PART_BACKUP && !origin->value->line && !d->facts.stx_mask;
    /* Keys have a check of their own. */
    if (why && part != PART_KEYS && !may_be_absent(f, d))
        finding_add(f, young ? WARNING : FAULT, &d->origin, d->path, why);
    if (!d->real)
        all->count--;
}

/* The folder above is only asked about when a source lies in it by default. */
static void gather(struct findings *f, struct folders *all)
{
    const struct config *c = f->cli->config;
    bool above = false;
    for (size_t k = 0; k < c->source_count; k++)
        above |= c->sources[k].values[SOURCE_folder].line == 0;
    for (size_t i = 0; i < GENERAL; i++) {
        struct origin o = origin_setting(c, general[i].id);
        if (general[i].part != PART_ABOVE || above)
            put(f, all, general[i].part, &o);
    }
    for (size_t k = 0; k < c->source_count; k++) {
        struct origin o = origin_source(&c->sources[k], SOURCE_folder);
        put(f, all, PART_DROP, &o);
    }
}

static void check_rights(struct findings *f, const struct folder *d)
{
    static const struct {
        enum gravity gravity;
        const char *sentence;
    } verdicts[FOLDER_VERDICTS] = {
#define VERDICT(name, gravity, sentence) [FOLDER_##name] = {gravity, sentence},
#include "cli/config_folder.def"
#undef VERDICT
    };
    enum folder_kind kind = d->part == PART_DROP ? FOLDER_DROP : d->part == PART_ABOVE ? FOLDER_ABOVE : FOLDER_OWN;
    struct folder_facts facts = {.mode = d->facts.stx_mode, .owner = d->facts.stx_uid, .user = geteuid()};
    facts.usable = faccessat(AT_FDCWD, d->path, R_OK | W_OK | X_OK, AT_EACCESS) == 0;
    uint32_t wrong = d->part == PART_KEYS ? 0 : folder_judge(kind, &facts);
    for (int v = 0; v < FOLDER_VERDICTS; v++)
        if (wrong & UINT32_C(1) << v)
            finding_add(f, verdicts[v].gravity, &d->origin, d->path, _(verdicts[v].sentence));
}

static void check_file_system(struct findings *f, const struct folder *d)
{
    bool store = d->part == PART_STORE, apart = d->fs == FS_REMOTE || d->fs == FS_USER;
    if (store && apart)
        finding_add(
            f, FAULT, &d->origin, d->path,
            _("the store lies on a file system of the network or of a program (NFS, CIFS, FUSE), where it may be damaged: move it to "
              "a local disk"));
    else if (store && d->fs == FS_LAYERS)
        finding_add(f, WARNING, &d->origin, d->path, _("the store lies on an overlay, which goes with its container: a volume is safer"));
    else if (store && d->fs == FS_MEMORY)
        finding_add(f, WARNING, &d->origin, d->path, _("the store lies in memory and goes when the machine stops"));
    else if (d->part == PART_DROP && apart)
        finding_add(f, WARNING, &d->origin, d->path,
                    _("the folder lies on a file system of the network: the kernel does not tell of new files there, and only the look at "
                      "the folders at each [daemon] scan finds them"));
}

static bool moves(const struct folder *d) { return d->part == PART_SPOOL || d->part == PART_DROP; }

static bool same_device(const struct statx *a, const struct statx *b)
{
    return a->stx_dev_major == b->stx_dev_major && a->stx_dev_minor == b->stx_dev_minor;
}

/* Two mounts of one file system are two for rename(2). */
static bool same_mount(const struct statx *a, const struct statx *b)
{
    return !(a->stx_mask & b->stx_mask & STATX_MNT_ID) || a->stx_mnt_id == b->stx_mnt_id;
}

static void check_together(struct findings *f, const struct folders *all)
{
    char message[256];
    const struct folder *first = NULL;
    for (size_t i = 0; i < all->count; i++) {
        const struct folder *d = &all->list[i];
        if (!moves(d))
            continue;
        first = first ? first : d;
        bool device = same_device(&first->facts, &d->facts);
        if (device && same_mount(&first->facts, &d->facts))
            continue;
        if (device)
            snprintf(message, sizeof(message),
                     _("the folder is behind another mount than that of %s: files could not be moved at one stroke"),
                     first->origin.subject);
        else
            snprintf(message, sizeof(message),
                     _("the folder is not on the same file system as that of %s: files could not be moved at one stroke"),
                     first->origin.subject);
        finding_add(f, FAULT, &d->origin, d->path, message);
    }
}

static void check_pair(struct findings *f, const struct folder *a, const struct folder *b)
{
    char message[256];
    bool same = same_device(&a->facts, &b->facts) && a->facts.stx_ino == b->facts.stx_ino;
    const struct folder *inner = same || path_within(a->real, b->real) ? b : path_within(b->real, a->real) ? a : NULL;
    if (!inner)
        return;
    const char *other = (inner == a ? b : a)->origin.subject;
    if (same)
        snprintf(message, sizeof(message), _("this is the folder of %s too"), other);
    else
        snprintf(message, sizeof(message), _("the folder lies inside that of %s"), other);
    finding_add(f, FAULT, &inner->origin, inner->path, message);
}

void check_folders(struct findings *f)
{
    struct folders *all = calloc(1, sizeof(*all));
    if (!all) {
        struct origin o = origin_machine("memory");
        finding_add(f, FAULT, &o, NULL, _(err_text(ERR_NOMEM)));
        return;
    }
    gather(f, all);
    for (size_t i = 0; i < all->count; i++) {
        check_rights(f, &all->list[i]);
        check_file_system(f, &all->list[i]);
    }
    check_together(f, all);
    for (size_t b = 0; b < all->count; b++)
        for (size_t a = 0; a < b; a++)
            if (all->list[a].part != PART_ABOVE && all->list[b].part != PART_ABOVE)
                check_pair(f, &all->list[a], &all->list[b]);
    for (size_t i = 0; i < all->count; i++)
        free(all->list[i].real);
    free(all);
}
