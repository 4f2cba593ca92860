#include "parsers/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flux/base/wipe.h"
#include "parsers/engine_state.h"

/* ---- ends ---- */

void engine_stop(struct engine *e, enum err err)
{
    if (!e->stop)
        e->err = err;
    e->stop = true;
    libxml_halt(e);
}

void engine_refuse(struct engine *e, enum finding_code code, uint32_t line, const char *path, const char *detail)
{
    if (!e->stop) {
        e->refused = true;
        e->fatal = (struct msg_fatal){.finding = {.code = code, .cost = finding_rule(code)->cost, .line = line}};
        snprintf(e->fatal.finding.path, sizeof e->fatal.finding.path, "%s", path);
        snprintf(e->fatal.detail, sizeof e->fatal.detail, "%s", detail ? detail : "");
    }
    e->stop = true;
    libxml_halt(e);
}

/* ---- bytes ---- */

bool engine_refill(struct engine *e)
{
    if (e->ending)
        return false;
    enum err err = e->then ? ERR_OK : e->config.next(e->config.ctx, &e->input, &e->then);
    if (err)
        engine_stop(e, err);
    e->ending = !err && e->input.len == 0;
    return !err && e->input.len;
}

/* ---- life ---- */

static enum err note_nodes(struct engine *e)
{
    for (node_id n = 0; n < e->schema->count; n++) {
        if (e->nodes[n].number >= SCHEMA_CHILDREN_MAX)
            return ERR_BUG;
        e->met[n].name_len = (uint32_t)strlen(e->nodes[n].name);
        if (n && e->nodes[n].min_occurs)
            e->met[e->nodes[n].parent].required |= 1u << e->nodes[n].number;
    }
    return ERR_OK;
}

enum err engine_new(struct engine **ret, const struct engine_config *config)
{
    struct engine *e = calloc(1, sizeof *e);
    *ret = e;
    if (!e)
        return ERR_NOMEM;
    e->config = *config;
    e->schema = config->schema;
    e->nodes = config->schema->nodes;
    e->watched = checks_watched(config->schema);
    e->checks.tell = find_told;
    e->checks.ctx = e;
    e->leaf = NODE_NONE;
    for (size_t i = 0; i < TOTALS; i++)
        e->totals[i] = -1;
    buf_init(&e->header, RECORD_MAX);
    buf_init(&e->record, RECORD_MAX);
    buf_init(&e->scratch, RECORD_MAX);
    e->room = malloc((size_t)config->limits->text_bytes + 1);
    e->text = e->room;
    e->line = 1;
    enum err err = e->room ? note_nodes(e) : ERR_NOMEM;
    if (!err)
        err = libxml_open(e);
    if (err)
        *ret = engine_free(e);
    return err;
}

struct engine *engine_free(struct engine *e)
{
    if (!e)
        return NULL;
    libxml_close(e);
    buf_free(&e->header);
    buf_free(&e->record);
    buf_free(&e->scratch);
    if (e->room)
        wipe(e->room, e->config.limits->text_bytes);
    free(e->room);
    wipe(e->scan.carry, sizeof e->scan.carry);
    wipe(e->faulty_text, sizeof e->faulty_text);
    checks_wipe(&e->checks);
    free(e);
    return NULL;
}

/* ---- the run ---- */

enum err engine_run(struct engine *e)
{
    libxml_run(e);
    if (!e->stop)
        e->err = find_send_census(e);
    return e->refused ? ERR_BAD : e->err;
}

const struct msg_fatal *engine_fatal(const struct engine *e) { return &e->fatal; }

struct span engine_header(const struct engine *e) { return (struct span){e->header.data, e->header.len}; }

void engine_totals(const struct engine *e, struct msg_end *end)
{
    end->read = e->read;
    end->accepted = e->accepted;
    end->rejected = e->read - e->accepted;
    end->transm = e->totals[0];
    end->transm_ano = e->totals[1];
}
