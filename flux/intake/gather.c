#include "flux/intake/gather.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flux/base/utf8.h"
#include "flux/record/schema.h"

bool gather_has(const struct msg_household *m, enum finding_code code)
{
    for (uint32_t i = 0; i < m->findings_kept; i++)
        if (m->findings[i].code == code)
            return true;
    return false;
}

void gather_add(struct msg_household *m, enum finding_code code, node_id leaf)
{
    char path[FINDING_PATH_MAX];
    struct finding *f = &m->findings[m->findings_kept < FINDINGS_MAX ? m->findings_kept++ : FINDINGS_MAX - 1];
    schema_path(&schema_vrsb0801, leaf, path, sizeof path);
    int household = (int)strcspn(path, "/");
    *f = (struct finding){.code = code, .cost = finding_rule(code)->cost, .line = m->line};
    snprintf(f->path, sizeof f->path, "%.*s[%u]%s", household, path, (unsigned)m->ordinal, path + household);
    m->finding_count++;
}

void gather_household(struct flux_report *r, const struct msg_household *m)
{
    bool met[FINDING_COUNT] = {false};
    for (uint32_t i = 0; i < m->findings_kept; i++) {
        const struct finding *f = &m->findings[i];
        struct flux_cause *c = &r->causes[f->code];
        c->cost = c->count && c->cost < f->cost ? c->cost : f->cost;
        c->count++;
        c->households += !met[f->code];
        met[f->code] = true;
    }
}

enum err gather_census(struct flux_report *r, const struct msg_census *m)
{
    struct flux_unknown *u;
    bool element = m->node == NODE_NONE;
    if (!element && (!m->path[0] || m->node >= schema_vrsb0801.count))
        return ERR_OK;
    enum err e = flux_report_add(r, &u);
    if (e)
        return e == ERR_TOOBIG ? ERR_FRAME : e;
    u->count = m->count;
    u->first_line = m->first_line;
    if (element)
        memcpy(u->path, m->path, sizeof u->path);
    else {
        schema_path(&schema_vrsb0801, m->node, u->path, sizeof u->path);
        memcpy(u->code, m->path, utf8_cut(m->path, strlen(m->path), sizeof u->code - 1));
    }
    return ERR_OK;
}

static int by_weight(const void *a, const void *b)
{
    const struct flux_unknown *x = a, *y = b;
    bool cx = x->code[0] != 0, cy = y->code[0] != 0;
    if (cx != cy)
        return cx ? 1 : -1;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    int order = strcmp(x->path, y->path);
    return order ? order : strcmp(x->code, y->code);
}

void gather_settle(struct flux_report *r)
{
    if (r->unknown_count)
        qsort(r->unknown, r->unknown_count, sizeof *r->unknown, by_weight);
}
