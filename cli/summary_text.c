#include <stdlib.h>
#include <string.h>

#include "cli/flux_view.h"
#include "cli/json.h"
#include "cli/render.h"
#include "cli/summary.h"
#include "cli/text.h"

/* An ordinary night takes ten lines. */
enum { EACH_SHOWN = 3, CODES_SHOWN = 4, SENTENCE = 512 };

static uint64_t number_of(const json_t *object, const char *key)
{
    json_int_t n = json_integer_value(json_object_get(object, key));
    return n > 0 ? (uint64_t)n : 0;
}

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_at(object, key);
    return text ? text : "";
}

static void head(const struct summary *s, FILE *out)
{
    char from[TEXT_SHORT], to[TEXT_SHORT];
    const struct status_report *r = s->status;
    fprintf(out, _("fluxrsa, département %s: %s"), config_text(r->config, SETTING_instance_departement), level_label(status_worst(r)));
    fprintf(out, "\n");
    fprintf(out, _("From %s to %s"), text_moment(s->since, from), text_moment(r->now, to));
    fprintf(out, "\n");
}

static void expected_line(const struct summary *s, FILE *out)
{
    const struct summary_expected *e = &s->expected;
    if (s->status->store_err)
        return;
    enum expected_kind kind;
    char when[TEXT_SHORT];
    int64_t next = expected_next(&s->status->expected, &kind);
    if (e->expected == 0 && next)
        fprintf(out, _("Expected: nothing was due; the next flux by %s"), expected_due_text(kind, next, when));
    else if (e->expected == 0)
        fputs(_("Expected: nothing was due"), out);
    else
        fprintf(out, _("Expected: %u due, %u received, %u late, %u missing, %u held"), e->expected, e->received, e->late, e->missing,
                e->held);
    fputc('\n', out);
}

static void counts_line(const struct summary *s, FILE *out)
{
    char a[TEXT_SHORT], b[TEXT_SHORT], c[TEXT_SHORT], d[TEXT_SHORT];
    if (s->status->store_err)
        return;
    fprintf(out, _("Came: %s applied, %s refused, %s held; %s wait in the spool"), text_number(s->counts[FLUX_APPLIED], a),
            text_number(s->counts[FLUX_REFUSED], b), text_number(s->counts[FLUX_HELD], c),
            text_number(s->status->spool[SPOOL_WORK].count, d));
    fputc('\n', out);
}

static const char *const total_keys[] = {"announced", "read", "created", "updated", "rejected"};
enum { TOTALS = sizeof(total_keys) / sizeof(total_keys[0]) };

static void put_totals(FILE *out, const uint64_t totals[TOTALS])
{
    char text[TOTALS][TEXT_SHORT];
    for (size_t i = 0; i < TOTALS; i++)
        text_number(totals[i], text[i]);
    fprintf(out, _("%s announced, %s read, %s created, %s updated, %s rejected"), text[0], text[1], text[2], text[3], text[4]);
    fputc('\n', out);
}

static void applied_line(const json_t *flux, FILE *out)
{
    uint64_t totals[TOTALS];
    for (size_t i = 0; i < TOTALS; i++)
        totals[i] = number_of(flux, total_keys[i]);
    fputs("  ", out);
    put_clean(out, text_at(flux, "file"));
    if (text_at(flux, "member")[0]) {
        fputs(" / ", out);
        put_clean(out, text_at(flux, "member"));
    }
    fprintf(out, " (%s)%s ", typeflux_label(text_at(flux, "TYPEFLUX")), _(":"));
    put_totals(out, totals);
}

static bool has_status(const json_t *flux, const char *status) { return strcmp(text_at(flux, "status"), status) == 0; }

/* Each, or the sum of them when they are many. */
static void applied_lines(const struct summary *s, FILE *out)
{
    uint64_t totals[TOTALS] = {0};
    bool each = s->counts[FLUX_APPLIED] <= EACH_SHOWN;
    size_t i;
    json_t *flux;
    json_array_foreach(s->flux, i, flux)
    {
        if (!has_status(flux, "applied"))
            continue;
        if (each)
            applied_line(flux, out);
        for (size_t k = 0; k < TOTALS; k++)
            totals[k] += number_of(flux, total_keys[k]);
    }
    if (each)
        return;
    fputs("  ", out);
    put_totals(out, totals);
}

static void rejects_line(const struct summary *s, FILE *out)
{
    char number[TEXT_SHORT];
    enum finding_code codes[CODES_SHOWN];
    const struct status_report *r = s->status;
    if (r->store_err)
        return;
    size_t n = status_causes(r->rejects, codes, CODES_SHOWN);
    fprintf(out, _("Rejects open: %s"), text_number(r->store.rejects_open, number));
    for (size_t i = 0; i < n; i++)
        fprintf(out, "%s%s %s", i ? ", " : _("; "), text_number(r->rejects[codes[i]], number), finding_rule(codes[i])->name);
    fputc('\n', out);
}

static void store_line(const struct summary *s, FILE *out)
{
    char a[TEXT_SHORT], b[TEXT_SHORT], c[TEXT_SHORT];
    const struct status_report *r = s->status;
    if (!r->store_err) {
        fprintf(out, _("Store: %s households, %s used, %s free on the disk"), text_number(r->store.dossiers, a),
                text_bytes(r->store.bytes_used, b), text_bytes(r->disks[0].free, c));
        fputs(_("; "), out);
    }
    if (r->last_backup)
        fprintf(out, _("last backup: %s ago"), age_text(r->now - r->last_backup, a));
    else
        fputs(_("last backup: never"), out);
    fputc('\n', out);
}

/* ---- problems ---- */

static void fault_lines(const struct status_report *r, FILE *out)
{
    char text[SENTENCE];
    const struct sample **list = calloc(r->count + 1, sizeof(const struct sample *));
    size_t n = list ? status_faults(r, list) : 0;
    for (size_t i = 0; i < n; i++) {
        fprintf(out, "%s%s ", level_label(list[i]->level), _(":"));
        status_sentence(r, list[i], text, sizeof(text));
        put_clean(out, text);
        status_advice(r, list[i], text, sizeof(text));
        fputs(_("; "), out);
        put_clean(out, text);
        fputs(status_command(r, list[i])[0] ? " " : "", out);
        put_clean(out, status_command(r, list[i]));
        fputc('\n', out);
    }
    free(list);
}

static const char *first_code(const json_t *flux) { return text_at(json_array_get(json_object_get(flux, "reasons"), 0), "code"); }

static const char *turned_away_label(bool held) { return held ? _("HELD") : _("REFUSED"); }

static void turned_away_line(const json_t *flux, bool held, FILE *out)
{
    fprintf(out, "%s%s ", turned_away_label(held), _(":"));
    put_clean(out, text_at(flux, "file"));
    fprintf(out, ", %s%sfluxrsa flux show %llu\n", first_code(flux), _("; "), (unsigned long long)number_of(flux, "flux"));
}

/* By cause, when they are many. */
static void turned_away_sum(const uint64_t counts[FINDING_COUNT], uint64_t all, bool held, FILE *out)
{
    enum finding_code codes[CODES_SHOWN];
    char number[TEXT_SHORT];
    size_t n = status_causes(counts, codes, CODES_SHOWN);
    fprintf(out, "%s%s %s", turned_away_label(held), _(":"), text_number(all, number));
    for (size_t i = 0; i < n; i++) {
        fprintf(out, "%s%s %s", i ? ", " : _("; "), text_number(counts[codes[i]], number), finding_rule(codes[i])->name);
        all -= counts[codes[i]];
    }
    if (all > 0)
        fputs(", …", out);
    fprintf(out, "%sfluxrsa flux list\n", _("; "));
}

static void turned_away_lines(const struct summary *s, enum flux_status status, FILE *out)
{
    const bool held = status == FLUX_HELD;
    uint64_t counts[FINDING_COUNT] = {0};
    size_t i;
    json_t *one;
    json_array_foreach(s->flux, i, one) if (has_status(one, held ? "held" : "refused"))
    {
        if (s->counts[status] <= EACH_SHOWN)
            turned_away_line(one, held, out);
        counts[finding_by_name(first_code(one))]++;
    }
    if (s->counts[status] > EACH_SHOWN)
        turned_away_sum(counts, s->counts[status], held, out);
}

static void aside_lines(const struct summary *s, FILE *out)
{
    size_t i;
    json_t *file;
    json_array_foreach(s->aside, i, file) if (i < EACH_SHOWN)
    {
        fprintf(out, "%s%s ", turned_away_label(strcmp(text_at(file, "state"), "held") == 0), _(":"));
        put_clean(out, text_at(file, "file"));
        fputs(_("; "), out);
        put_clean(out, text_at(file, "reason"));
        fputc('\n', out);
    }
    if (json_array_size(s->aside) > EACH_SHOWN) {
        fprintf(out, _("and %zu more files that no flux could be read from"), json_array_size(s->aside) - EACH_SHOWN);
        fputc('\n', out);
    }
}

void summary_text(const struct summary *s, FILE *out)
{
    head(s, out);
    expected_line(s, out);
    counts_line(s, out);
    applied_lines(s, out);
    rejects_line(s, out);
    store_line(s, out);
    fault_lines(s->status, out);
    turned_away_lines(s, FLUX_REFUSED, out);
    turned_away_lines(s, FLUX_HELD, out);
    aside_lines(s, out);
}

/* ---- JSON ---- */

static json_t *expected_counts(const struct summary_expected *e)
{
    json_t *object = json_object();
    put_int(object, "due", e->expected);
    put_int(object, "received", e->received);
    put_int(object, "late", e->late);
    put_int(object, "missing", e->missing);
    put_int(object, "held", e->held);
    return object;
}

json_t *summary_json(const struct summary *s)
{
    json_t *object = json_object(), *status = status_json(s->status);
    put_int(object, "schema", 1);
    put_int(object, "since", s->since);
    put_int(object, "until", s->status->now);
    put_json(object, "expected", expected_counts(&s->expected));
    put_int(object, "applied", (int64_t)s->counts[FLUX_APPLIED]);
    put_int(object, "refused", (int64_t)s->counts[FLUX_REFUSED]);
    put_int(object, "held", (int64_t)s->counts[FLUX_HELD]);
    put_json(object, "flux", json_incref(s->flux));
    put_json(object, "aside", json_incref(s->aside));
    put_json(object, "status", status);
    return object;
}
