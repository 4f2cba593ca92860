#include "flux/daemon/log.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <syslog.h>
#include <systemd/sd-journal.h>
#include <time.h>
#include <unistd.h>

#include "flux/base/i18n.h"
#include "flux/base/utf8.h"

enum { SENTENCE_MAX = 2048 };

enum level { LEVEL_CRITICAL, LEVEL_ERROR, LEVEL_WARNING, LEVEL_NOTICE, LEVEL_INFO };

static const struct {
    const char *name;
    int priority;
} levels[] = {[LEVEL_CRITICAL] = {"critical", LOG_CRIT},
              [LEVEL_ERROR] = {"error", LOG_ERR},
              [LEVEL_WARNING] = {"warning", LOG_WARNING},
              [LEVEL_NOTICE] = {"notice", LOG_NOTICE},
              [LEVEL_INFO] = {"info", LOG_INFO}};

static const struct {
    const char *name, *id, *sentence;
    enum level level;
} events[EVENT_COUNT] = {
#define EVENT(name, level, id, sentence) [EVENT_##name] = {#name, id, sentence, LEVEL_##level},
#include "flux/daemon/event.def"
#undef EVENT
};

void log_open(struct log *l, enum sink_choice wanted, bool quiet)
{
    *l = (struct log){.sink = wanted, .quiet = quiet};
    if (wanted == SINK_AUTO)
        l->sink = access("/run/systemd/journal/socket", W_OK) == 0 ? SINK_JOURNAL
                  : access("/dev/log", W_OK) == 0                  ? SINK_SYSLOG
                                                                   : SINK_STDERR;
    if (l->sink == SINK_SYSLOG)
        openlog("fluxrsad", LOG_PID, LOG_DAEMON);
}

static const char *value(const struct about *a, const char *name, size_t n)
{
    const struct {
        const char *name, *value;
    } rows[] = {{"arrival", a->arrival}, {"source", a->source}, {"file", a->file}, {"flux", a->flux}, {"detail", a->detail}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strlen(rows[i].name) == n && strncmp(rows[i].name, name, n) == 0)
            return rows[i].value ? rows[i].value : "";
    return "";
}

static void clean(char *text) { text[utf8_clean(text, strlen(text))] = '\0'; }

void log_sentence(enum event e, const struct about *a, char *out, size_t size)
{
    size_t n = 0;
    for (const char *at = _(events[e].sentence); *at && n + 1 < size;) {
        const char *end = *at == '{' ? strchr(at, '}') : NULL;
        if (!end) {
            out[n++] = *at++;
            continue;
        }
        const char *text = value(a, at + 1, (size_t)(end - at - 1));
        size_t len = strnlen(text, size - 1 - n);
        memcpy(out + n, text, len);
        n += len;
        at = end + 1;
    }
    /* A character may have been cut at the end. */
    for (size_t cut = 0; n + 1 == size && cut < 4 && cut < n; cut++)
        if (utf8_valid(out, n - cut)) {
            n -= cut;
            break;
        }
    out[n] = '\0';
    clean(out);
}

static void put(json_t *object, const char *key, const char *text)
{
    char copy[SENTENCE_MAX];
    if (!text || !text[0])
        return;
    snprintf(copy, sizeof(copy), "%s", text);
    clean(copy);
    json_object_set_new(object, key, json_string(copy));
}

static void put_time(json_t *object)
{
    char text[32];
    struct tm t;
    time_t now = time(NULL);
    if (gmtime_r(&now, &t) && strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &t))
        put(object, "time", text);
}

static void to_json(enum event e, const struct about *a, const char *sentence)
{
    json_t *object = json_object();
    put_time(object);
    put(object, "level", levels[events[e].level].name);
    put(object, "event", events[e].name);
    put(object, "message", sentence);
    put(object, "arrival", a->arrival);
    put(object, "source", a->source);
    put(object, "file", a->file);
    put(object, "flux", a->flux);
    put(object, "detail", a->detail);
    char *line = json_dumps(object, JSON_COMPACT);
    if (line)
        fprintf(stderr, "%s\n", line);
    free(line);
    json_decref(object);
}

enum { FIELDS_MAX = 9 };

static void add_field(struct iovec *fields, int *n, const char *key, const char *text)
{
    char *field = NULL;
    if (!text || !text[0] || asprintf(&field, "%s=%s", key, text) < 0)
        return;
    clean(field);
    fields[(*n)++] = (struct iovec){field, strlen(field)};
}

static void to_journal(enum event e, const struct about *a, const char *sentence)
{
    struct iovec fields[FIELDS_MAX];
    char priority[8];
    int n = 0;
    snprintf(priority, sizeof(priority), "%d", levels[events[e].level].priority);
    add_field(fields, &n, "MESSAGE", sentence);
    add_field(fields, &n, "MESSAGE_ID", events[e].id);
    add_field(fields, &n, "PRIORITY", priority);
    add_field(fields, &n, "FLUXRSA_EVENT", events[e].name);
    add_field(fields, &n, "FLUXRSA_ARRIVAL", a->arrival);
    add_field(fields, &n, "FLUXRSA_SOURCE", a->source);
    add_field(fields, &n, "FLUXRSA_FILE", a->file);
    add_field(fields, &n, "FLUXRSA_FLUX", a->flux);
    add_field(fields, &n, "SYSLOG_IDENTIFIER", "fluxrsad");
    (void)sd_journal_sendv(fields, n);
    for (int i = 0; i < n; i++)
        free(fields[i].iov_base);
}

void log_event(const struct log *l, enum event e, const struct about *a)
{
    char sentence[SENTENCE_MAX];
    bool loud = events[e].level <= LEVEL_WARNING;
    log_sentence(e, a, sentence, sizeof(sentence));
    if (l->sink == SINK_JOURNAL)
        to_journal(e, a, sentence);
    else if (l->sink == SINK_SYSLOG)
        syslog(levels[events[e].level].priority, "%s", sentence);
    else if (l->sink == SINK_JSON && (loud || !l->quiet))
        to_json(e, a, sentence);
    bool stderr_too = l->sink == SINK_STDERR ? loud || !l->quiet : l->sink != SINK_JSON && loud && l->quiet;
    if (stderr_too)
        fprintf(stderr, "fluxrsad: %s\n", sentence);
}
