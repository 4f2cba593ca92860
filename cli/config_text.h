/* A configuration file as text, from the table of settings. */
#ifndef CLI_CONFIG_TEXT_H
#define CLI_CONFIG_TEXT_H

#include <stdio.h>

/* Every setting with its explanation. departement and langue are written when given, the rest stands as comments with its default. */
void config_text_write(FILE *out, const char *departement, const char *langue);

#endif
