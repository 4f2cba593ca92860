#include "flux/daemon/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "flux/base/fdio.h"

enum { GRACE_SECONDS = 30, EXEC_FAILED = 127, ENVIRONMENT_MAX = 256 };

void worker_init(struct worker *w)
{
    *w = (struct worker){.out_fd = -1, .err_fd = -1};
    buf_init(&w->output, TOLD_TEXT_MAX);
}

static void forget_sources(struct worker *w)
{
    sd_event_source **sources[] = {&w->child, &w->out, &w->err, &w->timer};
    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
        *sources[i] = sd_event_source_disable_unref(*sources[i]);
    fd_close(&w->out_fd);
    fd_close(&w->err_fd);
}

/* What is meant for the daemon alone would make the worker answer for it. */
static void copy_environment(char **list)
{
    static const char *const ours[] = {
        "NOTIFY_SOCKET=", "WATCHDOG_PID=", "WATCHDOG_USEC=", "LISTEN_PID=", "LISTEN_FDS=", "LISTEN_FDNAMES="};
    size_t n = 0;
    for (char **e = environ; *e && n + 1 < ENVIRONMENT_MAX; e++) {
        bool kept = true;
        for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
            kept &= strncmp(*e, ours[i], strlen(ours[i])) != 0;
        if (kept)
            list[n++] = *e;
    }
    list[n] = NULL;
}

/* Between fork and exec: only calls that are safe there. */
static _Noreturn void become(const char *const *argv, char *const *environment, int out_fd, int err_fd, pid_t parent)
{
    static const int ignored[] = {SIGPIPE, SIGIO, SIGHUP};
    sigset_t none;
    for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
        signal(ignored[i], SIG_DFL);
    sigemptyset(&none);
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    bool ready = prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent && setpgid(0, 0) == 0;
    ready = ready && dup2(nothing, STDIN_FILENO) >= 0 && dup2(out_fd, STDOUT_FILENO) >= 0 && dup2(err_fd, STDERR_FILENO) >= 0;
    ready = ready && close_range(STDERR_FILENO + 1, ~0U, 0) == 0 && sigprocmask(SIG_SETMASK, &none, NULL) == 0;
    if (ready)
        execve(argv[0], (char *const *)argv, environment);
    _exit(EXEC_FAILED);
}

static void end_line(struct worker *w)
{
    w->text[w->text_len] = '\0';
    if (w->text_len)
        w->line(w->ctx, w->text);
    w->text_len = 0;
}

static void take_text(struct worker *w, const char *data, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (data[i] == '\n' || w->text_len + 1 == sizeof(w->text))
            end_line(w);
        if (data[i] != '\n' && data[i] != '\0')
            w->text[w->text_len++] = data[i];
    }
}

/* Reads what is there; false at the end. What is beyond the bound is read and dropped, so that the worker never waits for us. */
static bool drain(struct worker *w, int fd)
{
    char data[8192];
    for (;;) {
        ssize_t n = read(fd, data, sizeof(data));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 && errno == EAGAIN;
        if (fd == w->out_fd)
            buf_put(&w->output, data, (size_t)n);
        else
            take_text(w, data, (size_t)n);
    }
}

static int on_output(sd_event_source *s, int fd, uint32_t events, void *ctx)
{
    (void)events;
    return drain(ctx, fd) ? 0 : sd_event_source_set_enabled(s, SD_EVENT_OFF);
}

static int on_time(sd_event_source *s, uint64_t usec, void *ctx)
{
    struct worker *w = ctx;
    (void)s, (void)usec;
    w->timed_out |= !w->asked;
    if (w->asked)
        kill(-w->pid, SIGKILL);
    else
        worker_stop(w);
    return 0;
}

static enum err set_timer(struct worker *w, unsigned seconds)
{
    w->timer = sd_event_source_disable_unref(w->timer);
    return sd_event_add_time_relative(w->event, &w->timer, CLOCK_MONOTONIC, (uint64_t)seconds * 1000000, 100000, on_time, w) < 0 ? ERR_IO
                                                                                                                                 : ERR_OK;
}

void worker_stop(struct worker *w)
{
    if (!w->pid || w->asked)
        return;
    w->asked = true;
    kill(-w->pid, SIGTERM);
    if (set_timer(w, GRACE_SECONDS))
        kill(-w->pid, SIGKILL);
}

/* It is a zombie until we return: its number, and that of its group, are still its own. */
static int on_end(sd_event_source *s, const siginfo_t *info, void *ctx)
{
    struct worker *w = ctx;
    (void)s;
    kill(-w->pid, SIGKILL);
    drain(w, w->out_fd);
    drain(w, w->err_fd);
    end_line(w);
    bool exited = info->si_code == CLD_EXITED;
    /* Out of time, and yet at its end. */
    bool finished = exited && info->si_status == 0;
    w->how = w->timed_out && !finished ? END_TIMEOUT : exited ? END_EXIT : END_SIGNAL;
    w->code = info->si_status;
    w->pid = 0;
    forget_sources(w);
    w->ended(w->ctx);
    return 0;
}

static enum err watch(struct worker *w, unsigned seconds)
{
    bool ok = sd_event_add_io(w->event, &w->out, w->out_fd, EPOLLIN, on_output, w) >= 0 &&
              sd_event_add_io(w->event, &w->err, w->err_fd, EPOLLIN, on_output, w) >= 0 &&
              sd_event_add_child(w->event, &w->child, w->pid, WEXITED, on_end, w) >= 0;
    return ok ? set_timer(w, seconds) : ERR_IO;
}

static enum err spawn(struct worker *w, const char *const *argv, int out_fd, int err_fd)
{
    char *environment[ENVIRONMENT_MAX];
    copy_environment(environment);
    pid_t parent = getpid();
    w->pid = fork();
    if (w->pid == 0)
        become(argv, environment, out_fd, err_fd, parent);
    if (w->pid > 0) {
        (void)setpgid(w->pid, w->pid);
        return ERR_OK;
    }
    w->pid = 0;
    return err_from_errno(errno);
}

enum err worker_start(struct worker *w, const char *const *argv, unsigned seconds)
{
    int out[2] = {-1, -1}, err[2] = {-1, -1};
    buf_free(&w->output);
    w->timed_out = w->asked = false;
    enum err e = pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0 ? err_from_errno(errno) : ERR_OK;
    w->out_fd = out[0];
    w->err_fd = err[0];
    if (!e && (fcntl(out[0], F_SETFL, O_NONBLOCK) < 0 || fcntl(err[0], F_SETFL, O_NONBLOCK) < 0))
        e = err_from_errno(errno);
    if (!e)
        e = spawn(w, argv, out[1], err[1]);
    fd_close(&out[1]);
    fd_close(&err[1]);
    if (!e)
        e = watch(w, seconds);
    if (e)
        worker_free(w);
    return e;
}

void worker_free(struct worker *w)
{
    if (w->pid) {
        kill(-w->pid, SIGKILL);
        while (waitpid(w->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    w->pid = 0;
    forget_sources(w);
    buf_free(&w->output);
}
