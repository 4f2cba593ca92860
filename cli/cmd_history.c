#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/dossier_arg.h"
#include "cli/history_view.h"
#include "cli/json.h"
#include "cli/record_json.h"
#include "cli/render.h"
#include "cli/text.h"
#include "flux/base/wipe.h"
#include "flux/record/record.h"
#include "flux/record/right.h"

/* A trait that is still said; its value is a copy. */
struct standing {
    struct trait trait;
    json_t *row; /* of h->rows */
};

struct history {
    json_t *rows;
    bool nir, full;
    struct standing *standing;
    size_t count, cap;
    struct traits traits[2];
    struct buf records[2];
    unsigned turn;
    const struct said *said;
    json_t *record; /* what is said now */
    enum err err;
};

static void forget(struct history *h, size_t at)
{
    wipe((void *)h->standing[at].trait.value.data, h->standing[at].trait.value.len);
    free((void *)h->standing[at].trait.value.data);
    memmove(&h->standing[at], &h->standing[at + 1], (--h->count - at) * sizeof(h->standing[0]));
}

static void keep(struct history *h, const struct trait *t, json_t *row)
{
    if (h->count == h->cap) {
        size_t cap = h->cap ? 2 * h->cap : 64;
        struct standing *grown = realloc(h->standing, cap * sizeof(*grown));
        if (!grown) {
            h->err = ERR_NOMEM;
            return;
        }
        h->standing = grown;
        h->cap = cap;
    }
    uint8_t *copy = malloc(t->value.len + 1);
    if (!copy) {
        h->err = ERR_NOMEM;
        return;
    }
    if (t->value.len)
        memcpy(copy, t->value.data, t->value.len);
    h->standing[h->count] = (struct standing){*t, row};
    h->standing[h->count++].trait.value.data = copy;
}

static bool same(const struct trait *a, const struct trait *b)
{
    return trait_same_thing(a, b) && a->value.len == b->value.len &&
           (a->value.len == 0 || memcmp(a->value.data, b->value.data, a->value.len) == 0);
}

static void end_row(struct history *h, const struct trait *t)
{
    for (size_t i = 0; i < h->count; i++)
        if (same(&h->standing[i].trait, t)) {
            put_day(h->standing[i].row, "to", h->said->day);
            forget(h, i);
            return;
        }
}

static json_t *who_json(const struct history *h, uint64_t id)
{
    json_t *object = json_object();
    put_int(object, "id", (int64_t)id);
    for (uint32_t i = 0; i < h->said->person_count; i++) {
        static const char *const leaves[] = {"NOMNAI", "PRENOM", "DTNAI"};
        if (h->said->persons[i] != id)
            continue;
        const json_t *person = json_array_get(json_object_get(h->record, "Personne"), i);
        for (size_t k = 0; k < sizeof(leaves) / sizeof(leaves[0]); k++)
            put_or_null(object, leaves[k], json_at(json_object_get(person, "Identification"), leaves[k]));
    }
    return object;
}

static const char *event(char before, char now)
{
    if (state_reopens(before, now))
        return change_word(CHANGE_REOPENING);
    if (state_ends(before, now))
        return change_word(CHANGE_CLOSING);
    return before && now == '6' ? change_word(CHANGE_REGULARISATION) : NULL;
}

static json_t *row_json(const struct history *h, const struct trait *before, const struct trait *now)
{
    char path[FINDING_PATH_MAX];
    json_t *row = json_object(), *old = before ? trait_json(before, h->nir) : json_null(), *new = trait_json(now, h->nir);
    put_day(row, "from", h->said->day);
    put_null(row, "to");
    put_text(row, "kind", change_word(now->kind));
    schema_path(&schema_vrsb0801, now->node, path, sizeof(path));
    put_text(row, "path", path);
    if (now->of_person)
        put_json(row, "person", who_json(h, now->subject));
    else
        put_null(row, "person");
    if (now->kind == CHANGE_ADDRESS)
        put_int(row, "rank", (int64_t)now->subject);
    else
        put_null(row, "rank");
    put_json(row, "old", old ? old : json_null());
    put_or_null(row, "label", new ? trait_label(now->node, new) : NULL);
    put_json(row, "new", new ? new : json_null());
    put_or_null(row, "event",
                now->kind == CHANGE_STATE ? event(traits_state(&h->traits[1 - h->turn]), traits_state(&h->traits[h->turn])) : NULL);
    put_int(row, "flux", h->said->flux);
    return row;
}

static void take_change(void *ctx, const struct trait *before, const struct trait *now)
{
    struct history *h = ctx;
    enum change_kind kind = now ? now->kind : before->kind;
    if (!h->full && (kind == CHANGE_BENEFIT || kind == CHANGE_OTHER))
        return;
    if (before)
        end_row(h, before);
    if (!now)
        return;
    json_t *row = row_json(h, before, now);
    json_array_append_new(h->rows, row);
    keep(h, now, row);
}

static enum err take_day(void *ctx, const struct said *s)
{
    struct history *h = ctx;
    h->turn = 1 - h->turn;
    struct buf *record = &h->records[h->turn];
    struct traits *now = &h->traits[h->turn];
    buf_reset(record);
    buf_put(record, s->record.data, s->record.len);
    enum err e = record->err;
    if (!e)
        e = traits_read(now, &schema_vrsb0801, (struct span){record->data, record->len}, s->persons, s->person_count);
    if (e)
        return e == ERR_FRAME ? ERR_CORRUPT : e;
    json_decref(h->record);
    h->record = record_json(schema_vrsb0801.household, s->record, h->nir);
    h->said = s;
    if (!h->record)
        return ERR_CORRUPT;
    changes_each(&h->traits[1 - h->turn], now, take_change, h);
    return h->err;
}

static enum err read_history(struct cli *cli, struct instance *i, const struct dossier_arg *a, json_t **ret)
{
    struct history h = {.rows = json_array(), .nir = instance_nir(cli), .full = cli->opt[OPTION_FULL] != NULL};
    buf_init(&h.records[0], RECORD_MAX);
    buf_init(&h.records[1], RECORD_MAX);
    enum err e = dossier_days(i->txn, a->serial, &a->when, take_day, &h);
    while (h.count)
        forget(&h, h.count - 1);
    free(h.standing);
    for (unsigned k = 0; k < 2; k++) {
        traits_free(&h.traits[k]);
        buf_free(&h.records[k]);
    }
    json_decref(h.record);
    *ret = e ? NULL : h.rows;
    if (e)
        json_decref(h.rows);
    return e;
}

/* State and role need no name; the other leaves do. */
static const char *leaf_name(const json_t *row, node_id node)
{
    const char *kind = json_at(row, "kind");
    bool plain = strcmp(kind, change_word(CHANGE_STATE)) == 0 || strcmp(kind, change_word(CHANGE_ROLE)) == 0;
    return plain || schema_vrsb0801.nodes[node].type == TYPE_BLOCK ? "" : schema_vrsb0801.nodes[node].label;
}

static void put_prefix(struct buf *out, const char *text)
{
    if (!text[0])
        return;
    buf_put(out, text, strlen(text));
    buf_put(out, _(":"), strlen(_(":")));
    buf_u8(out, ' ');
}

static void what_text(const json_t *row, struct buf *out)
{
    node_id node = schema_by_path(&schema_vrsb0801, json_at(row, "path"));
    const char *happened = json_at(row, "event");
    buf_reset(out);
    put_prefix(out, happened ? change_label(happened) : "");
    put_prefix(out, node == NODE_NONE ? "" : leaf_name(row, node));
    trait_text(node, json_object_get(row, "new"), out);
}

static void row_text(struct table *t, const json_t *row, struct buf *what)
{
    char from[TEXT_SHORT], to[TEXT_SHORT], kind[KINDS_TEXT_MAX], who[256] = "";
    const json_t *person = json_object_get(row, "person"), *rank = json_object_get(row, "rank");
    const char *end = json_at(row, "to"), *prenom = json_at(person, "PRENOM"), *nomnai = json_at(person, "NOMNAI");
    if (json_is_integer(rank))
        snprintf(kind, sizeof(kind), "%s %02lld", change_label(json_at(row, "kind")), (long long)json_integer_value(rank));
    else
        snprintf(kind, sizeof(kind), "%s", change_label(json_at(row, "kind")));
    if (json_is_object(person))
        snprintf(who, sizeof(who), "%s %s", prenom ? prenom : "", nomnai ? nomnai : "");
    what_text(row, what);
    const char *cells[] = {text_date(json_at(row, "from"), from), end ? text_date(end, to) : "", kind, who,
                           what->err ? NULL : (const char *)what->data};
    table_row(t, cells);
    wipe(who, sizeof(who));
}

static enum err show_history(struct cli *cli, const json_t *rows)
{
    static const struct column columns[] = {{N_("FROM"), false, false},
                                            {N_("UNTIL"), false, false},
                                            {N_("WHAT"), false, false},
                                            {N_("WHO"), false, false},
                                            {N_("VALUE"), false, true}};
    struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    struct buf what;
    size_t i;
    json_t *row;
    buf_init(&what, RECORD_MAX);
    json_array_foreach(rows, i, row) row_text(t, row, &what);
    enum err e = what.err;
    buf_free(&what);
    enum err printed = table_end(t, &cli->out, "");
    return e ? e : printed;
}

int cmd_dossier_history(struct cli *cli)
{
    static const struct dossier_act act = {.op = "dossier.history", .read = read_history, .show = show_history};
    return dossier_command(cli, &act);
}
