#include "flux/base/err.h"

#include <errno.h>
#include <stddef.h>

static const struct {
    const char *text;
    int exit_code;
} rows[ERR_COUNT] = {
    [ERR_OK] = {"done", 0},
#define ERR(name, code, sentence) [ERR_##name] = {sentence, code},
#include "flux/base/err.def"
#undef ERR
};

const struct exit_row exit_rows[] = {
#define EXIT(code, meaning) {code, meaning},
#include "flux/base/exit.def"
#undef EXIT
};
const size_t exit_row_count = sizeof(exit_rows) / sizeof(exit_rows[0]);

const char *err_text(enum err e) { return (size_t)e < ERR_COUNT ? rows[e].text : rows[ERR_BUG].text; }

int err_exit_code(enum err e) { return (size_t)e < ERR_COUNT ? rows[e].exit_code : rows[ERR_BUG].exit_code; }

enum err err_from_errno(int errnum)
{
    switch (errnum) {
    case 0:
        return ERR_OK;
    case ENOMEM:
        return ERR_NOMEM;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return ERR_NOSPACE;
    case EROFS:
        return ERR_READONLY;
    case EMFILE:
    case ENFILE:
        return ERR_FILES;
    case ENOENT:
    case ENOTDIR:
        return ERR_NOFILE;
    case EACCES:
    case EPERM:
        return ERR_PERM;
    case EAGAIN:
    case EBUSY:
    case EINTR:
        return ERR_BUSY;
    default:
        return ERR_IO;
    }
}
