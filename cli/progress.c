#include "cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/i18n.h"
#include "cli/text.h"

enum { LOG_EVERY_S = 30, LINE_MAX_BYTES = 4096, TAIL_MAX = 256, BAR_CELLS = 10, NAME_LEAST = 12, NAME_CUT_LEAST = 5 };

void progress_init(struct progress *p) { *p = (struct progress){.tty = isatty(STDERR_FILENO)}; }

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void remaining(const struct intake_progress *now, char *out, size_t size)
{
    double left = now->seconds * (double)(now->packed_total - now->packed_done) / (double)now->packed_done;
    unsigned seconds = left > 359999 ? 359999 : (unsigned)left;
    if (seconds >= 3600)
        snprintf(out, size, _(", %u h %02u min left"), seconds / 3600, seconds / 60 % 60);
    else
        snprintf(out, size, _(", %u min %02u s left"), seconds / 60, seconds % 60);
}

static unsigned share_of(const struct intake_progress *now)
{
    unsigned share = now->packed_total ? (unsigned)(100.0 * (double)now->packed_done / (double)now->packed_total) : 0;
    return share > 100 ? 100 : share;
}

enum tail { TAIL_FULL, TAIL_NO_SPEED, TAIL_SHARE_LEFT, TAIL_SHARE, TAILS };

static void tail_text(const struct intake_progress *now, enum tail tail, char *out, size_t size)
{
    char households[TEXT_SHORT], speed[TEXT_SHORT], left[64] = "";
    uint64_t rate = now->seconds > 0.2 ? (uint64_t)((double)now->households / now->seconds) : 0;
    if (now->seconds >= 1 && now->packed_done > 0 && now->packed_done < now->packed_total)
        remaining(now, left, sizeof(left));
    if (tail == TAIL_FULL)
        snprintf(out, size, _("%u %%, %s households, %s a second%s"), share_of(now), text_number(now->households, households),
                 text_number(rate, speed), left);
    else if (tail == TAIL_NO_SPEED)
        snprintf(out, size, _("%u %%, %s households%s"), share_of(now), text_number(now->households, households), left);
    else
        snprintf(out, size, _("%u %%%s"), share_of(now), tail == TAIL_SHARE ? "" : left);
}

/* ---- the name: characters of three bytes and more may take two columns, and are counted so ---- */

static size_t char_bytes(const uint8_t *c) { return *c < 0xc0 ? 1 : *c < 0xe0 ? 2 : *c < 0xf0 ? 3 : 4; }

static size_t char_columns(const uint8_t *c) { return *c < 0xe0 ? 1 : 2; }

static size_t name_columns(const struct buf *name)
{
    size_t columns = 0;
    for (size_t i = 0; i < name->len; i += char_bytes(name->data + i))
        columns += char_columns(name->data + i);
    return columns;
}

static size_t put_head(struct buf *out, const struct buf *name, size_t room)
{
    size_t i = 0, columns = 0;
    while (i < name->len && columns + char_columns(name->data + i) <= room) {
        columns += char_columns(name->data + i);
        i += char_bytes(name->data + i);
    }
    buf_put(out, name->data, i);
    return columns;
}

/* The end of a name says more than its middle: it holds the month. */
static size_t put_name(struct buf *out, const struct buf *name, size_t room)
{
    static const char cut[] = "…";
    size_t all = name_columns(name), i = 0, left = all;
    if (all <= room)
        return put_head(out, name, room);
    size_t columns = put_head(out, name, (room - 1) / 2) + 1;
    buf_put(out, cut, sizeof(cut) - 1);
    while (left > room - columns) {
        left -= char_columns(name->data + i);
        i += char_bytes(name->data + i);
    }
    buf_put(out, name->data + i, name->len - i);
    return columns + left;
}

static void put_bar(struct buf *out, unsigned share)
{
    buf_u8(out, '[');
    for (unsigned i = 0; i < BAR_CELLS; i++)
        buf_u8(out, i < share * BAR_CELLS / 100 ? '#' : '.');
    buf_put(out, "] ", 2);
}

static size_t put_line(const struct intake_progress *now, const struct buf *name, size_t width, struct buf *out)
{
    char tail[TAIL_MAX];
    const char *colon = _(":");
    size_t between = text_width(colon) + 1, whole = name_columns(name), bar = BAR_CELLS + 3,
           least = whole < NAME_LEAST ? whole : NAME_LEAST;
    unsigned part = now->households == PROGRESS_UNCOUNTED ? TAIL_SHARE_LEFT : TAIL_FULL;
    tail_text(now, (enum tail)part, tail, sizeof(tail));
    while (part + 1 < TAILS && text_width(tail) + between + least > width)
        tail_text(now, (enum tail)++ part, tail, sizeof(tail));
    size_t columns = text_width(tail);
    if (columns > width)
        return 0;
    size_t room = width - columns;
    bool barred = room >= bar + between + least, named = room >= between + (whole < NAME_CUT_LEAST ? whole : NAME_CUT_LEAST);
    if (named) {
        columns += put_name(out, name, room - between - (barred ? bar : 0)) + between;
        buf_put(out, colon, strlen(colon));
        buf_u8(out, ' ');
    }
    if (barred)
        put_bar(out, share_of(now));
    buf_put(out, tail, strlen(tail));
    return columns + (barred ? bar : 0);
}

size_t progress_line(const struct intake_progress *now, size_t width, struct buf *out)
{
    struct buf name;
    const char *base = base_name(now->file);
    buf_init(&name, LINE_MAX_BYTES);
    text_clean(&name, base, strlen(base));
    size_t columns = name.err ? 0 : put_line(now, &name, width, out);
    buf_free(&name);
    return columns;
}

/* ---- showing ---- */

static size_t terminal_columns(void)
{
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/* A terminal that became narrower has broken the line into several. */
static void rewind_line(const struct progress *p, size_t width)
{
    size_t above = p->columns ? (p->columns - 1) / width : 0;
    if (above > 0)
        fprintf(stderr, "\033[%zuA\r\033[J", above);
    else
        fputs("\r\033[K", stderr);
}

void progress_show(struct progress *p, const struct intake_progress *now)
{
    struct buf line;
    if (now->seconds < p->told)
        p->told = 0;
    if (!p->tty && now->seconds - p->told < LOG_EVERY_S)
        return;
    p->told = now->seconds;
    buf_init(&line, LINE_MAX_BYTES);
    size_t width = p->tty ? terminal_columns() : TAIL_MAX;
    if (p->tty)
        rewind_line(p, width);
    else
        fputs("fluxrsa: ", stderr);
    /* The last column stays free: some terminals go to the next line as soon as it is taken. */
    p->columns = progress_line(now, width - 1, &line);
    fprintf(stderr, "%.*s%s", (int)line.len, line.data ? (const char *)line.data : "", p->tty ? "" : "\n");
    fflush(stderr);
    buf_free(&line);
    if (!p->tty)
        p->columns = 0;
}

void progress_clear(struct progress *p)
{
    if (p->columns) {
        rewind_line(p, terminal_columns());
        fflush(stderr);
    }
    p->columns = 0;
}
