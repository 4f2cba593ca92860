#include <stdio.h>
#include <string.h>

#include "parsers/engine_state.h"

enum { VERSION_MAX = 16 };

static void pass_over(struct engine *e, struct span name)
{
    find_unknown(e, name);
    e->skip = e->depth;
}

static void refuse_here(struct engine *e, enum finding_code code, const char *detail) { engine_refuse(e, code, e->line, "", detail); }

void flux_start_root(struct engine *e, const struct tag *t)
{
    if (!t->plain || !engine_is_named(e, 0, t->name)) {
        refuse_here(e, F_ROOT, NULL);
        return;
    }
    e->stage = STAGE_ROOT;
    engine_count(e, 0);
}

/* ---- header ---- */

/* Says what the header holds, once it is known that the flux is of our format and that the header is sound. */
static void settle_header(struct engine *e)
{
    if (e->done || e->stage < STAGE_HEADED)
        return;
    e->done = true;
    if (e->pending.finding.code) {
        engine_refuse(e, F_HEADER, e->pending.finding.line, e->pending.finding.path, NULL);
        return;
    }
    if (e->config.header_only) {
        engine_stop(e, ERR_STOPPED);
        return;
    }
    struct msg_header m = {.schema_id = e->schema->id, .header = engine_header(e)};
    snprintf(m.member, sizeof m.member, "%s", e->config.member);
    snprintf(m.encoding, sizeof m.encoding, "%s", e->config.encoding);
    enum err err = e->config.sink->header(e->config.sink->ctx, &m);
    if (err)
        engine_stop(e, err);
}

/* A version is official and public, unless somebody put something else there. */
void flux_version(struct engine *e)
{
    char detail[VERSION_MAX + 1] = "";
    bool plain = e->text_len <= VERSION_MAX;
    for (size_t i = 0; i < e->text_len && plain; i++)
        plain = e->text[i] >= 0x20 && e->text[i] < 0x7f;
    if (plain)
        memcpy(detail, e->text, e->text_len);
    engine_refuse(e, F_VERSION, e->line, "", detail);
}

/* ---- households ---- */

static void start_household(struct engine *e)
{
    e->read++;
    e->elements = 0;
    e->drowned = false;
    e->household_at = e->offset;
    e->household.ordinal = (uint32_t)e->read;
    e->household.line = e->line;
    find_begin_household(e);
    checks_begin(&e->checks, e->schema->household, e->household.line);
    buf_reset(&e->record);
    record_begin(&e->record, e->schema);
}

/* The rest of the household is passed over; what was read of it stays readable. */
void flux_drown(struct engine *e)
{
    if (e->drowned)
        return;
    for (; e->open > 1; e->open--)
        if (engine_top(e)->kept)
            record_leave(&e->record);
    e->leaf = NODE_NONE;
    e->drowned = true;
    find_add(e, D_LIMIT, NODE_NONE, 0, e->line);
}

static void end_household(struct engine *e)
{
    struct msg_household *h = &e->household;
    if (e->record.err == ERR_TOOBIG) {
        find_add(e, D_LIMIT, NODE_NONE, 0, e->line);
        buf_reset(&e->record);
        record_begin(&e->record, e->schema);
    }
    if (e->record.err || e->scratch.err) {
        engine_stop(e, e->record.err ? e->record.err : e->scratch.err);
        return;
    }
    if (!e->rejected)
        check_household(&e->checks);
    checks_wipe(&e->checks);
    if (!e->rejected) {
        e->accepted++;
        explicit_bzero(e->faulty_text, h->faulty_kept * sizeof e->faulty_text[0]);
        h->faulty_kept = 0;
    }
    h->record = (struct span){e->record.data, e->record.len};
    const struct parse_sink *sink = e->config.sink;
    enum err err = e->rejected ? sink->reject(sink->ctx, h) : sink->household(sink->ctx, h);
    if (err)
        engine_stop(e, err);
}

void flux_end_drowned(struct engine *e)
{
    e->drowned = false;
    e->skip = 0;
    end_household(e);
    e->open = 0;
    e->area = AREA_NONE;
}

/* ---- envelope ---- */

static enum area area_of(const struct engine *e, struct span name)
{
    const struct schema *s = e->schema;
    if (engine_is_named(e, s->household, name))
        return AREA_HOUSEHOLD;
    return engine_is_named(e, s->header, name) ? AREA_HEADER : engine_is_named(e, s->trailer, name) ? AREA_TRAILER : AREA_NONE;
}

/* What other flux of the payers repeat; NULL when it is none of it. Source: flux-caf-msa 1.1. */
static const char *foreign(struct span name)
{
    static const char *const names[] = {"InfoDemandeRSA", "InfosCreanceFoyerRSA", "InfosFinancieresFoyerRSA"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strlen(names[i]) == name.len && memcmp(names[i], name.data, name.len) == 0)
            return names[i];
    return NULL;
}

/* Exactly one header, first; exactly one trailer, last. */
static bool in_place(const struct engine *e, enum area area)
{
    return area == AREA_HEADER ? e->stage == STAGE_ROOT : e->stage == STAGE_HEADED;
}

static void start_area(struct engine *e, enum area area, bool foreign_attributes)
{
    node_id block = area == AREA_HEADER ? e->schema->header : area == AREA_TRAILER ? e->schema->trailer : e->schema->household;
    e->area = area;
    engine_count(e, block);
    if (area == AREA_HOUSEHOLD) {
        start_household(e);
    } else {
        buf_reset(&e->record);
        record_begin(&e->record, e->schema);
    }
    tree_open(e, block);
    if (foreign_attributes)
        find_add(e, V_ATTRIBUTE, NODE_NONE, 0, e->line);
}

void flux_start_child(struct engine *e, const struct tag *t)
{
    const char *other = foreign(t->name);
    if (other) {
        refuse_here(e, F_VERSION, other);
        return;
    }
    settle_header(e);
    if (e->stop)
        return;
    enum area area = t->plain ? area_of(e, t->name) : AREA_NONE;
    if (!in_place(e, area))
        refuse_here(e, F_ENVELOPE, NULL);
    else if (area == AREA_NONE)
        pass_over(e, t->name);
    else
        start_area(e, area, t->foreign);
}

static void end_header(struct engine *e)
{
    e->stage = STAGE_HEADED;
    if (e->record.err) {
        engine_stop(e, e->record.err);
        return;
    }
    buf_reset(&e->header);
    buf_put(&e->header, e->record.data, e->record.len);
    if (e->header.err)
        engine_stop(e, e->header.err);
    else
        checks_flux(&e->checks, e->schema, engine_header(e));
}

void flux_end_area(struct engine *e)
{
    if (e->area == AREA_HOUSEHOLD) {
        end_household(e);
    } else if (e->area == AREA_HEADER) {
        end_header(e);
    } else {
        e->stage = STAGE_TRAILED;
        if (e->pending.finding.code)
            engine_refuse(e, F_HEADER, e->pending.finding.line, e->pending.finding.path, NULL);
    }
}

void flux_end_root(struct engine *e)
{
    settle_header(e);
    if (!e->stop && e->stage != STAGE_TRAILED)
        refuse_here(e, F_ENVELOPE, NULL);
    e->stage = STAGE_CLOSED;
}
