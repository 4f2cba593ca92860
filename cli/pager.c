#include "cli/pager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "flux/base/fdio.h"

/* Never returns. report is closed by a successful exec, and brings a byte when there is no pager. */
static void become_pager(int in, int report)
{
    setenv("LESSSECURE", "1", 1);
    setenv("LESSHISTFILE", "-", 1);
    unsetenv("LESSOPEN");
    signal(SIGPIPE, SIG_DFL);
    if (dup2(in, STDIN_FILENO) >= 0)
        execlp("less", "less", "-FRX", (char *)NULL);
    fd_write_all(report, "!", 1);
    _exit(127);
}

static bool pager_wanted(void)
{
    const char *pager = getenv("PAGER");
    return !pager || (pager[0] && strcmp(pager, "cat") != 0);
}

static pid_t start_pager(int in, int *report)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    pid_t child = fork();
    if (child == 0)
        become_pager(in, ends[1]);
    fd_close(&ends[1]);
    *report = ends[0];
    return child;
}

bool pager_show(const struct buf *text)
{
    int ends[2], report = -1, status;
    char byte;
    size_t got = 1;
    if (!pager_wanted() || pipe2(ends, O_CLOEXEC) != 0)
        return false;
    pid_t child = start_pager(ends[0], &report);
    fd_close(&ends[0]);
    bool shown = child > 0 && fd_read_all(report, &byte, 1, &got) == ERR_OK && got == 0;
    if (shown)
        fd_write_all(ends[1], text->data, text->len);
    fd_close(&ends[1]);
    fd_close(&report);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return shown;
}
