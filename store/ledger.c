#include "store/ledger.h"

#include <openssl/evp.h>
#include <string.h>

#include "flux/record/record.h"

/* Format 1 knew no source. */
enum { LEDGER_FORMAT = 2, LEDGER_FORMAT_OLDEST = 1, LEDGER_MAX = 64 << 10, HEADER_MAX = 4096 };

static void put_reason(struct buf *b, const struct flux_reason *r)
{
    buf_varint(b, r->code);
    buf_varint(b, r->line);
    buf_text(b, r->path);
    buf_text(b, r->detail);
}

static void put_totals(struct buf *b, const struct flux_entry *f)
{
    const uint64_t totals[] = {f->read, f->created, f->updated, f->unchanged, f->superseded, f->rejected, f->persons, f->warnings};
    buf_zigzag(b, f->announced);
    for (size_t i = 0; i < sizeof totals / sizeof totals[0]; i++)
        buf_varint(b, totals[i]);
}

static struct order order_of(const struct flux_entry *f)
{
    const struct schema *schema = schema_by_id(f->header.len ? f->header.data[0] : 0);
    return schema ? order_make(schema, f->header, f->member_sha256) : (struct order){{0}};
}

static void put_entry(struct buf *b, const struct flux_entry *f)
{
    struct order order = order_of(f);
    buf_u8(b, LEDGER_FORMAT);
    buf_u8(b, f->status);
    buf_put(b, order.bytes, sizeof order.bytes);
    buf_text(b, f->file);
    buf_text(b, f->member);
    buf_text(b, f->encoding);
    buf_text(b, f->format);
    buf_put(b, f->archive_sha256, sizeof f->archive_sha256);
    buf_put(b, f->member_sha256, sizeof f->member_sha256);
    buf_varint(b, f->archive_bytes);
    buf_varint(b, f->member_bytes);
    buf_u8(b, f->alone);
    buf_bytes(b, f->header.data, f->header.len);
    put_totals(b, f);
    buf_zigzag(b, f->imported_at);
    buf_varint(b, f->duration_ms);
    buf_text(b, f->user);
    buf_text(b, f->force_reason);
    buf_text(b, f->source);
    unsigned reasons = f->reason_count < FLUX_REASONS_MAX ? f->reason_count : FLUX_REASONS_MAX;
    buf_varint(b, reasons);
    for (unsigned i = 0; i < reasons; i++)
        put_reason(b, &f->reasons[i]);
    if (f->status != FLUX_UNDONE)
        return;
    buf_zigzag(b, f->undone_at);
    buf_text(b, f->undone_by);
    buf_text(b, f->undo_reason);
}

static void read_digest(struct wire *w, uint8_t out[32])
{
    struct span s = wire_take(w, 32);
    if (s.len)
        memcpy(out, s.data, 32);
}

static uint32_t read_u32(struct wire *w)
{
    uint64_t v = wire_varint(w);
    if (v > UINT32_MAX)
        w->err = ERR_FRAME;
    return (uint32_t)v;
}

static void read_reason(struct wire *w, struct flux_reason *r)
{
    uint32_t code = read_u32(w);
    r->code = code < FINDING_COUNT ? (enum finding_code)code : FINDING_NONE;
    r->line = read_u32(w);
    wire_text(w, r->path, sizeof r->path);
    wire_text(w, r->detail, sizeof r->detail);
}

static void read_totals(struct wire *w, struct flux_entry *f)
{
    uint64_t *const totals[] = {&f->read, &f->created, &f->updated, &f->unchanged, &f->superseded, &f->rejected, &f->persons, &f->warnings};
    f->announced = wire_zigzag(w);
    for (size_t i = 0; i < sizeof totals / sizeof totals[0]; i++)
        *totals[i] = wire_varint(w);
}

static void read_reasons(struct wire *w, struct flux_entry *f)
{
    f->reason_count = read_u32(w);
    if (f->reason_count > FLUX_REASONS_MAX)
        w->err = ERR_FRAME;
    for (unsigned i = 0; !w->err && i < f->reason_count; i++)
        read_reason(w, &f->reasons[i]);
}

static void read_undo(struct wire *w, struct flux_entry *f)
{
    f->undone_at = wire_zigzag(w);
    wire_text(w, f->undone_by, sizeof f->undone_by);
    wire_text(w, f->undo_reason, sizeof f->undo_reason);
}

/* Its format. */
static unsigned read_head(struct wire *w, enum flux_status *status, struct order *order)
{
    unsigned format = wire_u8(w);
    if (format < LEDGER_FORMAT_OLDEST || format > LEDGER_FORMAT)
        w->err = ERR_FRAME;
    unsigned s = wire_u8(w);
    if (s < FLUX_APPLIED || s > FLUX_UNDONE)
        w->err = ERR_FRAME;
    *status = (enum flux_status)s;
    struct span bytes = wire_take(w, ORDER_SIZE);
    if (bytes.len)
        memcpy(order->bytes, bytes.data, ORDER_SIZE);
    return format;
}

enum err ledger_read_head(struct span value, enum flux_status *status, struct order *order)
{
    struct wire w;
    wire_init(&w, value.data, value.len);
    (void)read_head(&w, status, order);
    return w.err ? ERR_CORRUPT : ERR_OK;
}

static enum err read_entry(uint32_t id, struct span value, struct flux_entry *out)
{
    struct wire w;
    struct order order;
    *out = (struct flux_entry){.id = id};
    wire_init(&w, value.data, value.len);
    unsigned format = read_head(&w, &out->status, &order);
    wire_text(&w, out->file, sizeof out->file);
    wire_text(&w, out->member, sizeof out->member);
    wire_text(&w, out->encoding, sizeof out->encoding);
    wire_text(&w, out->format, sizeof out->format);
    read_digest(&w, out->archive_sha256);
    read_digest(&w, out->member_sha256);
    out->archive_bytes = wire_varint(&w);
    out->member_bytes = wire_varint(&w);
    out->alone = wire_u8(&w) != 0;
    out->header = wire_bytes(&w);
    read_totals(&w, out);
    out->imported_at = wire_zigzag(&w);
    out->duration_ms = read_u32(&w);
    wire_text(&w, out->user, sizeof out->user);
    wire_text(&w, out->force_reason, sizeof out->force_reason);
    if (format >= 2)
        wire_text(&w, out->source, sizeof out->source);
    read_reasons(&w, out);
    if (out->status == FLUX_UNDONE)
        read_undo(&w, out);
    return wire_done(&w) ? ERR_CORRUPT : ERR_OK;
}

static enum err identity_digest(struct span header, uint8_t out[32])
{
    return EVP_Digest(header.data, header.len, out, NULL, EVP_sha256(), NULL) == 1 ? ERR_OK : ERR_NOMEM;
}

bool ledger_is_found_by(const struct flux_entry *f, struct span digest)
{
    uint8_t identity[32];
    if (digest.len != sizeof identity || f->status != FLUX_APPLIED || identity_digest(f->header, identity))
        return false;
    return memcmp(digest.data, f->member_sha256, 32) == 0 || memcmp(digest.data, f->archive_sha256, 32) == 0 ||
           memcmp(digest.data, identity, 32) == 0;
}

static enum err point_at(struct store_txn *t, enum store_table table, const uint8_t digest[32], uint32_t id)
{
    struct key value = key_flux(id);
    return kv_put(t->kv, table, span_of(digest, 32), key_span(&value));
}

static enum err put_finders(struct store_txn *t, const struct flux_entry *f)
{
    uint8_t identity[32];
    enum err e = identity_digest(f->header, identity);
    if (!e)
        e = point_at(t, TABLE_FLUX_IDENTITY, identity, f->id);
    if (!e && (f->alone || !f->member[0]))
        e = point_at(t, TABLE_FLUX_DIGEST, f->archive_sha256, f->id);
    return e ? e : point_at(t, TABLE_FLUX_DIGEST, f->member_sha256, f->id);
}

/* The flux applied last, before f, that this digest finds too: a forced one shares its identity with another. */
static enum err found_before(struct store_txn *t, const struct flux_entry *f, const uint8_t digest[32], uint32_t *id)
{
    enum err e = ERR_OK;
    struct flux_entry other;
    for (*id = f->id; --*id > 0;) {
        e = ledger_get(t, *id, &other);
        if (e == ERR_NOTFOUND)
            continue;
        if (e || ledger_is_found_by(&other, span_of(digest, 32)))
            return e;
    }
    return ERR_OK;
}

static enum err forget_finder(struct store_txn *t, enum store_table table, const struct flux_entry *f, const uint8_t digest[32])
{
    struct span value;
    uint32_t other;
    enum err e = kv_get(t->kv, table, span_of(digest, 32), &value);
    if (e || value.len != 4 || be32(value.data) != f->id)
        return e == ERR_NOTFOUND ? ERR_OK : e;
    e = found_before(t, f, digest, &other);
    if (e)
        return e;
    return other ? point_at(t, table, digest, other) : kv_delete(t->kv, table, span_of(digest, 32));
}

enum err ledger_forget_finders(struct store_txn *t, const struct flux_entry *f)
{
    uint8_t identity[32];
    enum err e = identity_digest(f->header, identity);
    if (!e)
        e = forget_finder(t, TABLE_FLUX_IDENTITY, f, identity);
    if (!e)
        e = forget_finder(t, TABLE_FLUX_DIGEST, f, f->archive_sha256);
    return e ? e : forget_finder(t, TABLE_FLUX_DIGEST, f, f->member_sha256);
}

enum err ledger_write(struct store_txn *t, const struct flux_entry *f)
{
    if (f->header.len > HEADER_MAX)
        return ERR_TOOBIG;
    struct buf b;
    buf_init(&b, LEDGER_MAX);
    put_entry(&b, f);
    enum err e = txn_put_tagged(t, TABLE_FLUX, key_flux(f->id), &b);
    if (!e && f->status == FLUX_APPLIED)
        e = put_finders(t, f);
    buf_free(&b);
    return e;
}

enum err ledger_next_id(struct store_txn *t, uint32_t *id)
{
    if (t->counters.next_flux == UINT32_MAX)
        return ERR_FULL;
    *id = t->counters.next_flux++;
    return ERR_OK;
}

enum err ledger_put(struct store_txn *t, struct flux_entry *f)
{
    if (f->status != FLUX_REFUSED && f->status != FLUX_HELD)
        return ERR_BUG;
    enum err e = ledger_next_id(t, &f->id);
    return e ? e : ledger_write(t, f);
}

enum err ledger_get(struct store_txn *t, uint32_t id, struct flux_entry *out)
{
    struct span value;
    struct key key = key_flux(id);
    enum err e = txn_get(t, TABLE_FLUX, key, &value);
    if (!e)
        e = txn_untag(t, TABLE_FLUX, key_span(&key), value, &value);
    if (!e)
        e = read_entry(id, value, out);
    return e || !t->writable ? e : txn_copy(t, &out->header);
}

static enum err by_digest(struct store_txn *t, enum store_table table, const uint8_t digest[32], struct flux_entry *out)
{
    struct span value;
    enum err e = kv_get(t->kv, table, span_of(digest, 32), &value);
    if (e)
        return e;
    if (value.len != 4)
        return ERR_CORRUPT;
    e = corrupt_if(ledger_get(t, be32(value.data), out), ERR_NOTFOUND);
    return e ? e : ledger_is_found_by(out, span_of(digest, 32)) ? ERR_OK : ERR_CORRUPT;
}

enum err ledger_by_digest(struct store_txn *t, const uint8_t sha256[32], struct flux_entry *out)
{
    return by_digest(t, TABLE_FLUX_DIGEST, sha256, out);
}

enum err ledger_by_identity(struct store_txn *t, struct span header, struct flux_entry *out)
{
    uint8_t identity[32];
    enum err e = identity_digest(header, identity);
    return e ? e : by_digest(t, TABLE_FLUX_IDENTITY, identity, out);
}

enum err ledger_each(struct store_txn *t, bool (*visit)(void *ctx, const struct flux_entry *f), void *ctx)
{
    for (uint32_t id = t->counters.next_flux; id-- > 1;) {
        struct flux_entry f;
        enum err e = ledger_get(t, id, &f);
        if (e == ERR_NOTFOUND)
            continue;
        if (e)
            return e;
        if (!visit(ctx, &f))
            return ERR_OK;
    }
    return ERR_OK;
}
