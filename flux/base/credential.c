#include "flux/base/credential.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char TREE[] = "/run/credentials", DAEMON[] = "/run/credentials/fluxrsad.service";

static const char *own_folder(void)
{
    const char *folder = secure_getenv("CREDENTIALS_DIRECTORY");
    return folder && folder[0] ? folder : NULL;
}

char *credential_path(const char *name)
{
    char *path = NULL;
    const char *folder = own_folder();
    return asprintf(&path, "%s/%s", folder ? folder : DAEMON, name) < 0 ? NULL : path;
}

static bool within(const char *path, const char *folder)
{
    size_t n = strlen(folder);
    return strncmp(path, folder, n) == 0 && path[n] == '/' && !strstr(path + n, "/../");
}

bool credential_is(const char *path)
{
    const char *folder = own_folder();
    return within(path, TREE) || (folder && within(path, folder));
}
