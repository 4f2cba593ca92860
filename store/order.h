/* The total order of flux: DTCREAFLUX, HEUCREAFLUX, TYPEFLUX, digest of the member. Source: design 6. */
#ifndef STORE_ORDER_H
#define STORE_ORDER_H

#include "store/txn.h"

enum { ORDER_DIGEST = 9, ORDER_SIZE = ORDER_DIGEST + 32 };

struct order {
    uint8_t bytes[ORDER_SIZE]; /* compared as bytes */
};

/* Every applied flux, by ascending id. */
struct flux_orders {
    struct flux_order {
        uint32_t id;
        struct order order;
    } * at;
    size_t count, cap;
};

/* TYPEFLUX, 0 when unknown; DTCREAFLUX, days since 1970. */
char order_typeflux(const struct order *o);
int64_t order_day(const struct order *o);
/* All zeros when the header is not readable. */
struct order order_make(const struct schema *schema, struct span header, const uint8_t digest[32]);
enum err orders_load(struct store_txn *t, struct flux_orders *out);
void orders_free(struct flux_orders *o);
enum err orders_add(struct flux_orders *o, uint32_t id, const struct order *order); /* id above all others */
/* NULL when the flux was never applied. */
struct order *orders_find(const struct flux_orders *o, uint32_t id);
/* Whether flux a stands before flux b; unknown ones stand first. */
bool order_before(const struct flux_orders *o, uint32_t a, uint32_t b);

#endif
