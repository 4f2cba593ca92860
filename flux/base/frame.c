#include "flux/base/frame.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flux/base/fdio.h"
#include "flux/base/wipe.h"

enum { WRITE_CAP = 64 << 10, READ_CAP = 256 << 10 };

struct frame_writer {
    int fd;
    size_t len;
    uint8_t data[WRITE_CAP];
};

struct frame_reader {
    int fd;
    size_t at, len, cap;
    uint8_t *data;
};

struct frame_writer *frame_writer_new(int fd)
{
    struct frame_writer *w = calloc(1, sizeof *w);
    if (w)
        w->fd = fd;
    return w;
}

struct frame_writer *frame_writer_free(struct frame_writer *w)
{
    if (w)
        wipe(w->data, sizeof w->data);
    free(w);
    return NULL;
}

enum err frame_flush(struct frame_writer *w)
{
    size_t len = w->len;
    w->len = 0;
    return fd_write_all(w->fd, w->data, len);
}

enum err frame_write(struct frame_writer *w, unsigned kind, const void *payload, size_t len)
{
    if (len > FRAME_MAX)
        return ERR_TOOBIG;
    enum err e = ERR_OK;
    if (w->len + FRAME_HEAD + len > WRITE_CAP && (e = frame_flush(w)))
        return e;
    uint8_t head[FRAME_HEAD] = {(uint8_t)kind, (uint8_t)(len >> 24), (uint8_t)(len >> 16), (uint8_t)(len >> 8), (uint8_t)len};
    memcpy(w->data + w->len, head, FRAME_HEAD);
    w->len += FRAME_HEAD;
    if (len > WRITE_CAP - w->len) {
        e = frame_flush(w);
        return e ? e : fd_write_all(w->fd, payload, len);
    }
    if (len)
        memcpy(w->data + w->len, payload, len);
    w->len += len;
    return ERR_OK;
}

struct frame_reader *frame_reader_new(int fd)
{
    struct frame_reader *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->fd = fd;
    r->cap = READ_CAP;
    r->data = malloc(r->cap);
    if (!r->data) {
        free(r);
        return NULL;
    }
    return r;
}

struct frame_reader *frame_reader_free(struct frame_reader *r)
{
    if (r) {
        wipe(r->data, r->cap);
        free(r->data);
    }
    free(r);
    return NULL;
}

/* Makes room for a message of need bytes at the front of the buffer. */
static enum err make_room(struct frame_reader *r, size_t need)
{
    if (r->at + need <= r->cap)
        return ERR_OK;
    memmove(r->data, r->data + r->at, r->len - r->at);
    r->len -= r->at;
    r->at = 0;
    if (need <= r->cap)
        return ERR_OK;
    uint8_t *data = malloc(need);
    if (!data)
        return ERR_NOMEM;
    memcpy(data, r->data, r->len);
    wipe(r->data, r->cap);
    free(r->data);
    r->data = data;
    r->cap = need;
    return ERR_OK;
}

static enum err fill(struct frame_reader *r, int timeout_ms)
{
    struct pollfd p = {.fd = r->fd, .events = POLLIN};
    int n = poll(&p, 1, timeout_ms);
    if (n < 0)
        return err_from_errno(errno);
    if (n == 0)
        return ERR_BUSY;
    ssize_t got = read(r->fd, r->data + r->len, r->cap - r->len);
    if (got < 0)
        return err_from_errno(errno);
    if (got == 0)
        return ERR_NOTFOUND;
    r->len += (size_t)got;
    return ERR_OK;
}

enum err frame_read(struct frame_reader *r, int timeout_ms, unsigned *kind, struct span *payload)
{
    for (;;) {
        size_t have = r->len - r->at, need = FRAME_HEAD;
        if (have >= FRAME_HEAD) {
            struct wire w;
            wire_init(&w, r->data + r->at + 1, 4);
            size_t len = wire_u32(&w);
            if (len > FRAME_MAX)
                return ERR_FRAME;
            need += len;
        }
        if (have >= FRAME_HEAD && have >= need) {
            *kind = r->data[r->at];
            *payload = (struct span){r->data + r->at + FRAME_HEAD, need - FRAME_HEAD};
            r->at += need;
            return ERR_OK;
        }
        enum err e = make_room(r, need > READ_CAP ? need : READ_CAP);
        if (!e)
            e = fill(r, timeout_ms);
        if (e)
            return e;
    }
}
