/* The members of a tar inside gzip, from bytes that zlib has inflated and checked. Plain files and folders, as ustar, pax and GNU tar write
 * them; what changes how a member is read (links, sparse files, a size said twice) is refused, and attributes are passed over unread:
 * libarchive 3.6.2 takes half a minute for 900 kB of them. Source: POSIX pax, GNU tar. */
#ifndef PARSERS_TAR_H
#define PARSERS_TAR_H

#include "parsers/member_name.h"
#include "parsers/parsers.h"
#include "parsers/stream.h"

enum { TAR_SPECIAL = 64 << 10 };

struct tar {
    struct stream *stream; /* borrowed; NULL when closed */
    const struct parse_limits *limits;
    uint64_t unpacked;      /* of the tar itself */
    uint64_t left, padding; /* of the member */
    uint32_t headers;       /* met so far */
    struct name_set names;
    enum finding_code fault; /* set when a function returns ERR_BAD */
    /* What special headers say of the next entry. */
    bool folder, long_name, pax, pax_path, pax_size;
    uint64_t size;
    size_t name_len;
    char name[MEMBER_PATH_MAX + 1]; /* of the member, as it stands; until the next call */
    uint8_t special[TAR_SPECIAL];
};

void tar_open(struct tar *t, struct stream *stream, const struct parse_limits *limits);
void tar_close(struct tar *t);
/* The next plain file; folders are passed over. ERR_NOTFOUND at the verified end of the whole archive. */
enum err tar_next(struct tar *t);
/* Fills out[cap] unless the member ends before; *got is 0 at its end. */
enum err tar_read(struct tar *t, uint8_t *out, size_t cap, size_t *got);

#endif
