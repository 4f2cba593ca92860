#include "cli/expected_view.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "cli/flux_view.h"
#include "cli/json.h"
#include "cli/text.h"
#include "flux/base/grow.h"
#include "flux/intake/judge.h"
#include "flux/record/record.h"

enum { DAY_SECONDS = 86400, TICKS_PER_MINUTE = 60 * 10000, LOOK_BACK_DAYS = 400 };

struct receipts {
    struct expected_receipt *list;
    size_t count, cap;
};

struct collecting {
    const struct config *config;
    struct expected_view *view;
    int64_t until; /* the last moment of import that counts */
    struct receipts receipts[SOURCES_MAX][EXPECTED_KINDS];
    enum err err;
};

/* ---- the calendar of the machine ---- */

static void local(void *ctx, int64_t seconds, int64_t *day, int *minute)
{
    struct tm tm = {0};
    time_t t = (time_t)seconds;
    (void)ctx;
    *day = seconds / DAY_SECONDS;
    *minute = 0;
    if (!localtime_r(&t, &tm) || !date_to_days(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, day))
        return;
    *minute = tm.tm_hour * 60 + tm.tm_min;
}

int64_t expected_moment(int64_t day, int minute)
{
    const struct expected_zone zone = {.local = local};
    const struct expected_rules rules = {.daily_by = minute};
    return expected_due(EXPECTED_DAILY, &rules, &zone, day);
}

/* When the folder of the store was made; 0 where the file system does not know. */
static int64_t made_at(const struct config *c)
{
    struct statx st;
    if (statx(AT_FDCWD, config_text(c, SETTING_instance_store), AT_SYMLINK_NOFOLLOW, STATX_BTIME, &st) || !(st.stx_mask & STATX_BTIME))
        return 0;
    return st.stx_btime.tv_sec;
}

/* An instance that was restored is older than its folder. */
static enum err begin_of(struct cli *cli, struct store_txn *t, int64_t now, int64_t *since)
{
    struct flux_entry *first = calloc(1, sizeof(*first));
    int64_t made = made_at(cli->config);
    if (!first)
        return ERR_NOMEM;
    *since = made ? made : now;
    enum err e = ledger_get(t, 1, first);
    if (!e && first->imported_at < *since)
        *since = first->imported_at;
    free(first);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* ---- the ledger ---- */

static bool number_of(struct span header, node_id leaf, int64_t *number)
{
    struct value v;
    bool found = header.len && record_find(schema_vrsb0801.header, header.data, header.len, leaf, &v);
    if (found)
        *number = v.number;
    return found;
}

/* Whether it is daily or monthly, and made on some day: else it is nothing that a calendar expects. */
static bool read_receipt(const struct flux_entry *f, enum expected_kind *kind, struct expected_receipt *r)
{
    struct header_view v;
    int64_t ticks = 0;
    header_view(f->header, &v);
    *r = (struct expected_receipt){.reference = EXPECTED_NO_DAY, .applied = f->status == FLUX_APPLIED};
    *kind = v.typeflux[0] == 'M' ? EXPECTED_MONTHLY : EXPECTED_DAILY;
    if ((v.typeflux[0] != 'M' && v.typeflux[0] != 'I') || !number_of(f->header, VRSB_IdentificationFlux_DTCREAFLUX, &r->created))
        return false;
    number_of(f->header, VRSB_IdentificationFlux_HEUCREAFLUX, &ticks);
    number_of(f->header, VRSB_IdentificationFlux_DTREF, &r->reference);
    r->minute = (int)(ticks / TICKS_PER_MINUTE);
    return true;
}

static bool only_with(const struct config *c, enum emitter_choice emitter, size_t *index)
{
    size_t count = 0;
    for (size_t i = 0; i < c->source_count; i++) {
        if (source_number(&c->sources[i], SOURCE_emitter) != emitter)
            continue;
        *index = i;
        count++;
    }
    return count == 1;
}

/* The source of a flux; false when it may be of several. */
static bool find_source(const struct config *c, const struct flux_entry *f, size_t *index)
{
    const struct config_source *named = f->source[0] ? config_source(c, f->source) : NULL;
    if (named) {
        *index = (size_t)(named - c->sources);
        return true;
    }
    enum emitter_choice emitter = judge_applieme(f->header);
    return only_with(c, emitter, index) || (emitter != EMITTER_ANY && only_with(c, EMITTER_ANY, index));
}

static enum err add_receipt(struct receipts *l, const struct expected_receipt *r)
{
    struct expected_receipt *list = grow(l->list, l->count, &l->cap, sizeof(*list), 64);
    if (!list)
        return ERR_NOMEM;
    l->list = list;
    l->list[l->count++] = *r;
    return ERR_OK;
}

static void keep_last(struct expected_last *last, const struct flux_entry *f)
{
    struct header_view v;
    if (last->flux || f->status != FLUX_APPLIED)
        return;
    header_view(f->header, &v);
    last->flux = f->id;
    last->imported_at = f->imported_at;
    snprintf(last->file, sizeof(last->file), "%s", f->file);
    snprintf(last->member, sizeof(last->member), "%s", f->member);
    snprintf(last->dtcreaflux, sizeof(last->dtcreaflux), "%s", v.dtcreaflux);
    snprintf(last->dtref, sizeof(last->dtref), "%s", v.dtref);
}

static struct expected_rules rules_of(const struct config_source *s)
{
    return (struct expected_rules){.daily_by = (int)source_number(s, SOURCE_daily_by),
                                   .daily_days = (unsigned)source_number(s, SOURCE_daily_days),
                                   .monthly_by = (unsigned)source_number(s, SOURCE_monthly_by)};
}

/* Whether older entries can still say something: of what is expected, the last one. */
static bool is_wanted(const struct collecting *c, int64_t imported_at)
{
    if (imported_at > c->view->now - (int64_t)LOOK_BACK_DAYS * DAY_SECONDS)
        return true;
    for (size_t i = 0; i < c->view->count; i++) {
        const struct expected_source *s = &c->view->sources[i];
        struct expected_rules rules = rules_of(s->source);
        if ((rules.daily_by >= 0 && !s->rows[EXPECTED_DAILY].last.flux) || (rules.monthly_by && !s->rows[EXPECTED_MONTHLY].last.flux))
            return true;
    }
    return false;
}

static bool take(void *ctx, const struct flux_entry *f)
{
    struct collecting *c = ctx;
    struct expected_receipt r;
    enum expected_kind kind;
    size_t index = 0;
    bool counts = f->status != FLUX_UNDONE && f->imported_at <= c->until;
    if (counts && read_receipt(f, &kind, &r) && find_source(c->config, f, &index)) {
        c->err = add_receipt(&c->receipts[index][kind], &r);
        keep_last(&c->view->sources[index].rows[kind].last, f);
    }
    return !c->err && is_wanted(c, f->imported_at);
}

static void judge_all(struct collecting *c)
{
    const struct expected_zone zone = {.local = local};
    struct expected_view *v = c->view;
    for (size_t i = 0; i < v->count; i++) {
        struct expected_rules rules = rules_of(v->sources[i].source);
        for (unsigned k = 0; k < EXPECTED_KINDS; k++) {
            struct expected_row *row = &v->sources[i].rows[k];
            const struct receipts *l = &c->receipts[i][k];
            int64_t age = v->now - row->last.imported_at;
            row->result = expected_judge(k, &rules, &zone, l->list, l->count, v->since, v->now);
            row->age = row->last.flux == 0 ? -1 : age > 0 ? age : 0;
        }
    }
}

static enum err collect(struct cli *cli, struct instance *i, int64_t now, int64_t until, struct expected_view *out)
{
    struct collecting *c = calloc(1, sizeof(*c));
    if (!c)
        return ERR_NOMEM;
    *out = (struct expected_view){.now = now, .count = cli->config->source_count};
    for (size_t n = 0; n < out->count; n++)
        out->sources[n].source = &cli->config->sources[n];
    c->config = cli->config;
    c->view = out;
    c->until = until;
    enum err e = begin_of(cli, i->txn, now, &out->since);
    if (!e)
        e = ledger_each(i->txn, take, c);
    if (!e)
        e = c->err;
    if (!e)
        judge_all(c);
    for (size_t n = 0; n < out->count; n++)
        for (unsigned k = 0; k < EXPECTED_KINDS; k++)
            free(c->receipts[n][k].list);
    free(c);
    return e;
}

enum err expected_collect(struct cli *cli, struct instance *i, int64_t now, struct expected_view *out)
{
    return collect(cli, i, now, INT64_MAX, out);
}

enum err expected_collect_at(struct cli *cli, struct instance *i, int64_t at, struct expected_view *out)
{
    return collect(cli, i, at, at, out);
}

unsigned expected_bad(const struct expected_view *v)
{
    unsigned bad = 0;
    for (size_t i = 0; i < v->count; i++)
        for (unsigned k = 0; k < EXPECTED_KINDS; k++)
            bad += expected_is_bad(v->sources[i].rows[k].result.state);
    return bad;
}

int64_t expected_next(const struct expected_view *v, enum expected_kind *kind)
{
    int64_t next = 0;
    for (size_t i = 0; i < v->count; i++)
        for (unsigned k = 0; k < EXPECTED_KINDS; k++) {
            int64_t one = v->sources[i].rows[k].result.next;
            if (one == 0 || (next && next <= one))
                continue;
            next = one;
            *kind = k;
        }
    return next;
}

/* ---- words ---- */

const char *expected_due_text(enum expected_kind k, int64_t due, char out[TEXT_SHORT])
{
    enum { MINUTE = 60 };
    return text_moment(k == EXPECTED_MONTHLY ? due - MINUTE : due, out);
}

const char *expected_state_label(enum expected_state s)
{
    const char *labels[] = {_("not expected"), _("not yet due"), _("received"), _("received, held"), _("LATE"), _("MISSING")};
    return labels[s];
}

const char *expected_kind_label(enum expected_kind k) { return typeflux_label(k == EXPECTED_MONTHLY ? "M" : "I"); }

static void iso_day(int64_t slot, char out[16])
{
    int year, month, day;
    date_from_days(slot, &year, &month, &day);
    snprintf(out, 16, "%04d-%02d-%02d", year % 10000, month % 100, day % 100);
}

/* A month is called without its day. */
static void iso_slot(enum expected_kind k, int64_t slot, char out[16])
{
    iso_day(slot, out);
    if (k == EXPECTED_MONTHLY)
        out[sizeof("2025-01") - 1] = '\0';
}

const char *expected_slot_text(enum expected_kind k, int64_t slot, char *out, size_t size)
{
    char iso[16], text[TEXT_SHORT];
    iso_day(slot, iso);
    snprintf(out, size, "%s", k == EXPECTED_DAILY ? text_date(iso, text) : text_month(iso, text));
    return out;
}

/* ---- JSON ---- */

static json_t *last_json(const struct expected_last *last)
{
    if (last->flux == 0)
        return json_null();
    json_t *object = json_object();
    put_int(object, "flux", last->flux);
    put_text(object, "file", last->file);
    put_or_null(object, "member", last->member);
    put_or_null(object, "DTCREAFLUX", last->dtcreaflux);
    put_or_null(object, "DTREF", last->dtref);
    put_int(object, "imported_at", last->imported_at);
    return object;
}

static json_t *row_json(enum expected_kind k, const struct expected_row *row)
{
    const struct expected_result *r = &row->result;
    bool ruled = r->state != EXPECTED_NONE;
    char slot[16] = "", missing[16] = "";
    json_t *object = json_object();
    if (ruled)
        iso_slot(k, r->slot, slot);
    if (r->last_missing != EXPECTED_NO_DAY)
        iso_slot(k, r->last_missing, missing);
    put_text(object, "state", expected_state_name(r->state));
    put_or_null(object, "for", slot);
    put_json(object, "due", ruled ? json_integer(r->due) : json_null());
    put_json(object, "next", ruled ? json_integer(r->next) : json_null());
    put_int(object, "missing", r->missing);
    put_or_null(object, "last_missing", missing);
    put_json(object, "last", last_json(&row->last));
    put_json(object, "age_seconds", row->age >= 0 ? json_integer(row->age) : json_null());
    return object;
}

json_t *expected_json(const struct expected_view *v)
{
    json_t *list = json_array();
    for (size_t i = 0; i < v->count; i++) {
        const struct expected_source *s = &v->sources[i];
        json_t *object = json_object();
        put_text(object, "source", s->source->name);
        put_text(object, "emitter", source_text(s->source, SOURCE_emitter));
        put_json(object, "daily", row_json(EXPECTED_DAILY, &s->rows[EXPECTED_DAILY]));
        put_json(object, "monthly", row_json(EXPECTED_MONTHLY, &s->rows[EXPECTED_MONTHLY]));
        json_array_append_new(list, object);
    }
    return list;
}
