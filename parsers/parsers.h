/* Bytes of an archive become records and verdicts. The only header of this folder that others include. Streams: nothing on disk, no tree,
 * memory bounded whatever the size. Reads descriptors only, never a name. Sources: design 3 and 4, security HI-1 to HI-8. */
#ifndef PARSERS_PARSERS_H
#define PARSERS_PARSERS_H

#include "flux/base/err.h"
#include "flux/record/keep.h"
#include "flux/record/message.h"

struct parse_limits {
    uint64_t member_bytes; /* unpacked */
    uint64_t total_bytes;  /* unpacked, all members */
    uint32_t ratio;        /* unpacked to packed, beyond the first 16 MiB */
    uint32_t members, depth, attributes;
    uint32_t text_bytes;   /* of one element */
    uint32_t markup_bytes; /* of one tag */
    uint32_t household_bytes, household_elements;
};
extern const struct parse_limits parse_limits_default; /* 4 GiB, 8 GiB, 200, 64, 64, 32, 64 KiB, 64 KiB, 1 MiB, 10,000 */

/* Where results go: frames, a test, a fuzzer. Each returns ERR_OK to go on; anything else stops the run and is returned by it. */
struct parse_sink {
    void *ctx;
    enum err (*scanned)(void *ctx, const struct msg_scanned *m);
    enum err (*header)(void *ctx, const struct msg_header *m);
    enum err (*household)(void *ctx, const struct msg_household *m);
    enum err (*reject)(void *ctx, const struct msg_household *m);
    enum err (*census)(void *ctx, const struct msg_census *m);
    enum err (*end)(void *ctx, const struct msg_end *m);
    enum err (*fatal)(void *ctx, const struct msg_fatal *m);
    enum err (*progress)(void *ctx, uint64_t packed_bytes);
};

enum parse_mode {
    PARSE_AUTO,   /* one flux: parse it; an archive of several: only say what is in it (scanned, end) */
    PARSE_MEMBER, /* parse member `index` of an archive */
};

struct parse_job {
    int fd; /* seekable regular file, at its start; borrowed */
    enum parse_mode mode;
    uint32_t index;
    struct keep keep; /* what goes into records; the NIR belongs here when the caller needs it to match */
    struct parse_limits limits;
};

/* Things to be looked up before the process locks itself in (encodings, library start-up). Owns tables; free at the end. */
struct parse_setup;
enum err parse_setup_new(struct parse_setup **ret);
struct parse_setup *parse_setup_free(struct parse_setup *s);

/* Runs a job to its verdict: end or fatal was called exactly once when ERR_OK is returned. */
enum err parse_run(struct parse_setup *s, const struct parse_job *job, const struct parse_sink *sink);

#endif
