#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "cli/config_check.h"
#include "cli/config_judge.h"
#include "cli/instance.h"
#include "cli/json.h"
#include "cli/text.h"
#include "flux/base/credential.h"
#include "flux/base/fdio.h"
#include "flux/intake/journal_window.h"

/* ---- room ---- */

static void check_room(struct findings *f, enum setting_id id)
{
    const struct config *c = f->cli->config;
    struct origin o = origin_setting(c, id);
    int64_t least = config_number(c, SETTING_alert_free_space);
    struct statvfs v;
    char message[256], left[TEXT_SHORT], wanted[TEXT_SHORT];
    if (statvfs(o.value->text, &v) != 0)
        return;
    text_bytes((uint64_t)v.f_bavail * v.f_frsize, left);
    text_bytes((uint64_t)v.f_blocks / 1000 * (uint64_t)least * v.f_frsize, wanted);
    if (share_below(v.f_bavail, v.f_blocks, least)) {
        snprintf(message, sizeof(message), _("%s are free on its file system, and [alert] free_space wants %s"), left, wanted);
        finding_add(f, WARNING, &o, o.value->text, message);
    }
    /* File systems that count no files say 0. */
    if (v.f_files && share_below(v.f_favail, v.f_files, least)) {
        snprintf(message, sizeof(message), _("its file system has room for %s more files only"), text_number(v.f_favail, left));
        finding_add(f, WARNING, &o, o.value->text, message);
    }
}

/* Each file system is asked about once, by the first folder that lies on it. */
static void check_rooms(struct findings *f)
{
    static const enum setting_id ids[] = {SETTING_instance_store, SETTING_instance_work, SETTING_backup_folder};
    dev_t seen[sizeof(ids) / sizeof(ids[0])];
    size_t count = 0;
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        const struct config_value *v = &f->cli->config->values[ids[i]];
        struct stat st;
        bool known = false;
        if (v->wrong || stat(v->text, &st) != 0)
            continue;
        for (size_t k = 0; k < count; k++)
            known |= seen[k] == st.st_dev;
        if (!known) {
            seen[count++] = st.st_dev;
            check_room(f, ids[i]);
        }
    }
}

/* ---- limits ---- */

static bool read_limit(const char *name, uint64_t *limit)
{
    char path[128];
    uint8_t text[32];
    size_t len = 0;
    snprintf(path, sizeof(path), "/proc/sys/fs/inotify/%s", name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool read = fd >= 0 && fd_read_all(fd, text, sizeof(text), &len) == ERR_OK;
    fd_close(&fd);
    *limit = 0;
    for (size_t i = 0; read && i < len && text[i] >= '0' && text[i] <= '9'; i++)
        *limit = 10 * *limit + (uint64_t)(text[i] - '0');
    return read && len > 0;
}

static void check_limit(struct findings *f, const char *name, uint64_t needed)
{
    uint64_t limit;
    char message[256];
    struct origin o = origin_machine("inotify");
    if (!read_limit(name, &limit) || limit >= needed)
        return;
    snprintf(message, sizeof(message),
             _("fs.inotify.%s is %llu and %llu are needed: new files are only found by the look at the folders at each [daemon] scan"),
             name, (unsigned long long)limit, (unsigned long long)needed);
    finding_add(f, WARNING, &o, NULL, message);
}

static void check_descriptors(struct findings *f)
{
    struct rlimit r;
    char message[256];
    struct origin o = origin_machine("limits");
    uint64_t needed = descriptors_needed(f->cli->config->source_count);
    if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur >= needed)
        return;
    snprintf(message, sizeof(message),
             _("a process may open %llu files here, and fluxrsa needs %llu: ulimit -n, or LimitNOFILE= of the unit"),
             (unsigned long long)r.rlim_cur, (unsigned long long)needed);
    finding_add(f, WARNING, &o, NULL, message);
}

/* ---- mail ---- */

static void check_mail(struct findings *f)
{
    const struct config *c = f->cli->config;
    struct origin o = origin_setting(c, SETTING_summary_sendmail);
    struct stat st;
    if (config_number(c, SETTING_summary_to) == 0 || o.value->wrong)
        return;
    if (stat(o.value->text, &st) != 0 || !S_ISREG(st.st_mode))
        finding_add(f, FAULT, &o, o.value->text,
                    _("there is no such program, and [summary] to wants mail: install one that takes mail, or correct the path"));
    else if (faccessat(AT_FDCWD, o.value->text, X_OK, AT_EACCESS) != 0)
        finding_add(f, FAULT, &o, o.value->text, _("this user may not run the program"));
}

void check_machine(struct findings *f)
{
    size_t sources = f->cli->config->source_count;
    check_rooms(f);
    check_limit(f, "max_user_watches", watches_needed(sources));
    check_limit(f, "max_user_instances", 1);
    check_descriptors(f);
    check_mail(f);
}

/* ---- clock ---- */

/* The time of the last line, 0 when there is none that can be read. */
static int64_t journal_newest(const char *path)
{
    int64_t newest = 0;
    struct stat st;
    struct span torn, line;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    struct window *w = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? window_new(fd, st.st_size) : NULL;
    if (w && st.st_size > 0 && window_torn(w, &torn) == ERR_OK && window_back(w, &line) == ERR_OK) {
        json_t *object = json_loadb((const char *)line.data, line.len, 0, NULL);
        const char *time = json_string_value(json_object_get(object, "time"));
        if (time && !moment_parse(time, &newest))
            newest = 0;
        json_decref(object);
    }
    free(w);
    fd_close(&fd);
    return newest;
}

void check_clock(struct findings *f, int64_t newest)
{
    struct origin o = origin_machine("clock");
    int64_t journal = journal_newest(config_text(f->cli->config, SETTING_instance_journal));
    char message[256], moment[TEXT_SHORT];
    newest = journal > newest ? journal : newest;
    switch (clock_judge((int64_t)time(NULL), newest)) {
    case CLOCK_BEFORE_PROGRAM:
        finding_add(f, FAULT, &o, NULL,
                    _("the clock of the machine stands before 2026: set it, and have it kept (systemd-timesyncd, chrony)"));
        break;
    case CLOCK_BEFORE_STORE:
        snprintf(message, sizeof(message),
                 _("the clock of the machine is behind what was done last, on %s: set it, or find out who set it forward"),
                 text_moment(newest, moment));
        finding_add(f, FAULT, &o, NULL, message);
        break;
    case CLOCK_RIGHT:
        break;
    }
}

/* ---- backup ---- */

void check_backup(struct findings *f)
{
    const struct config *c = f->cli->config;
    struct origin o = origin_setting(c, SETTING_backup_key);
    struct stat st;
    char fault[INSTANCE_FAULT_MAX];
    bool credential = credential_is(o.value->text);
    if (o.value->wrong)
        return;
    if (lstat(o.value->text, &st) == 0) {
        if (instance_file_fault(o.value->text, fault, sizeof(fault)))
            finding_add(f, FAULT, &o, NULL, fault);
    } else if (!credential && config_number(c, SETTING_alert_backup_age) > 0) {
        finding_add(f, WARNING, &o, o.value->text, _("there is no backup key: no backup can be made before it is there"));
    }
}
