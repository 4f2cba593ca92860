/* Inside of the import: one flux on its way through one transaction. */
#ifndef FLUX_INTAKE_IMPORT_H
#define FLUX_INTAKE_IMPORT_H

#include "flux/intake/judge.h"
#include "flux/intake/session.h"

/* The file, opened once: the same bytes are hashed, parsed and judged. */
struct arrival {
    const struct intake_options *options;
    const char *path;
    int fd;
    uint64_t bytes;
    int64_t changed_at; /* nanoseconds, of the file's last change when it was opened */
    uint8_t sha256[32];
    struct keep keep;          /* what may be stored */
    struct buf header;         /* record of the flux at hand, for as long as its result lives */
    struct flux_report report; /* of the flux at hand, as long */
    struct session session;
};

/* Opens a plain file for reading, whatever its name leads to; ERR_BAD when it is a folder, a device, a pipe. */
enum err arrival_open_fd(const char *path, int *fd);
/* Opens, checks that it is a plain file, hashes. ERR_NOFILE, ERR_BAD when it is not a plain file. */
enum err arrival_open(struct arrival *a, const struct intake_options *o, const char *path);
void arrival_close(struct arrival *a);
/* Copies the header of f into the arrival, and points f at the copy. */
enum err arrival_keep_header(struct arrival *a, struct flux_entry *f);
/* Whether the file is still what was opened. */
bool arrival_is_same(const struct arrival *a);

/* The members of an archive of several flux. */
struct member_list {
    struct msg_scanned *members;
    struct buf headers; /* their header records one after the other: members[i].header.data counts from its start until list_settle */
    size_t count, cap;
};
enum err member_list_add(struct member_list *l, const struct msg_scanned *m);
/* Points the headers into place and sorts by header order: DTCREAFLUX, HEUCREAFLUX, TYPEFLUX, digest. */
void member_list_settle(struct member_list *l);
void member_list_free(struct member_list *l);

/* Takes one flux to its verdict; member -1: whatever is in the file. When that is an archive of several flux, *several is set, list holds
 * them, and out is void. */
enum err import_flux(struct arrival *a, int32_t member, struct member_list *list, bool *several, struct flux_result *out);
/* Puts a refused or held flux into the ledger, and the act into the journal. The store must not be open. Nothing on a dry run. */
enum err import_put_verdict(struct arrival *a, struct flux_result *r);

/* Brings acts that wait in the store to the journal. The store is open for writing, without a transaction. ERR_JOURNAL when it cannot. */
enum err import_drain(const struct intake_options *o, struct store *s);
/* What all results of this file have in common. */
void import_result_init(const struct arrival *a, struct flux_result *r);
void import_add_reason(struct flux_entry *f, const struct finding *finding, const char *detail);
/* The same for a finding about the whole file. */
void import_add_code(struct flux_entry *f, enum finding_code code, const char *detail);
/* The file as it is called now, whatever it was called when the ledger met it. */
void import_name(const struct arrival *a, struct flux_entry *f);
/* Nothing of a flux that is not applied counts as done; of one that was applied already, nothing was read either. */
void import_keep_nothing(struct flux_result *r);
/* One line of counts and codes for the journal. */
void import_detail(const struct flux_result *r, char *text, size_t size);

#endif
