/* What a flux changes, as figures, while it is applied. */
#ifndef STORE_VOLUME_H
#define STORE_VOLUME_H

#include "store/flux_set.h"
#include "store/image.h"

struct store_apply;

/* What the header says of a flux as a whole. */
struct volume {
    bool monthly;
    int64_t reference, created; /* DTREF, DTCREAFLUX; days since 1970 */
    struct flux_set rejected;   /* known dossiers of which a household was rejected: they are not missing */
    uint64_t closed;
    bool reversed; /* the household applied last: see apply_reversed */
};

void volume_init(struct store_apply *a);
/* Before the household at hand becomes the newest image of a dossier, of which current is the one until now. */
enum err volume_see(struct store_apply *a, const struct image *current);
/* Before the household at hand becomes an older image of a dossier; next: the first later flux that carried the dossier. */
enum err volume_see_next(struct store_apply *a, uint32_t next);
/* A household was rejected. */
enum err volume_see_reject(struct store_apply *a, const uint8_t blind[KEY_BLIND]);

#endif
