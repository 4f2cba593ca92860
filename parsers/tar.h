/* The members of a tar inside gzip. libarchive reads the tar, from bytes that zlib has inflated and checked. */
#ifndef PARSERS_TAR_H
#define PARSERS_TAR_H

#include <archive.h>
#include <archive_entry.h>

#include "parsers/parsers.h"
#include "parsers/stream.h"

/* PARSE_RATIO_FREE: what is unpacked before the ratio counts. */
enum { TAR_BLOCK = 64 << 10, PARSE_RATIO_FREE = 16 << 20 };

struct tar {
    struct archive *archive;
    struct stream *stream; /* borrowed */
    const struct parse_limits *limits;
    const char *name;                /* of the member, as it stands; until the next call */
    uint64_t unpacked, last_nonzero; /* of the tar itself: bytes inflated, end of the last byte that is not zero */
    uint64_t at;                     /* in the member */
    enum err err;
    enum finding_code fault; /* set when a function returns ERR_BAD */
    uint8_t block[TAR_BLOCK];
};

enum err tar_open(struct tar *t, struct stream *stream, const struct parse_limits *limits);
void tar_close(struct tar *t);
/* The next plain file; folders are passed over. ERR_NOTFOUND at the verified end of the whole archive. */
enum err tar_next(struct tar *t);
/* The next bytes of the member, valid until the next call; *len is 0 at its end. */
enum err tar_read(struct tar *t, const uint8_t **data, size_t *len);

#endif
