/* What there is to know before a store is replaced by a backup: what would be lost. */
#ifndef CLI_RESTORE_LOOK_H
#define CLI_RESTORE_LOOK_H

#include "flux/intake/config.h"
#include "store/store.h"

/* A flux that the store holds otherwise than the backup. */
struct lost_flux {
    uint32_t id;
    uint64_t undone; /* applied in the backup, undone in the store */
    char file[FLUX_TEXT_MAX];
    uint8_t sha256[32];
};

/* The store that is there, as far as it can be read. */
struct live {
    bool readable, same; /* same: it is the store of the backup */
    enum err fault;      /* why nobody could look, where that says nothing of the store: it may be whole */
    bool of_backup;      /* the fault is one of the backup */
    struct store_serials given;
    struct lost_flux *lost; /* newest first */
    size_t lost_count, again;
    bool journal_follows; /* the journal has the line that was its last one when the backup was made */
    uint64_t acts;        /* of operators, by the journal, since that line */
};

struct restore_look {
    const struct config *config;
    struct store_place place;
    const char *backup;
    const struct backup_info *info;
};

/* By a child, since the store may be damaged. Acts that wait in the store are in the journal then. For who holds the store. */
enum err restore_look(const struct restore_look *l, struct live *out);

#endif
