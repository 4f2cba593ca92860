/* What the reports share: format, journal, output. */
#ifndef CLI_CMD_REPORT_H
#define CLI_CMD_REPORT_H

#include "cli/instance.h"
#include "cli/report_rows.h"
#include "flux/record/right.h"

struct report_request {
    enum report_format format;
    bool nominative;
    uint64_t limit;
    const char *op; /* of the journal */
};

/* --format, --json, --nominative, --limit; exit code. */
int report_request(const struct cli *cli, const char *op, struct report_request *out);
/* Writes the consultation into the journal, of each household too when names are shown, then sorts and shows the rows. */
int report_show(struct cli *cli, struct instance *i, const struct report_request *q, struct report_rows *rows,
                const struct report_setting *asked, size_t count);

/* The demandeur, or the first person; NULL without persons. */
const struct right_person *report_head(const struct right *r);
/* The lines of an address, with spaces between. */
const char *report_address(const struct right_home *h, char *out, size_t size);

#endif
