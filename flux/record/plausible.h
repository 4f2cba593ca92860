/* Texts that are what the schema allows and yet not what they say they are. Sources: flux-caf-msa 6 T30, 7.1. */
#ifndef FLUX_RECORD_PLAUSIBLE_H
#define FLUX_RECORD_PLAUSIBLE_H

#include <stdbool.h>
#include <stddef.h>

/* Whether well-formed text looks like UTF-8 that was read as windows-1252 ("Ã©", "â€™"), or lost a character that could not be read. */
bool text_is_mojibake(const char *text, size_t len);
/* Whether well-formed, trimmed text is what a name of a person may be: letters, apostrophes, hyphens, spaces, points, and no stand-in for
 * an unknown name (X, SP, -). The empty text is. */
bool text_is_name(const char *text, size_t len);

#endif
