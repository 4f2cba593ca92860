/* Which encoding a flux is in, decided by us from its first bytes, and its bytes as UTF-8. The XML parser sees UTF-8 only and never
 * looks an encoding up. */
#ifndef PARSERS_ENCODING_H
#define PARSERS_ENCODING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flux/base/err.h"

enum encoding { ENCODING_UTF8, ENCODING_WINDOWS_1252, ENCODING_8859_1, ENCODING_8859_15, ENCODING_COUNT };

/* ENCODING_START: the first bytes that encoding_judge wants to see. */
enum { ENCODING_START = 1024, ENCODING_TABLES = ENCODING_COUNT - 1, ENCODING_DETAIL_MAX = 32, ENCODING_WORST = 3 };

/* UTF-8 of each byte of one encoding of one byte per character; length 0 where the byte is undefined. */
struct encoding_table {
    struct {
        uint8_t len, bytes[ENCODING_WORST];
    } of[256];
};

/* "windows-1252" */
const char *encoding_name(enum encoding e);

/* Asks iconv, once per byte: it opens files, so this comes before the sandbox. */
enum err encoding_tables_fill(struct encoding_table tables[ENCODING_TABLES]);

struct encoding_verdict {
    enum encoding encoding;
    size_t skip;                      /* length of the byte order mark */
    char detail[ENCODING_DETAIL_MAX]; /* the name that was refused, when it can be shown */
};

/* ERR_BAD when the encoding is not one of ours, or the byte order mark and the declaration disagree. start: at least the first
 * ENCODING_START bytes unless there are fewer. */
enum err encoding_judge(const uint8_t *start, size_t len, struct encoding_verdict *v);

struct decoder {
    enum encoding encoding;
    const struct encoding_table *table; /* NULL for UTF-8 */
    uint8_t state;                      /* UTF-8: inside a character */
};

void decoder_init(struct decoder *d, enum encoding e, const struct encoding_table tables[ENCODING_TABLES]);
/* The longest start of in[len] that is right in its encoding: *used bytes of it, as *out_len bytes of UTF-8 at *out, which is in itself or
 * room[ENCODING_WORST * (len + 1)]. *used < len when the next byte is wrong. A character cut by the end of in is right so far. */
void decoder_run(struct decoder *d, const uint8_t *in, size_t len, uint8_t *room, const uint8_t **out, size_t *out_len, size_t *used);

/* Whether the bytes so far end inside a character. */
bool decoder_inside(const struct decoder *d);

#endif
