/* One search for anomalies. */
#ifndef STORE_REPORT_ANOMALY_H
#define STORE_REPORT_ANOMALY_H

#include "store/report_image.h"

struct anomaly_search {
    struct store_txn *t;
    const struct timeline *timeline;
    const struct anomalies_wanted *wanted;
    struct images m;
    struct report_image image, older, scratch;
    enum err (*visit)(void *ctx, const struct report_anomaly *a);
    void *ctx;
};

enum { MONTH_NONE = -1 };

/* 12 * year + month - 1 */
int report_month(int64_t day);
/* Opens in s->image what holds of a dossier at the end of the wanted month, s->m loaded; ERR_NOTFOUND when nothing does. s->m is freed by
 * the caller whatever is returned. */
enum err anomaly_open(struct anomaly_search *s, uint64_t dossier, size_t *number, char *state);
/* a->flux, from the flux of an image. */
enum err anomaly_flux(struct anomaly_search *s, uint32_t flux, struct report_anomaly *a);

enum err anomalies_missing(struct anomaly_search *s);
enum err anomalies_nir(struct anomaly_search *s);
/* Visits one row about a dossier, as its current image is. */
enum err anomaly_now(struct anomaly_search *s, struct report_anomaly *a);
enum err anomalies_crowded(struct anomaly_search *s);
enum err anomalies_unknown(struct anomaly_search *s);

#endif
