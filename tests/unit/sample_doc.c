#include "tests/unit/sample_doc.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sample_options sample_doc_options(void)
{
    return (struct sample_options){.seed = 20250131, .households = 1500, .departement = "062", .indent = true, .year = 2025, .month = 1};
}

void sample_doc_month(struct sample_options *o, unsigned month_index)
{
    o->month_index = month_index;
    o->year = 2025 + (int)month_index / 12;
    o->month = 1 + (int)month_index % 12;
}

static const char *find(struct span in, const char *what, size_t n) { return memmem(in.data, in.len, what, n); }

static struct span after(struct span in, const char *at)
{
    size_t skipped = (size_t)(at - (const char *)in.data);
    return (struct span){.data = in.data + skipped, .len = in.len - skipped};
}

bool sample_block(struct span xml, const char *name, struct span *content, struct span *next)
{
    char open[64], close[64];
    int n = snprintf(open, sizeof open, "<%s>", name), m = snprintf(close, sizeof close, "</%s>", name);
    const char *at = find(xml, open, (size_t)n);
    if (at == NULL)
        return false;
    struct span rest = after(xml, at + n);
    const char *end = find(rest, close, (size_t)m);
    ck_assert_ptr_nonnull(end);
    *content = (struct span){.data = rest.data, .len = (size_t)(end - (const char *)rest.data)};
    *next = after(rest, end + m);
    return true;
}

bool sample_text(struct span xml, const char *name, char *text, size_t size, struct span *next)
{
    struct span content;
    if (!sample_block(xml, name, &content, next))
        return false;
    ck_assert_uint_lt(content.len, size);
    memcpy(text, content.data, content.len);
    text[content.len] = '\0';
    return true;
}

bool sample_has(struct span xml, const char *name)
{
    struct span content, next;
    return sample_block(xml, name, &content, &next);
}

static int by_number(const void *a, const void *b)
{
    const struct sample_household *x = a, *y = b;
    return strcmp(x->number, y->number);
}

static void cut(struct sample_doc *d, size_t expected)
{
    struct span rest = {.data = (const uint8_t *)d->data, .len = d->len}, next, unused;
    d->households = calloc(expected + 1, sizeof *d->households);
    ck_assert_ptr_nonnull(d->households);
    struct sample_household h;
    while (sample_block(rest, "InfosFoyerRSA", &h.xml, &next)) {
        ck_assert_uint_lt(d->count, expected);
        ck_assert(sample_text(h.xml, "NUMDEMRSA", h.number, sizeof h.number, &unused));
        d->households[d->count++] = h;
        rest = next;
    }
    ck_assert_uint_eq(d->count, expected);
    qsort(d->households, d->count, sizeof *d->households, by_number);
}

void sample_doc_make(const struct sample_options *o, struct sample_doc *d)
{
    uint64_t written;
    *d = (struct sample_doc){0};
    FILE *out = open_memstream(&d->data, &d->len);
    ck_assert_ptr_nonnull(out);
    ck_assert_int_eq(sample_write(o, out, &written), ERR_OK);
    ck_assert_int_eq(fclose(out), 0);
    cut(d, written);
}

void sample_doc_free(struct sample_doc *d)
{
    free(d->households);
    free(d->data);
    *d = (struct sample_doc){0};
}

const struct sample_household *sample_doc_find(const struct sample_doc *d, const char *number)
{
    struct sample_household key;
    (void)snprintf(key.number, sizeof key.number, "%s", number);
    return bsearch(&key, d->households, d->count, sizeof key, by_number);
}

static size_t drop(char *text, size_t len, const char *name)
{
    struct span content, next;
    while (sample_block((struct span){.data = (const uint8_t *)text, .len = len}, name, &content, &next)) {
        char *from = text + (content.data - (const uint8_t *)text) - strlen(name) - 2;
        while (from > text && from[-1] == '\t')
            from--;
        const char *to = (const char *)next.data + (next.len > 0 && next.data[0] == '\n');
        size_t tail = (size_t)(text + len - to);
        memmove(from, to, tail);
        len = (size_t)(from - text) + tail;
    }
    return len;
}

char *sample_without(struct span xml, const char *const *names, size_t *len)
{
    char *copy = malloc(xml.len + 1);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, xml.data, xml.len);
    *len = xml.len;
    for (; *names != NULL; names++)
        *len = drop(copy, *len, *names);
    return copy;
}

bool sample_same_without(struct span a, struct span b, const char *const *names)
{
    size_t n, m;
    char *x = sample_without(a, names, &n), *y = sample_without(b, names, &m);
    bool same = n == m && memcmp(x, y, n) == 0;
    free(x);
    free(y);
    return same;
}
