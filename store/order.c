#include "store/order.h"

#include <stdlib.h>
#include <string.h>

#include "flux/base/grow.h"
#include "flux/record/record.h"
#include "store/ledger.h"

static void put_be32(uint8_t *to, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        to[i] = (uint8_t)(v >> (24 - 8 * i));
}

struct order order_make(const struct schema *schema, struct span header, const uint8_t digest[32])
{
    struct order o = {{0}};
    struct value v;
    /* Days before 1970 come before those after it: the sign bit is turned over. */
    if (record_find(schema->header, header.data, header.len, VRSB_IdentificationFlux_DTCREAFLUX, &v))
        put_be32(o.bytes, (uint32_t)v.number ^ 0x80000000u);
    if (record_find(schema->header, header.data, header.len, VRSB_IdentificationFlux_HEUCREAFLUX, &v))
        put_be32(o.bytes + 4, (uint32_t)v.number);
    if (record_find(schema->header, header.data, header.len, VRSB_IdentificationFlux_TYPEFLUX, &v) && v.text.len)
        o.bytes[8] = v.text.data[0];
    memcpy(o.bytes + ORDER_DIGEST, digest, 32);
    return o;
}

char order_typeflux(const struct order *o) { return (char)o->bytes[8]; }
int64_t order_day(const struct order *o) { return (int32_t)(be32(o->bytes) ^ 0x80000000u); }

enum err orders_add(struct flux_orders *o, uint32_t id, const struct order *order)
{
    struct flux_order *at = grow(o->at, o->count, &o->cap, sizeof(*at), 64);
    if (!at)
        return ERR_NOMEM;
    o->at = at;
    o->at[o->count++] = (struct flux_order){id, *order};
    return ERR_OK;
}

enum err orders_load(struct store_txn *t, struct flux_orders *out)
{
    *out = (struct flux_orders){0};
    struct kv_scan *scan;
    enum err e = kv_scan_open(t->kv, TABLE_FLUX, (struct span){0}, (struct span){0}, &scan);
    if (e)
        return e;
    struct span key, value;
    while (!(e = kv_scan_next(scan, &key, &value))) {
        struct order order;
        enum flux_status status;
        if ((e = ledger_read_head(value, &status, &order)))
            break;
        if (status == FLUX_APPLIED && (e = orders_add(out, key_tail32(key), &order)))
            break;
    }
    kv_scan_close(scan);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

void orders_free(struct flux_orders *o)
{
    free(o->at);
    *o = (struct flux_orders){0};
}

struct order *orders_find(const struct flux_orders *o, uint32_t id)
{
    size_t low = 0, high = o->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (o->at[mid].id == id)
            return &o->at[mid].order;
        if (o->at[mid].id < id)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

bool order_before(const struct flux_orders *o, uint32_t a, uint32_t b)
{
    const struct order *x = orders_find(o, a), *y = orders_find(o, b);
    if (!x || !y)
        return !x && y;
    return memcmp(x->bytes, y->bytes, ORDER_SIZE) < 0;
}
