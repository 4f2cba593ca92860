#include "cli/apart.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "flux/base/fdio.h"

enum { CHUNK = 1 << 16, PART_MAX = 1 << 26 };

/* What the child sends ends with what work returned. */
static _Noreturn void be_child(enum err (*work)(void *ctx, struct buf *out), void *ctx, int fd)
{
    const struct sigaction plain = {.sa_handler = SIG_DFL};
    struct buf out;
    sigaction(SIGBUS, &plain, NULL);
    sigaction(SIGSEGV, &plain, NULL);
    sigaction(SIGABRT, &plain, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    buf_init(&out, PART_MAX);
    enum err e = work(ctx, &out);
    buf_u8(&out, e ? e : out.err);
    _exit(out.err || fd_write_all(fd, out.data, out.len) ? err_exit_code(ERR_IO) : 0);
}

void apart_patience(unsigned seconds)
{
    const struct itimerval t = {.it_value = {.tv_sec = seconds}};
    setitimer(ITIMER_PROF, &t, NULL);
}

static enum err receive(int fd, struct buf *out)
{
    uint8_t chunk[CHUNK];
    size_t got = sizeof chunk;
    enum err e = ERR_OK;
    while (!e && got == sizeof chunk) {
        e = fd_read_all(fd, chunk, sizeof chunk, &got);
        buf_put(out, chunk, e ? 0 : got);
    }
    return e ? e : out->err;
}

static enum err end_of(int status)
{
    if (WIFEXITED(status))
        return WEXITSTATUS(status) == 0 ? ERR_OK : WEXITSTATUS(status) == err_exit_code(ERR_IO) ? ERR_IO : ERR_CORRUPT;
    switch (WTERMSIG(status)) {
    case SIGBUS:
    case SIGSEGV:
    case SIGILL:
    case SIGPROF:
    case SIGFPE:
        return ERR_CORRUPT;
    default:
        return ERR_CHILD;
    }
}

static enum err follow(pid_t child, int fd, struct buf *out)
{
    size_t start = out->len;
    int status;
    enum err e = receive(fd, out);
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return ERR_CHILD;
    if (!e)
        e = end_of(status);
    if (e || out->len <= start)
        return e ? e : ERR_CHILD;
    e = (enum err)out->data[out->len - 1];
    buf_cut(out, out->len - 1);
    return e;
}

enum err apart(enum err (*work)(void *ctx, struct buf *out), void *ctx, struct buf *out)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return err_from_errno(errno);
    pid_t child = fork();
    if (child == 0)
        be_child(work, ctx, ends[1]);
    fd_close(&ends[1]);
    enum err e = child < 0 ? err_from_errno(errno) : follow(child, ends[0], out);
    fd_close(&ends[0]);
    return e;
}
