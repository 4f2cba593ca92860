/* fluxrsa sample generate --faults: a flux with faults, and beside it what must be found in it. */
#ifndef CLI_SAMPLE_FAULTS_H
#define CLI_SAMPLE_FAULTS_H

#include "cli/cli.h"
#include "samples/sample.h"

/* Writes one flux into path, and PATH.expected.json; on standard output when path is NULL, and then nothing beside it. Exit code. */
int sample_with_faults(const struct cli *cli, const struct sample_options *o, const char *path);

#endif
