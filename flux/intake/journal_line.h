/* One line of the journal as bytes: made, and checked. Pure functions, no file. */
#ifndef FLUX_INTAKE_JOURNAL_LINE_H
#define FLUX_INTAKE_JOURNAL_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "flux/base/buf.h"
#include "flux/base/wire.h"
#include "flux/intake/journal.h"

enum { JOURNAL_MAC = 32, JOURNAL_LINE_MAX = 16 << 10 };

/* Where the chain stands after a line; zeros before the first. */
struct journal_link {
    uint64_t seq;
    uint8_t mac[JOURNAL_MAC];
};

struct journal_entry {
    const struct journal_act *act;
    const uint64_t *outbox; /* NULL when the act is of no transaction */
    int64_t now;
    const char *user;
    unsigned long uid;
};

/* Appends the line after link, with its newline, and moves link on. ERR_TOOBIG beyond JOURNAL_LINE_MAX: out is then as before. */
enum err journal_line_make(struct buf *out, const uint8_t key[32], struct journal_link *link, const struct journal_entry *e);
/* The part of a line that tells one act of a transaction from another: op to outbox. */
enum err journal_line_act(struct buf *out, const struct journal_act *act, uint64_t outbox);
/* Judges a line without its newline by itself: *prev is the MAC it names, *link where the chain stands after it. ERR_CORRUPT. */
enum err journal_line_check(const uint8_t key[32], struct span line, uint8_t prev[JOURNAL_MAC], struct journal_link *link);
/* Judges a line that must follow link, and moves link on. ERR_CORRUPT. */
enum err journal_line_follow(const uint8_t key[32], struct span line, struct journal_link *link);
/* What a line says of itself, on its word: nothing is verified. False when it is no line. */
bool journal_line_said(struct span line, struct journal_link *link, struct span *op);
/* False when the line is of no transaction. */
bool journal_line_outbox(struct span line, uint64_t *outbox);

#endif
