#include <stdio.h>
#include <string.h>

#include "flux/base/utf8.h"
#include "parsers/engine_state.h"

static const char lump[] = CENSUS_OTHERS;

/* ---- paths ---- */

static size_t put_step(char *path, size_t len, const struct node *node, uint64_t position)
{
    const char *slash = len ? "/" : "";
    size_t room = FINDING_PATH_MAX - len;
    int n = node->max_occurs > 1 ? snprintf(path + len, room, "%s%s[%llu]", slash, node->name, (unsigned long long)position)
                                 : snprintf(path + len, room, "%s%s", slash, node->name);
    return n < 0 ? len : (size_t)n >= room ? FINDING_PATH_MAX - 1 : len + (size_t)n;
}

/* "InfosFoyerRSA[12]/Personne[2]/Identification/NIR" */
static void make_path(const struct engine *e, node_id child, uint32_t position, char path[FINDING_PATH_MAX])
{
    path[0] = 0;
    size_t len = 0;
    for (unsigned i = 0; i < e->open; i++) {
        const struct node *block = &e->nodes[e->levels[i].block];
        len = put_step(path, len, block, i ? e->levels[i - 1].count[block->number] : e->read);
    }
    if (child != NODE_NONE)
        put_step(path, len, &e->nodes[child], position);
}

static void place_path(const struct engine *e, const struct place *p, char path[FINDING_PATH_MAX])
{
    node_id chain[SCHEMA_DEPTH_MAX];
    size_t depth = 0, len = 0, step = 0;
    for (node_id n = p->node; n != e->schema->household && n != NODE_NONE && depth < SCHEMA_DEPTH_MAX; n = e->nodes[n].parent)
        chain[depth++] = n;
    path[0] = 0;
    len = put_step(path, len, &e->nodes[e->schema->household], e->read);
    while (depth--) {
        const struct node *node = &e->nodes[chain[depth]];
        bool counted = node->max_occurs > 1 && step < PLACE_STEPS;
        len = put_step(path, len, node, counted ? p->at[step] : 0);
        step += counted;
    }
}

/* ---- findings ---- */

void find_begin_household(struct engine *e)
{
    struct msg_household *h = &e->household;
    explicit_bzero(e->faulty_text, h->faulty_kept * sizeof e->faulty_text[0]);
    h->finding_count = h->findings_kept = h->faulty_kept = 0;
    e->rejected = false;
}

/* The last place goes to what costs the household, however late it comes: a reject without its reason helps nobody. */
static struct finding *room_for(struct msg_household *h, enum cost cost)
{
    h->finding_count++;
    if (h->findings_kept < FINDINGS_MAX)
        return &h->findings[h->findings_kept++];
    return cost <= COST_HOUSEHOLD ? &h->findings[FINDINGS_MAX - 1] : NULL;
}

static void add(struct engine *e, enum finding_code code, enum cost cost, const char *path, uint32_t line)
{
    e->rejected |= cost <= COST_HOUSEHOLD;
    struct finding *f = room_for(&e->household, cost);
    if (!f)
        return;
    f->code = code;
    f->cost = cost;
    f->line = line;
    memcpy(f->path, path, FINDING_PATH_MAX);
}

/* What the loss of a key node means: of a person when it stands in a repeated block, of all persons when it is that block, else of the
 * household's own key. */
static enum finding_code key_code(const struct engine *e, node_id n)
{
    if (e->nodes[n].max_occurs > 1)
        return D_NO_PERSON;
    for (node_id up = e->nodes[n].parent; up != e->schema->household && up != NODE_NONE; up = e->nodes[up].parent)
        if (e->nodes[up].max_occurs > 1)
            return D_PERSON_KEY;
    return D_NO_KEY;
}

static void add_envelope(struct engine *e, enum cost cost, const char *path, uint32_t line)
{
    if (cost > COST_FIELD || e->pending.finding.code)
        return;
    e->pending.finding.code = F_HEADER;
    e->pending.finding.cost = finding_rule(F_HEADER)->cost;
    e->pending.finding.line = line;
    memcpy(e->pending.finding.path, path, FINDING_PATH_MAX);
}

void find_add(struct engine *e, enum finding_code code, node_id child, uint32_t position, uint32_t line)
{
    char path[FINDING_PATH_MAX] = "";
    make_path(e, child, position, path);
    node_id n = child == NODE_NONE ? engine_top(e)->block : child;
    enum cost cost = finding_rule(code)->cost;
    if (e->area != AREA_HOUSEHOLD) {
        add_envelope(e, cost, path, line);
        return;
    }
    bool key = cost == COST_FIELD && e->nodes[n].need == NEED_KEY;
    add(e, code, cost == COST_FIELD && !key && !engine_keeps(e, n) ? COST_WARNING : cost, path, line);
    if (key)
        add(e, key_code(e, n), COST_HOUSEHOLD, path, line);
}

void find_told(void *ctx, enum finding_code code, const struct place *place)
{
    struct engine *e = ctx;
    char path[FINDING_PATH_MAX];
    if (e->rejected)
        return;
    place_path(e, place, path);
    add(e, code, finding_rule(code)->cost, path, place->line);
}

void find_empty_key(struct engine *e, node_id leaf)
{
    char path[FINDING_PATH_MAX] = "";
    make_path(e, leaf, engine_top(e)->count[e->nodes[leaf].number], path);
    add(e, key_code(e, leaf), COST_HOUSEHOLD, path, e->leaf_line);
}

void find_faulty(struct engine *e, node_id leaf)
{
    struct msg_household *h = &e->household;
    if (e->area != AREA_HOUSEHOLD || h->faulty_kept == FAULTY_MAX || !engine_keeps(e, leaf))
        return;
    struct faulty *f = &h->faulty[h->faulty_kept];
    char *text = e->faulty_text[h->faulty_kept++];
    f->node = leaf;
    make_path(e, leaf, engine_top(e)->count[e->nodes[leaf].number], f->path);
    size_t len = utf8_cut((const char *)e->text, e->text_len, FAULTY_TEXT_MAX);
    memcpy(text, e->text, len);
    f->text = (struct span){(const uint8_t *)text, len};
}

/* ---- census ---- */

void find_unknown(struct engine *e, struct span as_read)
{
    const char *name = engine_name(e, as_read);
    node_id parent = e->open ? engine_top(e)->block : 0;
    unsigned i = 0;
    while (i < e->unknown_count && (e->unknown[i].name != name || e->unknown[i].parent != parent))
        i++;
    /* The place after the last one is for all other names together. */
    if (i == UNKNOWN_MAX)
        name = NULL;
    else if (i == e->unknown_count)
        e->unknown_count++;
    struct unknown *u = &e->unknown[i];
    if (u->count++ == 0) {
        u->parent = parent;
        u->name = name;
        u->line = e->line;
    }
    if (e->area == AREA_HOUSEHOLD)
        e->household.finding_count++;
}

static struct stray *stray_of(struct engine *e, node_id leaf, struct span code)
{
    char wanted[CENSUS_CODE_MAX + 1] = "";
    struct stray *other = &e->other_strays[leaf];
    if (!census_shows(code))
        return other;
    memcpy(wanted, code.data, code.len);
    unsigned i = 0;
    while (i < e->stray_count && (e->strays[i].leaf != leaf || memcmp(e->strays[i].code, wanted, sizeof wanted) != 0))
        i++;
    if (i == CODES_MAX)
        return other;
    if (i == e->stray_count) {
        e->stray_count++;
        memcpy(e->strays[i].code, wanted, sizeof wanted);
    }
    return &e->strays[i];
}

void find_code(struct engine *e, node_id leaf, struct span encoded)
{
    struct wire w;
    wire_init(&w, encoded.data, encoded.len);
    struct stray *s = stray_of(e, leaf, wire_bytes(&w));
    if (s->count++ == 0) {
        s->leaf = leaf;
        s->line = e->leaf_line;
    }
}

static void unknown_path(const struct engine *e, const struct unknown *u, char path[CENSUS_NAME_MAX])
{
    path[0] = 0;
    if (!u->name) {
        snprintf(path, CENSUS_NAME_MAX, "%s", lump);
        return;
    }
    schema_path(e->schema, u->parent, path, CENSUS_NAME_MAX);
    bool root = u->parent == 0;
    size_t len = root ? 0 : strlen(path), name_len = strlen(u->name);
    if (!root && len + 1 < CENSUS_NAME_MAX)
        path[len++] = '/';
    size_t n = utf8_cut(u->name, name_len, CENSUS_NAME_MAX - 1 - len);
    memcpy(path + len, u->name, n);
    path[len + n] = 0;
}

static enum err send_one(const struct engine *e, node_id node, const struct unknown *u)
{
    struct msg_census m = {.node = node, .count = u->count, .first_line = u->line};
    if (node == NODE_NONE)
        unknown_path(e, u, m.path);
    return e->config.sink->census(e->config.sink->ctx, &m);
}

static enum err send_stray(const struct engine *e, const struct stray *s)
{
    struct msg_census m = {.node = s->leaf, .count = s->count, .first_line = s->line};
    snprintf(m.path, sizeof m.path, "%s", s->code[0] ? s->code : lump);
    return e->config.sink->census(e->config.sink->ctx, &m);
}

static enum err send_strays(const struct engine *e)
{
    enum err err = ERR_OK;
    for (unsigned i = 0; i < e->stray_count && !err; i++)
        err = send_stray(e, &e->strays[i]);
    for (node_id n = 0; n < e->schema->count && !err; n++)
        if (e->other_strays[n].count)
            err = send_stray(e, &e->other_strays[n]);
    return err;
}

enum err find_send_census(struct engine *e)
{
    enum err err = ERR_OK;
    for (node_id n = 0; n < e->schema->count && !err; n++) {
        struct unknown known = {.count = e->met[n].count, .line = e->met[n].line};
        if (known.count)
            err = send_one(e, n, &known);
    }
    for (unsigned i = 0; i <= UNKNOWN_MAX && !err; i++)
        if (e->unknown[i].count)
            err = send_one(e, NODE_NONE, &e->unknown[i]);
    return err ? err : send_strays(e);
}
