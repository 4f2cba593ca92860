#include "cli/restore_look.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/apart.h"
#include "cli/store_view.h"
#include "flux/base/wipe.h"
#include "flux/base/wire.h"
#include "flux/intake/act.h"
#include "flux/intake/journal_line.h"

enum { LIVE_MAX = 1 << 26, LOOK_SECONDS = 60 };

/* ---- the store, in the child ---- */

struct looking {
    const struct restore_look *look;
    struct buf *out, lost;
};

static bool put_flux(void *ctx, const struct flux_entry *f, bool undone)
{
    struct buf *b = ctx;
    buf_u32(b, f->id);
    buf_u8(b, undone);
    buf_text(b, f->file);
    buf_put(b, f->archive_sha256, sizeof(f->archive_sha256));
    return b->err == ERR_OK;
}

/* Nobody drains a store that is replaced. */
static enum err save_acts(const struct config *c, struct store *s, struct store_txn *t)
{
    uint8_t key[32];
    bool pending;
    struct journal *j = NULL;
    enum err e = act_pending(s, &pending);
    if (e || !pending)
        return e;
    store_journal_key(s, key);
    e = journal_open(config_text(c, SETTING_instance_journal), key, &j);
    wipe(key, sizeof(key));
    /* One of other keys takes no line of this store. */
    if (e)
        return e == ERR_CORRUPT && !journal_is_of(c, s) ? ERR_OK : ERR_JOURNAL;
    e = act_copy(t, j, (int64_t)time(NULL));
    journal_close(j);
    return e;
}

static enum err describe(struct looking *l, struct store_txn *t)
{
    const struct store_serials s = store_serials(t);
    bool same;
    /* Before the backup is opened, so that a fault of its own is known for one. */
    buf_u8(l->out, 1);
    enum err e = backup_differs(l->look->backup, config_text(l->look->config, SETTING_backup_key), t, &same, put_flux, &l->lost);
    buf_u8(l->out, same);
    buf_u64(l->out, s.dossier);
    buf_u64(l->out, s.person);
    buf_u64(l->out, s.outbox);
    buf_u32(l->out, s.flux);
    buf_u32(l->out, s.reject);
    buf_put(l->out, l->lost.data, l->lost.len);
    return e ? e : l->lost.err;
}

static enum err look_at_live(void *ctx, struct buf *out)
{
    struct looking l = {.look = ctx, .out = out};
    struct store *s = NULL;
    struct store_txn *t = NULL;
    apart_patience(LOOK_SECONDS);
    buf_init(&l.lost, LIVE_MAX);
    enum err e = store_open(&l.look->place, false, "restore", NULL, NULL, &s);
    if (!e)
        e = store_read(s, &t);
    if (!e)
        e = save_acts(l.look->config, s, t);
    if (!e)
        e = describe(&l, t);
    store_abort(t);
    store_close(s);
    buf_free(&l.lost);
    return e;
}

/* ---- what it says ---- */

static enum err read_lost(struct wire *w, struct live *live)
{
    size_t cap = 0;
    while (!w->err && wire_left(w)) {
        if (live->lost_count == cap) {
            cap = cap ? 2 * cap : 64;
            struct lost_flux *lost = realloc(live->lost, cap * sizeof(*lost));
            if (!lost)
                return ERR_NOMEM;
            live->lost = lost;
        }
        struct lost_flux *f = &live->lost[live->lost_count++];
        *f = (struct lost_flux){.id = wire_u32(w)};
        f->undone = wire_u8(w);
        struct span file = wire_bytes(w), digest = wire_take(w, sizeof(f->sha256));
        snprintf(f->file, sizeof(f->file), "%.*s", (int)file.len, file.data ? (const char *)file.data : "");
        if (digest.data)
            memcpy(f->sha256, digest.data, sizeof(f->sha256));
        live->again += !f->undone;
    }
    return wire_done(w);
}

static enum err read_live(const struct buf *b, struct live *live)
{
    struct wire w;
    wire_init(&w, b->data, b->len);
    (void)wire_u8(&w);
    live->same = wire_u8(&w);
    live->given = (struct store_serials){.dossier = wire_u64(&w), .person = wire_u64(&w), .outbox = wire_u64(&w)};
    live->given.flux = wire_u32(&w);
    live->given.reject = wire_u32(&w);
    return read_lost(&w, live);
}

/* What says that the store cannot be read, and not that it could not be read just now. */
static bool is_of_store(enum err e)
{
    switch (e) {
    case ERR_STORE:
    case ERR_CORRUPT:
    case ERR_KEY:
    case ERR_IO:
    case ERR_NOFILE:
    case ERR_NOTFOUND:
        return true;
    default:
        return false;
    }
}

static enum err look_at_store(const struct restore_look *l, struct live *out)
{
    struct restore_look look = *l;
    struct buf b;
    buf_init(&b, LIVE_MAX);
    enum err e = apart(look_at_live, &look, &b), wrong = ERR_OK;
    out->readable = !e;
    /* A damaged backup is refused for itself when it is restored. */
    out->fault = is_of_store(e) ? ERR_OK : e;
    out->of_backup = out->fault && b.len > 0;
    if (!e)
        wrong = read_live(&b, out);
    buf_free(&b);
    return wrong;
}

/* ---- the journal ---- */

/* Acts of transactions whose content the backup does not have and no flux brings again. */
static bool is_of_operator(struct span op)
{
    static const char import[] = "import", store[] = "store.";
    return !(op.len == sizeof(import) - 1 && memcmp(op.data, import, op.len) == 0) &&
           !(op.len >= sizeof(store) - 1 && memcmp(op.data, store, sizeof(store) - 1) == 0);
}

/* What went with the same restore before is not in the store that is there. */
static bool is_restore_of(struct span line, struct span op, const struct backup_info *info)
{
    static const char restore[] = "store.restore";
    char detail[128];
    int n = snprintf(detail, sizeof(detail), " transaction=%" PRIu64 " journal_seq=%" PRIu64 " ", info->transaction, info->journal_seq);
    return op.len == sizeof(restore) - 1 && memcmp(op.data, restore, op.len) == 0 && memmem(line.data, line.len, detail, (size_t)n);
}

static void see_line(struct span line, const struct backup_info *info, struct live *out)
{
    struct journal_link link;
    struct span op;
    uint64_t seq;
    if (!journal_line_said(line, &link, &op))
        return;
    if (link.seq == info->journal_seq && memcmp(link.mac, info->journal_mac, sizeof(link.mac)) == 0)
        out->journal_follows = true;
    if (!journal_line_outbox(line, &seq))
        return;
    /* The store that will be there must go on behind the last number. */
    if (seq > out->given.outbox && seq < UINT32_MAX)
        out->given.outbox = seq;
    if (is_restore_of(line, op, info))
        out->acts = 0;
    out->acts += out->journal_follows && link.seq > info->journal_seq && is_of_operator(op);
}

static void look_at_journal(const struct restore_look *l, struct live *out)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    FILE *f = fopen(config_text(l->config, SETTING_instance_journal), "re");
    while (f && (n = getline(&line, &cap, f)) > 0)
        see_line((struct span){(const uint8_t *)line, (size_t)n - (line[n - 1] == '\n')}, l->info, out);
    free(line);
    if (f)
        fclose(f);
}

enum err restore_look(const struct restore_look *l, struct live *out)
{
    *out = (struct live){0};
    enum err e = look_at_store(l, out);
    look_at_journal(l, out);
    return e;
}
