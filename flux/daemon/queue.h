/* The arrivals that wait, and which one is next. */
#ifndef FLUX_DAEMON_QUEUE_H
#define FLUX_DAEMON_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flux/base/err.h"
#include "flux/daemon/slip.h"

struct waiting {
    char id[SPOOL_ID_MAX];
    char order[SLIP_ORDER_MAX]; /* of its first flux; "" when no header can be read */
    bool peeked;
    bool alone;       /* a peek at it and others failed: to be peeked by itself */
    unsigned deaths;  /* of its imports */
    unsigned tries;   /* of its imports that the machine failed */
    int64_t ready_at; /* ms */
};

struct queue {
    struct waiting *list; /* in no order */
    size_t count, room;
};

enum err queue_add(struct queue *q, const struct waiting *w);
void queue_remove(struct queue *q, const char *id);
/* NULL when there is none. */
struct waiting *queue_find(const struct queue *q, const char *id);
void queue_free(struct queue *q);

/* The machine failed it once more. */
void queue_failed(struct queue *q, const char *id);
/* Somebody may have mended what failed: each is back in its place. */
void queue_try_again(struct queue *q);

/* Below 0 when a comes first: by deaths, then those that the machine did not fail again and again, then by header, files without one last,
 * then by arrival. */
int queue_compare(const struct waiting *a, const struct waiting *b);
/* The one to import now; NULL when there is none, and *until then says when there will be: INT64_MAX for never. */
const struct waiting *queue_next(const struct queue *q, int64_t now, int64_t *until);
/* Up to max that are to be peeked in one run; returns how many. */
size_t queue_unpeeked(const struct queue *q, const struct waiting **list, size_t max);

#endif
