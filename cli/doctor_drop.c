#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/doctor.h"
#include "cli/status_report.h"
#include "cli/text.h"
#include "flux/daemon/settle.h"

/* A file that nobody took for so long is waited for by nobody. */
enum { DROP_FORGOTTEN = 86400 };

enum stay { STAY_ASIDE, STAY_CLOSED, STAY_LONG, STAYS };

struct drop_look {
    size_t counts[STAYS];
    char first[STAYS][NAME_MAX + 1]; /* one of each, to begin with */
    int64_t oldest;
};

/* STAYS when it is on its way. */
static enum stay judge(int folder, const char *name, const struct stat *st, int64_t now)
{
    static const struct settle_rule rule = {.complete = COMPLETE_STILL, .suffix = ""};
    bool ours = !settle_ignored(name, &rule);
    if (ours && (!S_ISREG(st->st_mode) || st->st_nlink > 1))
        return STAY_ASIDE;
    if (ours && faccessat(folder, name, R_OK, AT_EACCESS) != 0 && errno == EACCES)
        return STAY_CLOSED;
    return S_ISREG(st->st_mode) && now - st->st_ctim.tv_sec > DROP_FORGOTTEN ? STAY_LONG : STAYS;
}

static void look_at_entry(int folder, const char *name, int64_t now, struct drop_look *l)
{
    struct stat st;
    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return;
    enum stay why = judge(folder, name, &st, now);
    if (why == STAYS)
        return;
    if (l->counts[why]++ == 0 || strcmp(name, l->first[why]) < 0)
        snprintf(l->first[why], sizeof(l->first[why]), "%s", name);
    if (why == STAY_LONG && (l->oldest == 0 || st.st_ctim.tv_sec < l->oldest))
        l->oldest = st.st_ctim.tv_sec;
}

/* A folder that is not there is what the configuration is told wrong for. */
static void look_at_folder(const char *path, int64_t now, struct drop_look *l)
{
    *l = (struct drop_look){0};
    DIR *d = opendir(path);
    if (!d)
        return;
    for (const struct dirent *entry; (entry = readdir(d));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            look_at_entry(dirfd(d), entry->d_name, now, l);
    closedir(d);
}

static void say_stays(struct doctor *d, const char *path, const struct drop_look *l)
{
    char age[TEXT_SHORT];
    if (l->counts[STAY_ASIDE])
        doctor_say(d, DOCTOR_drop, DOCTOR_WARNING, _("move them away: a folder, a link, a pipe or a file of two names is never imported"),
                   _("%s: what is no plain file of one name: %zu, such as %s"), path, l->counts[STAY_ASIDE], l->first[STAY_ASIDE]);
    if (l->counts[STAY_CLOSED])
        doctor_say(d, DOCTOR_drop, DOCTOR_WARNING,
                   _("let the user of the instance read them, and have the sender drop with umask 007 or 027"),
                   _("%s: files that this user may not read: %zu, such as %s"), path, l->counts[STAY_CLOSED], l->first[STAY_CLOSED]);
    if (l->counts[STAY_LONG])
        doctor_say(d, DOCTOR_drop, DOCTOR_WARNING,
                   _("an unfinished transfer, a sidecar that did not come, or fluxrsad does not run: ask the sender, or remove them"),
                   _("%s: files that nobody took: %zu, the oldest for %s, such as %s"), path, l->counts[STAY_LONG],
                   age_text(d->now - l->oldest, age), l->first[STAY_LONG]);
}

static bool is_source(const struct config *c, const struct stat *folder)
{
    struct stat st;
    for (size_t i = 0; i < c->source_count; i++)
        if (stat(source_text(&c->sources[i], SOURCE_folder), &st) == 0 && st.st_dev == folder->st_dev && st.st_ino == folder->st_ino)
            return true;
    return false;
}

static bool holds_anything(int parent, const char *name)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    bool any = false;
    for (const struct dirent *entry; d && !any && (entry = readdir(d));)
        any = entry->d_name[0] != '.';
    if (d)
        closedir(d);
    return any;
}

/* Files in drop that no section [source.NAME] names are seen by nobody. */
static void look_at_strays(struct doctor *d, const char *drop)
{
    DIR *dir = opendir(drop);
    struct stat st;
    for (const struct dirent *entry; dir && (entry = readdir(dir));) {
        const char *name = entry->d_name;
        if (name[0] == '.' || fstatat(dirfd(dir), name, &st, 0) != 0 || is_source(d->cli->config, &st))
            continue;
        if (!S_ISDIR(st.st_mode) || holds_anything(dirfd(dir), name))
            doctor_say(d, DOCTOR_drop, DOCTOR_WARNING, _("name it in a section [source.NAME] of the configuration, or move it away"),
                       _("%s/%s: belongs to no source: it is never imported"), drop, name);
    }
    if (dir)
        closedir(dir);
}

void doctor_drop(struct doctor *d)
{
    struct drop_look l;
    size_t before = d->count;
    const struct config *c = d->cli->config;
    if (!c) {
        doctor_say(d, DOCTOR_drop, DOCTOR_WARNING, "", "%s", _("not looked at: there is no configuration"));
        return;
    }
    for (size_t i = 0; i < c->source_count; i++) {
        const char *path = source_text(&c->sources[i], SOURCE_folder);
        look_at_folder(path, d->now, &l);
        say_stays(d, path, &l);
    }
    look_at_strays(d, config_text(c, SETTING_instance_drop));
    if (d->count == before)
        doctor_say(d, DOCTOR_drop, DOCTOR_OK, "", "%s", _("nothing lies there that will not be taken"));
}
