#include "flux/base/streams.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool streams_fill(const char *program)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_RDONLY : O_WRONLY) != fd) {
            /* Before anything else is opened, so without the catalogue. */
            if (fcntl(STDERR_FILENO, F_GETFD) >= 0)
                fprintf(stderr, "%s: a standard stream is closed, and /dev/null cannot stand in for it: %s\n", program, strerror(errno));
            return false;
        }
    return true;
}
