/* The members that may be one person with a given one, gathered from the indexes, and what becomes of them. */
#ifndef STORE_IDENTITY_COMPONENT_H
#define STORE_IDENTITY_COMPONENT_H

#include "store/member_load.h"

struct component {
    struct member_loader loader;
    struct loaded_dossier **dossiers; /* kept from one component to the next, up to a number */
    size_t dossier_count, dossier_cap;
    struct loaded **in;
    size_t count, cap;
    struct human_pair {
        uint8_t content[2][KEY_BLIND];
    } * merges;
    size_t merge_count, merge_cap;
    uint64_t *done; /* open addressing, 0: free */
    size_t done_count, done_slots;
    struct serials scratch;
};

void component_init(struct component *c, struct store_txn *t);
void component_free(struct component *c);
/* Serials of the members of a dossier; ERR_NOTFOUND when there is none. */
enum err component_members(struct component *c, uint64_t dossier, struct serials *out);
/* Works out who is one person around this one, and writes it down; nothing when that was done before. */
enum err component_settle(struct component *c, uint64_t person);

/* The steps of component_settle. */
enum err component_gather(struct component *c, struct loaded *first);
enum err component_write(struct component *c);
enum err component_dossier(struct component *c, uint64_t serial, struct loaded_dossier **ret);

#endif
