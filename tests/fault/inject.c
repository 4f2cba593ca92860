#include "tests/fault/inject.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { FAULTS_MAX = 8, LINE_MAX_BYTES = 2 * PATH_MAX + 128 };

struct fault {
    enum inject_kind kind;
    char what[16];
    unsigned long n;
    bool forever;
};

/* A library that stands before libc has nowhere else to keep what it counts. */
static struct {
    bool armed, forked;
    struct fault faults[FAULTS_MAX];
    unsigned count;
    unsigned long calls[INJECT_KINDS];
    int log_fd;
    char root[PATH_MAX];
} state;

static const char *const kind_names[INJECT_KINDS] = {
#define KIND(name, disk) #name,
#include "tests/fault/inject.def"
#undef KIND
    "step"};

static const bool kind_on_disk[INJECT_KINDS] = {
#define KIND(name, disk) disk,
#include "tests/fault/inject.def"
#undef KIND
    0};

static const struct {
    const char *name;
    int number;
} errors[] = {{"EIO", EIO},     {"ENOSPC", ENOSPC}, {"EDQUOT", EDQUOT}, {"EMFILE", EMFILE}, {"ENOMEM", ENOMEM}, {"EINTR", EINTR},
              {"EROFS", EROFS}, {"EAGAIN", EAGAIN}, {"EACCES", EACCES}, {"ENOENT", ENOENT}, {"ENOLCK", ENOLCK}};

static const struct {
    const char *name;
    int number;
} signals[] = {{"TERM", SIGTERM}, {"INT", SIGINT}, {"KILL", SIGKILL}};

/* ---- what is asked ---- */

static bool read_fault(const char *text, struct fault *f)
{
    char kind[16], number[24], plus[2] = "";
    const char *first = strchr(text, ':'), *second = first ? strchr(first + 1, ':') : NULL;
    *f = (struct fault){.kind = INJECT_KINDS};
    if (!second || first - text >= (long)sizeof kind || second - first > (long)sizeof f->what)
        return false;
    memcpy(kind, text, (size_t)(first - text));
    kind[first - text] = 0;
    memcpy(f->what, first + 1, (size_t)(second - first - 1));
    snprintf(number, sizeof number, "%s", second + 1);
    number[strcspn(number, ",")] = 0;
    char *end = number;
    f->n = strtoul(number, &end, 10);
    snprintf(plus, sizeof plus, "%s", end);
    f->forever = plus[0] == '+';
    for (unsigned i = 0; i < INJECT_KINDS; i++)
        if (strcmp(kind, kind_names[i]) == 0)
            f->kind = (enum inject_kind)i;
    return f->kind != INJECT_KINDS && f->n;
}

static void read_faults(const char *text)
{
    while (text && state.count < FAULTS_MAX) {
        if (!read_fault(text, &state.faults[state.count++])) {
            fprintf(stderr, "inject: \"%s\" is not understood\n", text);
            _exit(64);
        }
        text = strchr(text, ',');
        text += text ? 1 : 0;
    }
}

__attribute__((constructor)) static void start(void)
{
    const char *program = getenv("FLUXRSA_INJECT_PROGRAM"), *log = getenv("FLUXRSA_INJECT_LOG"), *root = getenv("FLUXRSA_INJECT_ROOT");
    state.log_fd = -1;
    if (log && root) {
        int fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        state.log_fd = fd < 0 ? -1 : (int)syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 512);
        if (fd >= 0)
            close(fd);
        snprintf(state.root, sizeof state.root, "%s", root);
    }
    if (program && strcmp(program, program_invocation_short_name) != 0)
        return;
    read_faults(getenv("FLUXRSA_INJECT"));
    state.armed = true;
}

__attribute__((destructor)) static void finish(void)
{
    char text[1024];
    size_t len = 0;
    const char *path = getenv("FLUXRSA_INJECT_COUNT");
    if (!state.armed || state.forked || !path)
        return;
    for (unsigned i = 0; i < INJECT_KINDS; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s %lu\n", kind_names[i], state.calls[i]);
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd >= 0 && syscall(SYS_write, fd, text, len) < 0)
        _exit(74);
    if (fd >= 0)
        close(fd);
}

/* ---- what happens ---- */

/* True the first time, of all processes that name the same file. */
static bool first_time(void)
{
    const char *path = getenv("FLUXRSA_INJECT_ONCE");
    if (!path)
        return true;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static enum inject_way happen(const struct fault *f)
{
    if (!first_time())
        return INJECT_PASS;
    if (strcmp(f->what, "short") == 0)
        return INJECT_SHORT;
    if (strcmp(f->what, "lie") == 0)
        return INJECT_LIE;
    if (strcmp(f->what, "late") == 0)
        return INJECT_LATE;
    if (strcmp(f->what, "KILLED") == 0)
        return INJECT_KILL_AFTER;
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        if (strcmp(f->what, signals[i].name) == 0) {
            kill(getpid(), signals[i].number);
            return INJECT_PASS;
        }
    }
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        if (strcmp(f->what, errors[i].name) == 0) {
            errno = errors[i].number;
            return INJECT_FAIL;
        }
    }
    return INJECT_PASS;
}

static const struct fault *due(enum inject_kind kind)
{
    unsigned long at = ++state.calls[kind];
    for (unsigned i = 0; i < state.count; i++) {
        const struct fault *f = &state.faults[i];
        if (f->kind == kind && (at == f->n || (f->forever && at > f->n)))
            return f;
    }
    return NULL;
}

enum inject_way inject_before(enum inject_kind kind)
{
    if (!state.armed || (state.forked && kind != INJECT_execve))
        return INJECT_PASS;
    const struct fault *f = due(kind), *step = kind_on_disk[kind] ? due(INJECT_step) : NULL;
    f = f ? f : step;
    return f ? happen(f) : INJECT_PASS;
}

bool inject_after(enum inject_way way)
{
    if (way == INJECT_KILL_AFTER)
        kill(getpid(), SIGKILL);
    if (way == INJECT_LATE)
        errno = EIO;
    return way != INJECT_LATE;
}

long inject_clock(void)
{
    if (!state.armed || state.forked)
        return 0;
    const struct fault *f = due(INJECT_clock);
    return f ? strtol(f->what, NULL, 10) : 0;
}

void inject_forked(void) { state.forked = true; }

/* ---- the record: a line, then the bytes of a write ---- */

bool inject_recording(void) { return !state.forked && state.log_fd > 0; }

/* One write, so that the records of several processes do not mix. */
static void put(const char *line, size_t len, const void *data, size_t data_len)
{
    char *all = (char *)syscall(SYS_mmap, NULL, len + data_len, 3 /* read, write */, 0x22 /* private, anonymous */, -1, 0);
    if (all == (char *)-1)
        return;
    memcpy(all, line, len);
    if (data_len)
        memcpy(all + len, data, data_len);
    if (syscall(SYS_write, state.log_fd, all, len + data_len) != (long)(len + data_len))
        _exit(74);
    syscall(SYS_munmap, all, len + data_len);
}

static bool below_root(const char *path) { return strncmp(path, state.root, strlen(state.root)) == 0; }

static bool path_of_fd(int fd, char *path, size_t size)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, size - 1);
    path[n > 0 ? n : 0] = 0;
    return n > 0;
}

static bool path_of(int dirfd, const char *name, char *path, size_t size)
{
    char folder[PATH_MAX] = "";
    if (name[0] == '/') {
        snprintf(path, size, "%s", name);
        return true;
    }
    if (dirfd == AT_FDCWD ? !getcwd(folder, sizeof folder) : !path_of_fd(dirfd, folder, sizeof folder))
        return false;
    return snprintf(path, size, "%s/%s", folder, name) > 0;
}

void inject_log_create(int fd)
{
    char path[PATH_MAX], line[LINE_MAX_BYTES];
    struct stat st;
    int keep = errno;
    if (inject_recording() && path_of_fd(fd, path, sizeof path) && below_root(path) && fstat(fd, &st) == 0) {
        int n = snprintf(line, sizeof line, "create\t%lu\t%s\n", (unsigned long)st.st_ino, path);
        put(line, (size_t)n, NULL, 0);
    }
    errno = keep;
}

void inject_log_start(void)
{
    char line[LINE_MAX_BYTES];
    int keep = errno;
    if (inject_recording()) {
        int n = snprintf(line, sizeof line, "start\t%s\n", program_invocation_short_name);
        put(line, (size_t)n, NULL, 0);
    }
    errno = keep;
}

void inject_log_mkdir(int dirfd, const char *name)
{
    char path[2 * PATH_MAX], line[LINE_MAX_BYTES];
    int keep = errno;
    if (inject_recording() && path_of(dirfd, name, path, sizeof path) && below_root(path)) {
        int n = snprintf(line, sizeof line, "mkdir\t%.*s\n", PATH_MAX, path);
        put(line, (size_t)n, NULL, 0);
    }
    errno = keep;
}

void inject_log_write(int fd, const void *data, size_t len, off_t at)
{
    char path[PATH_MAX], line[LINE_MAX_BYTES];
    struct stat st;
    int keep = errno;
    if (inject_recording() && path_of_fd(fd, path, sizeof path) && below_root(path) && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        long flags = syscall(SYS_fcntl, fd, F_GETFL);
        int n = snprintf(line, sizeof line, "write\t%lu\t%ld\t%zu\t%d\n", (unsigned long)st.st_ino, (long)at, len, (flags & O_DSYNC) != 0);
        put(line, (size_t)n, data, len);
    }
    errno = keep;
}

void inject_log_fd(const char *what, int fd, off_t size)
{
    char path[PATH_MAX], line[LINE_MAX_BYTES];
    struct stat st;
    int keep = errno;
    if (inject_recording() && path_of_fd(fd, path, sizeof path) && below_root(path) && fstat(fd, &st) == 0) {
        int n = S_ISDIR(st.st_mode) ? snprintf(line, sizeof line, "syncdir\t%s\n", path)
                                    : snprintf(line, sizeof line, "%s\t%lu\t%ld\n", what, (unsigned long)st.st_ino, (long)size);
        put(line, (size_t)n, NULL, 0);
    }
    errno = keep;
}

void inject_log_names(const char *what, int dirfd, const char *name, int dirfd2, const char *name2)
{
    char path[2 * PATH_MAX], path2[2 * PATH_MAX] = "", line[LINE_MAX_BYTES];
    int keep = errno;
    bool known = inject_recording() && path_of(dirfd, name, path, sizeof path) && (!name2 || path_of(dirfd2, name2, path2, sizeof path2));
    if (known && below_root(path)) {
        int n = snprintf(line, sizeof line, "%s\t%.*s\t%.*s\n", what, PATH_MAX, path, PATH_MAX, path2);
        put(line, (size_t)n, NULL, 0);
    }
    errno = keep;
}
