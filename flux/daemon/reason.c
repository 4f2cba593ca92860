#include "flux/daemon/reason.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "flux/base/i18n.h"
#include "flux/base/utf8.h"

bool reason_quote(const char *text, char *out, size_t size)
{
    size_t n = 0;
    if (size < 3)
        return false;
    out[n++] = '\'';
    for (; *text && n + 6 < size; text++) {
        const char *piece = *text == '\'' ? "'\\''" : text;
        size_t len = *text == '\'' ? 4 : 1;
        memcpy(out + n, piece, len);
        n += len;
    }
    out[n++] = '\'';
    out[n] = '\0';
    return *text == '\0';
}

static void put_time(FILE *out, int64_t seconds)
{
    struct tm t;
    char text[32];
    time_t at = (time_t)seconds;
    if (gmtime_r(&at, &t) && strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &t))
        fputs(text, out);
}

static void put_label(FILE *out, const char *label)
{
    const char *colon = _(":");
    int pad = 15 - (int)(utf8_count(label, strlen(label)) + utf8_count(colon, strlen(colon)));
    fprintf(out, "%s%s%*s", label, colon, pad > 1 ? pad : 1, "");
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static const char *status_word(const char *status)
{
    if (strcmp(status, "applied") == 0)
        return _("applied");
    if (strcmp(status, "already") == 0)
        return _("applied already");
    return strcmp(status, "held") == 0 ? _("held") : _("refused");
}

static void put_flux(FILE *out, const json_t *flux)
{
    const json_t *reasons = json_object_get(flux, "reasons");
    const char *member = text_of(flux, "member");
    json_int_t id = json_integer_value(json_object_get(flux, "flux"));
    fprintf(out, "  %s", _("flux"));
    if (id)
        fprintf(out, " %" JSON_INTEGER_FORMAT, id);
    fprintf(out, "%s%s%s %s\n", member[0] ? " " : "", member, _(":"), status_word(text_of(flux, "status")));
    for (size_t i = 0; i < json_array_size(reasons); i++) {
        const json_t *reason = json_array_get(reasons, i);
        fprintf(out, "    %s%s %s\n", text_of(reason, "code"), _(":"), text_of(reason, "message"));
    }
}

static void put_what(FILE *out, const struct reason *r)
{
    static const char *const verdicts[SPOOL_STATES] = {"", N_("imported"), N_("refused: it can never be imported as it is"),
                                                       N_("held: it waits for a decision")};
    put_label(out, _("File"));
    fprintf(out, "%s (", r->slip->file);
    fprintf(out, ngettext("%llu byte", "%llu bytes", r->slip->size), (unsigned long long)r->slip->size);
    fputs(")\n", out);
    put_label(out, _("Dropped by"));
    fprintf(out, "%s\n", r->slip->source);
    put_label(out, _("Taken"));
    put_time(out, r->slip->claimed_at);
    fputc('\n', out);
    put_label(out, _("Verdict"));
    fputs(_(verdicts[r->to]), out);
    fputs(", ", out);
    put_time(out, r->slip->settled_at);
    fputs("\n\n", out);
    if (r->why)
        fprintf(out, "%s\n", r->why);
    for (size_t i = 0; r->result && i < json_array_size(r->result->list); i++)
        put_flux(out, json_array_get(r->result->list, i));
}

bool reason_command(FILE *out, const struct config *c, enum spool_state state, const char *id, const struct slip *slip)
{
    char config[4 * PATH_MAX], file[4 * PATH_MAX], path[PATH_MAX];
    int n = snprintf(path, sizeof(path), "%s/%s/%s", spool_folder(c, state), id, slip->file);
    if (n < 0 || (size_t)n >= sizeof(path) || !reason_quote(path, file, sizeof(file)) || !reason_quote(c->file, config, sizeof(config)))
        return false;
    fprintf(out, "fluxrsa -c %s import --source %s %s%s", config, slip->source, file, state == SPOOL_HELD ? _(" --force 'REASON'") : "");
    return true;
}

static void put_command(FILE *out, const struct reason *r)
{
    fputs("  ", out);
    reason_command(out, r->config, r->to, r->id, r->slip);
    fputc('\n', out);
}

static void put_advice(FILE *out, const struct reason *r)
{
    if (r->to == SPOOL_DONE)
        return;
    fprintf(out, "\n%s\n", _("What to do"));
    if (r->to == SPOOL_HELD) {
        fprintf(out, "  %s\n", _("Ask the sender whether the file is right. If it is, import it with the reason why:"));
        put_command(out, r);
        fprintf(out, "  %s\n", _("If it is not, ask for another one: it is taken as soon as it is dropped."));
    } else {
        fprintf(out, "  %s\n",
                _("Ask the sender for the file again: it is taken as soon as it is dropped. What a code means: fluxrsa codes show CODE."));
        fprintf(out, "  %s\n", _("To try this one again:"));
        put_command(out, r);
    }
}

static void put_kept(FILE *out, const struct reason *r)
{
    static const enum setting_id keeps[SPOOL_STATES] = {SETTING_spool_keep_done, SETTING_spool_keep_done, SETTING_spool_keep_refused,
                                                        SETTING_spool_keep_held};
    fputc('\n', out);
    put_label(out, _("Kept until"));
    put_time(out, r->slip->settled_at + config_number(r->config, keeps[r->to]));
    fprintf(out, "%s\n", _(", then destroyed"));
}

char *reason_text_make(const struct reason *r)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (!out)
        return NULL;
    put_what(out, r);
    put_advice(out, r);
    put_kept(out, r);
    bool lost = ferror(out);
    if (fclose(out) != 0 || lost) {
        free(text);
        return NULL;
    }
    return text;
}
