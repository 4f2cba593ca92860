/* The slip that lies beside a claimed file: whence it came, and what was tried. A small text, so that a person can read it too. */
#ifndef FLUX_DAEMON_SLIP_H
#define FLUX_DAEMON_SLIP_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#include "flux/base/buf.h"
#include "flux/intake/config.h"

enum { SPOOL_ID_MAX = 80, SLIP_ORDER_MAX = 64, SLIP_TEXT_MAX = 4096 };

struct slip {
    char source[SOURCE_NAME_MAX];
    char name[NAME_MAX + 1]; /* as it was dropped: any bytes */
    char file[NAME_MAX + 1]; /* as it lies in the folder */
    uint64_t size;
    int64_t claimed_at, settled_at, not_before; /* seconds since 1970; 0: not yet */
    unsigned deaths, tries;
    char order[SLIP_ORDER_MAX];
    uint64_t sidecar; /* inode of the sidecar that is to go; 0: none */
    int64_t sidecar_changed;
};

/* The name under which a dropped file may lie beside our own files: printable, well-formed, never one of ours. */
void slip_file_name(const char *name, char file[NAME_MAX + 1]);
enum err slip_write(const struct slip *s, struct buf *out);
/* ERR_BAD for anything that slip_write did not write to its end. text ends with a zero byte. */
enum err slip_read(const char *text, struct slip *s);
/* Whether a name of a spool folder is that of an arrival; *claimed_at and source (SOURCE_NAME_MAX) are what it says. */
bool spool_id_read(const char *id, int64_t *claimed_at, char *source);

#endif
