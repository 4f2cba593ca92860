/* Blind index entries of a flux: collected, searchable by NUMDEMRSA, sorted, then put. NUMDEMRSA names one dossier, so its entry is
 * found by one look-up: the serial is its value; in the other indexes it ends the key. BLIND_PRECE and BLIND_CEDANT lead from a number
 * to the dossiers that name it by NUMDEMRSAPRECE or MATRICULEORGCEDMUT. */
#ifndef STORE_INDEX_H
#define STORE_INDEX_H

#include "store/household.h"
#include "store/index_log.h"

struct index {
    struct store_txn *t;
    uint8_t (*entries)[KEY_INDEX];
    size_t count, cap, limit;
    bool flushed;
    struct index_log log; /* of dossiers older than the transaction: what was not there yet */
    struct serials met;
    uint32_t *slots; /* open addressing over NUMDEMRSA entries: position + 1 */
    size_t slot_count, slots_used;
};

void index_init(struct index *ix, struct store_txn *t);
void index_free(struct index *ix);
enum err index_find(struct index *ix, const uint8_t numdemrsa[KEY_BLIND], uint64_t *serial);
enum err index_add(struct index *ix, enum blind_use use, const uint8_t blind[KEY_BLIND], uint64_t serial);
/* Matricule, NIR, names, numbers of other dossiers, of a household that was identified. */
enum err index_household(struct index *ix, const struct household *h, uint64_t serial);
/* Puts what was collected, and touches the dossiers that may be compared otherwise because of it. */
enum err index_flush(struct index *ix);
/* By their bytes, in place. */
void index_sort(uint8_t (*entries)[KEY_INDEX], size_t count);

/* Blind of a NUMDEMRSA as it stands; ERR_NOTFOUND when it names nothing. */
enum err index_numdemrsa(struct store_txn *t, struct span numdemrsa, uint8_t out[KEY_BLIND]);
/* Of a normal name, first name, and birth date at the precision of use. */
enum err index_name(struct store_txn *t, enum blind_use use, struct span name, struct span prenom, int64_t days, uint8_t out[KEY_BLIND]);
/* Adds the dossiers of one blind, those put; not of NUMDEMRSA. */
enum err index_dossiers(struct store_txn *t, enum blind_use use, const uint8_t blind[KEY_BLIND], struct serials *out);
/* The same, limit of them at most, and of NUMDEMRSA too. */
enum err index_some(struct store_txn *t, enum blind_use use, const uint8_t blind[KEY_BLIND], size_t limit, struct serials *out);

/* A key that more dossiers share tells nobody from anybody: it compares nobody. */
enum { INDEX_CROWD = 32 };

/* Whether members are found through this index. */
bool index_compares(enum blind_use use);
/* Entries under one blind were taken out: when those that stay are a crowd no more, they are to be compared again. */
enum err index_thinned(struct store_txn *t, const uint8_t prefix[KEY_INDEX_PREFIX], size_t taken);
enum err index_lookup_numdemrsa(struct store_txn *t, const uint8_t blind[KEY_BLIND], uint64_t *serial);

#endif
