#include "cli/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "flux/base/fdio.h"

enum { TICK_MS = 20, NEVER_RAN = 127, ENV_MAX = 5, VARIABLE = 512 };

struct talk {
    const struct spawn *spawn;
    int in, out; /* our ends; -1: closed */
    size_t written, got;
    int64_t until;
    pid_t pid;
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Nothing of ours beyond what a program that takes mail looks for. */
struct environment {
    char text[ENV_MAX - 1][VARIABLE];
    char *list[ENV_MAX];
};

static void make_environment(struct environment *e)
{
    static const char *const names[] = {"HOME", "USER", "LOGNAME"};
    size_t n = 0;
    snprintf(e->text[n++], VARIABLE, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *value = getenv(names[i]);
        int len = value ? snprintf(e->text[n], VARIABLE, "%s=%s", names[i], value) : VARIABLE;
        n += len > 0 && len < VARIABLE;
    }
    for (size_t i = 0; i < ENV_MAX; i++)
        e->list[i] = i < n ? e->text[i] : NULL;
}

/* Between fork and exec: only calls that are safe there. */
static _Noreturn void become(const struct spawn *s, int in, int out, char *const *env)
{
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    bool ready = dup2(in, STDIN_FILENO) >= 0 && dup2(s->out ? out : nowhere, STDOUT_FILENO) >= 0 && dup2(nowhere, STDERR_FILENO) >= 0;
    ready = ready && close_range(STDERR_FILENO + 1, ~0U, 0) == 0;
    signal(SIGPIPE, SIG_DFL);
    if (ready)
        execve(s->argv[0], (char *const *)(uintptr_t)s->argv, env);
    _exit(NEVER_RAN);
}

static enum err start(struct talk *t)
{
    int in[2] = {-1, -1}, out[2] = {-1, -1};
    struct environment env;
    make_environment(&env);
    enum err e = pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0 ? err_from_errno(errno) : ERR_OK;
    if (!e)
        t->pid = fork();
    if (!e && t->pid == 0)
        become(t->spawn, in[0], out[1], env.list);
    if (!e && t->pid < 0)
        e = err_from_errno(errno);
    fd_close(&in[0]);
    fd_close(&out[1]);
    t->in = in[1];
    t->out = out[0];
    if (!e && (fcntl(t->in, F_SETFL, O_NONBLOCK) != 0 || fcntl(t->out, F_SETFL, O_NONBLOCK) != 0))
        e = err_from_errno(errno);
    return e;
}

static bool again(void) { return errno == EAGAIN || errno == EINTR; }

static void feed(struct talk *t)
{
    const struct spawn *s = t->spawn;
    ssize_t n = write(t->in, (const char *)s->in + t->written, s->in_len - t->written);
    t->written += n > 0 ? (size_t)n : 0;
    /* One that reads no further may yet be content. */
    if ((n < 0 && !again()) || t->written == s->in_len)
        fd_close(&t->in);
}

static void listen_to(struct talk *t)
{
    char rest[256];
    const struct spawn *s = t->spawn;
    size_t room = s->out && t->got + 1 < s->size ? s->size - 1 - t->got : 0;
    ssize_t n = room ? read(t->out, s->out + t->got, room) : read(t->out, rest, sizeof(rest));
    t->got += room && n > 0 ? (size_t)n : 0;
    if (n == 0 || (n < 0 && !again()))
        fd_close(&t->out);
}

/* True once it has ended. */
static bool ended(struct talk *t, int *status) { return waitpid(t->pid, status, WNOHANG) == t->pid; }

static void exchange(struct talk *t)
{
    struct pollfd p[2] = {{.fd = t->in, .events = POLLOUT}, {.fd = t->out, .events = POLLIN}};
    if (poll(p, 2, TICK_MS) <= 0)
        return;
    if (t->in >= 0 && p[0].revents)
        feed(t);
    if (t->out >= 0 && p[1].revents)
        listen_to(t);
}

static enum err converse(struct talk *t, int *status)
{
    const struct spawn *s = t->spawn;
    if (s->in_len == 0)
        fd_close(&t->in);
    while (!ended(t, status)) {
        if (s->stop && *s->stop)
            return ERR_STOPPED;
        if (now_ms() > t->until)
            return ERR_CHILD;
        exchange(t);
    }
    t->pid = -1;
    while (t->out >= 0 && s->out) {
        size_t before = t->got;
        listen_to(t);
        if (t->got == before)
            break;
    }
    return ERR_OK;
}

enum err spawn_run(const struct spawn *s, int *code)
{
    int status = 0;
    struct talk t = {.spawn = s, .in = -1, .out = -1, .pid = -1, .until = now_ms() + (int64_t)s->seconds * 1000};
    enum err e = start(&t);
    if (!e)
        e = converse(&t, &status);
    if (t.pid > 0) {
        kill(t.pid, SIGKILL);
        while (waitpid(t.pid, &status, 0) < 0 && errno == EINTR)
            ;
    }
    fd_close(&t.in);
    fd_close(&t.out);
    if (s->out && s->size)
        s->out[t.got] = '\0';
    *code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return e ? e : *code < 0 || *code == NEVER_RAN ? ERR_CHILD : ERR_OK;
}
