#include "cli/flux_view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/i18n.h"
#include "cli/json.h"
#include "cli/render.h"
#include "cli/report_view.h"
#include "cli/text.h"
#include "flux/intake/judge.h"
#include "flux/record/record.h"

static void take(struct span header, node_id leaf, char *out, size_t size)
{
    char text[VALUE_TEXT_MAX] = "";
    struct value v;
    if (record_find(schema_vrsb0801.header, header.data, header.len, leaf, &v))
        value_text(&v, text);
    snprintf(out, size, "%.*s", (int)size - 1, text);
}

void header_view(struct span header, struct header_view *v)
{
    memset(v, 0, sizeof(*v));
    if (header.len == 0)
        return;
    take(header, VRSB_IdentificationFlux_TYPEFLUX, v->typeflux, sizeof(v->typeflux));
    take(header, VRSB_IdentificationFlux_NATFLUX, v->natflux, sizeof(v->natflux));
    take(header, VRSB_IdentificationFlux_DTCREAFLUX, v->dtcreaflux, sizeof(v->dtcreaflux));
    take(header, VRSB_IdentificationFlux_HEUCREAFLUX, v->heucreaflux, sizeof(v->heucreaflux));
    take(header, VRSB_IdentificationFlux_DTREF, v->dtref, sizeof(v->dtref));
    take(header, VRSB_IdentificationFlux_APPLIEME, v->applieme, sizeof(v->applieme));
    take(header, VRSB_IdentificationFlux_NUMVERSIONAPPLIEME, v->version, sizeof(v->version));
}

const char *header_format(struct span header)
{
    const struct schema *s = header.len ? schema_by_id(header.data[0]) : NULL;
    return s ? s->name : "";
}

const char *verdict_name(enum flux_verdict v)
{
    static const char *const names[] = {"applied", "already", "refused", "held", "dry-run", "undone"};
    return names[v];
}

const char *verdict_label(enum flux_verdict v)
{
    const char *labels[] = {_("APPLIED"), _("ALREADY APPLIED"), _("REFUSED"), _("HELD"), _("DRY RUN"), _("UNDONE")};
    return labels[v];
}

enum colour verdict_colour(enum flux_verdict v)
{
    static const enum colour colours[] = {GREEN, DIM, RED, YELLOW, BOLD, DIM};
    return colours[v];
}

const char *typeflux_label(const char *typeflux)
{
    switch (typeflux[0]) {
    case 'M':
        return _("monthly");
    case 'I':
        return _("daily");
    case 'R':
        return _("reprise");
    default:
        return "";
    }
}

/* Figures in words, official values as they are. */
static const char *detail_text(const struct flux_reason *r, char *out, size_t size)
{
    enum volume_figure which = VOLUME_CREATED;
    uint64_t count, carried;
    char a[TEXT_SHORT], b[TEXT_SHORT];
    if ((r->code != F_VOLUME && r->code != F_VOLUME_DAILY) || !judge_volume_read(r->detail, &which, &count, &carried))
        return r->detail;
    text_number(count, a);
    text_number(carried, b);
    if (which == VOLUME_CREATED)
        snprintf(out, size, _("%s new households, %s in the flux it is compared with"), a, b);
    else if (which == VOLUME_CLOSED)
        snprintf(out, size, _("%s rights closed, %s households in the flux it is compared with"), a, b);
    else
        snprintf(out, size, _("%s open rights left out, %s households in the flux it is compared with"), a, b);
    return out;
}

void reason_text(const struct flux_reason *r, char *out, size_t size)
{
    char words[256];
    const char *sentence = _(finding_rule(r->code)->sentence), *detail = detail_text(r, words, sizeof(words));
    if (detail[0] && r->line)
        snprintf(out, size, _("%s (%s, line %u)"), sentence, detail, (unsigned)r->line);
    else if (r->line)
        snprintf(out, size, _("%s (line %u)"), sentence, (unsigned)r->line);
    else if (detail[0])
        snprintf(out, size, "%s (%s)", sentence, detail);
    else
        snprintf(out, size, "%s", sentence);
}

static json_t *reasons_json(const struct flux_entry *f)
{
    json_t *list = json_array();
    char text[512];
    for (unsigned i = 0; i < f->reason_count && i < FLUX_REASONS_MAX; i++) {
        json_t *reason = json_object();
        reason_text(&f->reasons[i], text, sizeof(text));
        put_text(reason, "code", finding_rule(f->reasons[i].code)->name);
        put_text(reason, "message", text);
        put_or_null(reason, "detail", f->reasons[i].detail);
        json_array_append_new(list, reason);
    }
    return list;
}

const uint8_t *flux_digest(const struct flux_entry *f) { return all_zero(f->member_sha256, 32) ? f->archive_sha256 : f->member_sha256; }

bool all_zero(const uint8_t *data, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (data[i])
            return false;
    return true;
}

static void put_counts(json_t *object, const struct flux_entry *f)
{
    if (f->announced >= 0)
        put_int(object, "announced", f->announced);
    else
        put_null(object, "announced");
    put_int(object, "read", (int64_t)f->read);
    put_int(object, "created", (int64_t)f->created);
    put_int(object, "updated", (int64_t)f->updated);
    put_int(object, "unchanged", (int64_t)f->unchanged);
    put_int(object, "superseded", (int64_t)f->superseded);
    put_int(object, "rejected", (int64_t)f->rejected);
    put_int(object, "persons", (int64_t)f->persons);
    put_int(object, "warnings", (int64_t)f->warnings);
}

json_t *flux_json(const struct flux_result *r)
{
    const struct flux_entry *f = &r->entry;
    struct header_view v;
    json_t *object = json_object();
    header_view(f->header, &v);
    if (f->id)
        put_int(object, "flux", f->id);
    else
        put_null(object, "flux");
    put_text(object, "file", f->file);
    put_or_null(object, "member", f->member);
    put_hex(object, "sha256", flux_digest(f), 32);
    put_or_null(object, "source", f->source);
    put_text(object, "status", verdict_name(r->verdict));
    put_or_null(object, "format", f->format[0] ? f->format : header_format(f->header));
    put_or_null(object, "TYPEFLUX", v.typeflux);
    put_or_null(object, "NATFLUX", v.natflux);
    put_or_null(object, "DTCREAFLUX", v.dtcreaflux);
    put_or_null(object, "DTREF", v.dtref);
    put_counts(object, f);
    put_int(object, "duration_ms", f->duration_ms);
    if (r->bytes_written == BYTES_UNKNOWN)
        put_null(object, "bytes_written");
    else
        put_int(object, "bytes_written", (int64_t)r->bytes_written);
    put_json(object, "reasons", reasons_json(f));
    report_json(object, r->report);
    return object;
}

void flux_json_more(json_t *object, const struct flux_entry *f)
{
    struct header_view v;
    header_view(f->header, &v);
    put_or_null(object, "HEUCREAFLUX", v.heucreaflux);
    put_or_null(object, "encoding", f->encoding);
    put_hex(object, "archive_sha256", f->archive_sha256, 32);
    put_int(object, "archive_bytes", (int64_t)f->archive_bytes);
    put_int(object, "member_bytes", (int64_t)f->member_bytes);
    put_int(object, "imported_at", f->imported_at);
    put_text(object, "user", f->user);
    put_or_null(object, "force_reason", f->force_reason);
    if (f->status != FLUX_UNDONE)
        return;
    put_int(object, "undone_at", f->undone_at);
    put_text(object, "undone_by", f->undone_by);
    put_text(object, "undo_reason", f->undo_reason);
}

struct flux_result flux_result_of(const struct flux_entry *f)
{
    struct flux_result r = {.entry = *f, .bytes_written = BYTES_UNKNOWN};
    static const enum flux_verdict verdicts[] = {
        [FLUX_APPLIED] = VERDICT_APPLIED, [FLUX_REFUSED] = VERDICT_REFUSED, [FLUX_HELD] = VERDICT_HELD, [FLUX_UNDONE] = VERDICT_UNDONE};
    r.verdict = verdicts[f->status];
    return r;
}

static void what_text(struct output *o, const struct flux_entry *f)
{
    struct header_view v;
    char created[TEXT_SHORT], reference[TEXT_SHORT], hour[8];
    if (f->header.len == 0)
        return;
    header_view(f->header, &v);
    snprintf(hour, sizeof(hour), "%.5s", v.heucreaflux);
    fieldf(o, _("What"), _("%s %s, reference %s, created %s %s by %s %s"), f->format[0] ? f->format : header_format(f->header),
           typeflux_label(v.typeflux)[0] ? typeflux_label(v.typeflux) : v.typeflux, text_date(v.dtref, reference),
           text_date(v.dtcreaflux, created), hour, v.applieme, v.version);
}

static void counts_text(struct output *o, const struct flux_entry *f, bool turned_away)
{
    char a[TEXT_SHORT], b[TEXT_SHORT], c[TEXT_SHORT], d[TEXT_SHORT];
    fieldf(o, _("Households"), _("%s announced, %s read"), f->announced >= 0 ? text_number((uint64_t)f->announced, a) : "?",
           text_number(f->read, b));
    if (f->read == 0 || turned_away)
        return;
    fieldf(o, "", _("%s created, %s updated, %s unchanged, %s older than what is known"), text_number(f->created, a),
           text_number(f->updated, b), text_number(f->unchanged, c), text_number(f->superseded, d));
    fieldf(o, "", _("%s rejected, %s warnings, %s persons"), text_number(f->rejected, a), text_number(f->warnings, b),
           text_number(f->persons, c));
    if (f->rejected && f->id && f->status != FLUX_UNDONE)
        fieldf(o, "", _("the rejected ones: fluxrsa rejects list --flux %u"), (unsigned)f->id);
}

static void reasons_text(struct output *o, const struct flux_entry *f)
{
    char text[512];
    if (f->force_reason[0])
        field(o, _("Forced"), f->force_reason);
    for (unsigned i = 0; i < f->reason_count && i < FLUX_REASONS_MAX; i++) {
        const struct finding_rule *rule = finding_rule(f->reasons[i].code);
        reason_text(&f->reasons[i], text, sizeof(text));
        fieldf(o, i ? "" : _("Why"), _("%s: %s"), rule->name, text);
        if (f->reasons[i].path[0])
            fieldf(o, "", _("at %s"), f->reasons[i].path);
        if (rule->advice[0])
            fieldf(o, _("What to do"), "%s", _(rule->advice));
    }
}

/* A command is copied as it is: no line of ours ends within it. */
static void next_text(struct output *o, const struct flux_result *r, const struct flux_now *now)
{
    bool held = r->verdict == VERDICT_HELD && !(now && now->applied);
    if (held && now && now->command) {
        field(o, "", _("to apply it all the same:"));
        put_clean(o->file, now->command);
        fputc('\n', o->file);
    } else if (held) {
        field(o, "", _("to apply it all the same: fluxrsa import --force REASON FILE"));
    }
    if (r->verdict == VERDICT_DRY_RUN)
        field(o, "", _("nothing was kept: run the command again without --dry-run to apply it"));
}

void flux_text(struct output *o, const struct flux_result *r, const struct flux_now *now)
{
    const struct flux_entry *f = &r->entry;
    char number[TEXT_SHORT], size[TEXT_SHORT];
    fprintf(o->file, "%s%s%s  ", paint(o, verdict_colour(r->verdict)), verdict_label(r->verdict), paint(o, PLAIN));
    put_clean(o->file, f->file);
    if (f->member[0]) {
        fputs("  ", o->file);
        put_clean(o->file, f->member);
    }
    fputc('\n', o->file);
    if (f->id)
        fieldf(o, _("Flux"), "%u", (unsigned)f->id);
    what_text(o, f);
    if (r->verdict == VERDICT_ALREADY) {
        fieldf(o, "", _("its bytes are applied since %s, as flux %u: nothing to do"), text_moment(f->imported_at, number), (unsigned)f->id);
        return;
    }
    if (now && now->applied)
        fieldf(o, "", _("the same bytes were applied since, as flux %u: nothing to do"), (unsigned)now->applied);
    if (r->verdict != VERDICT_REFUSED || f->read)
        counts_text(o, f, r->verdict == VERDICT_REFUSED || r->verdict == VERDICT_HELD);
    if (r->bytes_written == BYTES_UNKNOWN)
        field(o, _("Took"), text_duration(f->duration_ms, number));
    else
        fieldf(o, _("Took"), _("%s, %s written"), text_duration(f->duration_ms, number), text_bytes(r->bytes_written, size));
    reasons_text(o, f);
    next_text(o, r, now);
}
