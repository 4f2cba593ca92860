/* What the JSON of an import and of a peek says. It comes from our own program, and is checked all the same. */
#ifndef FLUX_DAEMON_RESULT_H
#define FLUX_DAEMON_RESULT_H

#include <jansson.h>

#include "flux/daemon/outcome.h"
#include "flux/daemon/slip.h"

struct result {
    json_t *list; /* NULL when told.valid is false */
    struct told told;
};

void result_read(const char *text, size_t len, struct result *r);
void result_free(struct result *r);
/* "12, 13": the serial numbers of its flux, for the log. */
void result_flux(const struct result *r, char *out, size_t size);
/* Whether is says so of the digest of one flux at least. */
bool result_any(const struct result *r, bool (*is)(void *ctx, const char *sha256), void *ctx);
/* "2 applied, 1 held: F_TOTALS", for the log. */
void result_summary(const struct result *r, char *out, size_t size);

/* Calls took for each file of a peek; order is "" when no header of it can be read. False when it is not the promised JSON. */
bool peek_read(const char *text, size_t len, void (*took)(void *ctx, const char *file, const char *order), void *ctx);

#endif
