/* Standard output: collected in memory that is wiped for commands that show personal data, through a pager on a terminal. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "flux/base/buf.h"

struct output {
    FILE *file;
    struct buf held;
    bool paged, tty, color;
    int width; /* of the terminal; 0 when there is none */
    int height;
};

enum err output_open(struct output *o, bool paged, bool color);
/* Shows what was held. */
enum err output_close(struct output *o);

enum colour { PLAIN, BOLD, GREEN, YELLOW, RED, DIM };
/* Escape sequence, or "" without colour. */
const char *paint(const struct output *o, enum colour c);

#endif
