/* Names of the members of an archive. None ever names a file of ours, but what no honest archive holds is refused, and so are two names
 * that some reader takes for one. Sources: security HI-2, HI-4. */
#ifndef PARSERS_MEMBER_NAME_H
#define PARSERS_MEMBER_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flux/base/err.h"
#include "flux/record/message.h"

enum { MEMBER_PATH_MAX = 4096 };

/* Whether a name is a path below the folder where somebody would unpack it, read with either kind of slash. */
bool member_name_is_plain(const char *raw, size_t len, bool folder);
/* A name for messages: what is not printable UTF-8 becomes a question mark. */
void member_name_show(const char *raw, size_t len, char out[MEMBER_NAME_MAX]);

/* The names met in one archive, as a file system would know them that sees neither case nor the composition of accents. */
struct name_set {
    char **folded;
    uint32_t count, cap;
};

/* *twice when the name was there. */
enum err name_set_add(struct name_set *s, const char *raw, size_t len, bool *twice);
void name_set_free(struct name_set *s);

#endif
