/* A store in a folder of its own, and households and flux to put into it. */
#ifndef TESTS_UNIT_STORE_FIXTURE_H
#define TESTS_UNIT_STORE_FIXTURE_H

#include "flux/record/record.h"
#include "store/store.h"

struct fixture {
    char root[64], store_dir[96], keys_dir[96], master[96];
    struct store_place place;
    struct store *store;
};

void fixture_make(struct fixture *f); /* folders and store, open for writing */
void fixture_open(struct fixture *f);
void fixture_close(struct fixture *f);
void fixture_remove(struct fixture *f);
/* Every byte of the current generation's data file; free it. */
uint8_t *fixture_bytes(const struct fixture *f, size_t *len);
void fixture_write_bytes(const struct fixture *f, const uint8_t *data, size_t len);
bool fixture_holds(const struct fixture *f, const char *text);

struct made_person {
    const char *nom, *nomnai, *prenom, *dtnai, *typedtnai, *nir, *rgnai; /* NULL: absent */
};

struct made_household {
    const char *numdemrsa, *fonorg, *matricule, *dtdemrsa;
    size_t count;
    struct made_person persons[4];
};

struct made_flux {
    const char *dtcreaflux, *heucreaflux, *typeflux;
    uint8_t digest; /* the member's SHA-256 is 32 times this */
    bool nir_readable;
    const char *extra; /* kept beyond the profile; NULL: none */
};

struct totals {
    uint64_t created, updated, unchanged, superseded, rejected, duplicates;
};

void household_make(struct buf *b, const struct made_household *h);
void header_make(struct buf *b, const struct made_flux *f);

struct made_links {
    const char *numdemrsaprece[4], *matriculeorgcedmut; /* NULL: absent */
};

/* One flux inside a transaction. */
struct run {
    struct store_txn *t;
    struct store_apply *apply;
    struct made_flux made;
    struct totals totals;
    uint32_t line;
};

void run_begin(struct run *r, struct fixture *f, const struct made_flux *made);
enum outcome run_household(struct run *r, const struct made_household *h);
/* The same with what links it to other dossiers. */
enum outcome run_linked(struct run *r, const struct made_household *h, const struct made_links *links);
void run_reject(struct run *r, const struct made_household *h, const char *faulty_dtnai);
uint32_t run_end(struct run *r); /* commits; the flux id */
/* All in one. */
uint32_t flux_apply(struct fixture *f, const struct made_flux *made, const struct made_household *h, size_t count, struct totals *out);

/* How many dossiers a search finds; *first: the first one, when there is one. */
size_t search_count(struct fixture *f, enum search_by by, const char *text, const char *prenom, const char *dtnai, uint64_t *first);
int64_t days_of(const char *iso);
bool record_has(const struct buf *record, node_id leaf, char text[VALUE_TEXT_MAX]);
void store_is_sound(struct fixture *f);

#endif
