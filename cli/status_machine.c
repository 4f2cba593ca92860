#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "cli/status_report.h"
#include "flux/base/fdio.h"

static void measure(struct status_disk *d, const char *word, const char *folder)
{
    struct statvfs v;
    d->word = word;
    if (statvfs(folder, &v) != 0)
        return;
    d->free = (uint64_t)v.f_bavail * v.f_frsize;
    /* What the system keeps for itself is no room. */
    d->room = (uint64_t)(v.f_blocks - v.f_bfree + v.f_bavail) * v.f_frsize;
}

static bool same_disk(const char *a, const char *b)
{
    struct stat one, other;
    return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev;
}

/* Whoever works the spool holds a lock on this file; the kernel takes it back with the process. */
bool daemon_runs(const struct config *c)
{
    int folder = open(config_text(c, SETTING_instance_work), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int fd = folder < 0 ? -1 : openat(folder, SPOOL_LOCK, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    bool held = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    fd_close(&fd);
    fd_close(&folder);
    return held;
}

bool daemon_comes(const struct config *c, int64_t round, int64_t now)
{
    return round && now - round <= config_number(c, SETTING_alert_once_age);
}

void status_machine(struct status_report *r)
{
    const struct config *c = r->config;
    const char *store = config_text(c, SETTING_instance_store), *work = config_text(c, SETTING_instance_work);
    struct stat st;
    char name[BACKUP_NAME];
    measure(&r->disks[0], "store", store);
    measure(&r->disks[1], "spool", work);
    r->one_disk = same_disk(store, work);
    if (stat(config_text(c, SETTING_instance_journal), &st) == 0)
        r->journal_bytes = (uint64_t)st.st_size;
    for (enum spool_state s = 0; s < SPOOL_STATES; s++)
        r->spool_err[s] = spool_figures(c, s, &r->spool[s]);
    r->daemon = daemon_runs(c);
    r->round = spool_round(c);
    if (backup_newest(config_text(c, SETTING_backup_folder), name, &r->last_backup))
        r->last_backup = 0;
}
