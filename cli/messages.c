#include "cli/messages.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/i18n.h"
#include "cli/render.h"

/* The longest sentence that needs no memory. */
enum { SENTENCE_ROOM = 2048 };

__attribute__((format(printf, 1, 0))) static void say_list(const char *format, va_list args)
{
    char room[SENTENCE_ROOM], *text = room;
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(room, sizeof(room), format, args);
    /* Where there is no memory, the start of a long sentence is better than none. */
    if (len >= (int)sizeof(room) && vasprintf(&text, format, again) < 0)
        text = room;
    va_end(again);
    if (len < 0)
        return;
    fputs("fluxrsa: ", stderr);
    put_clean(stderr, text);
    fputc('\n', stderr);
    if (text != room)
        free(text);
}

void say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say_list(format, args);
    va_end(args);
}

void say_waiting(const char *holder)
{
    if (holder)
        say(_("the store is being written (%s): waiting for its turn"), holder);
}

int usage_error(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say_list(format, args);
    va_end(args);
    return err_exit_code(ERR_USAGE);
}

const char *err_advice(enum err e)
{
    switch (e) {
    case ERR_NOSPACE:
        return _("make room on the disk, then run the command again");
    case ERR_READONLY:
        return _("mount it for writing, then run the command again");
    case ERR_FILES:
        return _("raise the limit of open files (LimitNOFILE in the unit), then run the command again");
    case ERR_BUSY:
        return _("another command is at work: run this one again in a moment");
    case ERR_STORE:
        return _("check [instance] store in the configuration, and that the folder is there");
    case ERR_CORRUPT:
        return _("stop importing and restore the last backup of the store");
    case ERR_KEY:
        return _("check [instance] keys and master_key in the configuration; without the right keys nothing can be read");
    case ERR_FULL:
        return _("enlarge the quota of the store, or apply the retention plan");
    case ERR_PERM:
        return _("run the command as the user that owns the instance, and keep its folders closed to others");
    case ERR_JOURNAL:
        return _("see fluxrsa config check and fluxrsa audit verify, then run the command again");
    case ERR_STOPPED:
        return _("the store is as before the flux at hand; run the command again to go on");
    case ERR_NOMEM:
        return _("free memory on this machine, then run the command again: the store is as before");
    case ERR_CHILD:
        return _("check that fluxrsa-parse is installed beside fluxrsa and may be executed");
    case ERR_BUG:
    case ERR_FRAME:
        return _("this is a fault of fluxrsa: report it with the command that was typed, without any personal data");
    default:
        return "";
    }
}

int failure(enum err e, const char *subject)
{
    const char *sentence = _(err_text(e)), *advice = err_advice(e);
    if (subject && advice[0])
        say(_("%s: %s; %s"), subject, sentence, advice);
    else if (subject)
        say(_("%s: %s"), subject, sentence);
    else if (advice[0])
        say(_("%s; %s"), sentence, advice);
    else
        say("%s", sentence);
    return err_exit_code(e);
}
