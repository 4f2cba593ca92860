#include "cli/missing.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/i18n.h"
#include "cli/messages.h"

/* The length of path up to the end of its next part. */
static size_t next_part(const char *path, size_t at)
{
    at += strspn(path + at, "/");
    return at + strcspn(path + at, "/");
}

static bool last_part(const char *path, size_t at) { return path[at + strspn(path + at, "/")] == '\0'; }

int missing_above(const char *path)
{
    char part[PATH_MAX];
    struct stat st;
    size_t at = 0;
    bool last, there, sound;
    do {
        at = next_part(path, at);
        last = last_part(path, at) || at >= sizeof(part);
        snprintf(part, sizeof(part), "%.*s", (int)(at < sizeof(part) ? at : sizeof(part) - 1), path);
        there = stat(part, &st) == 0;
        sound = there && S_ISDIR(st.st_mode);
    } while (sound && !last);
    if (sound || (last && !there))
        return failure(ERR_NOFILE, path);
    if (there)
        say(_("%s: %s is not a folder: correct the path, then run the command again"), path, part);
    else
        say(_("%s: the folder %s is not there: make it (mkdir -p) or correct the path, then run the command again"), path, part);
    return err_exit_code(ERR_NOFILE);
}
