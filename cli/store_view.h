/* What the commands on the store as a whole share. */
#ifndef CLI_STORE_VIEW_H
#define CLI_STORE_VIEW_H

#include "cli/cli.h"
#include "cli/json.h"
#include "cli/progress.h"
#include "store/store.h"

/* Seconds to wait for who is in the way before the answer is: try again. */
enum { STORE_PATIENCE = 10 };

/* A watch that shows how far the work is, under the name what. */
struct shown_watch {
    struct store_watch watch;
    struct progress progress;
    const char *what;
    unsigned patience; /* of a child, renewed with each step; 0: none */
    int64_t started_ms, shown_ms;
};
void watch_start(struct shown_watch *w, const struct cli *cli, const char *what);
void watch_end(struct shown_watch *w);

/* 0 when the backup key may be read; else an exit code after a message. */
int backup_key_check(const struct config *c);
/* Tells what is wrong with a backup that was to be read; exit code. */
int backup_failure(const struct config *c, enum err e, const char *folder);
/* The newest backup in the folder of the configuration, or its folder when there is none. */
const char *backup_last(const struct config *c, char *path, size_t size);
json_t *backup_json(const struct backup_info *info);
void backup_fields(struct output *o, const struct backup_info *info);
/* Whether the journal has a first line that is of this store. */
bool journal_is_of(const struct config *c, const struct store *s);
/* Takes the acts that wait in an open store to the journal. One of other keys is set aside first: *moved. */
enum err store_drain(const struct config *c, struct store *s, bool *moved);
/* Told after the store was replaced: what stays to be done for the journal. */
int journal_told(const struct config *c, enum err e, bool moved);

#endif
