#include "cli/report_view.h"

#include <stdlib.h>
#include <string.h>

#include "cli/finding_view.h"
#include "cli/i18n.h"
#include "cli/json.h"
#include "cli/render.h"
#include "cli/text.h"

enum { SHORT_LINES = 8 };

struct cause {
    enum finding_code code;
    const struct flux_cause *of;
};

static int by_weight(const void *a, const void *b)
{
    const struct cause *x = a, *y = b;
    if (x->of->cost != y->of->cost)
        return x->of->cost < y->of->cost ? -1 : 1;
    if (x->of->households != y->of->households)
        return x->of->households > y->of->households ? -1 : 1;
    if (x->of->count != y->of->count)
        return x->of->count > y->of->count ? -1 : 1;
    return (x->code > y->code) - (x->code < y->code);
}

/* The dearest first, then the most frequent. */
static size_t causes_of(const struct flux_report *r, struct cause out[FINDING_COUNT])
{
    size_t n = 0;
    for (size_t i = 0; r && i < FINDING_COUNT; i++)
        if (r->causes[i].count)
            out[n++] = (struct cause){(enum finding_code)i, &r->causes[i]};
    qsort(out, n, sizeof(*out), by_weight);
    return n;
}

void report_json(json_t *object, const struct flux_report *r)
{
    struct cause found[FINDING_COUNT];
    json_t *causes = json_array(), *unknown = json_array();
    size_t n = causes_of(r, found);
    for (size_t i = 0; i < n; i++) {
        json_t *one = json_object();
        put_text(one, "code", finding_rule(found[i].code)->name);
        put_int(one, "households", (int64_t)found[i].of->households);
        put_int(one, "count", (int64_t)found[i].of->count);
        json_array_append_new(causes, one);
    }
    for (size_t i = 0; r && i < r->unknown_count; i++) {
        const struct flux_unknown *u = &r->unknown[i];
        json_t *one = json_object();
        put_text(one, "path", u->path);
        if (u->code[0])
            put_text(one, "code", u->code);
        put_int(one, "count", (int64_t)u->count);
        put_int(one, "first_line", u->first_line);
        json_array_append_new(unknown, one);
    }
    put_json(object, "causes", causes);
    put_json(object, "unknown", unknown);
}

static const char *households_text(uint64_t n, char out[64])
{
    char number[TEXT_SHORT];
    snprintf(out, 64, ngettext("%s household", "%s households", n), text_number(n, number));
    return out;
}

static void short_line(struct output *o, const struct cause *c, size_t code_width, size_t count_width)
{
    char households[64];
    const struct finding_rule *rule = finding_rule(c->code);
    enum colour colour = c->of->cost <= COST_HOUSEHOLD ? RED : c->of->cost == COST_FIELD ? YELLOW : PLAIN;
    households_text(c->of->households, households);
    fprintf(o->file, "  %s%s%s%*s%*s%s  %s\n", paint(o, colour), rule->name, paint(o, PLAIN), (int)(code_width - strlen(rule->name) + 2),
            "", (int)(count_width - text_width(households)), "", households, _(rule->sentence));
}

static void unknown_counts(const struct flux_report *r, size_t *elements, size_t *codes)
{
    *codes = 0;
    for (size_t i = 0; i < r->unknown_count; i++)
        *codes += r->unknown[i].code[0] != 0;
    *elements = r->unknown_count - *codes;
}

static void short_unknown(struct output *o, const struct flux_result *r)
{
    size_t elements, codes;
    unknown_counts(r->report, &elements, &codes);
    if (!elements && !codes)
        return;
    fprintf(o->file, "  %s", _("never seen before: "));
    if (elements)
        fprintf(o->file, ngettext("%zu element", "%zu elements", elements), elements);
    fputs(elements && codes ? ", " : "", o->file);
    if (codes)
        fprintf(o->file, ngettext("%zu code", "%zu codes", codes), codes);
    if (r->entry.id)
        fprintf(o->file, _(": fluxrsa flux show %u"), (unsigned)r->entry.id);
    fputc('\n', o->file);
}

void report_short(struct output *o, const struct flux_result *r)
{
    struct cause found[FINDING_COUNT];
    char households[64];
    size_t code_width = 0, count_width = 0;
    if (r->verdict == VERDICT_REFUSED || !r->report)
        return;
    size_t n = causes_of(r->report, found), shown = n > SHORT_LINES ? SHORT_LINES : n;
    for (size_t i = 0; i < shown; i++) {
        size_t code = strlen(finding_rule(found[i].code)->name), count = text_width(households_text(found[i].of->households, households));
        code_width = code > code_width ? code : code_width;
        count_width = count > count_width ? count : count_width;
    }
    for (size_t i = 0; i < shown; i++)
        short_line(o, &found[i], code_width, count_width);
    if (n > shown && r->entry.id)
        fprintf(o->file, _("  … and %zu more: fluxrsa flux show %u\n"), n - shown, (unsigned)r->entry.id);
    else if (n > shown)
        fprintf(o->file, _("  … and %zu more: fluxrsa check FILE\n"), n - shown);
    short_unknown(o, r);
}

static enum err full_causes(struct output *o, const struct cause *found, size_t n)
{
    static const struct column columns[] = {{N_("CODE"), false, false},
                                            {N_("COST"), false, false},
                                            {N_("HOUSEHOLDS"), true, false},
                                            {N_("COUNT"), true, false},
                                            {N_("WHY"), false, true}};
    char households[TEXT_SHORT], count[TEXT_SHORT];
    struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < n; i++) {
        const struct finding_rule *rule = finding_rule(found[i].code);
        const char *cells[] = {rule->name, cost_label(found[i].of->cost), text_number(found[i].of->households, households),
                               text_number(found[i].of->count, count), _(rule->sentence)};
        table_row(t, cells);
    }
    return table_end(t, o, "");
}

static enum err full_unknown(struct output *o, const struct flux_report *r)
{
    static const struct column columns[] = {
        {N_("COUNT"), true, false}, {N_("FIRST LINE"), true, false}, {N_("CODE"), false, false}, {N_("ELEMENT"), false, true}};
    char count[TEXT_SHORT], line[TEXT_SHORT];
    struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < r->unknown_count; i++) {
        const struct flux_unknown *u = &r->unknown[i];
        snprintf(line, sizeof(line), "%u", (unsigned)u->first_line);
        const char *cells[] = {text_number(u->count, count), u->first_line ? line : "", u->code, u->path};
        table_row(t, cells);
    }
    return table_end(t, o, "");
}

enum err report_full(struct output *o, const struct flux_result *r)
{
    struct cause found[FINDING_COUNT];
    size_t n = causes_of(r->report, found);
    enum err e = ERR_OK;
    if (n) {
        fputc('\n', o->file);
        heading(o, _("What was found"));
        e = full_causes(o, found, n);
        if (r->verdict == VERDICT_APPLIED)
            fprintf(o->file, _("in the households that were accepted, one by one: fluxrsa flux findings %u\n"), (unsigned)r->entry.id);
    }
    if (!e && r->report && r->report->unknown_count) {
        fputc('\n', o->file);
        heading(o, _("Never seen before: elements set aside, codes in no list we know"));
        e = full_unknown(o, r->report);
    }
    return e;
}
