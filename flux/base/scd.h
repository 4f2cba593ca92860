/* Manual pages for scdoc, in English and French, written by small programs at build time from tables. */
#ifndef FLUX_BASE_SCD_H
#define FLUX_BASE_SCD_H

#include <stdbool.h>
#include <stdio.h>

typedef const char *(*scd_language)(const char *text);

/* The text itself, and its French. */
const char *scd_english(const char *text);
const char *scd_french(const char *text);
/* Takes French from catalogues, the folder that holds fr/LC_MESSAGES/fluxrsa.mo; false when it is not there, or LANGUAGE is not fr. */
bool scd_french_found(const char *catalogues);

/* Text as it is, whatever scdoc makes of its characters. */
void scd_text(FILE *out, const char *text);
/* Same, and the end of the line. */
void scd_line(FILE *out, const char *text);
void scd_heading(FILE *out, const char *text);
/* Ends a program that wrote to standard output: 0, or 74 after a message. */
int scd_finish(const char *program);

#endif
