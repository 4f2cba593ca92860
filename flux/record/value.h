/* Text becomes a value once, strictly, and a value becomes canonical text. Nothing here depends on the locale.
 * Encoded forms: TEXT, CODE, NIR and DIGITS as length and UTF-8; INTEGER and AMOUNT (hundredths) as zigzag; DATE as zigzag days since
 * 1970-01-01; TIME as a varint of ten-thousandths of a second; BOOL as one byte. Source of the lexical forms: XML Schema part 2. */
#ifndef FLUX_RECORD_VALUE_H
#define FLUX_RECORD_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "flux/base/buf.h"
#include "flux/base/wire.h"
#include "flux/record/finding.h"
#include "flux/record/schema.h"

struct value {
    enum node_type type;
    struct span text; /* TEXT, CODE, NIR, DIGITS: inside the record's bytes */
    int64_t number;   /* INTEGER, AMOUNT, DATE, TIME, BOOL */
};

/* 1800-01-01 and 2199-12-31: what is beyond stands for a date that is not known. */
enum { DATE_FIRST = -62091, DATE_LAST = 84005 };

/* Longest canonical text of a value, with its final zero: a text of 255 characters of 4 bytes. */
enum { VALUE_TEXT_MAX = 1021 };

/* Judges text[len] (UTF-8, as it stands in the flux) for a leaf and appends its encoded form to out. Returns the finding, FINDING_NONE
 * when there is none; nothing is appended when the finding costs more than a warning. A code in no list is V_CODE. Of several
 * warnings, what the schema forbids is said, then the most useful. */
enum finding_code value_encode(const struct node *leaf, const char *text, size_t len, struct buf *out);
/* Reads one encoded value, checked as hostile: only what value_encode can write passes. */
enum err value_decode(const struct node *leaf, struct wire *w, struct value *v);
/* The same for bytes that passed value_decode before: only bounds are checked. */
enum err value_read(const struct node *leaf, struct wire *w, struct value *v);
/* Canonical text, terminated: dates ISO, amounts "-12.50", integers without padding, "true"/"false", "HH:MM:SS". Returns its length. */
size_t value_text(const struct value *v, char text[VALUE_TEXT_MAX]);

/* Days since 1970-01-01 of a day of the Gregorian calendar, years 1 to 9999; false when there is no such day. */
bool date_to_days(int year, int month, int day, int64_t *days);
void date_from_days(int64_t days, int *year, int *month, int *day);

#endif
