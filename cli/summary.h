/* The summary of a night: what was expected, what came, what became of it. Counts, codes and file names; never a person, never a content.
 */
#ifndef CLI_SUMMARY_H
#define CLI_SUMMARY_H

#include <jansson.h>

#include "cli/status_report.h"

struct summary_expected {
    unsigned expected, received, held, late, missing; /* of what was due */
};

struct summary {
    const struct status_report *status;
    int64_t since;
    json_t *flux;  /* imported since then, the oldest first: flux_json */
    json_t *aside; /* files that were refused or held and of which the ledger says nothing: {"file", "state", "reason"} */
    uint64_t counts[FLUX_UNDONE + 1];
    struct summary_expected expected;
};

/* After status_gather, while the store is open; txn NULL: without it. out is freed whatever is returned. */
enum err summary_gather(struct store_txn *txn, const struct status_report *status, int64_t since, struct summary *out);
void summary_free(struct summary *s);
struct summary_expected summary_expected(const struct expected_view *v);

void summary_text(const struct summary *s, FILE *out);
json_t *summary_json(const struct summary *s);

/* ---- mail ---- */

struct mail {
    const char *from;           /* "" for none */
    const char *to;             /* addresses separated by commas */
    const char *subject, *body; /* UTF-8 */
    int64_t now;
};

/* A whole message, as sendmail -t takes it. ERR_BAD when an address holds what belongs into none, ERR_NOMEM. */
enum err mail_make(const struct mail *m, struct buf *out);

#endif
