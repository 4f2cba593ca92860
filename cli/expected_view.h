/* The flux that sources should have sent, as the ledger knows them: for flux expected, status, the summary. */
#ifndef CLI_EXPECTED_VIEW_H
#define CLI_EXPECTED_VIEW_H

#include <jansson.h>

#include "cli/instance.h"
#include "cli/text.h"
#include "flux/intake/expected.h"

/* The last flux of a source and kind that was applied. */
struct expected_last {
    uint32_t flux; /* 0: none was */
    int64_t imported_at;
    char file[FLUX_TEXT_MAX], member[FLUX_TEXT_MAX], dtcreaflux[16], dtref[16];
};

struct expected_row {
    struct expected_result result;
    struct expected_last last;
    int64_t age; /* seconds since the last one was imported, -1 when there is none; never less than 0 */
};

struct expected_source {
    const struct config_source *source; /* of cli->config */
    struct expected_row rows[EXPECTED_KINDS];
};

struct expected_view {
    int64_t now, since;
    size_t count;
    struct expected_source sources[SOURCES_MAX];
};

/* Reads the ledger, the newest flux first, and no more of it than is needed; now: seconds since 1970. A flux that was imported by hand, or
 * under a source that is no more, counts for the one source that it can be of. */
enum err expected_collect(struct cli *cli, struct instance *i, int64_t now, struct expected_view *out);
/* The same as it was, or will be, at a moment: what was imported later counts for nothing. */
enum err expected_collect_at(struct cli *cli, struct instance *i, int64_t at, struct expected_view *out);
/* The moment of this day and minute in the time of the machine. */
int64_t expected_moment(int64_t day, int minute);
/* How many are late or missing, over all sources and kinds. */
unsigned expected_bad(const struct expected_view *v);
/* The moment when the next flux of all is due, and of which kind it is; 0: none is expected. */
int64_t expected_next(const struct expected_view *v, enum expected_kind *kind);
/* Of a monthly flux, the last minute of the day, and not the first one of the day after. */
const char *expected_due_text(enum expected_kind k, int64_t due, char out[TEXT_SHORT]);
/* The array "sources" of flux expected --json. */
json_t *expected_json(const struct expected_view *v);
/* Translated. */
const char *expected_state_label(enum expected_state s);
const char *expected_kind_label(enum expected_kind k);
/* "12/02/2025" or "02/2025": what a slot is called. */
const char *expected_slot_text(enum expected_kind k, int64_t slot, char *out, size_t size);

#endif
