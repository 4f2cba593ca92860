#include <stdlib.h>
#include <string.h>

#include "flux/base/grow.h"
#include "flux/base/wipe.h"
#include "store/apply.h"

/* Entry of TABLE_REJECT: flux, state, resolved_by; findings as a message without record; wrapped key; sealed message with record and
 * texts at fault; a tag over it all. */
enum { REJECT_HEAD = 4 + 1 + 4 };

enum err reject_entry_read(struct store_txn *t, struct span key, struct span value, struct reject_entry *out)
{
    struct wire w;
    enum err e = txn_untag(t, TABLE_REJECT, key, value, &value);
    if (e)
        return e;
    wire_init(&w, value.data, value.len);
    out->flux = wire_u32(&w);
    unsigned state = wire_u8(&w);
    out->state = state == REJECT_RESOLVED ? REJECT_RESOLVED : REJECT_OPEN;
    out->resolved_by = wire_u32(&w);
    out->message = wire_bytes(&w);
    out->wrapped = wire_take(&w, SEAL_WRAPPED);
    out->sealed = span_of(w.at, wire_left(&w));
    bool known = state == REJECT_OPEN || state == REJECT_RESOLVED;
    return w.err || !known || out->sealed.len < SEAL_OVERHEAD ? ERR_CORRUPT : ERR_OK;
}

static enum err add_open(struct open_rejects *o, struct span key, struct span value)
{
    if (key.len != KEY_BLIND + 4 || value.len != 4)
        return ERR_CORRUPT;
    struct open_reject *at = grow(o->at, o->count, &o->cap, sizeof(*at), 64);
    if (!at)
        return ERR_NOMEM;
    o->at = at;
    struct open_reject *r = &o->at[o->count++];
    *r = (struct open_reject){.id = key_tail32(key), .flux = be32(value.data)};
    memcpy(r->blind, key.data, KEY_BLIND);
    return ERR_OK;
}

enum err rejects_load(struct store_txn *t, struct open_rejects *out)
{
    *out = (struct open_rejects){0};
    struct kv_scan *scan;
    enum err e = kv_scan_open(t->kv, TABLE_REJECT_BY_NUMDEMRSA, (struct span){0}, (struct span){0}, &scan);
    if (e)
        return e;
    struct span key, value;
    while (!(e = kv_scan_next(scan, &key, &value)))
        if ((e = add_open(out, key, value)))
            break;
    kv_scan_close(scan);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

static void put_entry(struct buf *b, uint32_t flux, uint32_t resolved_by, struct span rest)
{
    buf_reset(b);
    buf_u32(b, flux);
    buf_u8(b, resolved_by ? REJECT_RESOLVED : REJECT_OPEN);
    buf_u32(b, resolved_by);
    buf_put(b, rest.data, rest.len);
}

enum err reject_mark(struct store_txn *t, uint32_t id, uint32_t resolved_by, struct buf *scratch)
{
    struct span value;
    struct key key = key_reject(id);
    enum err e = txn_must(t, TABLE_REJECT, key, &value);
    if (!e)
        e = txn_untag(t, TABLE_REJECT, key_span(&key), value, &value);
    if (!e && value.len < REJECT_HEAD)
        e = ERR_CORRUPT;
    if (e)
        return e;
    put_entry(scratch, be32(value.data), resolved_by, span_of(value.data + REJECT_HEAD, value.len - REJECT_HEAD));
    return txn_put_tagged(t, TABLE_REJECT, key, scratch);
}

static enum err resolve(struct store_apply *a, struct open_reject *r)
{
    enum err e = reject_mark(a->t, r->id, a->flux, &a->body);
    if (!e)
        e = corrupt_if(txn_delete(a->t, TABLE_REJECT_BY_NUMDEMRSA, key_reject_by(r->blind, r->id)), ERR_NOTFOUND);
    if (e)
        return e;
    r->resolved = true;
    a->t->counters.rejects_open--;
    return ERR_OK;
}

static size_t first_with(const struct open_rejects *o, const uint8_t blind[KEY_BLIND])
{
    size_t low = 0, high = o->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (memcmp(o->at[mid].blind, blind, KEY_BLIND) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

enum err rejects_resolve(struct store_apply *a, const uint8_t blind[KEY_BLIND])
{
    enum err e = ERR_OK;
    struct open_rejects *o = &a->rejects;
    for (size_t i = first_with(o, blind); !e && i < o->count && memcmp(o->at[i].blind, blind, KEY_BLIND) == 0; i++)
        if (!o->at[i].resolved && order_before(&a->orders, o->at[i].flux, a->flux))
            e = resolve(a, &o->at[i]);
    return e;
}

static bool keeps_faulty(const struct store_apply *a, node_id node)
{
    if (node >= a->schema->count || !keep_has(apply_keep(a), node))
        return false;
    return !(apply_drops_matricule(a) && node == VRSB_Organisme_MATRICULE);
}

static enum err body_make(struct store_apply *a, const struct msg_household *m)
{
    struct msg_household *s = &a->scratch;
    s->ordinal = m->ordinal;
    s->line = m->line;
    s->finding_count = m->finding_count;
    s->findings_kept = s->faulty_kept = 0;
    s->record = (struct span){0};
    for (uint32_t i = 0; i < m->faulty_kept && i < FAULTY_MAX; i++)
        if (keeps_faulty(a, m->faulty[i].node))
            s->faulty[s->faulty_kept++] = m->faulty[i];
    if (m->record.len) {
        enum err e = apply_filter(a, m->record, &s->record);
        if (e)
            return e;
    }
    buf_reset(&a->body);
    message_household(&a->body, s);
    return a->body.err;
}

/* Findings say where, never what: they stay readable for lists. */
static enum err message_make(struct store_apply *a, const struct msg_household *m)
{
    struct msg_household *s = &a->scratch;
    s->faulty_kept = 0;
    s->record = (struct span){0};
    s->findings_kept = m->findings_kept < FINDINGS_MAX ? m->findings_kept : FINDINGS_MAX;
    memcpy(s->findings, m->findings, s->findings_kept * sizeof s->findings[0]);
    buf_reset(&a->message);
    message_household(&a->message, s);
    return a->message.err;
}

static enum err seal_entry(struct store_apply *a, uint32_t id, uint32_t resolved_by, struct buf *out)
{
    struct key place = place_reject(id), key_place = place_reject_key(id);
    struct data_key key;
    put_entry(out, a->flux, resolved_by, (struct span){0});
    buf_bytes(out, a->message.data, a->message.len);
    uint8_t *wrapped = buf_room(out, SEAL_WRAPPED);
    enum err e = wrapped ? seal_new_key(a->t->sealer, key_span(&key_place), &key, wrapped) : out->err;
    uint8_t *sealed = e ? NULL : buf_room(out, a->body.len + SEAL_OVERHEAD);
    if (!e)
        e = sealed ? seal_value(a->t->sealer, &key, key_span(&place), a->body.data, a->body.len, sealed) : out->err;
    wipe(&key, sizeof key);
    return e;
}

/* The later flux that already answered this reject, when it arrived first. */
static enum err answered_by(struct store_apply *a, const uint8_t blind[KEY_BLIND], uint32_t *flux)
{
    uint64_t serial;
    *flux = 0;
    if (!a->later.count)
        return ERR_OK;
    enum err e = index_find(&a->index, blind, &serial);
    if (e)
        return e == ERR_NOTFOUND ? ERR_OK : e;
    return apply_next(a->t, &a->later, serial, flux);
}

enum err reject_put_open(struct store_txn *t, const uint8_t blind[KEY_BLIND], uint32_t id, uint32_t flux)
{
    struct key value = key_flux(flux);
    return txn_put(t, TABLE_REJECT_BY_NUMDEMRSA, key_reject_by(blind, id), key_span(&value));
}

static enum err put_reject(struct store_apply *a, const uint8_t *blind)
{
    uint32_t id = a->t->counters.next_reject, resolved_by = 0;
    if (id == UINT32_MAX)
        return ERR_FULL;
    enum err e = blind ? answered_by(a, blind, &resolved_by) : ERR_OK;
    if (!e)
        e = seal_entry(a, id, resolved_by, &a->filtered);
    if (!e)
        e = txn_put_tagged(a->t, TABLE_REJECT, key_reject(id), &a->filtered);
    if (!e && blind && !resolved_by)
        e = reject_put_open(a->t, blind, id, a->flux);
    if (e)
        return e;
    a->t->counters.next_reject++;
    a->t->counters.rejects_open += !resolved_by;
    return ERR_OK;
}

enum err apply_reject(struct store_apply *a, const struct msg_household *m, const struct facts *facts)
{
    uint8_t blind[KEY_BLIND];
    a->household.facts = facts;
    enum err e = body_make(a, m);
    if (!e)
        e = message_make(a, m);
    if (e)
        return e;
    e = index_numdemrsa(a->t, facts->numdemrsa, blind);
    bool none = e == ERR_NOTFOUND;
    if (!e)
        e = volume_see_reject(a, blind);
    return e && !none ? e : put_reject(a, none ? NULL : blind);
}

void reject_free(struct reject *r)
{
    buf_free(&r->body);
    wipe(r->numdemrsa, sizeof r->numdemrsa);
}

static enum err read_body(struct store_txn *t, uint32_t id, const struct reject_entry *entry, struct buf *body)
{
    struct key place = place_reject(id), key_place = place_reject_key(id);
    struct data_key key;
    enum err e = seal_unwrap(t->sealer, key_span(&key_place), entry->wrapped, &key);
    if (e)
        return e;
    buf_reset(body);
    uint8_t *room = buf_room(body, entry->sealed.len - SEAL_OVERHEAD);
    e = room ? seal_open(t->sealer, &key, key_span(&place), entry->sealed, room) : body->err;
    wipe(&key, sizeof key);
    return e;
}

static void numdemrsa_of(const struct msg_household *m, char out[16])
{
    const struct schema *schema = schema_by_id(m->record.len ? m->record.data[0] : 0);
    struct value v;
    out[0] = 0;
    if (!schema || !record_find(schema->household, m->record.data, m->record.len, VRSB_DemandeRSA_NUMDEMRSA, &v) || v.text.len >= 16)
        return;
    memcpy(out, v.text.data, v.text.len);
    out[v.text.len] = 0;
}

/* scratch: any message, reused. The body of out is ready for use. */
static enum err reject_read(struct store_txn *t, uint32_t id, struct span value, struct msg_household *scratch, struct reject *out)
{
    struct reject_entry entry;
    struct key key = key_reject(id);
    enum err e = reject_entry_read(t, key_span(&key), value, &entry);
    if (!e)
        e = corrupt_if(message_read_household(entry.message, scratch), ERR_FRAME);
    if (e)
        return e;
    out->id = id;
    out->flux = entry.flux;
    out->state = entry.state;
    out->resolved_by = entry.resolved_by;
    out->line = scratch->line;
    out->ordinal = scratch->ordinal;
    out->finding_count = scratch->finding_count;
    memset(out->findings, 0, sizeof out->findings);
    memcpy(out->findings, scratch->findings, scratch->findings_kept * sizeof out->findings[0]);
    e = read_body(t, id, &entry, &out->body);
    if (!e)
        e = corrupt_if(message_read_household(buf_span(&out->body), scratch), ERR_FRAME);
    if (!e)
        numdemrsa_of(scratch, out->numdemrsa);
    return e;
}

enum err reject_get(struct store_txn *t, uint32_t id, struct reject *out)
{
    struct span value;
    *out = (struct reject){0};
    buf_init(&out->body, 2 * RECORD_MAX);
    struct msg_household *scratch = calloc(1, sizeof *scratch);
    enum err e = scratch ? txn_get(t, TABLE_REJECT, key_reject(id), &value) : ERR_NOMEM;
    if (!e)
        e = reject_read(t, id, value, scratch, out);
    if (scratch)
        wipe(scratch, sizeof *scratch);
    free(scratch);
    if (e)
        reject_free(out);
    return e;
}

struct reject_walk {
    struct store_txn *t;
    uint32_t flux;
    bool (*visit)(void *ctx, const struct reject *r);
    void *ctx;
    struct reject reject;
    struct msg_household scratch;
};

static enum err walk(struct reject_walk *w, struct kv_scan *scan)
{
    struct span key, value;
    enum err e;
    while (!(e = kv_scan_next(scan, &key, &value))) {
        if (w->flux && (value.len < 4 || be32(value.data) != w->flux))
            continue;
        if ((e = reject_read(w->t, key_tail32(key), value, &w->scratch, &w->reject)) || !w->visit(w->ctx, &w->reject))
            return e;
    }
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

enum err rejects_each(struct store_txn *t, uint32_t flux, bool (*visit)(void *ctx, const struct reject *r), void *ctx)
{
    struct reject_walk *w = calloc(1, sizeof *w);
    if (!w)
        return ERR_NOMEM;
    w->t = t;
    w->flux = flux;
    w->visit = visit;
    w->ctx = ctx;
    buf_init(&w->reject.body, 2 * RECORD_MAX);
    struct kv_scan *scan;
    enum err e = kv_scan_open(t->kv, TABLE_REJECT, (struct span){0}, (struct span){0}, &scan);
    if (!e) {
        e = walk(w, scan);
        kv_scan_close(scan);
    }
    reject_free(&w->reject);
    wipe(&w->scratch, sizeof w->scratch);
    free(w);
    return e;
}
