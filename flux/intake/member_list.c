#include <stdlib.h>
#include <string.h>

#include "flux/base/grow.h"
#include "flux/intake/import.h"
#include "flux/record/record.h"

enum { MEMBERS_MAX = 4096, HEADERS_MAX = MEMBERS_MAX * 256 };

enum err member_list_add(struct member_list *l, const struct msg_scanned *m)
{
    if (l->count == MEMBERS_MAX)
        return ERR_TOOBIG;
    struct msg_scanned *members = grow(l->members, l->count, &l->cap, sizeof(*members), 16);
    if (!members)
        return ERR_NOMEM;
    l->members = members;
    if (!l->headers.max)
        buf_init(&l->headers, HEADERS_MAX);
    l->members[l->count] = *m;
    l->members[l->count++].header.data = NULL;
    buf_put(&l->headers, m->header.data, m->header.len);
    return l->headers.err;
}

static int64_t number_of(struct span header, node_id leaf)
{
    struct value v;
    return record_find(schema_vrsb0801.header, header.data, header.len, leaf, &v) ? v.number : INT64_MAX;
}

static int compare_numbers(int64_t a, int64_t b) { return (a > b) - (a < b); }

static int compare_types(struct span a, struct span b)
{
    struct value va, vb;
    const node_id leaf = VRSB_IdentificationFlux_TYPEFLUX;
    if (!record_find(schema_vrsb0801.header, a.data, a.len, leaf, &va) || !record_find(schema_vrsb0801.header, b.data, b.len, leaf, &vb))
        return 0;
    size_t n = va.text.len < vb.text.len ? va.text.len : vb.text.len;
    int c = n ? memcmp(va.text.data, vb.text.data, n) : 0;
    return c ? c : (va.text.len > vb.text.len) - (va.text.len < vb.text.len);
}

static int by_header(const void *a, const void *b)
{
    const struct msg_scanned *x = a, *y = b;
    int c =
        compare_numbers(number_of(x->header, VRSB_IdentificationFlux_DTCREAFLUX), number_of(y->header, VRSB_IdentificationFlux_DTCREAFLUX));
    if (!c)
        c = compare_numbers(number_of(x->header, VRSB_IdentificationFlux_HEUCREAFLUX),
                            number_of(y->header, VRSB_IdentificationFlux_HEUCREAFLUX));
    if (!c)
        c = compare_types(x->header, y->header);
    return c ? c : memcmp(x->sha256, y->sha256, sizeof x->sha256);
}

void member_list_settle(struct member_list *l)
{
    const uint8_t *at = l->headers.data;
    for (size_t i = 0; i < l->count; i++) {
        l->members[i].header.data = at;
        at += l->members[i].header.len;
    }
    if (l->count)
        qsort(l->members, l->count, sizeof *l->members, by_header);
}

void member_list_free(struct member_list *l)
{
    free(l->members);
    buf_free(&l->headers);
    *l = (struct member_list){0};
}
