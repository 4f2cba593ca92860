#include "flux/daemon/queue.h"

#include <stdlib.h>
#include <string.h>

#include "flux/base/grow.h"

enum { FIRST_ROOM = 16, TRIES_IN_PLACE = 3 };

enum err queue_add(struct queue *q, const struct waiting *w)
{
    struct waiting *list = grow(q->list, q->count, &q->room, sizeof(*list), FIRST_ROOM);
    if (!list)
        return ERR_NOMEM;
    q->list = list;
    q->list[q->count++] = *w;
    return ERR_OK;
}

struct waiting *queue_find(const struct queue *q, const char *id)
{
    for (size_t i = 0; i < q->count; i++)
        if (strcmp(q->list[i].id, id) == 0)
            return &q->list[i];
    return NULL;
}

void queue_free(struct queue *q)
{
    free(q->list);
    *q = (struct queue){0};
}

void queue_remove(struct queue *q, const char *id)
{
    struct waiting *w = queue_find(q, id);
    if (w)
        *w = q->list[--q->count];
    /* What a large backlog took is given back with its last one. */
    if (!q->count)
        queue_free(q);
}

void queue_failed(struct queue *q, const char *id)
{
    struct waiting *w = queue_find(q, id);
    if (w)
        w->tries++;
}

void queue_try_again(struct queue *q)
{
    for (size_t i = 0; i < q->count; i++)
        q->list[i].tries = 0;
}

/* What fails the machine may be this very file: too large for what is left, or on a bad sector of the disk. */
static bool passed_over(const struct waiting *w) { return w->tries >= TRIES_IN_PLACE; }

int queue_compare(const struct waiting *a, const struct waiting *b)
{
    if (a->deaths != b->deaths)
        return a->deaths < b->deaths ? -1 : 1;
    if (passed_over(a) != passed_over(b))
        return passed_over(b) ? -1 : 1;
    bool readable = a->order[0] != '\0';
    if (readable != (b->order[0] != '\0'))
        return readable ? -1 : 1;
    int by_header = strcmp(a->order, b->order);
    return by_header ? by_header : strcmp(a->id, b->id);
}

const struct waiting *queue_next(const struct queue *q, int64_t now, int64_t *until)
{
    const struct waiting *best = NULL;
    *until = INT64_MAX;
    for (size_t i = 0; i < q->count; i++) {
        const struct waiting *w = &q->list[i];
        if (w->ready_at > now)
            *until = w->ready_at < *until ? w->ready_at : *until;
        else if (!best || queue_compare(w, best) < 0)
            best = w;
    }
    return best;
}

size_t queue_unpeeked(const struct queue *q, const struct waiting **list, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < q->count && n < max; i++) {
        const struct waiting *w = &q->list[i];
        if (w->peeked || (w->alone && n))
            continue;
        list[n++] = w;
        if (w->alone)
            break;
    }
    return n;
}
