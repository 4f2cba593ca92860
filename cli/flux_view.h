/* One flux, for machines and for people: the same for import, flux list and flux show. */
#ifndef CLI_FLUX_VIEW_H
#define CLI_FLUX_VIEW_H

#include <jansson.h>

#include "cli/output.h"
#include "flux/intake/intake.h"

struct header_view {
    char typeflux[8], natflux[8], dtcreaflux[16], heucreaflux[24], dtref[16], applieme[8], version[8];
};

/* Empty texts for what is not there. */
void header_view(struct span header, struct header_view *v);
/* "vrsb0801", "" when the header was not read. */
const char *header_format(struct span header);

/* The object of design 7. */
json_t *flux_json(const struct flux_result *r);
/* The ledger's own: when, by whom, forced why, digests. Added to flux_json. */
void flux_json_more(json_t *object, const struct flux_entry *f);
/* What became of the bytes of a flux that was held. */
struct flux_now {
    uint32_t applied; /* as which flux they were applied since; 0: not yet */
    char *command;    /* see held_command */
};

/* A block of a few lines; now: NULL when nobody looked. */
void flux_text(struct output *o, const struct flux_result *r, const struct flux_now *now);
/* What flux_result.bytes_written is for a flux of the ledger, which does not know it. */
#define BYTES_UNKNOWN UINT64_MAX
/* What was said about one flux in the ledger. */
struct flux_result flux_result_of(const struct flux_entry *f);

const char *verdict_name(enum flux_verdict v); /* for machines */
const char *verdict_label(enum flux_verdict v);
enum colour verdict_colour(enum flux_verdict v);
/* "monthly", translated, "" when unknown. */
const char *typeflux_label(const char *typeflux);
/* What a flux is known by: the digest of its unpacked bytes, or of its archive when it was not unpacked. */
const uint8_t *flux_digest(const struct flux_entry *f);
/* Digests that were not taken are zeros. */
bool all_zero(const uint8_t *data, size_t n);
/* Sentence, then detail and line in brackets; translated. */
void reason_text(const struct flux_reason *r, char *out, size_t size);

#endif
