/* Which flux a file holds, without reading more of it than says so: the header of a single flux, the headers of all flux of an archive of
 * several. The child that reads is the one of an import. */
#ifndef FLUX_INTAKE_PEEK_H
#define FLUX_INTAKE_PEEK_H

#include "flux/intake/import.h"

struct peek_options {
    const char *parser;                 /* absolute path of fluxrsa-parse */
    unsigned stall_seconds, member_gib; /* as in intake_options */
    const volatile int *stop;
};

struct peek {
    enum finding_code code;  /* why no flux of it can be read; FINDING_NONE when one can */
    struct member_list flux; /* in the order of headers; those that cannot be read, with their finding, after the others */
};

/* ERR_OK whatever is in the file. ERR_NOFILE, ERR_PERM; ERR_BAD when it is not a plain file; ERR_CHILD. peek_free whatever it returns. */
enum err peek_file(const struct peek_options *o, const char *path, struct peek *out);
void peek_free(struct peek *p);

#endif
