#include "cli/held_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "cli/text.h"
#include "flux/base/fdio.h"
#include "flux/daemon/reason.h"

enum { RESULT_MAX = 64 << 20 };

struct held_look {
    const struct config *config;
    struct spool spool;
    char wanted[65];
};

/* An archive of several flux is held for any of them. */
static bool says_held(const struct result *r, const char *wanted)
{
    for (size_t i = 0; i < json_array_size(r->list); i++) {
        const json_t *flux = json_array_get(r->list, i);
        const char *sha256 = json_string_value(json_object_get(flux, "sha256")),
                   *status = json_string_value(json_object_get(flux, "status"));
        if (sha256 && status && strcmp(sha256, wanted) == 0 && strcmp(status, "held") == 0)
            return true;
    }
    return false;
}

static bool holds(const struct held_look *l, const char *id)
{
    char path[SPOOL_ID_MAX + sizeof(SPOOL_RESULT) + 1];
    uint8_t *text = NULL;
    size_t len = 0;
    struct result r = {0};
    snprintf(path, sizeof(path), "%s/%s", id, SPOOL_RESULT);
    if (file_read(l->spool.dirs[SPOOL_HELD], path, RESULT_MAX, &text, &len))
        return false;
    result_read((const char *)text, len, &r);
    free(text);
    bool found = says_held(&r, l->wanted);
    result_free(&r);
    return found;
}

static char *command_of(const struct held_look *l, const char *id)
{
    char *text = NULL;
    size_t len = 0;
    struct slip *slip = calloc(1, sizeof(*slip));
    FILE *out = slip && spool_look(&l->spool, SPOOL_HELD, id, slip) == ERR_OK ? open_memstream(&text, &len) : NULL;
    bool given = out && reason_command(out, l->config, SPOOL_HELD, id, slip);
    bool whole = out && fclose(out) == 0;
    free(slip);
    if (given && whole)
        return text;
    free(text);
    return NULL;
}

char *held_command(const struct config *c, const uint8_t sha256[32])
{
    struct held_look l = {.config = c, .spool = {.dirs = {-1, -1, -1, -1}, .lock = -1}};
    struct spool_ids ids = {0};
    char *command = NULL;
    text_hex(sha256, 32, l.wanted);
    l.spool.dirs[SPOOL_HELD] = open(spool_folder(c, SPOOL_HELD), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (l.spool.dirs[SPOOL_HELD] < 0)
        return NULL;
    if (spool_list(&l.spool, SPOOL_HELD, &ids) == ERR_OK)
        for (size_t i = ids.count; i-- > 0 && !command;)
            if (holds(&l, ids.list[i]))
                command = command_of(&l, ids.list[i]);
    spool_ids_free(&ids);
    fd_close(&l.spool.dirs[SPOOL_HELD]);
    return command;
}
