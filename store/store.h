/* The store: dossiers, persons, rejects and the ledger of flux of one département, encrypted. The only header of this folder that others
 * include. One flux is one write transaction: readers see the store before it or after it. Sources: design 5, security CR-3, CR-6,
 * CR-12 to CR-14, CO-1 to CO-5. Owned by the caller: what store_* functions return in structs; spans live until the transaction ends. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "flux/base/buf.h"
#include "flux/base/err.h"
#include "flux/base/wire.h"
#include "flux/record/facts.h"
#include "flux/record/keep.h"
#include "flux/record/message.h"

struct store;     /* an open generation */
struct store_txn; /* a read or write transaction */

/* ---- folders, keys, opening ---- */

struct store_place {
    const char *store_dir, *keys_dir; /* absolute */
    const char *master_key;           /* a file of mode 0400, or a credential; absolute */
};

/* Makes keys (master key when absent, KEK, index keys) and generation 1 in two empty folders: built aside, synced, renamed in place. */
enum err store_create(const struct store_place *p);
/* ERR_PERM when the store or a key belongs to another user or is open to others; ERR_KEY when the keys are not those of the store.
 * A writable store takes the write lock first, waiting for it: while waiting, waiting(ctx, holder) is called once (NULL allowed);
 * holder reads like "pid 123, import, since 01:20", and is NULL in a second call once it waits no more. */
enum err store_open(const struct store_place *p, bool writable, const char *purpose, void (*waiting)(void *ctx, const char *holder),
                    void *ctx, struct store **ret);
struct store *store_close(struct store *s);

enum err store_read(struct store *s, struct store_txn **ret);
enum err store_write(struct store *s, struct store_txn **ret);
enum err store_commit(struct store_txn *t); /* after a failure: close, open, look up the flux */
void store_abort(struct store_txn *t);      /* NULL allowed */

/* ---- the ledger of flux ---- */

/* An undone flux was applied once; nothing is left of it but its entry, and it may be applied again under another id. */
enum flux_status { FLUX_APPLIED = 1, FLUX_REFUSED = 2, FLUX_HELD = 3, FLUX_UNDONE = 4 };

enum { FLUX_REASONS_MAX = 8, FLUX_TEXT_MAX = 256, FLUX_SOURCE_MAX = 32 };

struct flux_reason {
    enum finding_code code;
    uint32_t line;
    char path[FINDING_PATH_MAX];
    char detail[64];
};

struct flux_entry {
    uint32_t id; /* serial; 0 until it is put */
    enum flux_status status;
    char file[FLUX_TEXT_MAX], member[FLUX_TEXT_MAX], encoding[16], format[16];
    uint8_t archive_sha256[32], member_sha256[32];
    uint64_t archive_bytes, member_bytes;
    bool alone;         /* the archive holds no other flux: its digest finds this one */
    struct span header; /* record of IdentificationFlux; empty when it was not readable */
    int64_t announced;  /* -1 when it was not readable */
    uint64_t read, created, updated, unchanged, superseded, rejected, persons, warnings;
    int64_t imported_at; /* seconds since 1970, UTC */
    uint32_t duration_ms;
    char user[64], force_reason[FLUX_TEXT_MAX]; /* "" when it was not forced */
    char source[FLUX_SOURCE_MAX];               /* of the configuration; "" when it was imported by hand */
    unsigned reason_count;
    struct flux_reason reasons[FLUX_REASONS_MAX];
    int64_t undone_at; /* what follows is of an undone flux */
    char undone_by[64], undo_reason[FLUX_TEXT_MAX];
};

/* Applied flux by the digest of its unpacked bytes, or of its archive when the archive holds one flux; else ERR_NOTFOUND. */
enum err ledger_by_digest(struct store_txn *t, const uint8_t sha256[32], struct flux_entry *out);
/* Applied flux with this header identity (its record, all seven values); else ERR_NOTFOUND. */
enum err ledger_by_identity(struct store_txn *t, struct span header, struct flux_entry *out);
enum err ledger_get(struct store_txn *t, uint32_t id, struct flux_entry *out);
/* From the newest to the oldest; visit returns false to stop. */
enum err ledger_each(struct store_txn *t, bool (*visit)(void *ctx, const struct flux_entry *f), void *ctx);
/* A refused or held flux: the ledger only. Gives it its id. */
enum err ledger_put(struct store_txn *t, struct flux_entry *f);

/* ---- applying a flux: begin, apply or reject for each household in order, end ---- */

struct store_apply;

enum outcome { OUTCOME_CREATED, OUTCOME_UPDATED, OUTCOME_UNCHANGED, OUTCOME_SUPERSEDED };

/* keep: what may be stored (the records given may hold more: NIR). nir_readable: NIR and MSA matricules may be stored sealed. */
enum err apply_begin(struct store_txn *t, const struct schema *schema, struct span header, const struct keep *keep, bool nir_readable,
                     struct store_apply **ret);
/* facts: of the record, which its walk found sound. *duplicate: this NUMDEMRSA stood in the flux already; *persons: how many it holds. */
enum err apply_household(struct store_apply *a, const struct msg_household *m, const struct facts *facts, enum outcome *outcome,
                         bool *duplicate, uint32_t *persons);
enum err apply_reject(struct store_apply *a, const struct msg_household *m, const struct facts *facts);
/* Puts the sorted index keys, the set of dossiers and the ledger entry; closes older rejects of dossiers that came right. Frees a. */
enum err apply_end(struct store_apply *a, struct flux_entry *f);
void apply_free(struct store_apply *a); /* without end; NULL allowed */

/* What makes a flux look unlike the one it is compared with: the last applied one before it, in order, of the same TYPEFLUX and APPLIEME.
 */
struct flux_volume {
    uint32_t compared; /* 0: nothing to compare with, or a comparable flux is later in order; the rest is zero then */
    unsigned months;   /* between the two DTREF */
    uint64_t carried;  /* dossiers of the other one */
    uint64_t closed;   /* open rights (ETATDOSRSA 2, 3, 4) that became closed ones (5, 6) */
    uint64_t missing;  /* dossiers of the other one, still open, that this one does not name; of a monthly flux only */
};

/* After the last household, before the end. */
enum err apply_volume(struct store_apply *a, struct flux_volume *out);
/* Whether the household applied last is of a monthly flux and opens a right that a daily flux, created between the day of reference of the
 * monthly one and its creation, closed; or is of such a daily flux, come after the monthly one. */
bool apply_reversed(const struct store_apply *a);

/* ---- undoing a flux ---- */

struct flux_undo {
    uint32_t flux;
    int64_t now; /* seconds since 1970, UTC */
    const char *user, *reason;
    const volatile int *stop; /* set by a signal: ERR_STOPPED, and the transaction must be given up; NULL allowed */
    void (*progress)(void *ctx, uint64_t done, uint64_t dossiers); /* after each dossier; NULL allowed */
    void *ctx;
};

struct flux_undone {
    enum flux_status status; /* as it was */
    uint32_t in_the_way;     /* the last of the flux that must be undone before; 0 when there is none */
    uint32_t others_in_the_way;
    uint64_t removed;  /* dossiers that no other flux carried */
    uint64_t restored; /* whose current image changed */
    uint64_t kept;     /* carried too, their current image stays */
    uint64_t persons;  /* forgotten */
    uint64_t rejects_removed, rejects_reopened, findings_removed;
};

/* Takes one applied flux back: the content and the indexes become what they would be without it, the ledger keeps its entry. Allowed when
 * no applied flux imported later carried one of its dossiers: then what it added to each of them lies on top, whatever its place in the
 * order of flux, and can be taken off without touching what was built on it. So the flux imported last can always be undone, then the one
 * before, and an older one when the flux since then are about other dossiers. ERR_BAD when it is not allowed: status and in_the_way say
 * why, and nothing was changed. ERR_NOTFOUND when there is no such flux. */
enum err store_undo(struct store_txn *t, const struct flux_undo *undo, struct flux_undone *out);

/* ---- reading dossiers ---- */

struct dossier {
    uint64_t serial;
    struct buf record;   /* of the household, wiped by dossier_free */
    uint32_t flux, line; /* provenance of the image shown */
    char member[FLUX_TEXT_MAX];
    uint32_t versions; /* images known, this one included */
    uint32_t person_count;
    uint64_t *persons; /* serials, in the order of the record */
};

void dossier_free(struct dossier *d);
enum err dossier_get(struct store_txn *t, uint64_t serial, struct dossier *out);
enum err dossier_by_numdemrsa(struct store_txn *t, const char *numdemrsa, struct dossier *out);

enum search_by { SEARCH_NUMDEMRSA, SEARCH_MATRICULE, SEARCH_NIR, SEARCH_NAME };
/* Serials of dossiers, ascending, found by blind index: text is the number with or without padding, or for SEARCH_NAME a name with birth
 * day days (since 1970). visit returns false to stop. */
enum err dossier_search(struct store_txn *t, enum search_by by, const char *text, const char *prenom, int64_t days,
                        bool (*visit)(void *ctx, uint64_t serial), void *ctx);
enum err dossier_each(struct store_txn *t, bool (*visit)(void *ctx, uint64_t serial), void *ctx);

/* ---- rejects ---- */

enum reject_state { REJECT_OPEN = 1, REJECT_RESOLVED = 2 };

struct reject {
    uint32_t id, flux, line, ordinal;
    enum reject_state state;
    uint32_t resolved_by; /* flux id, when resolved */
    uint32_t finding_count;
    struct finding findings[FINDINGS_MAX]; /* those that were kept, then zeros: unknown elements are only counted */
    struct buf body;                       /* filled by reject_get: record and texts at fault, a msg_household payload; personal */
    char numdemrsa[16];                    /* filled by reject_get and rejects_each when readable; "" else */
};

void reject_free(struct reject *r);
enum err reject_get(struct store_txn *t, uint32_t id, struct reject *out);
/* Ascending ids; flux 0: of every flux. */
enum err rejects_each(struct store_txn *t, uint32_t flux, bool (*visit)(void *ctx, const struct reject *r), void *ctx);

struct open_cause {
    uint32_t id, flux;
    enum finding_code code; /* what cost the household: the dearest finding, the first of equals */
};

/* What open rejects say without a key: ascending ids, nothing personal is opened. */
enum err rejects_open_each(struct store_txn *t, bool (*visit)(void *ctx, const struct open_cause *r), void *ctx);

/* ---- what was found in a flux ---- */

/* In the accepted households of one dossier: one, or several when the flux names the dossier several times, the last one first. */
struct dossier_findings {
    uint32_t flux;
    uint64_t dossier;
    char numdemrsa[16];     /* as it stood in the flux */
    uint32_t finding_count; /* all of them; the first findings_kept are here */
    uint32_t findings_kept;
    struct finding findings[FINDINGS_MAX];
};

/* Keeps the findings of the household that apply_household took last, sealed with its dossier; nothing when it has none. */
enum err apply_findings(struct store_apply *a, const struct msg_household *m, const struct facts *facts);
/* Ascending dossier serials; visit returns false to stop. */
enum err findings_each(struct store_txn *t, uint32_t flux, bool (*visit)(void *ctx, const struct dossier_findings *f), void *ctx);

struct flux_cause {
    enum cost cost; /* the dearest it was */
    uint64_t count; /* 0: not met */
    uint64_t households;
};

/* As many as a parser sends: elements, codes, of each leaf the codes beyond. */
enum { FLUX_UNKNOWN_MAX = 256 + 1 + 256 + SCHEMA_NODES_MAX, FLUX_CODE_MAX = 64 };

/* What was never seen before: an element, or a code of a known leaf. */
struct flux_unknown {
    char path[CENSUS_NAME_MAX]; /* of the element, or of the leaf */
    char code[FLUX_CODE_MAX];   /* "" for an element */
    uint64_t count;
    uint32_t first_line;
};

/* Of all households, accepted or rejected, whatever became of the flux; nothing personal. */
struct flux_report {
    struct flux_cause causes[FINDING_COUNT]; /* by code */
    struct flux_unknown *unknown;
    size_t unknown_count, unknown_cap;
};

void flux_report_free(struct flux_report *r);
/* A new entry, zeroed; ERR_TOOBIG beyond FLUX_UNKNOWN_MAX. */
enum err flux_report_add(struct flux_report *r, struct flux_unknown **ret);
/* In the transaction that puts the flux into the ledger. Nothing is written for an empty report. */
enum err flux_report_put(struct store_txn *t, uint32_t flux, const struct flux_report *r);
/* Empty when nothing was put. out: freed by the caller whatever is returned. */
enum err flux_report_get(struct store_txn *t, uint32_t flux, struct flux_report *out);

/* ---- the rest ---- */

enum { DOSSIER_NUMBER_MAX = 16 };
/* The form under which a NUMDEMRSA is known: equal forms, one dossier. Its length; 0 when text is none. */
size_t store_dossier_number(struct span text, char out[DOSSIER_NUMBER_MAX]);

struct store_status {
    unsigned generation;
    uint64_t dossiers, persons, flux, rejects_open, versions;
    uint64_t bytes_used, bytes_file, map_bytes;
    uint64_t room_bytes; /* that bytes_used may reach */
    uint32_t readers;
    uint64_t reader_lag; /* commits since the state that the oldest reader sees; it keeps the room of what was freed since */
    uint32_t reader_pid; /* 0: nobody reads */
};
enum err store_status(struct store_txn *t, struct store_status *out);
/* Bytes written to disk by this process's last commit. */
uint64_t store_bytes_written(const struct store *s);
/* A pseudonym, stable in this store, for the journal: hex of a keyed digest of text under a key of its own. */
void store_pseudonym(const struct store *s, const char *text, char out[33]);
/* Key of the journal's chain, derived from the index keys. */
void store_journal_key(const struct store *s, uint8_t key[32]);
/* The last line of the journal when an import last ended: seq 0 when there was none. Lines that are cut off behind it show. */
enum err store_put_journal_head(struct store_txn *t, uint64_t seq, const uint8_t mac[32]);
enum err store_journal_head(struct store_txn *t, uint64_t *seq, uint8_t mac[32]);
/* Lines to be appended to the journal once, put inside the transaction that they speak of. */
enum err outbox_put(struct store_txn *t, struct span line);
/* Each pending line in order; drained() deletes those up to and including seq. */
enum err outbox_each(struct store_txn *t, bool (*visit)(void *ctx, uint64_t seq, struct span line), void *ctx);
enum err outbox_drained(struct store_txn *t, uint64_t seq);
/* Walks every entry, opens every sealed value, checks every reference. Counts go to *checked; ERR_CORRUPT at the first fault. */
enum err store_verify(struct store_txn *t, uint64_t *checked);

/* ---- long works ---- */

/* How a long work may be stopped, and how far it is: each part NULL when nobody cares. */
struct store_watch {
    const volatile int *stop;                                   /* set by a signal: ERR_STOPPED */
    void (*progress)(void *ctx, uint64_t done, uint64_t total); /* entries; often */
    void *ctx;
};

enum err store_verify_watched(struct store_txn *t, const struct store_watch *w, uint64_t *checked);
enum { STORE_KEY_FILES = 3, STORE_KEY_NAME = 24 };
/* Files of the keys folder that the store needs, beside the master key. Returns how many: as far as they can be known. */
size_t store_key_files(const struct store_place *p, char names[STORE_KEY_FILES][STORE_KEY_NAME]);
/* The file that holds the store's content, or the pointer when that is what cannot be read. */
void store_file(const struct store_place *p, char *path, size_t size);

/* ---- backup ---- */

enum { BACKUP_NAME = 32, BACKUP_FILES = 4, BACKUP_DEPARTEMENT = 4 };

struct backup_file {
    uint64_t bytes;
    uint8_t sha256[32];
};

/* What the manifest of a backup says. */
struct backup_info {
    char name[BACKUP_NAME]; /* of its folder */
    char departement[BACKUP_DEPARTEMENT];
    uint64_t format, made_at, generation, transaction; /* made_at: seconds since 1970, UTC */
    uint8_t store[16];                                 /* which store it is of */
    uint64_t dossiers, persons, versions, flux, rejects_open, last_flux;
    uint64_t journal_seq; /* last line of the journal when it was made */
    uint8_t journal_mac[32];
    uint64_t kek;       /* of the store, then */
    uint8_t key_id[16]; /* which backup key opens it */
    struct backup_file files[BACKUP_FILES];
};

struct store_backup {
    const struct store_place *place;
    const char *folder; /* made when it is not there */
    const char *key;    /* file of the backup key */
    const char *departement;
    unsigned keep; /* complete backups of this key and store beyond so many are removed, the oldest first; 0: none is */
    int64_t now;
    uint64_t journal_seq;
    uint8_t journal_mac[32];
    const struct store_watch *watch;
    enum err (*announce)(void *ctx, const struct backup_info *b); /* when it is whole, before it gets its name; NULL allowed */
    void *ctx;
};

struct store_backed {
    struct backup_info info;
    uint64_t bytes;
    unsigned removed; /* older backups */
    enum err prune;   /* why others are still there; this backup is made */
    bool at_key;      /* what failed was to read the backup key */
};

/* Copies what one read transaction sees, data keys wrapped anew under a key of the backup, which the backup key wraps; reads the copy back
 * before it gets its name. A writer goes on meanwhile. ERR_BUSY when another backup into this folder is at work; whatever fails, nothing
 * is left of it. */
enum err store_backup(struct store *s, const struct store_backup *b, struct store_backed *out);
/* Reads the manifest: ERR_NOFILE when folder is no backup, ERR_KEY when another key made it or there is none, ERR_CORRUPT. */
enum err backup_look(const char *folder, const char *key, struct backup_info *out);
/* Compares every file with the manifest, opens all and walks it. */
enum err backup_verify(const char *folder, const char *key, const struct store_watch *w, struct backup_info *out, uint64_t *checked);
/* What a live store knows and a backup does not: visits each flux that is applied there and not in the backup, newest first, then each that
 * was undone there and is applied in the backup, as the backup has it. same: it is the store of the backup, else all its flux are what the
 * backup does not know. The files of the backup are not compared with the manifest: for a process that may die of what it reads. */
enum err backup_differs(const char *folder, const char *key, struct store_txn *live, bool *same,
                        bool (*visit)(void *ctx, const struct flux_entry *f, bool undone), void *ctx);
/* The newest backup that is whole by its name; ERR_NOTFOUND when there is none. Reads no key. */
enum err backup_newest(const char *folder, char name[BACKUP_NAME], int64_t *made_at);

/* ---- restoring and compacting ---- */

struct store_hold; /* the right to replace the store, held against every writer */

/* Waits at most patience seconds for a writer: ERR_BUSY. The store itself is not opened and may be damaged. Removes what a replacement
 * that was killed left behind. p's texts must live as long. */
enum err store_hold(const struct store_place *p, const char *purpose, unsigned patience, void (*waiting)(void *ctx, const char *holder),
                    void *ctx, struct store_hold **ret);
struct store_hold *store_unhold(struct store_hold *h); /* NULL allowed */

/* Serials that were given, so that none is given twice. */
struct store_serials {
    uint64_t dossier, person, outbox;
    uint32_t flux, reject;
};
struct store_serials store_serials(const struct store_txn *t);
/* Which store it is, whatever generation. */
enum err store_identity(struct store_txn *t, uint8_t uuid[16]);

struct store_replacing {
    unsigned patience; /* seconds to wait for who has the store open, at the end: ERR_BUSY */
    const struct store_watch *watch;
    /* The last words of the transaction that ends s, which is made and not yet the store; NULL allowed. */
    enum err (*finish)(void *ctx, const struct store *s, struct store_txn *t);
    void (*published)(void *ctx, struct store *s); /* it is the store now: s is open for writing; NULL allowed */
    void *ctx;
};

struct store_restore {
    const char *backup, *key;
    struct store_serials given; /* none up to these is given again */
    struct store_replacing how;
};

struct store_replaced {
    unsigned generation;
    bool keys_made; /* by a restore: the keys that were there are not those of the backup, or were missing */
    uint64_t bytes_before, bytes_after;
    struct backup_info backup; /* of a restore */
};

/* The backup, verified, becomes the store; at any instant before, the store is what it was. The keys of the instance go on being used
 * when they are those of the backup's store, else new ones take their place with the store, at one stroke. Errors of backup_verify. */
enum err store_restore(struct store_hold *h, const struct store_restore *r, struct store_replaced *out);
/* The store without its free pages. */
enum err store_compact(struct store_hold *h, const struct store_replacing *r, struct store_replaced *out);

#endif
