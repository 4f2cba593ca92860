/* Keys that systemd hands to a service (LoadCredential=). The service finds their folder in CREDENTIALS_DIRECTORY; a command typed by the
 * user of the service finds those of the daemon as long as it runs, since systemd lets this user read them. Source: systemd.exec(5). */
#ifndef FLUX_BASE_CREDENTIAL_H
#define FLUX_BASE_CREDENTIAL_H

#include <stdbool.h>

/* Where the credential of this name is, or would be; malloc'ed, NULL without memory. */
char *credential_path(const char *name);
/* Whether what lies at a path was put there by systemd, which root alone starts. */
bool credential_is(const char *path);

#endif
