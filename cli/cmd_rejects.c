#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/finding_view.h"
#include "cli/instance.h"
#include "cli/json.h"
#include "cli/record_json.h"
#include "cli/render.h"
#include "cli/text.h"

struct listing {
    uint64_t left, count;
    bool all;
    json_t *list;
    struct table *table;
};

static const char *state_name(enum reject_state s) { return s == REJECT_OPEN ? "open" : "resolved"; }

static const char *state_label(enum reject_state s) { return s == REJECT_OPEN ? _("open") : _("resolved"); }

/* Unknown elements are counted with the findings, and are none of them. */
static size_t findings_here(const struct reject *r)
{
    size_t n = 0;
    while (n < FINDINGS_MAX && r->findings[n].code)
        n++;
    return n;
}

/* The one that cost the household; the first of equals. */
static const struct finding *dearest(const struct reject *r)
{
    const struct finding *best = &r->findings[0];
    for (size_t i = 1; i < findings_here(r); i++)
        if (r->findings[i].cost < best->cost)
            best = &r->findings[i];
    return best;
}

static json_t *reject_json(const struct reject *r)
{
    const struct finding *f = dearest(r);
    json_t *object = json_object();
    put_int(object, "id", r->id);
    put_int(object, "flux", r->flux);
    if (r->numdemrsa[0])
        put_text(object, "NUMDEMRSA", r->numdemrsa);
    else
        put_null(object, "NUMDEMRSA");
    finding_json(object, f);
    if (f->line == 0)
        put_int(object, "line", r->line);
    put_text(object, "state", state_name(r->state));
    return object;
}

static void reject_row(struct table *t, const struct reject *r)
{
    const struct finding *f = dearest(r);
    char id[TEXT_SHORT], flux[TEXT_SHORT], line[TEXT_SHORT], more[TEXT_SHORT] = "";
    snprintf(id, sizeof(id), "%u", (unsigned)r->id);
    snprintf(flux, sizeof(flux), "%u", (unsigned)r->flux);
    snprintf(line, sizeof(line), "%u", (unsigned)(f->line ? f->line : r->line));
    if (r->finding_count > 1)
        snprintf(more, sizeof(more), "%u", (unsigned)r->finding_count);
    const char *cells[] = {id,     flux, state_label(r->state), finding_rule(f->code)->name, line, more, _(finding_rule(f->code)->sentence),
                           f->path};
    table_row(t, cells);
}

static bool take_reject(void *ctx, const struct reject *r)
{
    struct listing *l = ctx;
    if (!l->all && r->state != REJECT_OPEN)
        return true;
    if (l->left == 0)
        return false;
    l->left--;
    l->count++;
    if (l->list)
        json_array_append_new(l->list, reject_json(r));
    else
        reject_row(l->table, r);
    return true;
}

static int list(struct cli *cli, struct instance *i, struct listing *l, uint32_t flux)
{
    static const struct column columns[] = {{N_("ID"), true, false},    {N_("FLUX"), true, false}, {N_("STATE"), false, false},
                                            {N_("CODE"), false, false}, {N_("LINE"), true, false}, {N_("FAULTS"), true, false},
                                            {N_("WHY"), false, true},   {N_("WHERE"), false, true}};
    char subject[32] = "", detail[64];
    l->list = cli_json(cli) ? json_array() : NULL;
    l->table = l->list ? NULL : table_new(columns, sizeof(columns) / sizeof(columns[0]));
    enum err e = rejects_each(i->txn, flux, take_reject, l);
    if (flux)
        snprintf(subject, sizeof(subject), "flux:%u", (unsigned)flux);
    snprintf(detail, sizeof(detail), "%llu shown", (unsigned long long)l->count);
    int code = e ? failure(e, NULL) : instance_log(cli, i, "rejects.list", subject, detail);
    if (code) {
        json_decref(l->list);
        table_drop(l->table);
        return code;
    }
    e = l->list ? json_end(l->list, &cli->out) : table_end(l->table, &cli->out, _("no rejected household"));
    if (!l->list && l->count)
        fprintf(cli->out.file, "\n%s\n", _("What to do about one: fluxrsa rejects show ID"));
    return e ? failure(e, NULL) : 0;
}

int cmd_rejects_list(struct cli *cli)
{
    struct instance i;
    struct listing l = {.left = UINT64_MAX, .all = cli->opt[OPTION_ALL] != NULL};
    uint64_t flux = 0;
    if (!cli_number(cli, OPTION_FLUX, 1, UINT32_MAX, &flux) || !cli_number(cli, OPTION_LIMIT, 1, 1000000, &l.left))
        return err_exit_code(ERR_USAGE);
    int code = instance_open(cli, &i);
    if (code)
        return code;
    code = list(cli, &i, &l, (uint32_t)flux);
    instance_close(&i);
    return code;
}

/* A value at fault that is, or may be, a NIR. */
static bool hidden(const struct cli *cli, const struct faulty *f, const json_t *record)
{
    if (instance_nir(cli) || f->node >= schema_vrsb0801.count)
        return false;
    const char *payer = json_at(record, "IdentificationRSA/Organisme/FONORG");
    bool matricule = f->node == VRSB_Organisme_MATRICULE || f->node == VRSB_OrganismeCedant_MATRICULEORGCEDMUT;
    return node_is_nir(&schema_vrsb0801, f->node) || (matricule && !(payer && strcmp(payer, "CAF") == 0));
}

static json_t *faulty_json(const struct cli *cli, const struct msg_household *m, const json_t *record)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < m->faulty_kept && i < FAULTY_MAX; i++) {
        const struct faulty *f = &m->faulty[i];
        json_t *object = json_object();
        struct buf clean;
        buf_init(&clean, 4 * FAULTY_TEXT_MAX);
        text_clean(&clean, (const char *)f->text.data, f->text.len);
        buf_u8(&clean, 0);
        put_text(object, "path", f->path);
        put_text(object, "value", hidden(cli, f, record) ? NIR_MASK : clean.err ? "" : (const char *)clean.data);
        buf_free(&clean);
        json_array_append_new(list, object);
    }
    return list;
}

/* What the sealed body adds: the record that could be read, the texts at fault. */
static enum err add_body(const struct cli *cli, const struct reject *r, json_t *object)
{
    struct msg_household *m = calloc(1, sizeof(*m));
    enum err e = m ? message_read_household((struct span){r->body.data, r->body.len}, m) : ERR_NOMEM;
    if (!e) {
        json_t *record = m->record.len ? record_json(schema_vrsb0801.household, m->record, instance_nir(cli)) : json_object();
        if (!record)
            record = json_object();
        put_json(object, "faulty", faulty_json(cli, m, record));
        put_json(object, "record", record);
    }
    if (m)
        explicit_bzero(m, sizeof(*m));
    free(m);
    return e;
}

static json_t *findings_json(const struct reject *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < findings_here(r); i++) {
        json_t *one = json_object();
        finding_json(one, &r->findings[i]);
        put_text(one, "advice", _(finding_rule(r->findings[i].code)->advice));
        json_array_append_new(list, one);
    }
    return list;
}

static const char *faulty_value(const json_t *list, const char *path)
{
    json_t *one;
    size_t i;
    json_array_foreach(list, i, one)
    {
        const char *here = json_at(one, "path");
        if (here && strcmp(here, path) == 0)
            return json_at(one, "value");
    }
    return NULL;
}

static void show_text(struct output *o, const struct reject *r, const json_t *object)
{
    fprintf(o->file, "%s%s %u%s  %s\n", paint(o, BOLD), _("Reject"), (unsigned)r->id, paint(o, PLAIN), state_label(r->state));
    field(o, "NUMDEMRSA", r->numdemrsa);
    fieldf(o, _("Flux"), _("%u, household number %u, line %u"), (unsigned)r->flux, (unsigned)r->ordinal, (unsigned)r->line);
    if (r->state == REJECT_RESOLVED)
        fieldf(o, _("Resolved by"), _("flux %u, which brought the household right"), (unsigned)r->resolved_by);
    for (size_t i = 0; i < findings_here(r); i++) {
        fputc('\n', o->file);
        finding_text(o, &r->findings[i]);
        field(o, _("Value at fault"), faulty_value(json_object_get(object, "faulty"), r->findings[i].path));
    }
    if (findings_here(r) == FINDINGS_MAX && r->finding_count > FINDINGS_MAX)
        fprintf(o->file, "\n%s\n", _("More faults are not shown: only the first hundred are kept."));
}

static int show_found(struct cli *cli, const struct reject *r)
{
    json_t *object = reject_json(r);
    enum err e = add_body(cli, r, object);
    if (!e && cli_json(cli)) {
        put_json(object, "findings", findings_json(r));
        e = json_end(json_incref(object), &cli->out);
    } else if (!e) {
        show_text(&cli->out, r, object);
    }
    json_decref(object);
    return e ? failure(e == ERR_FRAME ? ERR_CORRUPT : e, NULL) : 0;
}

static int show(struct cli *cli, struct instance *i, uint32_t id)
{
    struct reject *r = calloc(1, sizeof(*r));
    char subject[33], detail[64];
    enum err e = r ? reject_get(i->txn, id, r) : ERR_NOMEM;
    if (!e && r->numdemrsa[0])
        store_pseudonym(i->store, r->numdemrsa, subject);
    else
        snprintf(subject, sizeof(subject), "reject:%u", (unsigned)id);
    snprintf(detail, sizeof(detail), "reject %u, %s", (unsigned)id, e == ERR_OK ? "found" : "not found");
    int code = instance_log(cli, i, "rejects.show", subject, detail);
    if (code == 0 && e == ERR_NOTFOUND) {
        say(_("no reject has the number %u; see fluxrsa rejects list --all"), (unsigned)id);
        code = err_exit_code(e);
    } else if (code == 0) {
        code = e ? failure(e, NULL) : show_found(cli, r);
    }
    if (!e)
        reject_free(r);
    free(r);
    return code;
}

int cmd_rejects_show(struct cli *cli)
{
    return instance_show(cli, show, _("the number of a reject is expected, as in fluxrsa rejects list"));
}
