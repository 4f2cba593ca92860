/* The journal of consultations and acts: one JSON object per line, append-only, hash-chained by HMAC-SHA-256 under the store's journal
 * key, in a file of its own so that a reader never waits for an import. No personal value: subjects are ids and pseudonyms.
 * Source: design 5, law TRA. Line members, in order: seq, time (UTC, seconds), user, uid, op, subject, purpose, detail, outbox (acts of a
 * transaction only), prev, mac. What a crash left of a last line is cut off by the next append, which says so by an act
 * "journal.repaired"; nothing else is ever taken away. */
#ifndef FLUX_INTAKE_JOURNAL_H
#define FLUX_INTAKE_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "flux/base/err.h"

struct journal;

struct journal_act {
    const char *op;      /* "dossier.show", "import" */
    const char *subject; /* pseudonymous id, flux id, "" */
    const char *purpose; /* "suivi", "orientation", "controle", "statistiques"; "" for acts of the system */
    const char *detail;  /* counts and codes, a reason typed by an operator; "" */
};

/* Opens or makes the file (mode 0600). ERR_CORRUPT when its last whole line does not verify, ERR_PERM when the file belongs to another
 * user or is open to others. */
enum err journal_open(const char *path, const uint8_t key[32], struct journal **ret);
struct journal *journal_close(struct journal *j);
/* Appends one act under a short file lock and syncs it; now: seconds since 1970. The user is that of the process. ERR_CORRUPT when the
 * last line does not verify or the file lost lines since this handle last saw it; ERR_TOOBIG when the line would be too long. */
enum err journal_append(struct journal *j, const struct journal_act *act, int64_t now);
/* Same, unless this act with this outbox sequence is there already: acts of a transaction, at least once from the store, exactly once
 * in the journal. Sequences must be appended in ascending order: the search goes back to the first smaller one. */
enum err journal_append_once(struct journal *j, const struct journal_act *act, int64_t now, uint64_t outbox_seq);
/* Each whole line from the first, not verified; text ends with a zero. visit returns false to stop. */
enum err journal_each(struct journal *j, bool (*visit)(void *ctx, const char *line), void *ctx);
/* *lines: how many verify from the start; ERR_CORRUPT when the next one does not, or is not whole. */
enum err journal_verify(struct journal *j, uint64_t *lines);
/* Sequence and MAC of the last line that this handle saw, to be anchored in the store so that a cut tail shows; 0 and zeros when empty. */
void journal_head(const struct journal *j, uint64_t *seq, uint8_t mac[32]);
/* ERR_CORRUPT when the line of an anchor is not there any more, or another one stands in its place. */
enum err journal_anchored(struct journal *j, uint64_t seq, const uint8_t mac[32]);

#endif
