/* The next generation of a store: made beside the one that is there, then put in its place by one rename of the pointer. At any instant the
 * pointer names one whole generation and the keys that open it. Source: design 5. */
#ifndef STORE_REPLACE_H
#define STORE_REPLACE_H

#include "store/generation.h"

struct store_hold {
    struct store_place place; /* its texts belong to the caller of store_hold */
    int store_fd, write_lock_fd;
    bool known;             /* the pointer could be read */
    struct pointer current; /* zeros when not known */
    unsigned next;          /* 0 until one is begun */
    bool pointing;          /* the pointer may name it */
    int next_fd;
};

/* Makes the empty folder of the next generation. */
enum err replace_begin(struct store_hold *h);
/* What was made there, synced, becomes the store. Waits at most patience seconds for who has the store open: ERR_BUSY. ERR_OK is a promise
 * that the pointer names it; after a failure it may. */
enum err replace_publish(struct store_hold *h, uint32_t ring, unsigned patience);
/* Removes whatever the pointer does not name. */
void replace_end(struct store_hold *h);

#endif
