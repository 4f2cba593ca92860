#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

static int not_opened(const char *path, int error)
{
    if (error == ENOENT || error == ENOTDIR)
        say(_("%s: no such file"), path);
    else if (error == ENXIO)
        say(_("%s: not a file"), path);
    else if (error == EACCES)
        say(_("%s: this user may not read the file"), path);
    else
        return failure(err_from_errno(error), path);
    return err_exit_code(error == EACCES ? ERR_PERM : ERR_NOFILE);
}

int cli_look_at_file(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return not_opened(path, errno);
    bool file = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    close(fd);
    if (file)
        return 0;
    say(_("%s: not a file"), path);
    return err_exit_code(ERR_NOFILE);
}
