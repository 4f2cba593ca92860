#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "flux/base/fdio.h"
#include "flux/daemon/result.h"
#include "flux/daemon/spool.h"

/* The file is what it was when it was settled: who mended it since wants more than the flux that it held. */
static bool untouched(const struct spool *s, enum spool_state state, const char *id, char file[PATH_MAX])
{
    struct slip slip;
    struct stat st;
    if (spool_look(s, state, id, &slip) != ERR_OK)
        return false;
    int n = snprintf(file, PATH_MAX, "%s/%s", id, slip.file);
    return n < PATH_MAX && fstatat(s->dirs[state], file, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_mtim.tv_sec <= slip.settled_at;
}

static bool all_applied(const struct spool *s, enum spool_state state, const char *id, const struct spool_copies *how)
{
    char name[SPOOL_ID_MAX + sizeof(SPOOL_RESULT) + 1];
    uint8_t *text = NULL;
    size_t len = 0;
    struct result r = {0};
    snprintf(name, sizeof(name), "%s/%s", id, SPOOL_RESULT);
    if (file_read(s->dirs[state], name, TOLD_TEXT_MAX, &text, &len) == ERR_OK)
        result_read((const char *)text, len, &r);
    bool all = result_any(&r, how->noted, how->ctx) && !result_any(&r, how->missing, how->ctx);
    result_free(&r);
    free(text);
    return all;
}

static void settle(const struct spool *s, const struct config *c, enum spool_state state, const char *id, const struct spool_copies *how,
                   int64_t now)
{
    char file[PATH_MAX], path[PATH_MAX];
    if (!untouched(s, state, id, file) || !all_applied(s, state, id, how))
        return;
    int n = snprintf(path, sizeof(path), "%s/%s", spool_folder(c, state), file);
    enum err e = n < (int)sizeof(path) ? spool_settled_by_hand(c, path, now) : ERR_TOOBIG;
    if (e && e != ERR_NOFILE)
        how->failed(how->ctx, path, e);
}

void spool_settle_copies(const struct config *c, const struct spool_copies *how, int64_t now)
{
    struct spool s;
    enum spool_state wrong;
    if (spool_open(&s, c, &wrong))
        return;
    for (int state = SPOOL_REFUSED; state <= SPOOL_HELD; state++) {
        struct spool_ids ids;
        if (spool_list(&s, (enum spool_state)state, &ids))
            continue;
        for (size_t i = 0; i < ids.count; i++)
            settle(&s, c, (enum spool_state)state, ids.list[i], how, now);
        spool_ids_free(&ids);
    }
    spool_close(&s);
}
