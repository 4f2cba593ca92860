/* Bytes of a range of a file, as they stand or inflated, with every check sum verified. zlib checks CRC-32 and length of gzip. */
#ifndef PARSERS_STREAM_H
#define PARSERS_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

#include "flux/base/err.h"
#include "flux/record/finding.h"

enum stream_mode { STREAM_PLAIN, STREAM_GZIP, STREAM_DEFLATE };

/* PARSE_RATIO_FREE: what is unpacked before the ratio counts. */
enum { STREAM_IN = 64 << 10, PARSE_RATIO_FREE = 16 << 20 };

/* Told after each mebibyte taken from the file, whatever is done with it: whoever waits must see that work goes on. */
struct stream_watch {
    enum err (*tell)(void *ctx); /* NULL for nobody */
    void *ctx;
    uint64_t taken;
};

struct stream {
    struct stream_watch watch; /* set by the owner; outlives stream_open */
    int fd;
    enum stream_mode mode;
    uint64_t at, end; /* the range still to be read */
    uint64_t packed;  /* bytes consumed of the range */
    uint32_t gzip_members, gzip_members_max;
    enum finding_code fault; /* set when a function returns ERR_BAD */
    bool open, ended;
    z_stream z;
    uint8_t in[STREAM_IN];
};

enum err stream_open(struct stream *s, int fd, enum stream_mode mode, uint64_t at, uint64_t end, uint32_t gzip_members_max);
void stream_close(struct stream *s);
/* Fills out[cap] unless the end comes before; *got is 0 at the verified end. */
enum err stream_read(struct stream *s, uint8_t *out, size_t cap, size_t *got);

/* Exactly n bytes at an offset; ERR_NOTFOUND when the file is shorter. */
enum err file_read_at(int fd, uint64_t at, void *data, size_t n);

#endif
