/* UTF-8, the only encoding inside the program. */
#ifndef FLUX_BASE_UTF8_H
#define FLUX_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Characters in well-formed text. */
size_t utf8_count(const char *text, size_t len);
/* Whether text is well formed: shortest forms, no surrogates, nothing above U+10FFFF. */
bool utf8_valid(const char *text, size_t len);
/* Whether text is printable ASCII: then it is well formed, and as many characters as bytes. */
bool utf8_plain(const char *text, size_t len);
/* Whether text is well formed and holds no control character, neither of ASCII nor of Latin-1. */
bool utf8_printable(const char *text, size_t len);
/* The longest length <= max that does not cut a character. */
size_t utf8_cut(const char *text, size_t len, size_t max);
/* For terminals and logs: each control character, each that turns the direction or breaks the line, and each byte that is not well formed
 * becomes a question mark. The new length, never more. */
size_t utf8_clean(char *text, size_t len);

#endif
