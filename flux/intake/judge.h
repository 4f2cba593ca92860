/* Verdicts on a whole flux: pure functions over what was read. Source: design 4 and 7, flux-caf-msa 1.2, 4.12, 7.1. */
#ifndef FLUX_INTAKE_JUDGE_H
#define FLUX_INTAKE_JUDGE_H

#include <stdbool.h>

#include "flux/intake/intake.h"

/* What was counted while a flux was read. */
struct tally {
    uint64_t read, rejected;
    uint64_t foreign;   /* households of another département */
    uint64_t anomalies; /* households that the payer declares in anomaly (D_ANOMALIE) */
    uint64_t caf, msa;  /* households of each payer, by FONORG */
};

/* FINDING_NONE, F_NATFLUX or F_TYPEFLUX; detail receives the official value. */
enum finding_code judge_header(struct span header, char detail[64]);
/* FINDING_NONE or F_FUTURE: DTCREAFLUX is more than a day after now (seconds since 1970, UTC), which leaves room for time zones. */
enum finding_code judge_date(struct span header, int64_t now);
/* FINDING_NONE or F_TOTALS. */
enum finding_code judge_totals(const struct msg_end *end);
/* Who made the flux, as APPLIEME says; EMITTER_ANY when it is neither the CAF nor the MSA. */
enum emitter_choice judge_applieme(struct span header);
/* FINDING_NONE or F_EMITTER: the flux is not of who is wanted. APPLIEME says who made it, and most households
 * must not say another payer (FONORG); where APPLIEME is of neither, most households must say the payer wanted. Source: flux-caf-msa 1.4.
 */
enum finding_code judge_emitter(struct span header, const struct tally *t, enum emitter_choice wanted);
/* FINDING_NONE or F_DEPARTEMENT: when most households are foreign, the file is, and not a few households. */
enum finding_code judge_departement(const struct tally *t);
/* FINDING_NONE or F_REJECTS; share in thousandths of the households read. A lone reject of a small flux does not hold it. */
enum finding_code judge_rejects(const struct tally *t, unsigned share);
/* FINDING_NONE or F_ANOMALIES: anomalies are announced, and every household read is one. A few among others are no reason. */
enum finding_code judge_anomalies(const struct tally *t, const struct msg_end *end);

/* Households that a flux creates, rights that it closes, open rights that it does not name any more, beside the dossiers of the flux that
 * it is compared with. */
struct volume_counts {
    uint64_t counts[VOLUME_FIGURES];
    uint64_t carried; /* 0: compared with nothing */
    unsigned months;  /* since that one */
};

/* Beyond share thousandths of carried, for each month since (at least one), a figure is out of the usual: F_VOLUME for a monthly flux,
 * F_VOLUME_DAILY for a daily one. Never for a reprise, nor beside a flux of fewer than VOLUME_FLOOR dossiers; a share of 0 turns it off.
 * detail receives the figures: "created 3000/100000". */
enum { VOLUME_FLOOR = 50 };
enum finding_code judge_volume(struct span header, const struct volume_counts *v, enum volume_figure which, unsigned share,
                               char detail[64]);
/* What judge_volume says as a detail, read again; false for anything else. */
bool judge_volume_read(const char *detail, enum volume_figure *which, uint64_t *count, uint64_t *carried);

#endif
