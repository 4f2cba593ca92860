/* One image of a dossier as reports read it. */
#ifndef STORE_REPORT_IMAGE_H
#define STORE_REPORT_IMAGE_H

#include "flux/record/right.h"
#include "store/images.h"
#include "store/report.h"

struct report_image {
    struct buf record;
    struct serials persons;
    struct right right;
};

void report_image_init(struct report_image *i);
void report_image_free(struct report_image *i);
enum err report_image_open(struct report_image *i, struct images *m, size_t number);
/* The state that image number tells, or the last one told before it, 0 when none did. i: that image, open; scratch: used when it tells
 * none. */
enum err report_state(const struct report_image *i, struct images *m, size_t number, struct report_image *scratch, char *state);
enum err report_flux_of(struct store_txn *t, const struct moment *m, struct report_flux *out);

#endif
