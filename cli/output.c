#include "cli/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/pager.h"
#include "flux/base/fdio.h"

enum { HELD_MAX = 512 << 20 };

static ssize_t hold(void *cookie, const char *data, size_t n)
{
    struct output *o = cookie;
    buf_put(&o->held, data, n);
    return o->held.err ? 0 : (ssize_t)n;
}

static void measure(struct output *o)
{
    struct winsize size;
    o->tty = isatty(STDOUT_FILENO);
    if (!o->tty)
        return;
    o->width = 80;
    o->height = 24;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
        o->width = size.ws_col;
        o->height = size.ws_row;
    }
}

static bool colour_wanted(const struct output *o)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    return o->tty && !(no && no[0]) && term && term[0] && strcmp(term, "dumb") != 0;
}

enum err output_open(struct output *o, bool paged, bool color)
{
    memset(o, 0, sizeof(*o));
    measure(o);
    o->color = color && colour_wanted(o);
    o->paged = paged;
    if (!paged) {
        o->file = stdout;
        return ERR_OK;
    }
    buf_init(&o->held, HELD_MAX);
    o->file = fopencookie(o, "w", (cookie_io_functions_t){.write = hold});
    if (!o->file)
        return ERR_NOMEM;
    /* stdio's own memory would not be wiped. */
    setvbuf(o->file, NULL, _IONBF, 0);
    return ERR_OK;
}

static size_t count_lines(const struct buf *b)
{
    size_t n = 0;
    for (size_t i = 0; i < b->len; i++)
        n += b->data[i] == '\n';
    return n;
}

enum err output_close(struct output *o)
{
    enum err e;
    if (!o->file)
        return ERR_OK;
    if (!o->paged) {
        e = fflush(o->file) != 0 || ferror(o->file) ? err_from_errno(errno ? errno : EIO) : ERR_OK;
        o->file = NULL;
        return e;
    }
    fclose(o->file);
    o->file = NULL;
    e = o->held.err;
    errno = 0;
    if (!e && !(o->tty && count_lines(&o->held) >= (size_t)o->height && pager_show(&o->held)))
        e = fd_write_all(STDOUT_FILENO, o->held.data, o->held.len);
    /* A reader that has seen enough, like head, is no failure. */
    if (e && errno == EPIPE)
        e = ERR_OK;
    buf_free(&o->held);
    return e;
}

const char *paint(const struct output *o, enum colour c)
{
    static const char *const sequences[] = {"\033[0m", "\033[1m", "\033[32m", "\033[33m", "\033[31m", "\033[2m"};
    return o->color ? sequences[c] : "";
}
