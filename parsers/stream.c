#include "parsers/stream.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "flux/base/wipe.h"

enum { TELL_EVERY = 1 << 20 };

static enum err fail(struct stream *s, enum finding_code fault)
{
    s->fault = fault;
    return ERR_BAD;
}

enum err file_read_at(int fd, uint64_t at, void *data, size_t n)
{
    uint8_t *to = data;
    while (n) {
        ssize_t got = pread(fd, to, n, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_from_errno(errno);
        if (got == 0)
            return ERR_NOTFOUND;
        to += got, at += (uint64_t)got, n -= (size_t)got;
    }
    return ERR_OK;
}

enum err stream_open(struct stream *s, int fd, enum stream_mode mode, uint64_t at, uint64_t end, uint32_t gzip_members_max)
{
    s->fd = fd;
    s->mode = mode;
    s->at = at;
    s->end = end;
    s->packed = 0;
    s->gzip_members = 1;
    s->gzip_members_max = gzip_members_max;
    s->fault = FINDING_NONE;
    s->ended = false;
    s->z = (z_stream){0};
    /* 31: a gzip header and trailer are required; -15: bare deflate. */
    if (mode != STREAM_PLAIN && inflateInit2(&s->z, mode == STREAM_GZIP ? 31 : -15) != Z_OK)
        return ERR_NOMEM;
    s->open = true;
    return ERR_OK;
}

void stream_close(struct stream *s)
{
    if (s->open && s->mode != STREAM_PLAIN)
        inflateEnd(&s->z);
    if (s->open)
        wipe(s->in, sizeof s->in);
    s->open = false;
}

static enum err watched(struct stream *s, size_t n)
{
    struct stream_watch *w = &s->watch;
    w->taken += n;
    if (w->taken < TELL_EVERY || !w->tell)
        return ERR_OK;
    w->taken = 0;
    return w->tell(w->ctx);
}

/* The next bytes of the range; the range was measured when the file was opened, so that it cannot end early by itself. */
static enum err take(struct stream *s, uint8_t *to, size_t cap, size_t *got)
{
    size_t n = s->end - s->at < cap ? (size_t)(s->end - s->at) : cap;
    enum err e = file_read_at(s->fd, s->at, to, n);
    if (e)
        return e == ERR_NOTFOUND ? fail(s, F_CHANGED) : e;
    s->at += n;
    *got = n;
    return watched(s, n);
}

static enum err refill(struct stream *s)
{
    size_t got;
    enum err e = take(s, s->in, sizeof s->in, &got);
    if (e)
        return e;
    s->z.next_in = s->in;
    s->z.avail_in = (uInt)got;
    return ERR_OK;
}

/* A gzip stream ended: another one may follow at once (RFC 1952), anything else may not. */
static enum err after_stream(struct stream *s)
{
    if (s->z.avail_in == 0) {
        enum err e = refill(s);
        if (e)
            return e;
    }
    s->ended = s->z.avail_in == 0;
    if (s->ended)
        return ERR_OK;
    if (s->mode != STREAM_GZIP || s->z.next_in[0] != 0x1f)
        return fail(s, F_ARCHIVE);
    if (++s->gzip_members > s->gzip_members_max)
        return fail(s, F_LIMIT_MEMBERS);
    return inflateReset(&s->z) == Z_OK ? ERR_OK : ERR_BUG;
}

static enum err judge_inflate(struct stream *s, int rc)
{
    switch (rc) {
    case Z_OK:
    case Z_BUF_ERROR:
        return ERR_OK;
    case Z_STREAM_END:
        return after_stream(s);
    case Z_MEM_ERROR:
        return ERR_NOMEM;
    default: {
        const char *why = s->z.msg ? s->z.msg : "";
        bool sum = strcmp(why, "incorrect data check") == 0 || strcmp(why, "incorrect length check") == 0;
        return fail(s, sum ? F_CHECKSUM : F_ARCHIVE);
    }
    }
}

static enum err inflate_some(struct stream *s)
{
    if (s->z.avail_in == 0) {
        enum err e = refill(s);
        if (e)
            return e;
        /* The range is at its end while the compressed stream is not. */
        if (s->z.avail_in == 0)
            return fail(s, s->mode == STREAM_GZIP ? F_TRUNCATED : F_ARCHIVE);
    }
    uInt before = s->z.avail_in;
    int rc = inflate(&s->z, Z_NO_FLUSH);
    s->packed += before - s->z.avail_in;
    return judge_inflate(s, rc);
}

enum err stream_read(struct stream *s, uint8_t *out, size_t cap, size_t *got)
{
    *got = 0;
    if (s->fault)
        return ERR_BAD;
    if (s->mode == STREAM_PLAIN) {
        enum err e = take(s, out, cap, got);
        s->packed += *got;
        return e;
    }
    s->z.next_out = out;
    s->z.avail_out = (uInt)cap;
    enum err e = ERR_OK;
    while (s->z.avail_out && !s->ended && !e)
        e = inflate_some(s);
    *got = cap - s->z.avail_out;
    return e;
}
