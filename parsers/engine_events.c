#include "parsers/engine_state.h"

enum { NAMESPACES_MAX = 8 };

/* ---- names ---- */

void engine_count(struct engine *e, node_id n)
{
    if (e->met[n].count++)
        return;
    e->met[n].line = e->line;
    engine_name(e, (struct span){(const uint8_t *)e->nodes[n].name, e->met[n].name_len});
}

/* ---- tags ---- */

static bool within_limits(struct engine *e, const struct tag *t)
{
    const struct parse_limits *l = e->config.limits;
    bool deep = e->depth > l->depth, many = t->attributes > l->attributes || t->namespaces > NAMESPACES_MAX;
    if (deep || many)
        engine_refuse(e, deep ? F_LIMIT_DEPTH : F_LIMIT_ATTRIBUTES, e->line, "", NULL);
    return !deep && !many;
}

void engine_start(struct engine *e, const struct tag *t)
{
    e->depth++;
    e->elements++;
    e->run = 0;
    e->run_told = false;
    if (!within_limits(e, t))
        return;
    if (e->area == AREA_HOUSEHOLD && engine_beyond(e))
        flux_drown(e);
    if (e->skip || e->drowned || e->leaf != NODE_NONE)
        engine_name(e, t->name);
    if (e->skip || e->drowned || e->stop)
        return;
    if (e->leaf != NODE_NONE)
        tree_child_of_leaf(e);
    else if (e->open)
        tree_start(e, t);
    else if (e->depth == 1)
        flux_start_root(e, t);
    else
        flux_start_child(e, t);
}

static void end_known(struct engine *e)
{
    if (e->leaf != NODE_NONE)
        tree_end_leaf(e);
    else if (e->open)
        tree_end_block(e);
    else
        flux_end_root(e);
}

static void end_skipped(struct engine *e)
{
    if (e->depth != e->skip)
        return;
    e->skip = 0;
    if (e->capture)
        flux_version(e);
    e->capture = false;
}

void engine_end(struct engine *e)
{
    e->run = 0;
    e->run_told = false;
    if (e->drowned && e->depth == 2)
        flux_end_drowned(e);
    else if (e->skip)
        end_skipped(e);
    else if (!e->drowned)
        end_known(e);
    e->depth--;
}

/* ---- text ---- */

static size_t blank_run(struct span text)
{
    static const uint64_t blanks = UINT64_C(1) << ' ' | UINT64_C(1) << '\n' | UINT64_C(1) << '\t' | UINT64_C(1) << '\r';
    size_t i = 0;
    while (i < text.len && text.data[i] <= ' ' && (blanks >> text.data[i] & 1))
        i++;
    return i;
}

bool is_blank(struct span text) { return blank_run(text) == text.len; }

/* A front end cuts a text where it likes: a line is that of a byte, not that of the piece's end. */
static uint32_t line_at(const struct engine *e, struct span text, size_t at)
{
    uint32_t line = e->line;
    for (size_t i = at; i < text.len; i++)
        line -= text.data[i] == '\n';
    return line;
}

/* Takes text into the open leaf; false when it stands between elements, where only white space may be. */
static bool take_text(struct engine *e, struct span text)
{
    bool wanted = engine_takes_text(e);
    size_t *used = wanted ? &e->text_len : &e->run, left = e->config.limits->text_bytes - *used;
    if (text.len > left) {
        engine_refuse(e, F_LIMIT_TEXT, line_at(e, text, left), "", NULL);
        return true;
    }
    if (wanted)
        memcpy(e->room + *used, text.data, text.len);
    *used += text.len;
    return wanted || e->skip || !e->open || e->drowned;
}

void engine_text(struct engine *e, struct span text)
{
    if (!take_text(e, text) && !is_blank(text))
        tree_text(e, line_at(e, text, blank_run(text)));
}

/* libxml2's validator, which is the referee, allows no CDATA section between elements, not even a blank one. */
void engine_cdata(struct engine *e, struct span text)
{
    if (!take_text(e, text))
        tree_text(e, e->line);
}
