#include "flux/intake/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "flux/base/fdio.h"
#include "flux/base/frame.h"

enum { TICK_MS = 200, GRACE_MS = 2000 };

struct child {
    pid_t pid;
    int archive_fd, out_fd;
    struct frame_reader *frames;
    uint64_t consumed; /* when it was last seen to move */
    int64_t moved_at;  /* milliseconds */
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Between fork and exec: only calls that are safe there. */
static _Noreturn void become_parser(const struct child_job *job, int out_fd, pid_t parent, char *const argv[])
{
    static char locale[] = "LC_ALL=C";
    char *const env[] = {locale, NULL};
    bool ready = dup2(job->archive_fd, STDIN_FILENO) >= 0 && dup2(out_fd, STDOUT_FILENO) >= 0;
    ready = ready && close_range(STDERR_FILENO + 1, ~0U, 0) == 0;
    ready = ready && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent;
    if (ready)
        execve(job->parser, argv, env);
    _exit(127);
}

static pid_t spawn(const struct child_job *job, int out_fd)
{
    char mode[32], nir[2] = {job->keep.nir ? '1' : '0', 0}, profile[16], extra[512];
    snprintf(mode, sizeof mode, job->member < 0 ? "AUTO" : "MEMBER:%d", (int)job->member);
    snprintf(profile, sizeof profile, "%s", profile_name(job->keep.profile));
    int n = snprintf(extra, sizeof extra, "%s", job->keep.extra);
    if (n < 0 || (size_t)n >= sizeof extra) {
        errno = E2BIG;
        return -1;
    }
    char name[] = "fluxrsa-parse";
    char *const argv[] = {name, mode, profile, nir, extra, NULL};
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0)
        become_parser(job, out_fd, parent, argv);
    return pid;
}

enum err child_start(const struct child_job *job, struct child **ret)
{
    int ends[2];
    struct child *c = calloc(1, sizeof *c);
    if (!c)
        return ERR_NOMEM;
    if (lseek(job->archive_fd, 0, SEEK_SET) < 0 || pipe2(ends, O_CLOEXEC) < 0) {
        enum err e = err_from_errno(errno);
        free(c);
        return e;
    }
    (void)fcntl(ends[0], F_SETPIPE_SZ, 1 << 20);
    c->out_fd = ends[0];
    c->archive_fd = job->archive_fd;
    c->frames = frame_reader_new(c->out_fd);
    c->pid = c->frames ? spawn(job, ends[1]) : -1;
    close(ends[1]);
    c->moved_at = now_ms();
    if (c->pid < 0) {
        child_end(c);
        return ERR_CHILD;
    }
    *ret = c;
    return ERR_OK;
}

uint64_t child_consumed(const struct child *c)
{
    off_t at = lseek(c->archive_fd, 0, SEEK_CUR);
    return at > 0 ? (uint64_t)at : 0;
}

static bool is_stuck(struct child *c, unsigned stall_seconds)
{
    uint64_t consumed = child_consumed(c);
    int64_t now = now_ms();
    if (consumed != c->consumed) {
        c->consumed = consumed;
        c->moved_at = now;
    }
    return now - c->moved_at > (int64_t)stall_seconds * 1000;
}

enum child_event child_next(struct child *c, unsigned stall_seconds, const volatile int *stop, unsigned *kind, struct span *payload)
{
    /* The time that we spent on the last message is not the child's. */
    c->moved_at = now_ms();
    for (;;) {
        if (stop && *stop)
            return CHILD_STOPPED;
        switch (frame_read(c->frames, TICK_MS, kind, payload)) {
        case ERR_OK:
            return CHILD_MESSAGE;
        case ERR_BUSY:
            if (is_stuck(c, stall_seconds))
                return CHILD_STUCK;
            break;
        case ERR_NOTFOUND:
            return CHILD_CLOSED;
        case ERR_FRAME:
            return CHILD_LIED;
        default:
            return CHILD_FAILED;
        }
    }
}

/* Its output is closed to it by now, so it ends by itself or not at all. */
static bool reap(pid_t pid, int *status)
{
    for (int64_t until = now_ms() + GRACE_MS; now_ms() < until;) {
        pid_t got = waitpid(pid, status, WNOHANG);
        if (got == pid)
            return true;
        if (got < 0 && errno != EINTR)
            return false;
        const struct timespec nap = {0, 1000000};
        nanosleep(&nap, NULL);
    }
    return false;
}

bool child_end(struct child *c)
{
    if (!c)
        return false;
    int status = -1;
    bool ended = false;
    if (c->pid > 0) {
        unsigned kind;
        struct span payload;
        bool closed = c->frames && frame_read(c->frames, 0, &kind, &payload) == ERR_NOTFOUND;
        ended = closed && reap(c->pid, &status);
        if (!ended) {
            kill(c->pid, SIGKILL);
            while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
                ;
        }
    }
    frame_reader_free(c->frames);
    fd_close(&c->out_fd);
    free(c);
    return ended && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
