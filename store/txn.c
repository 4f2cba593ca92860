#include "store/txn.h"

#include <stdlib.h>
#include <string.h>

#include "flux/base/wipe.h"
#include "store/counters.h"
#include "store/identity.h"
#include "store/timeline.h"

struct copy {
    struct copy *next;
    size_t len;
    uint8_t data[];
};

enum err txn_get(struct store_txn *t, enum store_table table, struct key key, struct span *value)
{
    return kv_get(t->kv, table, key_span(&key), value);
}

enum err txn_put(struct store_txn *t, enum store_table table, struct key key, struct span value)
{
    return kv_put(t->kv, table, key_span(&key), value);
}

enum err txn_add(struct store_txn *t, enum store_table table, struct key key, struct span value)
{
    bool there;
    enum err e = kv_add(t->kv, table, key_span(&key), value, &there);
    return e || !there ? e : ERR_CORRUPT;
}

enum err txn_delete(struct store_txn *t, enum store_table table, struct key key) { return kv_delete(t->kv, table, key_span(&key)); }

enum err txn_must(struct store_txn *t, enum store_table table, struct key key, struct span *value)
{
    return corrupt_if(txn_get(t, table, key, value), ERR_NOTFOUND);
}

enum err txn_copy(struct store_txn *t, struct span *s)
{
    struct copy *c = malloc(sizeof *c + s->len);
    if (!c)
        return ERR_NOMEM;
    c->next = t->copies;
    c->len = s->len;
    if (s->len)
        memcpy(c->data, s->data, s->len);
    t->copies = c;
    s->data = c->data;
    return ERR_OK;
}

enum err txn_blind(struct store_txn *t, enum blind_use use, const struct span *parts, size_t count, uint8_t out[KEY_BLIND])
{
    uint8_t full[BLIND_SIZE];
    enum err e = seal_blind(t->sealer, use, parts, count, full);
    memcpy(out, full, KEY_BLIND);
    return e;
}

static enum err tag_of(struct store_txn *t, enum store_table table, struct span key, struct span body, uint8_t out[KEY_BLIND])
{
    const uint8_t place[] = {'t', 'a', 'g', (uint8_t)table};
    const struct span parts[] = {span_of(place, sizeof place), key, body};
    return txn_blind(t, BLIND_CONTENT, parts, 3, out);
}

enum err txn_tag(struct store_txn *t, enum store_table table, struct key key, struct buf *body)
{
    uint8_t bytes[KEY_BLIND];
    enum err e = body->err ? body->err : tag_of(t, table, key_span(&key), buf_span(body), bytes);
    if (!e)
        buf_put(body, bytes, sizeof bytes);
    return e ? e : body->err;
}

enum err txn_put_tagged(struct store_txn *t, enum store_table table, struct key key, struct buf *body)
{
    enum err e = txn_tag(t, table, key, body);
    return e ? e : txn_put(t, table, key, buf_span(body));
}

enum err txn_untag(struct store_txn *t, enum store_table table, struct span key, struct span value, struct span *body)
{
    uint8_t bytes[KEY_BLIND];
    if (value.len < KEY_BLIND)
        return ERR_CORRUPT;
    *body = span_of(value.data, value.len - KEY_BLIND);
    enum err e = tag_of(t, table, key, *body, bytes);
    return e ? e : memcmp(bytes, value.data + body->len, KEY_BLIND) == 0 ? ERR_OK : ERR_CORRUPT;
}

static void txn_free(struct store_txn *t)
{
    while (t->copies) {
        struct copy *c = t->copies;
        t->copies = c->next;
        wipe(c->data, c->len);
        free(c);
    }
    timeline_free(t->timeline);
    touched_free(t->touched);
    free(t);
}

static enum err begin(struct store *s, bool writable, struct store_txn **ret)
{
    *ret = NULL;
    struct store_txn *t = calloc(1, sizeof *t);
    if (!t)
        return ERR_NOMEM;
    t->store = s;
    t->sealer = s->sealer;
    t->writable = writable;
    enum err e = writable ? kv_write(s->kv, false, &t->kv) : kv_read(s->kv, &t->kv);
    if (!e && (e = counters_load(t)))
        kv_abort(t->kv);
    if (e)
        free(t);
    else
        *ret = t;
    return e;
}

enum err store_read(struct store *s, struct store_txn **ret) { return begin(s, false, ret); }

enum err store_write(struct store *s, struct store_txn **ret)
{
    *ret = NULL;
    return s->writable ? begin(s, true, ret) : ERR_PERM;
}

enum err store_commit(struct store_txn *t)
{
    enum err e = t->writable ? counters_save(t) : ERR_BUG;
    if (e)
        kv_abort(t->kv);
    else
        e = kv_commit(t->kv);
    txn_free(t);
    return e;
}

void store_abort(struct store_txn *t)
{
    if (!t)
        return;
    kv_abort(t->kv);
    txn_free(t);
}
