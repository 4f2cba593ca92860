/* A fault of a configuration file as people read it. */
#ifndef FLUX_INTAKE_CONFIG_FAULT_H
#define FLUX_INTAKE_CONFIG_FAULT_H

#include "flux/intake/config.h"

enum { FAULT_SENTENCE_MAX = 512 };

/* What is wrong, translated, with what was probably meant or what is allowed; without file, line and subject. */
const char *config_fault_sentence(const struct config_fault *f, char out[FAULT_SENTENCE_MAX]);

#endif
