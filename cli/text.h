/* Text for people: what comes from a file is neutralised before a terminal sees it; dates and numbers as the reader writes them. */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "flux/base/buf.h"

enum { TEXT_SHORT = 32 };

/* Appends text without control characters, changes of direction or broken UTF-8: each becomes "?". */
void text_clean(struct buf *out, const char *text, size_t len);
/* Same, into a new string; NULL without memory. */
char *text_clean_dup(const char *text);
/* Columns that a UTF-8 text takes. */
size_t text_width(const char *text);

/* "12 345", with the separator of the language. */
const char *text_number(uint64_t n, char out[TEXT_SHORT]);
/* "1,3 Mo" */
const char *text_bytes(uint64_t n, char out[TEXT_SHORT]);
/* "1234.50" as the reader writes it. */
const char *text_amount(const char *canonical, char out[TEXT_SHORT]);
/* "2025-01-31" as the reader writes it; anything else stays. */
const char *text_date(const char *iso, char out[TEXT_SHORT]);
/* Seconds since 1970, in the time of the machine. */
const char *text_moment(int64_t seconds, char out[TEXT_SHORT]);
/* "2025-01-31" as the month it lies in; anything else stays. */
const char *text_month(const char *iso, char out[TEXT_SHORT]);
/* As text_moment, without its year or without its hour: in less room than that. */
const char *text_moment_short(int64_t seconds, int64_t now, char out[TEXT_SHORT]);
/* "850 ms", "12,3 s", "2 min 05 s" */
const char *text_duration(uint64_t ms, char out[TEXT_SHORT]);
/* Hexadecimal digits of n bytes; out: 2 n + 1. */
void text_hex(const uint8_t *data, size_t n, char *out);

#endif
