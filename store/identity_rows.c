#include <stdlib.h>
#include <string.h>

#include "store/identity_rows.h"

#include "flux/base/grow.h"

enum { ROW_MAX = 1 << 24 };

void group_free(struct group *g)
{
    free(g->at);
    *g = (struct group){0};
}

enum err group_add(struct group *g, struct joined j)
{
    struct joined *at = grow(g->at, g->count, &g->cap, sizeof(*at), 4);
    if (!at)
        return ERR_NOMEM;
    g->at = at;
    g->at[g->count++] = j;
    return ERR_OK;
}

enum err group_read(struct store_txn *t, struct span key, struct span value, struct group *out)
{
    struct wire w;
    *out = (struct group){0};
    enum err e = txn_untag(t, TABLE_IDENTITY, key, value, &value);
    if (e)
        return e;
    wire_init(&w, value.data, value.len);
    for (uint64_t n = wire_varint(&w); !e && n > 0 && !w.err; n--) {
        struct joined j = {.person = wire_varint(&w)};
        j.rule = (enum identity_rule)wire_u8(&w);
        j.compared = (unsigned)wire_varint(&w);
        e = j.rule < RULE_COUNT ? group_add(out, j) : ERR_CORRUPT;
    }
    return e ? e : wire_done(&w) ? ERR_CORRUPT : ERR_OK;
}

enum err group_load(struct store_txn *t, uint64_t leader, struct group *out)
{
    struct span value;
    struct key key = key_group(leader);
    *out = (struct group){0};
    enum err e = txn_get(t, TABLE_IDENTITY, key, &value);
    return e ? e : group_read(t, key_span(&key), value, out);
}

static int by_person(const void *a, const void *b)
{
    const struct joined *x = a, *y = b;
    return (x->person > y->person) - (x->person < y->person);
}

/* Nothing is written where nothing changes. */
static enum err put_changed(struct store_txn *t, enum store_table table, struct key key, struct buf *body)
{
    struct span there;
    enum err e = txn_tag(t, table, key, body);
    if (e)
        return e;
    e = txn_get(t, table, key, &there);
    if (e && e != ERR_NOTFOUND)
        return e;
    if (!e && there.len == body->len && memcmp(there.data, body->data, body->len) == 0)
        return ERR_OK;
    return txn_put(t, table, key, buf_span(body));
}

enum err group_put(struct store_txn *t, struct group *g)
{
    struct buf b;
    buf_init(&b, ROW_MAX);
    qsort(g->at, g->count, sizeof *g->at, by_person);
    buf_varint(&b, g->count);
    for (size_t i = 0; i < g->count; i++) {
        buf_varint(&b, g->at[i].person);
        buf_u8(&b, (unsigned)g->at[i].rule);
        buf_varint(&b, g->at[i].compared);
    }
    enum err e = put_changed(t, TABLE_IDENTITY, key_group(g->at[0].person), &b);
    buf_free(&b);
    return e;
}

static enum err delete_if(struct store_txn *t, enum store_table table, struct key key)
{
    enum err e = txn_delete(t, table, key);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

enum err group_forget(struct store_txn *t, uint64_t leader) { return delete_if(t, TABLE_IDENTITY, key_group(leader)); }

enum err review_read(struct store_txn *t, struct span key, struct span value, struct review_entry *out)
{
    struct wire w;
    enum err e = key.len == 16 ? txn_untag(t, TABLE_REVIEW, key, value, &value) : ERR_CORRUPT;
    if (e)
        return e;
    wire_init(&w, value.data, value.len);
    out->reason = (enum review_reason)wire_u8(&w);
    out->compared = (unsigned)wire_varint(&w);
    out->since = wire_u32(&w);
    return wire_done(&w) || out->reason < REVIEW_HOMONYM || out->reason >= REVIEW_COUNT ? ERR_CORRUPT : ERR_OK;
}

enum err review_put(struct store_txn *t, uint64_t a, uint64_t b, const struct review_entry *r)
{
    const struct key keys[] = {key_review(a, b), key_review(b, a)};
    struct buf body;
    enum err e = ERR_OK;
    buf_init(&body, 64);
    for (size_t i = 0; !e && i < 2; i++) {
        buf_reset(&body);
        buf_u8(&body, (unsigned)r->reason);
        buf_varint(&body, r->compared);
        buf_u32(&body, r->since);
        e = put_changed(t, TABLE_REVIEW, keys[i], &body);
    }
    buf_free(&body);
    return e;
}

enum err review_forget(struct store_txn *t, uint64_t a, uint64_t b)
{
    enum err e = delete_if(t, TABLE_REVIEW, key_review(a, b));
    return e ? e : delete_if(t, TABLE_REVIEW, key_review(b, a));
}

enum err review_partners(struct store_txn *t, uint64_t person, struct serials *out)
{
    struct key prefix = key_review_prefix(person);
    struct kv_scan *scan;
    struct span key, value;
    out->count = 0;
    enum err e = kv_scan_open(t->kv, TABLE_REVIEW, key_span(&prefix), (struct span){0}, &scan);
    if (e)
        return e;
    while (!(e = kv_scan_next(scan, &key, &value)))
        if ((e = serials_add(out, key_tail64(key))))
            break;
    kv_scan_close(scan);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

enum err identity_content(struct store_txn *t, const uint8_t numdemrsa[KEY_BLIND], const uint8_t key[KEY_BLIND], uint8_t out[KEY_BLIND])
{
    struct span parts[] = {span_of(numdemrsa, KEY_BLIND), span_of(key, KEY_BLIND)};
    return txn_blind(t, BLIND_PERSON, parts, 2, out);
}

static void take(struct wire *w, uint8_t out[KEY_BLIND])
{
    struct span s = wire_take(w, KEY_BLIND);
    if (s.len)
        memcpy(out, s.data, KEY_BLIND);
}

enum err decision_read(struct store_txn *t, struct span key, struct span value, struct decision *out)
{
    struct wire w;
    memset(out, 0, sizeof *out);
    enum err e = key.len == KEY_MAX ? txn_untag(t, TABLE_DECISION, key, value, &value) : ERR_CORRUPT;
    if (e)
        return e;
    wire_init(&w, value.data, value.len);
    out->kind = (enum decision_kind)wire_u8(&w);
    for (size_t i = 0; i < 2; i++) {
        take(&w, out->sides[i].numdemrsa);
        take(&w, out->sides[i].key);
    }
    out->at = wire_zigzag(&w);
    out->until = wire_zigzag(&w);
    wire_text(&w, out->user, sizeof out->user);
    wire_text(&w, out->reason, sizeof out->reason);
    return wire_done(&w) || (out->kind != DECISION_MERGE && out->kind != DECISION_DISMISS) ? ERR_CORRUPT : ERR_OK;
}

static void put_decision(struct buf *b, const struct decision *d, bool turned)
{
    buf_u8(b, (unsigned)d->kind);
    for (size_t i = 0; i < 2; i++) {
        const struct decision_side *side = &d->sides[turned ? 1 - i : i];
        buf_put(b, side->numdemrsa, KEY_BLIND);
        buf_put(b, side->key, KEY_BLIND);
    }
    buf_zigzag(b, d->at);
    buf_zigzag(b, d->until);
    buf_text(b, d->user);
    buf_text(b, d->reason);
}

enum err decision_keys(struct store_txn *t, const struct decision *d, struct key keys[2])
{
    uint8_t content[2][KEY_BLIND];
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < 2; i++)
        e = identity_content(t, d->sides[i].numdemrsa, d->sides[i].key, content[i]);
    keys[0] = key_decision(content[0], content[1], (uint8_t)d->kind);
    keys[1] = key_decision(content[1], content[0], (uint8_t)d->kind);
    return e;
}

enum err decision_put(struct store_txn *t, const struct decision *d)
{
    struct key keys[2];
    struct buf b;
    enum err e = decision_keys(t, d, keys);
    buf_init(&b, 1024);
    for (size_t i = 0; !e && i < 2; i++) {
        buf_reset(&b);
        put_decision(&b, d, i == 1);
        e = txn_put_tagged(t, TABLE_DECISION, keys[i], &b);
    }
    buf_free(&b);
    return e;
}

enum err decision_forget(struct store_txn *t, const struct decision *d)
{
    struct key keys[2];
    enum err e = decision_keys(t, d, keys);
    for (size_t i = 0; !e && i < 2; i++)
        e = delete_if(t, TABLE_DECISION, keys[i]);
    return e;
}
