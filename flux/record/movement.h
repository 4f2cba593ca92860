/* What happened to a household between two images of it: a decision over two rights. Sources: flux-caf-msa 1.3 point 7, 5.2 to 5.4, 7.2 to
 * 7.4. */
#ifndef FLUX_RECORD_MOVEMENT_H
#define FLUX_RECORD_MOVEMENT_H

#include "flux/record/right.h"

enum movement_kind {
#define MOVEMENT(name, word, meaning) MOVEMENT_##name,
#include "flux/record/movement.def"
#undef MOVEMENT
    MOVEMENT_COUNT
};

struct movement_row {
    const char *word, *meaning; /* meaning: English, a gettext msgid */
};

const struct movement_row *movement_row(enum movement_kind kind);
/* MOVEMENT_COUNT when no kind has this word. */
enum movement_kind movement_by_word(const char *word);

/* One image, with what the ones before it told. */
struct movement_side {
    const struct right *right;
    const uint64_t *persons;             /* who each person of it is: equal ids, one person */
    char state;                          /* of the right, or the last one known where it tells none */
    bool arrival_known, departure_known; /* a mutation of this day was told by an earlier image */
};

struct movement {
    enum movement_kind kind;
    int person;         /* position in the image after; for LEFT of who is not named any more, in the one before; -1: the household */
    bool person_before; /* person is a position in the image before */
    char from_state, to_state;
    struct span from_role, to_role;
    struct span motive;   /* MOTICLORSA */
    struct right_day day; /* when it took place, where the flux tells it */
    bool estimated;       /* day is only that of the flux */
    enum place from, to;  /* MOVE */
};

typedef enum err movement_visit(void *ctx, const struct movement *m);

/* before: NULL for a household that was not known. reference: DTREF of the flux. In the order of the kinds, then of the persons. */
enum err movements_between(const struct movement_side *before, const struct movement_side *after, int64_t reference, movement_visit *visit,
                           void *ctx);

#endif
