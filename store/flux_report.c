#include <stdlib.h>
#include <string.h>

#include "store/findings.h"

#include "flux/base/grow.h"

/* Entry of TABLE_FLUX_REPORT: format; causes met, by code; unknown elements and codes; a keyed digest of the place and all that. */
enum { REPORT_FORMAT = 1, REPORT_FIRST = 16, REPORT_MAX = 256 + 64 * FINDING_COUNT + FLUX_UNKNOWN_MAX * (int)sizeof(struct flux_unknown) };

void flux_report_free(struct flux_report *r)
{
    free(r->unknown);
    *r = (struct flux_report){0};
}

enum err flux_report_add(struct flux_report *r, struct flux_unknown **ret)
{
    if (r->unknown_count == FLUX_UNKNOWN_MAX)
        return ERR_TOOBIG;
    struct flux_unknown *unknown = grow(r->unknown, r->unknown_count, &r->unknown_cap, sizeof(*unknown), REPORT_FIRST);
    if (!unknown)
        return ERR_NOMEM;
    r->unknown = unknown;
    *ret = &r->unknown[r->unknown_count++];
    **ret = (struct flux_unknown){0};
    return ERR_OK;
}

static unsigned causes_met(const struct flux_report *r)
{
    unsigned n = 0;
    for (size_t i = 0; i < FINDING_COUNT; i++)
        n += r->causes[i].count > 0;
    return n;
}

static enum err digest(struct store_txn *t, uint32_t flux, struct span body, uint8_t out[KEY_BLIND])
{
    struct key place = place_report(flux);
    const struct span parts[] = {key_span(&place), body};
    return txn_blind(t, BLIND_CONTENT, parts, 2, out);
}

static void put_body(struct buf *b, const struct flux_report *r)
{
    buf_u8(b, REPORT_FORMAT);
    buf_varint(b, causes_met(r));
    for (size_t i = 0; i < FINDING_COUNT; i++) {
        const struct flux_cause *c = &r->causes[i];
        if (!c->count)
            continue;
        buf_varint(b, i);
        buf_u8(b, c->cost);
        buf_varint(b, c->count);
        buf_varint(b, c->households);
    }
    buf_varint(b, r->unknown_count);
    for (size_t i = 0; i < r->unknown_count; i++) {
        const struct flux_unknown *u = &r->unknown[i];
        buf_text(b, u->path);
        buf_text(b, u->code);
        buf_varint(b, u->count);
        buf_varint(b, u->first_line);
    }
}

enum err flux_report_put(struct store_txn *t, uint32_t flux, const struct flux_report *r)
{
    struct buf b;
    uint8_t seal[KEY_BLIND];
    if (!causes_met(r) && !r->unknown_count)
        return ERR_OK;
    buf_init(&b, REPORT_MAX);
    put_body(&b, r);
    enum err e = b.err ? b.err : digest(t, flux, buf_span(&b), seal);
    if (!e)
        buf_put(&b, seal, sizeof seal);
    if (!e)
        e = b.err ? b.err : txn_put(t, TABLE_FLUX_REPORT, key_flux(flux), buf_span(&b));
    buf_free(&b);
    return e;
}

static void read_cause(struct wire *w, struct flux_report *out)
{
    uint64_t code = wire_varint(w);
    unsigned cost = wire_u8(w);
    uint64_t count = wire_varint(w), households = wire_varint(w);
    if (code >= FINDING_COUNT || cost > COST_WARNING || count == 0)
        w->err = ERR_FRAME;
    if (!w->err)
        out->causes[code] = (struct flux_cause){(enum cost)cost, count, households};
}

static void read_unknown(struct wire *w, struct flux_unknown *u)
{
    wire_text(w, u->path, sizeof u->path);
    wire_text(w, u->code, sizeof u->code);
    u->count = wire_varint(w);
    uint64_t line = wire_varint(w);
    if (line > UINT32_MAX)
        w->err = ERR_FRAME;
    u->first_line = (uint32_t)line;
}

static enum err read_body(struct span body, struct flux_report *out)
{
    struct wire w;
    struct flux_unknown *u;
    wire_init(&w, body.data, body.len);
    if (wire_u8(&w) != REPORT_FORMAT)
        return ERR_CORRUPT;
    for (uint64_t n = wire_varint(&w); n > 0 && !w.err; n--)
        read_cause(&w, out);
    for (uint64_t n = wire_varint(&w); n > 0 && !w.err; n--) {
        enum err e = flux_report_add(out, &u);
        if (e)
            return corrupt_if(e, ERR_TOOBIG);
        read_unknown(&w, u);
    }
    return wire_done(&w) ? ERR_CORRUPT : ERR_OK;
}

enum err flux_report_read(struct store_txn *t, struct span key, struct span value, struct flux_report *out)
{
    uint8_t seal[KEY_BLIND];
    if (key.len != 4 || value.len <= KEY_BLIND)
        return ERR_CORRUPT;
    struct span body = span_of(value.data, value.len - KEY_BLIND);
    enum err e = digest(t, be32(key.data), body, seal);
    if (!e && memcmp(seal, value.data + body.len, KEY_BLIND) != 0)
        e = ERR_CORRUPT;
    return e ? e : read_body(body, out);
}

enum err flux_report_get(struct store_txn *t, uint32_t flux, struct flux_report *out)
{
    struct span value;
    struct key key = key_flux(flux);
    *out = (struct flux_report){0};
    enum err e = txn_get(t, TABLE_FLUX_REPORT, key, &value);
    if (!e)
        e = flux_report_read(t, key_span(&key), value, out);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}
