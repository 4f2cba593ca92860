#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/json.h"
#include "cli/render.h"
#include "cli/status_report.h"
#include "cli/text.h"

enum { SENTENCE = 512, ADVICE_MAX = 1 << 16 };

/* Whatever the locale: a point, and no separator. */
static void put_thousandths(FILE *out, int64_t n) { fprintf(out, "%" PRId64 ".%03d", n / 1000, (int)(n % 1000)); }

/* ---- nagios: Monitoring Plugins guidelines, performance data ---- */

static const char *perf_unit(enum status_unit u)
{
    static const char *const units[] = {
        [UNIT_COUNT] = "", [UNIT_FLAG] = "", [UNIT_MOMENT] = "s", [UNIT_MILLISECONDS] = "s", [UNIT_BYTES] = "B", [UNIT_SHARE] = "%"};
    return units[u];
}

static const char *perf_word(enum status_unit u)
{
    static const char *const words[] = {[UNIT_COUNT] = ".count",          [UNIT_FLAG] = "",        [UNIT_MOMENT] = ".seconds",
                                        [UNIT_MILLISECONDS] = ".seconds", [UNIT_BYTES] = ".bytes", [UNIT_SHARE] = ".percentage"};
    return words[u];
}

static void put_perf_number(FILE *out, enum status_unit u, int64_t n)
{
    if (u == UNIT_MILLISECONDS)
        put_thousandths(out, n);
    else if (u == UNIT_SHARE)
        fprintf(out, "%" PRId64 ".%d", n / 10, (int)(n % 10));
    else
        fprintf(out, "%" PRId64, n);
}

/* A range of values that are right: "10" is from 0 to 10, "10:" from 10 on. */
static void put_range(FILE *out, enum status_unit u, const struct limits *l, int64_t limit)
{
    fputc(';', out);
    if (limit == LIMIT_NONE)
        return;
    put_perf_number(out, u, limit);
    if (l->below)
        fputc(':', out);
}

static void put_perf(FILE *out, const struct status_report *r, const struct sample *s)
{
    const struct metric *m = &metrics[s->metric];
    if (!m->perf[0] || (m->unit == UNIT_MOMENT && s->value == 0))
        return;
    fputs(" '", out);
    for (size_t k = 0; k < METRIC_LABELS; k++)
        fprintf(out, "%s%s", s->labels[k], s->labels[k][0] ? "." : "");
    fprintf(out, "%s%s'=", m->perf, perf_word(m->unit));
    put_perf_number(out, m->unit, m->unit == UNIT_MOMENT ? r->now - s->value : s->value);
    fputs(perf_unit(m->unit), out);
    put_range(out, m->unit, &s->limits, s->limits.warning);
    put_range(out, m->unit, &s->limits, s->limits.critical);
    fputs(m->unit == UNIT_SHARE ? ";0;100" : ";0;", out);
}

/* One line, and the bar begins the performance data. */
static void put_line_text(FILE *out, char *text)
{
    for (char *p = text; *p; p++)
        if (*p == '|')
            *p = '/';
    put_clean(out, text);
}

static void put_nagios_text(FILE *out, const struct status_report *r)
{
    char text[SENTENCE], number[TEXT_SHORT];
    const struct sample **list = calloc(r->count + 1, sizeof(const struct sample *));
    size_t n = list ? status_faults(r, list) : 0;
    for (size_t i = 0; i < n; i++) {
        status_sentence(r, list[i], text, sizeof(text));
        fputs(i ? _("; ") : "", out);
        put_line_text(out, text);
    }
    if (n == 0) {
        snprintf(text, sizeof(text), _("rejects open: %s"), text_number(r->store.rejects_open, number));
        put_line_text(out, text);
    }
    free(list);
}

void status_nagios(const struct status_report *r, FILE *out)
{
    static const char *const words[LEVEL_COUNT] = {"OK", "WARNING", "CRITICAL"};
    fprintf(out, "FLUXRSA %s - ", status_unknown(r->store_err) ? "UNKNOWN" : words[status_worst(r)]);
    put_nagios_text(out, r);
    fputs(" |", out);
    for (size_t m = 0; m < METRIC_COUNT; m++)
        for (size_t i = 0; i < r->count; i++)
            if (r->samples[i].metric == m)
                put_perf(out, r, &r->samples[i]);
    fputc('\n', out);
}

/* ---- prometheus: text exposition format 0.0.4 ---- */

static const char *prometheus_suffix(const struct metric *m)
{
    static const char *const words[] = {
        [UNIT_COUNT] = "",       [UNIT_FLAG] = "",       [UNIT_MOMENT] = "_timestamp_seconds", [UNIT_MILLISECONDS] = "_seconds",
        [UNIT_BYTES] = "_bytes", [UNIT_SHARE] = "_ratio"};
    return m->kind == KIND_TOTAL ? "_total" : words[m->unit];
}

static void put_label_value(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\\' || *text == '"')
            fputc('\\', out);
        fputc(*text, out);
    }
}

static void put_labels(FILE *out, const struct metric *m, const struct sample *s)
{
    if (!m->labels[0][0])
        return;
    for (size_t k = 0; k < METRIC_LABELS && m->labels[k][0]; k++) {
        fprintf(out, "%c%s=\"", k ? ',' : '{', m->labels[k]);
        put_label_value(out, s->labels[k]);
        fputc('"', out);
    }
    fputc('}', out);
}

static void put_sample(FILE *out, const struct metric *m, const struct sample *s)
{
    fprintf(out, "fluxrsa_%s%s", m->name, prometheus_suffix(m));
    put_labels(out, m, s);
    fputc(' ', out);
    if (m->unit == UNIT_MILLISECONDS || m->unit == UNIT_SHARE)
        put_thousandths(out, s->value);
    else
        fprintf(out, "%" PRId64, s->value);
    fputc('\n', out);
}

void status_prometheus(const struct status_report *r, FILE *out)
{
    for (size_t k = 0; k < METRIC_COUNT; k++) {
        const struct metric *m = &metrics[k];
        bool first = true;
        for (size_t i = 0; i < r->count; i++) {
            if (r->samples[i].metric != k)
                continue;
            if (first)
                fprintf(out, "# HELP fluxrsa_%s%s %s\n# TYPE fluxrsa_%s%s %s\n", m->name, prometheus_suffix(m), m->help, m->name,
                        prometheus_suffix(m), m->kind == KIND_TOTAL ? "counter" : "gauge");
            first = false;
            put_sample(out, m, &r->samples[i]);
        }
    }
}

/* ---- JSON ---- */

static const char *unit_word(const struct metric *m)
{
    static const char *const words[] = {
        [UNIT_COUNT] = "count", [UNIT_FLAG] = "flag",         [UNIT_MOMENT] = "moment", [UNIT_MILLISECONDS] = "milliseconds",
        [UNIT_BYTES] = "bytes", [UNIT_SHARE] = "per thousand"};
    return words[m->unit];
}

static json_t *sample_json(const struct sample *s)
{
    const struct metric *m = &metrics[s->metric];
    json_t *object = json_object(), *labels = json_object();
    put_text(object, "metric", m->name);
    for (size_t k = 0; k < METRIC_LABELS && m->labels[k][0]; k++)
        put_text(labels, m->labels[k], s->labels[k]);
    put_json(object, "labels", labels);
    if (m->unit == UNIT_MOMENT && s->value == 0)
        put_null(object, "value");
    else
        put_int(object, "value", s->value);
    put_text(object, "unit", unit_word(m));
    put_text(object, "level", level_word(s->level));
    return object;
}

static void put_advice(json_t *object, const struct status_report *r, const struct sample *s)
{
    char text[SENTENCE];
    const char *command = status_command(r, s);
    struct buf b;
    buf_init(&b, ADVICE_MAX);
    status_advice(r, s, text, sizeof(text));
    buf_put(&b, text, strlen(text));
    buf_put(&b, " ", command[0] != '\0');
    buf_put(&b, command, strlen(command) + 1);
    put_text(object, "advice", b.err ? text : (const char *)b.data);
    buf_free(&b);
}

static json_t *faults_json(const struct status_report *r)
{
    char text[SENTENCE];
    json_t *array = json_array();
    const struct sample **list = calloc(r->count + 1, sizeof(const struct sample *));
    size_t n = list ? status_faults(r, list) : 0;
    for (size_t i = 0; i < n; i++) {
        json_t *object = sample_json(list[i]);
        status_sentence(r, list[i], text, sizeof(text));
        put_text(object, "message", text);
        put_advice(object, r, list[i]);
        json_array_append_new(array, object);
    }
    free(list);
    return array;
}

static json_t *store_json(const struct store_status *s)
{
    json_t *store = json_object();
    put_int(store, "generation", s->generation);
    put_int(store, "dossiers", (int64_t)s->dossiers);
    put_int(store, "persons", (int64_t)s->persons);
    put_int(store, "versions", (int64_t)s->versions);
    put_int(store, "flux", (int64_t)s->flux);
    put_int(store, "rejects_open", (int64_t)s->rejects_open);
    put_int(store, "bytes_used", (int64_t)s->bytes_used);
    put_int(store, "bytes_file", (int64_t)s->bytes_file);
    put_int(store, "map_bytes", (int64_t)s->map_bytes);
    put_int(store, "room_bytes", (int64_t)s->room_bytes);
    put_int(store, "readers", s->readers);
    put_int(store, "reader_lag", (int64_t)s->reader_lag);
    return store;
}

static json_t *last_json(const struct status_report *r)
{
    json_t *last = json_object();
    for (size_t k = 0; k < FREQUENCIES; k++)
        put_json(last, frequency_words[k], r->last[k] ? json_incref(r->last[k]) : json_null());
    return last;
}

static json_t *rejects_json(const struct status_report *r)
{
    json_t *codes = json_object();
    for (size_t k = 0; k < FINDING_COUNT; k++)
        if (r->rejects[k])
            put_int(codes, finding_rule((enum finding_code)k)->name, (int64_t)r->rejects[k]);
    return codes;
}

json_t *status_json(const struct status_report *r)
{
    json_t *object = json_object(), *list = json_array();
    put_int(object, "schema", 1);
    put_text(object, "version", FLUXRSA_VERSION);
    put_text(object, "departement", config_text(r->config, SETTING_instance_departement));
    put_int(object, "at", r->now);
    put_text(object, "level", level_word(status_worst(r)));
    put_json(object, "faults", faults_json(r));
    put_json(object, "store", r->store_err ? json_null() : store_json(&r->store));
    put_int(object, "free_bytes", (int64_t)r->disks[0].free);
    put_int(object, "flux_held", (int64_t)r->held);
    put_json(object, "newest_held", r->newest_held ? json_integer(r->newest_held) : json_null());
    put_json(object, "last", last_json(r));
    put_json(object, "sources", expected_json(&r->expected));
    put_json(object, "rejects", rejects_json(r));
    for (size_t i = 0; i < r->count; i++)
        json_array_append_new(list, sample_json(&r->samples[i]));
    put_json(object, "metrics", list);
    return object;
}
