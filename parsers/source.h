/* The members of a file, recognised by content, unpacked, measured, checked and hashed. Nothing here knows of XML beyond its first
 * bytes. A function that returns ERR_BAD has set a fault: the file is refused. */
#ifndef PARSERS_SOURCE_H
#define PARSERS_SOURCE_H

#include <openssl/evp.h>

#include "flux/base/wire.h"
#include "parsers/parsers.h"

enum { SOURCE_CHUNK = 64 << 10 };

struct source;

struct source_member {
    uint32_t index;
    char name[MEMBER_NAME_MAX]; /* printable; "" when the file is the member */
};

/* Borrows fd and sha256. *ret is set whatever happens, so that its fault can be read. tell(ctx): after each mebibyte of the file. */
enum err source_open(struct source **ret, int fd, const struct parse_limits *limits, const EVP_MD *sha256, enum err (*tell)(void *ctx),
                     void *ctx);
struct source *source_close(struct source *s);

/* How many members there are. A tar.gz is read to its verified end for it, and rewound. */
enum err source_count(struct source *s, uint32_t *count);
/* The next member; ERR_NOTFOUND at the verified end of the archive. What was not read of the one before is read and checked first. */
enum err source_next(struct source *s, struct source_member *m);
/* The member with this index, from the start of the archive. */
enum err source_seek(struct source *s, uint32_t index, struct source_member *m);
/* The next bytes of the member, valid until the next call: a full SOURCE_CHUNK but for the last one; empty at the verified end. */
enum err source_read(struct source *s, struct span *chunk);
/* Reads what is left of the archive, so that every check sum that covers the member is verified. */
enum err source_finish(struct source *s);

/* Of the member, once source_read gave its end; all zeros when the member is the file as it stands: who opened that can hash it too. */
enum err source_digest(struct source *s, uint8_t sha256[32]);
uint64_t source_bytes(const struct source *s);
/* Bytes of the file consumed so far. */
uint64_t source_packed(const struct source *s);
enum finding_code source_fault(const struct source *s);
/* Whether check sums cover the members: then reading on to the end says whether the bytes are damaged. */
bool source_is_summed(const struct source *s);

#endif
