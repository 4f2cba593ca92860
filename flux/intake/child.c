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

enum { TICK_MS = 200 };

struct child {
    pid_t pid;
    int out_fd;
    struct frame_reader *frames;
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
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    static char locale[] = "LC_ALL=C";
    char *const env[] = {locale, NULL};
    bool ready = dup2(job->archive_fd, STDIN_FILENO) >= 0 && dup2(out_fd, STDOUT_FILENO) >= 0;
    ready = ready && dup2(nowhere, STDERR_FILENO) >= 0 && chdir("/") == 0;
    ready = ready && close_range(STDERR_FILENO + 1, ~0U, 0) == 0;
    ready = ready && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent;
    if (ready)
        execve(job->parser, argv, env);
    _exit(127);
}

static pid_t spawn(const struct child_job *job, int out_fd)
{
    char mode[32], nir[2] = {job->keep.nir ? '1' : '0', 0}, profile[16], gib[16], extra[512];
    snprintf(mode, sizeof mode, job->member < 0 ? "AUTO" : "MEMBER:%d", (int)job->member);
    snprintf(profile, sizeof profile, "%s", profile_name(job->keep.profile));
    snprintf(gib, sizeof gib, "%u", job->member_gib);
    int n = snprintf(extra, sizeof extra, "%s", job->keep.extra);
    if (n < 0 || (size_t)n >= sizeof extra) {
        errno = E2BIG;
        return -1;
    }
    char name[] = "fluxrsa-parse";
    char *const argv[] = {name, mode, profile, nir, gib, extra, NULL};
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
    c->frames = frame_reader_new(c->out_fd);
    c->pid = c->frames ? spawn(job, ends[1]) : -1;
    enum err e = c->pid >= 0 ? ERR_OK : c->frames ? err_from_errno(errno) : ERR_NOMEM;
    close(ends[1]);
    if (e) {
        child_end(c);
        return e;
    }
    *ret = c;
    return ERR_OK;
}

/* A wait that lasted longer than asked was spent standing still. */
static int64_t waited_since(int64_t *asked_at)
{
    int64_t now = now_ms(), passed = now - *asked_at;
    *asked_at = now;
    return passed < TICK_MS ? passed : TICK_MS;
}

enum child_event child_next(struct child *c, unsigned stall_seconds, const volatile int *stop, unsigned *kind, struct span *payload)
{
    /* The time that we spent on the last message is not the child's, nor that in which the machine let neither of us run. */
    int64_t silent = 0, asked_at = now_ms();
    for (;;) {
        if (stop && *stop)
            return CHILD_STOPPED;
        switch (frame_read(c->frames, TICK_MS, kind, payload)) {
        case ERR_OK:
            return CHILD_MESSAGE;
        case ERR_BUSY:
            silent += waited_since(&asked_at);
            if (silent > (int64_t)stall_seconds * 1000)
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

/* After its last message it has nothing left to do that matters, so ending it is never wrong. */
void child_end(struct child *c)
{
    if (!c)
        return;
    if (c->pid > 0) {
        kill(c->pid, SIGKILL);
        while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    frame_reader_free(c->frames);
    fd_close(&c->out_fd);
    free(c);
}
