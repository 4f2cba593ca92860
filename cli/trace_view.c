#include "cli/trace_view.h"

#include <stdlib.h>
#include <string.h>

#include "cli/dossier_arg.h"
#include "cli/flux_view.h"
#include "cli/history_view.h"
#include "cli/json.h"
#include "cli/render.h"
#include "cli/text.h"
#include "flux/record/right.h"

void trace_free(struct trace *t)
{
    traits_free(&t->before);
    traits_free(&t->now);
}

/* The members of a person are one: the first. */
static uint64_t person_of(const struct trace *t) { return t->member_count ? t->members[0] : 0; }

static json_t *line_json(const struct trace *t, const struct night *n, const char *verdict)
{
    struct header_view v;
    json_t *object = json_object();
    header_view(n->flux->header, &v);
    put_text(object, "verdict", verdict);
    put_text(object, "NUMDEMRSA", t->numdemrsa);
    put_int(object, "flux", n->flux->id);
    put_or_null(object, "TYPEFLUX", v.typeflux);
    put_or_null(object, "DTREF", v.dtref);
    put_or_null(object, "DTCREAFLUX", v.dtcreaflux);
    put_or_null(object, "HEUCREAFLUX", v.heucreaflux);
    put_int(object, "imported_at", n->flux->imported_at);
    put_or_null(object, "file", n->flux->file);
    put_or_null(object, "member", n->flux->member);
    return object;
}

static void put_line(json_t *object, uint32_t line)
{
    if (line)
        put_int(object, "line", line);
    else
        put_null(object, "line");
}

struct paths {
    json_t *list;
    uint64_t person;
};

static void take_path(void *ctx, const struct trait *before, const struct trait *now)
{
    const struct paths *p = ctx;
    const struct trait *any = now ? now : before;
    char path[FINDING_PATH_MAX];
    size_t i;
    json_t *there;
    if (any->kind != CHANGE_OTHER || (p->person && any->of_person && any->subject != p->person))
        return;
    schema_path(&schema_vrsb0801, any->node, path, sizeof(path));
    json_array_foreach(p->list, i, there) if (strcmp(json_string_value(there), path) == 0) return;
    json_array_append_new(p->list, json_string(path));
}

/* Official paths of fields that belong to no other kind; none of whom came or left. */
static json_t *fields_json(const struct trace *t, change_set kinds, bool nir)
{
    struct paths p = {json_array(), person_of(t)};
    const struct trait changed = {.kind = CHANGE_OTHER, .node = VRSB_Identification_NIR};
    if (kinds & change_bit(CHANGE_OTHER))
        changes_each(&t->before, &t->now, take_path, &p);
    if (nir)
        take_path(&p, NULL, &changed);
    return p.list;
}

/* A NIR that is not kept changes too. */
static bool nir_changed(const struct trace *t, const struct night *n)
{
    bool changed = !t->member_count && n->nir_changed_count;
    for (uint32_t i = 0; i < n->nir_changed_count; i++)
        for (size_t k = 0; k < t->member_count; k++)
            changed |= n->nir_changed[i] == t->members[k];
    return changed;
}

static bool is_member(const struct trace *t, uint64_t person)
{
    for (size_t i = 0; i < t->member_count; i++)
        if (t->members[i] == person)
            return true;
    return false;
}

static bool names(const struct trace *t, const struct said *s, uint32_t *index)
{
    for (uint32_t i = 0; i < s->person_count; i++)
        if (is_member(t, s->persons[i])) {
            *index = i;
            return true;
        }
    return false;
}

/* Of the household and of this person; those of the others are theirs. */
static bool concerns(const struct finding *f, bool one, uint32_t index)
{
    char own[32];
    const char *at = strstr(f->path, "Personne[");
    snprintf(own, sizeof(own), "Personne[%u]", (unsigned)index + 1);
    return !one || !at || strncmp(at, own, strlen(own)) == 0;
}

static json_t *codes_json(const struct finding *findings, uint32_t count, bool one, uint32_t index)
{
    json_t *list = json_array(), *there;
    for (uint32_t k = 0; k < count; k++) {
        const char *code = finding_rule(findings[k].code)->name;
        size_t i;
        bool known = !findings[k].code || !concerns(&findings[k], one, index);
        json_array_foreach(list, i, there) known |= strcmp(json_string_value(there), code) == 0;
        if (!known)
            json_array_append_new(list, json_string(code));
    }
    return list;
}

/* A flux says first what it brings, then how it stands to what is known. */
static const char *verdict_of(const struct night *n, change_set kinds, bool person, bool arrives, bool leaves)
{
    if (n->late)
        return "superseded";
    if (n->first)
        return "created";
    if (person && (arrives || leaves))
        return arrives ? "arrived" : "departed";
    return n->changed && (!person || kinds) ? "updated" : "unchanged";
}

static enum err take_said(const struct trace *t, const struct said *s, struct traits *out)
{
    uint64_t *ids = calloc(s->person_count + 1, sizeof(*ids));
    if (!ids)
        return ERR_NOMEM;
    for (uint32_t i = 0; i < s->person_count; i++)
        ids[i] = is_member(t, s->persons[i]) ? person_of(t) : s->persons[i];
    enum err e = traits_read(out, &schema_vrsb0801, s->record, ids, s->person_count);
    free(ids);
    return e == ERR_FRAME ? ERR_CORRUPT : e;
}

static enum err take_carried(struct trace *t, const struct night *n)
{
    uint32_t index = 0;
    bool was_named = t->named;
    t->named = !t->member_count || names(t, &n->now, &index);
    enum err e = take_said(t, &n->now, &t->now);
    if (!e)
        e = take_said(t, &n->before, &t->before);
    if (e)
        return e;
    t->state = traits_state(&t->now);
    t->carried_to = json_array_size(t->lines);
    if (!t->named && !was_named)
        return ERR_OK;
    bool nir = t->named && nir_changed(t, n);
    change_set kinds = n->first || !n->changed ? 0 : changes_between(&t->before, &t->now, person_of(t));
    kinds |= nir ? change_bit(CHANGE_IDENTITY) : 0;
    json_t *object = line_json(t, n, verdict_of(n, kinds, t->member_count > 0, !was_named, !t->named));
    put_line(object, n->now.line);
    put_bool(object, "late", n->late);
    put_json(object, "kinds", kinds_json(kinds));
    put_json(object, "fields", fields_json(t, kinds, nir));
    put_null(object, "reject");
    put_json(object, "findings",
             n->findings ? codes_json(n->findings->findings, n->findings->findings_kept, t->member_count > 0, index) : json_array());
    json_array_append_new(t->lines, object);
    t->carried_to = json_array_size(t->lines);
    return ERR_OK;
}

static void take_other(struct trace *t, const struct night *n, const char *verdict)
{
    json_t *object = line_json(t, n, verdict);
    const struct reject *r = n->reject;
    put_line(object, r ? r->line : 0);
    put_bool(object, "late", false);
    put_json(object, "kinds", json_array());
    put_json(object, "fields", json_array());
    if (r) {
        json_t *reject = json_object();
        put_int(reject, "id", r->id);
        put_text(reject, "code", finding_rule(r->findings[0].code)->name);
        put_text(reject, "state", r->state == REJECT_OPEN ? "open" : "resolved");
        put_json(object, "reject", reject);
    } else {
        put_null(object, "reject");
    }
    uint32_t kept = !r ? 0 : r->finding_count < FINDINGS_MAX ? r->finding_count : FINDINGS_MAX;
    put_json(object, "findings", r ? codes_json(r->findings, kept, false, 0) : json_array());
    json_array_append_new(t->lines, object);
}

static enum err take_night(void *ctx, const struct night *n)
{
    static const char *const verdicts[] = {
        [NIGHT_CARRIED] = "", [NIGHT_REJECTED] = "rejected", [NIGHT_ABSENT] = "absent", [NIGHT_UNDONE] = "undone"};
    struct trace *t = ctx;
    if (n->kind == NIGHT_CARRIED)
        return take_carried(t, n);
    /* What befalls the household of a person who has left, or was not there yet, is not theirs. */
    if (t->named || n->kind == NIGHT_REJECTED || n->kind == NIGHT_UNDONE)
        take_other(t, n, verdicts[n->kind]);
    return ERR_OK;
}

/* A right that is closed is sent no more: only what is missing of an open one is worth a line. */
static void drop_normal_absence(struct trace *t)
{
    for (size_t i = json_array_size(t->lines); i-- > t->carried_to;)
        if (!state_is_open(t->state) && strcmp(json_at(json_array_get(t->lines, i), "verdict"), "absent") == 0)
            json_array_remove(t->lines, i);
}

enum err trace_dossier(struct store_txn *t, uint64_t serial, struct trace *out)
{
    out->named = false;
    out->state = '\0';
    out->carried_to = json_array_size(out->lines);
    enum err e = dossier_nights(t, serial, out->numdemrsa, take_night, out);
    if (!e)
        drop_normal_absence(out);
    return e;
}

static const char *night_label(const char *verdict)
{
    static const char *const labels[][2] = {{"created", N_("created")},     {"updated", N_("changed")},
                                            {"unchanged", N_("unchanged")}, {"superseded", N_("older image, placed in history")},
                                            {"arrived", N_("came")},        {"departed", N_("left")},
                                            {"rejected", N_("rejected")},   {"absent", N_("absent from the monthly flux")},
                                            {"undone", N_("flux undone")}};
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
        if (strcmp(labels[i][0], verdict) == 0)
            return _(labels[i][1]);
    return verdict;
}

static void put_codes(char *out, size_t size, const json_t *codes)
{
    size_t i;
    json_t *code;
    out[0] = '\0';
    json_array_foreach(codes, i, code)
    {
        size_t len = strlen(out);
        snprintf(out + len, size - len, "%s%s", i ? ", " : "", json_string_value(code));
    }
}

static void line_row(struct table *t, const json_t *line)
{
    char day[TEXT_SHORT], flux[TEXT_SHORT], at[TEXT_SHORT] = "", kinds[KINDS_TEXT_MAX], what[KINDS_TEXT_MAX + 128], codes[512];
    const char *type = json_at(line, "TYPEFLUX"), *created = json_at(line, "DTCREAFLUX"), *member = json_at(line, "member");
    const json_t *number = json_object_get(line, "line");
    snprintf(flux, sizeof(flux), "%lld", (long long)json_integer_value(json_object_get(line, "flux")));
    if (json_is_integer(number))
        snprintf(at, sizeof(at), "%lld", (long long)json_integer_value(number));
    kinds_text(json_object_get(line, "kinds"), kinds);
    snprintf(what, sizeof(what), "%s%s%s", night_label(json_at(line, "verdict")), kinds[0] ? _(": ") : "", kinds);
    put_codes(codes, sizeof(codes), json_object_get(line, "findings"));
    const char *cells[] = {created ? text_date(created, day) : "",
                           flux,
                           type ? typeflux_label(type) : "",
                           member ? member : json_at(line, "file"),
                           at,
                           what,
                           codes,
                           json_at(line, "NUMDEMRSA")};
    table_row(t, cells);
}

enum err trace_text(struct output *o, const json_t *lines, bool with_dossier)
{
    static const struct column columns[] = {{N_("CREATED"), false, false}, {N_("FLUX"), true, false},  {N_("TYPE"), false, false},
                                            {N_("MEMBER"), false, true},   {N_("LINE"), true, false},  {N_("WHAT IT DID"), false, true},
                                            {N_("FINDINGS"), false, true}, {"NUMDEMRSA", false, false}};
    struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]) - !with_dossier);
    size_t i;
    json_t *line;
    json_array_foreach(lines, i, line) line_row(t, line);
    return table_end(t, o, "");
}
