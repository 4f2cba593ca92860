/* Made-up flux: deterministic from a seed, any number of households in flat memory, every block of the schema exercised. No value comes
 * from a real person; NIR have right keys. Household k depends on the seed, k and the months gone by only. */
#ifndef SAMPLES_SAMPLE_H
#define SAMPLES_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "flux/base/err.h"

enum sample_emitter { SAMPLE_CAF, SAMPLE_MSA };
enum sample_encoding { SAMPLE_UTF8, SAMPLE_UTF8_BOM, SAMPLE_WINDOWS_1252, SAMPLE_ISO_8859_1, SAMPLE_ISO_8859_15 };

struct sample_options {
    uint64_t seed;
    uint32_t households; /* alive in month 0 */
    char departement[4]; /* "062" */
    enum sample_emitter emitter;
    enum sample_encoding encoding;
    bool indent;
    bool daily;                 /* a daily file: only what changed on `day`, which then counts */
    int year, month, day;       /* of reference; monthly files take the last day of month */
    uint32_t month_index;       /* months since the series began: 0 for the first */
    uint32_t changed_per_mille; /* households redrawn against the same file with 0, which is created an hour earlier */
};

/* Writes one flux to out. *written: households in it. */
enum err sample_write(const struct sample_options *o, FILE *out, uint64_t *written);

struct spoil;
/* The same, with faults: see samples/spoil.h; NULL for none. */
enum err sample_write_spoiled(const struct sample_options *o, struct spoil *spoil, FILE *out, uint64_t *written);

#endif
