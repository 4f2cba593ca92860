#include "cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/i18n.h"
#include "cli/render.h"
#include "cli/text.h"

enum { LOG_EVERY_S = 30 };

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

static void line_text(const struct intake_progress *now, char *out, size_t size)
{
    char households[TEXT_SHORT], speed[TEXT_SHORT], left[64] = "";
    uint64_t rate = now->seconds > 0.2 ? (uint64_t)((double)now->households / now->seconds) : 0;
    unsigned share = now->packed_total ? (unsigned)(100.0 * (double)now->packed_done / (double)now->packed_total) : 0;
    if (now->seconds >= 1 && now->packed_done > 0 && now->packed_done < now->packed_total)
        remaining(now, left, sizeof(left));
    snprintf(out, size, _("%u %%, %s households, %s a second%s"), share > 100 ? 100 : share, text_number(now->households, households),
             text_number(rate, speed), left);
}

void progress_show(struct progress *p, const struct intake_progress *now)
{
    char text[256];
    if (now->seconds < p->told)
        p->told = 0;
    if (!p->tty && now->seconds - p->told < LOG_EVERY_S)
        return;
    p->told = now->seconds;
    line_text(now, text, sizeof(text));
    fputs(p->tty ? "\r\033[K" : "fluxrsa: ", stderr);
    put_clean(stderr, base_name(now->file));
    fprintf(stderr, "%s %s%s", _(":"), text, p->tty ? "" : "\n");
    fflush(stderr);
    p->shown = p->tty;
}

void progress_clear(struct progress *p)
{
    if (p->shown)
        fputs("\r\033[K", stderr);
    p->shown = false;
}
