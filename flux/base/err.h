/* One space of failures for every layer. Functions return enum err, ERR_OK when done; libraries return, programs report, once. */
#ifndef FLUX_BASE_ERR_H
#define FLUX_BASE_ERR_H

#include <stddef.h>

enum err {
    ERR_OK = 0,
#define ERR(name, exit_code, sentence) ERR_##name,
#include "flux/base/err.def"
#undef ERR
    ERR_COUNT
};

/* Sentence in English, a gettext msgid; never NULL. */
const char *err_text(enum err e);

/* Exit code of a program that ends on this failure: 0 for ERR_OK, else of sysexits.h. */
int err_exit_code(enum err e);

/* The failure that best says what errno means. */
enum err err_from_errno(int errnum);

/* How programs end, by exit code. */
struct exit_row {
    int code;
    const char *meaning; /* English, a gettext msgid */
};
extern const struct exit_row exit_rows[];
extern const size_t exit_row_count;

#endif
