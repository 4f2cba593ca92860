#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/doctor.h"
#include "cli/status_report.h"
#include "cli/text.h"
#include "flux/base/fdio.h"
#include "flux/daemon/spool.h"

/* ---- spool ---- */

struct spool_look {
    size_t arrivals, empty, foreign, stray;
};

static void look_at_arrival(const struct spool *s, enum spool_state state, const char *name, struct spool_look *l)
{
    char source[SOURCE_NAME_MAX];
    int64_t at;
    struct stat st;
    struct slip *slip = calloc(1, sizeof(*slip));
    bool arrival = spool_id_read(name, &at, source) && fstatat(s->dirs[state], name, &st, AT_SYMLINK_NOFOLLOW) == 0;
    l->stray += !arrival;
    if (arrival) {
        enum err e = slip ? spool_look(s, state, name, slip) : ERR_NOMEM;
        l->arrivals++;
        l->empty += e == ERR_NOTFOUND;
        l->foreign += st.st_uid != geteuid();
    }
    free(slip);
}

/* False when it cannot be read. */
static bool look_at_state(const struct config *c, enum spool_state state, struct spool_look *l)
{
    struct spool s = {.dirs = {-1, -1, -1, -1}, .lock = -1};
    *l = (struct spool_look){0};
    DIR *d = opendir(spool_folder(c, state));
    if (!d)
        return false;
    s.dirs[state] = dirfd(d);
    for (const struct dirent *entry; (entry = readdir(d));)
        if (entry->d_name[0] != '.')
            look_at_arrival(&s, state, entry->d_name, l);
    closedir(d);
    return true;
}

static void judge_state(struct doctor *d, enum spool_state state, const struct spool_look *l)
{
    const char *path = spool_folder(d->cli->config, state);
    if (l->empty)
        doctor_say(d, DOCTOR_spool, DOCTOR_WARNING, _("remove them: the file they were made for is gone"),
                   _("%s: folders that hold no file: %zu"), path, l->empty);
    if (l->foreign)
        doctor_say(d, DOCTOR_spool, DOCTOR_FAULT, _("chown -R them to the user of the instance"),
                   _("%s: what belongs to another user: %zu"), path, l->foreign);
    if (l->stray)
        doctor_say(d, DOCTOR_spool, DOCTOR_WARNING, _("files go into the drop folders; move them there, or away"),
                   _("%s: what does not come from fluxrsad: %zu"), path, l->stray);
    const struct config *c = d->cli->config;
    if (state == SPOOL_WORK && l->arrivals && !daemon_runs(c) && !daemon_comes(c, spool_round(c), d->now))
        doctor_say(d, DOCTOR_spool, DOCTOR_WARNING, _("systemctl start fluxrsad: it goes on with them"),
                   _("%s: files that wait, and fluxrsad does not run: %zu"), path, l->arrivals);
}

void doctor_spool(struct doctor *d)
{
    struct spool_look l;
    size_t before = d->count;
    if (!d->cli->config) {
        doctor_say(d, DOCTOR_spool, DOCTOR_WARNING, "", "%s", _("not looked at: there is no configuration"));
        return;
    }
    for (enum spool_state s = 0; s < SPOOL_STATES; s++)
        if (look_at_state(d->cli->config, s, &l))
            judge_state(d, s, &l);
        else
            doctor_say(d, DOCTOR_spool, DOCTOR_FAULT, "", _("%s: %s"), spool_folder(d->cli->config, s), _(err_text(err_from_errno(errno))));
    if (d->count == before)
        doctor_say(d, DOCTOR_spool, DOCTOR_OK, "", "%s", _("its folders agree"));
}

static void say_round(struct doctor *d, int64_t round, bool wanted)
{
    char age[TEXT_SHORT];
    bool late = wanted && !daemon_comes(d->cli->config, round, d->now);
    doctor_say(d, DOCTOR_daemon, late ? DOCTOR_WARNING : DOCTOR_OK,
               late ? _("look why its timer or its line in the crontab does not run it, or what it says") : "",
               _("comes by with --once; its last round that ended well was %s ago"), age_text(d->now - round, age));
}

void doctor_daemon(struct doctor *d)
{
    const struct config *c = d->cli->config;
    bool runs = c && daemon_runs(c), wanted = c && status_expects(c);
    int64_t round = c && !runs ? spool_round(c) : 0;
    if (round) {
        say_round(d, round, wanted);
        return;
    }
    doctor_say(d, DOCTOR_daemon, runs || !wanted ? DOCTOR_OK : DOCTOR_WARNING,
               runs || !wanted ? "" : _("systemctl start fluxrsad, or its line in the crontab"), "%s",
               runs     ? _("runs")
               : wanted ? _("does not run, and flux are expected")
                        : _("does not run, and no flux is expected"));
}

/* ---- the machine ---- */

void doctor_clock(struct doctor *d)
{
    struct tm tm;
    time_t now = (time_t)d->now;
    if (!localtime_r(&now, &tm))
        return;
    bool utc = tm.tm_gmtoff == 0 && strcmp(tm.tm_zone, "UTC") == 0;
    doctor_say(d, DOCTOR_clock, utc ? DOCTOR_WARNING : DOCTOR_OK,
               utc ? _("timedatectl set-timezone Europe/Paris: flux are expected by the time of the machine") : "", "%s", tm.tm_zone);
}

/* The first line of a file of /proc; "" when it cannot be read. */
static const char *first_line(const char *path, char *out, size_t size)
{
    size_t len = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && fd_read_all(fd, out, size - 1, &len))
        len = 0;
    fd_close(&fd);
    out[len] = '\0';
    return out;
}

/* The first swap that is neither compressed memory nor on a mapped device, as an encrypted one is; NULL when there is none. */
static const char *open_swap(char *table)
{
    static const char *const closed[] = {"/dev/dm-", "/dev/zram", "/dev/mapper/"};
    for (char *line = table + strcspn(table, "\n"); *line;) {
        line++;
        char *next = line + strcspn(line, "\n");
        bool known = *line == '\0';
        for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++)
            known |= strncmp(line, closed[i], strlen(closed[i])) == 0;
        if (!known) {
            line[strcspn(line, " \t\n")] = '\0';
            return line;
        }
        line = next;
    }
    return NULL;
}

void doctor_memory(struct doctor *d)
{
    char pattern[256], swaps[4096];
    size_t before = d->count;
    first_line("/proc/sys/kernel/core_pattern", pattern, sizeof(pattern));
    first_line("/proc/swaps", swaps, sizeof(swaps));
    const char *swap = open_swap(swaps);
    if (swap)
        doctor_say(d, DOCTOR_memory, DOCTOR_WARNING, _("encrypt the swap, or do without: what a command shows may be written there"),
                   _("%s: swap that is not seen to be encrypted"), swap);
    if (pattern[0] == '|')
        doctor_say(d, DOCTOR_memory, DOCTOR_WARNING, _("fluxrsa leaves none; keep others from leaving theirs where personal data are"),
                   "%s", _("core dumps of the machine go to a program"));
    if (d->count == before)
        doctor_say(d, DOCTOR_memory, DOCTOR_OK, "", "%s", _("no swap in clear, no program that collects core dumps"));
}
