#include "flux/intake/act.h"

#include <string.h>

enum { ACT_TEXT_MAX = 512, ACT_MAX = 4 * ACT_TEXT_MAX };

enum err act_put(struct store_txn *t, const struct journal_act *act)
{
    struct buf b;
    buf_init(&b, ACT_MAX);
    buf_text(&b, act->op);
    buf_text(&b, act->subject);
    buf_text(&b, act->purpose);
    buf_text(&b, act->detail);
    enum err e = b.err ? b.err : outbox_put(t, (struct span){b.data, b.len});
    buf_free(&b);
    return e;
}

struct drain {
    struct journal *journal;
    int64_t now;
    uint64_t last;
    enum err err;
};

static bool append(void *ctx, uint64_t seq, struct span line)
{
    struct drain *d = ctx;
    char text[4][ACT_TEXT_MAX];
    struct wire w;
    wire_init(&w, line.data, line.len);
    for (size_t i = 0; i < 4; i++)
        wire_text(&w, text[i], sizeof text[i]);
    d->err = wire_done(&w) ? ERR_CORRUPT : ERR_OK;
    const struct journal_act act = {text[0], text[1], text[2], text[3]};
    if (!d->err && journal_append_once(d->journal, &act, d->now, seq))
        d->err = ERR_JOURNAL;
    if (!d->err)
        d->last = seq;
    return d->err == ERR_OK;
}

/* The store remembers how far the journal had come, so that a tail cut off by hand shows. */
static enum err forget(struct store *s, const struct drain *d)
{
    struct store_txn *t = NULL;
    uint64_t seq;
    uint8_t mac[32];
    journal_head(d->journal, &seq, mac);
    enum err e = store_write(s, &t);
    if (!e)
        e = outbox_drained(t, d->last);
    if (!e)
        e = store_put_journal_head(t, seq, mac);
    if (e) {
        store_abort(t);
        return e;
    }
    return store_commit(t);
}

static enum err copy(struct store_txn *t, struct drain *d)
{
    enum err e = outbox_each(t, append, d);
    return e ? e : d->err;
}

enum err act_copy(struct store_txn *t, struct journal *j, int64_t now)
{
    struct drain d = {.journal = j, .now = now};
    return copy(t, &d);
}

enum err act_drain(struct store *s, struct journal *j, int64_t now)
{
    struct store_txn *t = NULL;
    struct drain d = {.journal = j, .now = now};
    enum err e = store_read(s, &t);
    if (!e)
        e = copy(t, &d);
    store_abort(t);
    return e || d.last == 0 ? e : forget(s, &d);
}

static bool see(void *ctx, uint64_t seq, struct span line)
{
    (void)seq;
    (void)line;
    *(bool *)ctx = true;
    return false;
}

enum err act_pending(struct store *s, bool *pending)
{
    struct store_txn *t = NULL;
    *pending = false;
    enum err e = store_read(s, &t);
    if (!e)
        e = outbox_each(t, see, pending);
    store_abort(t);
    return e;
}
