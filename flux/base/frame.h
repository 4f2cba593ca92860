/* Length-prefixed messages over a descriptor: one byte of kind, four of length (big-endian), then the payload. What is read is bounded
 * by FRAME_MAX and counts as hostile: a longer length is ERR_FRAME before a byte of it is read. */
#ifndef FLUX_BASE_FRAME_H
#define FLUX_BASE_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "flux/base/err.h"
#include "flux/base/wire.h"

enum { FRAME_HEAD = 5, FRAME_MAX = 4 << 20 };

struct frame_writer;
struct frame_reader;

/* Buffers up to 64 KiB before writing; borrows fd. */
struct frame_writer *frame_writer_new(int fd);
struct frame_writer *frame_writer_free(struct frame_writer *w); /* NULL in, NULL out; does not flush */
enum err frame_write(struct frame_writer *w, unsigned kind, const void *payload, size_t len);
enum err frame_flush(struct frame_writer *w);

/* Borrows fd. */
struct frame_reader *frame_reader_new(int fd);
struct frame_reader *frame_reader_free(struct frame_reader *r);
/* The next message; *payload is valid until the next call. Waits at most timeout_ms for bytes (ERR_BUSY then: nothing is lost, call
 * again). ERR_NOTFOUND at the end, be it inside a message: who writes may be killed anywhere. */
enum err frame_read(struct frame_reader *r, int timeout_ms, unsigned *kind, struct span *payload);

#endif
