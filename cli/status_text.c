#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/json.h"
#include "cli/render.h"
#include "cli/status_report.h"
#include "cli/text.h"

/* All of it stands on a terminal of 24 lines. */
enum { FAULTS_SHOWN = 3, SOURCES_SHOWN = 4, CODES_SHOWN = 3, SENTENCE = 512, LABEL = 15 };

/* Narrower than field(): a row must fit into 80 columns. */
__attribute__((format(printf, 3, 4))) static void row(struct output *o, const char *label, const char *format, ...)
{
    char text[SENTENCE];
    va_list args;
    size_t width = text_width(label);
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    fprintf(o->file, "  %s%*s ", label, width < LABEL ? (int)(LABEL - width) : 0, "");
    put_wrapped_clean(o->file, o->width, text, 3 + (width < LABEL ? LABEL : width));
    fputc('\n', o->file);
}

static uint64_t number_of(const json_t *object, const char *key) { return (uint64_t)json_integer_value(json_object_get(object, key)); }

static void head_text(const struct status_report *r, struct output *o)
{
    char when[TEXT_SHORT];
    enum level worst = status_worst(r);
    fprintf(o->file, "%s%s%s  ", paint(o, level_colour(worst)), level_label(worst), paint(o, PLAIN));
    fprintf(o->file, _("département %s, %s"), config_text(r->config, SETTING_instance_departement), text_moment(r->now, when));
    fputc('\n', o->file);
}

/* No line of ours ends within it. */
static void put_command(struct output *o, const char *command)
{
    if (!command[0])
        return;
    fputs("    ", o->file);
    put_clean(o->file, command);
    fputc('\n', o->file);
}

static void faults_text(const struct status_report *r, struct output *o)
{
    char text[SENTENCE];
    const struct sample **list = calloc(r->count + 1, sizeof(const struct sample *));
    size_t n = list ? status_faults(r, list) : 0;
    for (size_t i = 0; i < n && i < FAULTS_SHOWN; i++) {
        status_sentence(r, list[i], text, sizeof(text));
        fprintf(o->file, "  %s%s%s  ", paint(o, level_colour(list[i]->level)), level_label(list[i]->level), paint(o, PLAIN));
        put_wrapped_clean(o->file, o->width, text, 4 + text_width(level_label(list[i]->level)));
        status_advice(r, list[i], text, sizeof(text));
        fputs("\n    ", o->file);
        put_wrapped_clean(o->file, o->width, text, 4);
        fputc('\n', o->file);
        put_command(o, status_command(r, list[i]));
    }
    if (n > FAULTS_SHOWN)
        row(o, "", _("and %zu more: fluxrsa status --json"), n - FAULTS_SHOWN);
    free(list);
}

/* "monthly 11/2026 received, "; nothing for what is not expected. */
static void put_expected(FILE *out, const struct expected_row *e, enum expected_kind kind, const char *after)
{
    char slot[TEXT_SHORT];
    if (e->result.state != EXPECTED_NONE)
        fprintf(out, "%s %s %s%s", expected_kind_label(kind), expected_slot_text(kind, e->result.slot, slot, sizeof(slot)),
                expected_state_label(e->result.state), after);
}

/* When the last flux came is of interest where one is late, or none is expected. */
static bool age_wanted(const struct expected_source *s)
{
    bool expected = false, bad = false;
    for (size_t k = 0; k < EXPECTED_KINDS; k++) {
        expected |= s->rows[k].result.state != EXPECTED_NONE;
        bad |= expected_is_bad(s->rows[k].result.state);
    }
    return bad || !expected;
}

static void one_source_text(const struct status_report *r, const struct expected_source *s, struct output *o)
{
    char line[SENTENCE] = "", age[TEXT_SHORT];
    int64_t last = status_success(s);
    bool aged = age_wanted(s), both = s->rows[0].result.state != EXPECTED_NONE && s->rows[1].result.state != EXPECTED_NONE;
    FILE *f = fmemopen(line, sizeof(line), "w");
    if (!f)
        return;
    put_expected(f, &s->rows[0], 0, aged || both ? ", " : "");
    put_expected(f, &s->rows[1], 1, aged ? ", " : "");
    if (aged && last)
        fprintf(f, _("%s ago"), age_text(r->now - last, age));
    else if (aged)
        fputs(_("none applied yet"), f);
    fclose(f);
    row(o, s->source->name, "%s", line);
}

static void sources_text(const struct status_report *r, struct output *o)
{
    for (size_t i = 0; i < r->expected.count && i < SOURCES_SHOWN; i++)
        one_source_text(r, &r->expected.sources[i], o);
    if (r->expected.count > SOURCES_SHOWN)
        row(o, "", _("and %zu more: fluxrsa flux expected"), r->expected.count - SOURCES_SHOWN);
}

static void last_text(const struct status_report *r, struct output *o, const char *label, const json_t *flux)
{
    char age[TEXT_SHORT], reference[TEXT_SHORT], read[TEXT_SHORT], rejected[TEXT_SHORT];
    const char *day = json_at(flux, "DTREF");
    if (!flux) {
        row(o, label, "%s", _("none yet"));
        return;
    }
    row(o, label, _("flux %llu of %s: %s read, %s rejected, %s ago"), (unsigned long long)number_of(flux, "flux"),
        day ? text_date(day, reference) : "?", text_number(number_of(flux, "read"), read),
        text_number(number_of(flux, "rejected"), rejected), age_text(r->now - (int64_t)number_of(flux, "imported_at"), age));
}

size_t status_causes(const uint64_t counts[FINDING_COUNT], enum finding_code *list, size_t max)
{
    bool taken[FINDING_COUNT] = {false};
    size_t n = 0;
    for (; n < max; n++) {
        size_t best = FINDING_COUNT;
        for (size_t k = 0; k < FINDING_COUNT; k++)
            if (!taken[k] && counts[k] && (best == FINDING_COUNT || counts[k] > counts[best]))
                best = k;
        if (best == FINDING_COUNT)
            break;
        taken[best] = true;
        list[n] = (enum finding_code)best;
    }
    return n;
}

static void rejects_text(const struct status_report *r, struct output *o)
{
    char line[SENTENCE] = "", number[TEXT_SHORT];
    enum finding_code codes[CODES_SHOWN];
    size_t n = status_causes(r->rejects, codes, CODES_SHOWN);
    FILE *f = fmemopen(line, sizeof(line), "w");
    if (!f)
        return;
    fputs(text_number(r->store.rejects_open, number), f);
    if (n)
        fprintf(f, _(", the oldest for %s"), age_text(r->now - r->oldest_reject, number));
    for (size_t i = 0; i < n; i++)
        fprintf(f, "%s%s %s", i ? ", " : _("; "), text_number(r->rejects[codes[i]], number), finding_rule(codes[i])->name);
    fclose(f);
    row(o, _("Rejects open"), "%s", line);
}

static void spool_text(const struct status_report *r, struct output *o)
{
    char a[TEXT_SHORT], b[TEXT_SHORT], c[TEXT_SHORT], age[TEXT_SHORT], daemon[2 * TEXT_SHORT];
    if (r->daemon || !r->round)
        snprintf(daemon, sizeof(daemon), "%s", r->daemon ? _("fluxrsad runs") : _("fluxrsad does not run"));
    else
        snprintf(daemon, sizeof(daemon), _("fluxrsad came by %s ago"), age_text(r->now - r->round, age));
    row(o, _("Spool"), _("%s in work, %s held, %s refused; %s"), text_number(r->spool[SPOOL_WORK].count, a),
        text_number(r->spool[SPOOL_HELD].count, b), text_number(r->spool[SPOOL_REFUSED].count, c), daemon);
}

static void store_text(const struct status_report *r, struct output *o)
{
    char a[TEXT_SHORT], b[TEXT_SHORT];
    const struct store_status *s = &r->store;
    unsigned share = s->room_bytes ? (unsigned)(s->bytes_used * 100 / s->room_bytes) : 0;
    row(o, _("Store"), _("%s used (%u %% of its room), %s free on the disk"), text_bytes(s->bytes_used, a), share,
        text_bytes(r->disks[0].free, b));
}

static void backup_text(const struct status_report *r, struct output *o)
{
    char age[TEXT_SHORT];
    if (r->last_backup)
        row(o, _("Last backup"), _("%s ago"), age_text(r->now - r->last_backup, age));
    else
        row(o, _("Last backup"), "%s", _("never"));
}

void status_text(const struct status_report *r, struct output *o)
{
    char a[TEXT_SHORT], b[TEXT_SHORT];
    head_text(r, o);
    faults_text(r, o);
    fputc('\n', o->file);
    if (r->store_err == ERR_OK) {
        sources_text(r, o);
        last_text(r, o, _("Monthly flux"), r->last[FREQUENCY_MONTHLY]);
        last_text(r, o, _("Daily flux"), r->last[FREQUENCY_DAILY]);
        row(o, _("Households"), _("%s, %s persons"), text_number(r->store.dossiers, a), text_number(r->store.persons, b));
        rejects_text(r, o);
        store_text(r, o);
    }
    spool_text(r, o);
    backup_text(r, o);
}
