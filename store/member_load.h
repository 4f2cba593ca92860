/* What every image of a dossier says of its members, as identity is decided from. */
#ifndef STORE_MEMBER_LOAD_H
#define STORE_MEMBER_LOAD_H

#include "store/history.h"
#include "store/identity.h"

struct loaded {
    struct member member;
    uint8_t key[KEY_BLIND];
    uint64_t leader;
    uint32_t first; /* flux */
    bool in;        /* the component at hand */
    struct loaded_dossier *of;
};

struct loaded_dossier {
    uint64_t serial;
    struct loaded *at;
    size_t count;
    bool links_read; /* by identity_keys */
    struct serials linked;
};

struct member_loader {
    struct store_txn *t;
    struct history history;
    struct facts facts;
};

void member_loader_init(struct member_loader *l, struct store_txn *t);
void member_loader_free(struct member_loader *l);
/* ERR_NOTFOUND when there is no such dossier; *ret is freed by the caller. */
enum err member_load(struct member_loader *l, uint64_t dossier, struct loaded_dossier **ret);
void loaded_dossier_free(struct loaded_dossier *d);

#endif
