/* A flux while it is taken back. */
#ifndef STORE_UNDO_H
#define STORE_UNDO_H

#include "store/apply.h"

struct undo {
    struct store_txn *t;
    struct flux_entry flux;
    struct flux_orders orders; /* with the flux itself */
    struct later later;
    struct history history;
    struct persons persons;
    struct flux_set carried, removed;
    struct flux_undone *done;
    const struct flux_undo *how;
    uint64_t seen, total; /* dossiers */
};

/* Rejects of the flux go; those that it resolved are open again, unless another flux answers them too. After its set is gone. */
enum err undo_rejects(struct undo *u);
/* Entries of the dossiers removed, and those that the flux brought to the others. */
enum err undo_index(struct undo *u);

#endif
