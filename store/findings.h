/* Entries of TABLE_FINDINGS and TABLE_FLUX_REPORT as they lie in the store. */
#ifndef STORE_FINDINGS_H
#define STORE_FINDINGS_H

#include "store/image.h"

/* plain is scratch, personal. */
enum err findings_read(struct store_txn *t, struct span key, struct span value, struct buf *plain, struct dossier_findings *out);
/* out: empty; freed by the caller whatever is returned. */
enum err flux_report_read(struct store_txn *t, struct span key, struct span value, struct flux_report *out);

#endif
