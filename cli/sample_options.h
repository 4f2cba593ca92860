/* What the commands that make flux have in common. */
#ifndef CLI_SAMPLE_OPTIONS_H
#define CLI_SAMPLE_OPTIONS_H

#include "cli/cli.h"
#include "samples/sample.h"

enum { YEAR_FIRST = 2010, YEAR_LAST = 2099 };

/* From what was typed; false after a message. */
bool sample_options_read(const struct cli *cli, struct sample_options *o);
void sample_options_next_month(struct sample_options *o);

#endif
