#include "flux/intake/journal_window.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum err pread_all(int fd, uint8_t *data, size_t n, off_t at)
{
    while (n) {
        ssize_t got = pread(fd, data, n, at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_from_errno(errno);
        if (got == 0)
            return ERR_CORRUPT; /* shorter than it was: append-only files do not shrink */
        data += got;
        at += got;
        n -= (size_t)got;
    }
    return ERR_OK;
}

struct window *window_new(int fd, off_t size)
{
    struct window *w = malloc(sizeof *w);
    if (!w)
        return NULL;
    w->fd = fd;
    w->at = 0;
    w->end = size;
    w->from = w->used = 0;
    w->torn = false;
    return w;
}

static enum err refill_back(struct window *w)
{
    size_t n = w->end > WINDOW ? WINDOW : (size_t)w->end;
    enum err err = pread_all(w->fd, w->data, n, w->end - (off_t)n);
    w->from = 0;
    w->used = err ? 0 : n;
    return err;
}

enum err window_torn(struct window *w, struct span *torn)
{
    enum err err = refill_back(w);
    if (err)
        return err;
    const uint8_t *nl = memrchr(w->data, '\n', w->used);
    size_t whole = nl ? (size_t)(nl - w->data) + 1 : 0;
    *torn = (struct span){w->data + whole, w->used - whole};
    if (torn->len >= JOURNAL_LINE_MAX)
        return ERR_CORRUPT;
    w->end -= (off_t)torn->len;
    w->used = whole;
    return ERR_OK;
}

enum err window_back(struct window *w, struct span *line)
{
    if (w->end == 0)
        return ERR_NOTFOUND;
    for (bool fresh = false;; fresh = true) {
        const uint8_t *nl = w->used ? memrchr(w->data, '\n', w->used - 1) : NULL;
        size_t at = nl ? (size_t)(nl - w->data) + 1 : 0;
        if (w->used && (nl || (off_t)w->used == w->end)) {
            *line = (struct span){w->data + at, w->used - at - 1};
            w->end -= (off_t)(w->used - at);
            w->used = at;
            return ERR_OK;
        }
        if (fresh)
            return ERR_CORRUPT;
        enum err err = refill_back(w);
        if (err)
            return err;
    }
}

void window_back_from(struct window *w, off_t end)
{
    w->end = end;
    w->used = 0;
}

enum err window_next(struct window *w, struct span *line)
{
    for (;;) {
        uint8_t *nl = memchr(w->data + w->from, '\n', w->used - w->from);
        if (nl) {
            *nl = 0;
            *line = (struct span){w->data + w->from, (size_t)(nl - w->data) - w->from};
            w->from += line->len + 1;
            return ERR_OK;
        }
        size_t left = w->used - w->from;
        w->torn = w->at == w->end && left;
        if (w->at == w->end)
            return left ? ERR_CORRUPT : ERR_NOTFOUND;
        if (left == WINDOW)
            return ERR_CORRUPT;
        memmove(w->data, w->data + w->from, left);
        size_t room = WINDOW - left, n = w->end - w->at > (off_t)room ? room : (size_t)(w->end - w->at);
        enum err err = pread_all(w->fd, w->data + left, n, w->at);
        if (err)
            return err;
        w->at += (off_t)n;
        w->from = 0;
        w->used = left + n;
    }
}
