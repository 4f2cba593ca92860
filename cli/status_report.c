#include "cli/status_report.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/held_file.h"
#include "cli/json.h"
#include "cli/text.h"
#include "store/persons.h"

const struct metric metrics[METRIC_COUNT] = {
#define METRIC(name, first, second, perf, unit, kind, rule, setting, sentence, advice, help)                                               \
    [METRIC_##name] = {#name, {first, second}, perf, UNIT_##unit, KIND_##kind, ALARM_##rule, setting, sentence, advice, help},
#include "cli/status.def"
#undef METRIC
};

const char *const frequency_words[FREQUENCIES] = {"monthly", "daily"};
const char *const outcome_words[OUTCOMES] = {"read", "created", "updated", "unchanged", "superseded", "rejected"};

const char *level_word(enum level l)
{
    static const char *const words[LEVEL_COUNT] = {"ok", "warning", "critical"};
    return words[l];
}

const char *level_label(enum level l)
{
    const char *labels[LEVEL_COUNT] = {_("OK"), _("WARNING"), _("CRITICAL")};
    return labels[l];
}

enum colour level_colour(enum level l)
{
    static const enum colour colours[LEVEL_COUNT] = {GREEN, YELLOW, RED};
    return colours[l];
}

enum level status_worst(const struct status_report *r)
{
    enum level worst = LEVEL_OK;
    for (size_t i = 0; i < r->count; i++)
        worst = r->samples[i].level > worst ? r->samples[i].level : worst;
    return worst;
}

size_t status_faults(const struct status_report *r, const struct sample **list)
{
    size_t n = 0;
    for (enum level l = LEVEL_CRITICAL; l > LEVEL_OK; l--)
        for (size_t m = 0; m < METRIC_COUNT; m++)
            for (size_t i = 0; i < r->count; i++)
                if (r->samples[i].metric == m && r->samples[i].level == l)
                    list[n++] = &r->samples[i];
    return n;
}

const char *age_text(int64_t seconds, char out[32])
{
    enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };
    if (seconds < 0) /* the clock was set back */
        seconds = 0;
    if (seconds < 2 * MINUTE)
        snprintf(out, 32, _("%lld s"), (long long)seconds);
    else if (seconds < 2 * HOUR)
        snprintf(out, 32, _("%lld min"), (long long)seconds / MINUTE);
    else if (seconds < 2 * DAY)
        snprintf(out, 32, _("%lld h"), (long long)seconds / HOUR);
    else
        snprintf(out, 32, _("%lld d"), (long long)seconds / DAY);
    return out;
}

static const char *measured_text(const struct status_report *r, const struct sample *s, char out[TEXT_SHORT])
{
    uint64_t value = s->value > 0 ? (uint64_t)s->value : 0;
    switch (metrics[s->metric].unit) {
    case UNIT_MOMENT:
        if (s->value == 0)
            return _("never");
        return age_text(r->now - s->value, out);
    case UNIT_MILLISECONDS:
        return text_duration(value, out);
    case UNIT_BYTES:
        return text_bytes(value, out);
    case UNIT_SHARE:
        snprintf(out, TEXT_SHORT, _("%llu %%"), (unsigned long long)value / 10);
        return out;
    default:
        return text_number(value, out);
    }
}

static const char *label_text(const struct sample *s, size_t k)
{
    const char *name = metrics[s->metric].labels[k], *text = s->labels[k];
    if (strcmp(name, "frequency") == 0)
        return strcmp(text, "daily") == 0 ? _("daily") : _("monthly");
    if (strcmp(name, "disk") == 0)
        return strcmp(text, "store") == 0 ? _("store") : _("spool");
    return text;
}

/* What a mark in braces stands for; NULL when it is none. */
static const char *mark_text(const struct status_report *r, const struct sample *s, const char *mark, size_t len, char out[TEXT_SHORT])
{
    if (len == 1 && (mark[0] == '0' || mark[0] == '1'))
        return label_text(s, mark[0] == '1');
    if (len == 5 && memcmp(mark, "value", 5) == 0)
        return measured_text(r, s, out);
    return len == 4 && memcmp(mark, "note", 4) == 0 ? s->note : NULL;
}

static void expand(const struct status_report *r, const struct sample *s, const char *text, char *out, size_t size)
{
    char value[TEXT_SHORT];
    FILE *f = fmemopen(out, size, "w");
    out[0] = '\0';
    if (!f)
        return;
    while (*text) {
        size_t len = strcspn(text + 1, "}");
        const char *found = *text == '{' ? mark_text(r, s, text + 1, len, value) : NULL;
        if (found)
            fputs(found, f);
        else
            fputc(*text, f);
        text += found ? len + 2 : 1;
    }
    fclose(f);
    out[size - 1] = '\0';
}

void status_sentence(const struct status_report *r, const struct sample *s, char *out, size_t size)
{
    expand(r, s, metrics[s->metric].sentence[0] ? _(metrics[s->metric].sentence) : "", out, size);
}

void status_advice(const struct status_report *r, const struct sample *s, char *out, size_t size)
{
    expand(r, s, metrics[s->metric].advice[0] ? _(metrics[s->metric].advice) : "", out, size);
}

const char *status_command(const struct status_report *r, const struct sample *s)
{
    if (s->metric != METRIC_flux_held)
        return "";
    return r->held_command ? r->held_command : _("fluxrsa import --force REASON FILE");
}

void status_free(struct status_report *r)
{
    if (!r)
        return;
    free(r->held_command);
    for (size_t k = 0; k < FREQUENCIES; k++)
        json_decref(r->last[k]);
    free(r->samples);
    free(r);
}

struct review_count {
    int64_t day;
    uint64_t open;
};

static bool count_review(void *ctx, const struct review *v)
{
    struct review_count *c = ctx;
    c->open += !(v->dismissed && v->decision.until >= c->day);
    return true;
}

static enum err read_store(struct cli *cli, struct instance *i, struct status_report *r)
{
    struct review_count reviews = {.day = r->now / 86400};
    enum err e = store_status(i->txn, &r->store);
    if (!e)
        e = status_ledger(i->txn, r);
    if (!e)
        e = status_rejects(i->txn, r);
    if (!e)
        e = reviews_each(i->txn, count_review, &reviews);
    if (!e)
        e = expected_collect(cli, i, r->now, &r->expected);
    r->reviews = reviews.open;
    return e;
}

enum err status_open(const struct config *c, const char *purpose, struct instance *i)
{
    struct store_place place = instance_place(c);
    enum err e = store_open(&place, false, purpose, NULL, NULL, &i->store);
    return e ? e : store_read(i->store, &i->txn);
}

bool status_store_there(const struct config *c)
{
    struct stat st;
    return stat(config_text(c, SETTING_instance_store), &st) == 0;
}

bool status_unknown(enum err store_err)
{
    return store_err == ERR_BUSY || store_err == ERR_NOMEM || store_err == ERR_FILES || store_err == ERR_STOPPED;
}

enum err status_gather(struct cli *cli, struct instance *i, enum err why, int64_t now, struct status_report **ret)
{
    struct status_report *r = calloc(1, sizeof(*r));
    *ret = r;
    if (!r)
        return ERR_NOMEM;
    r->config = cli->config;
    r->now = now;
    r->store_err = why;
    if (i->txn)
        r->store_err = read_store(cli, i, r);
    if (!r->store_err && r->newest_held)
        r->held_command = held_command(cli->config, r->newest_held_sha256);
    status_machine(r);
    status_judge(r);
    return r->err;
}
