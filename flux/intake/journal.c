#include "flux/intake/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flux/base/fdio.h"
#include "flux/base/wipe.h"
#include "flux/intake/journal_line.h"
#include "flux/intake/journal_window.h"

enum { USER_MAX = 64 };

struct journal {
    int fd;
    uint8_t key[32];
    struct journal_link head; /* of the last line seen */
    char user[USER_MAX];
};

static enum err lock(int fd, int how)
{
    while (flock(fd, how) < 0)
        if (errno != EINTR)
            return err_from_errno(errno);
    return ERR_OK;
}

static void unlock(int fd) { flock(fd, LOCK_UN); }

static enum err size_of(int fd, off_t *size)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return err_from_errno(errno);
    *size = st.st_size;
    return ERR_OK;
}

/* ---- the tail, under the lock ---- */

/* Two handles of one file agree on the past: the chain may only have grown. */
static bool grown(const struct journal_link *was, const struct journal_link *is)
{
    return is->seq > was->seq || (is->seq == was->seq && memcmp(is->mac, was->mac, JOURNAL_MAC) == 0);
}

/* A file without a whole line is ours to cut only when it holds the start of a first line. */
static bool first_line(struct span torn)
{
    static const char first[] = "{\"seq\":1,";
    return memcmp(torn.data, first, torn.len < sizeof first - 1 ? torn.len : sizeof first - 1) == 0;
}

/* Reads and judges the last whole line; w then stands before it, *torn holds the bytes behind it. */
static enum err tail_read(struct journal *j, struct window *w, struct journal_link *tail, struct span *torn)
{
    struct span line;
    uint8_t prev[JOURNAL_MAC];
    *tail = (struct journal_link){0};
    enum err err = window_torn(w, torn);
    if (err)
        return err;
    err = window_back(w, &line);
    if (err == ERR_NOTFOUND)
        err = torn->len && !first_line(*torn) ? ERR_CORRUPT : ERR_OK;
    else if (!err)
        err = journal_line_check(j->key, line, prev, tail);
    return !err && !grown(&j->head, tail) ? ERR_CORRUPT : err;
}

/* ---- opening ---- */

static void user_name(char *name, size_t size)
{
    struct passwd pw, *found = NULL;
    char room[4096];
    if (getpwuid_r(getuid(), &pw, room, sizeof room, &found) != 0 || !found)
        snprintf(name, size, "%lu", (unsigned long)getuid());
    else
        snprintf(name, size, "%s", pw.pw_name);
}

static enum err sync_folder(const char *path)
{
    char *copy = strdup(path);
    if (!copy)
        return ERR_NOMEM;
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum err err = fd < 0 || fsync(fd) < 0 ? err_from_errno(errno) : ERR_OK;
    fd_close(&fd);
    free(copy);
    return err;
}

static enum err file_open(const char *path, int *ret)
{
    int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
    if (fd < 0)
        return errno == ELOOP ? ERR_PERM : err_from_errno(errno);
    struct stat st;
    enum err err = ERR_OK;
    if (fstat(fd, &st) < 0)
        err = err_from_errno(errno);
    else if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077))
        err = ERR_PERM;
    else if (st.st_size == 0)
        err = sync_folder(path);
    if (err)
        fd_close(&fd);
    *ret = fd;
    return err;
}

static enum err head_read(struct journal *j)
{
    struct span torn;
    struct journal_link tail;
    off_t size = 0;
    enum err err = lock(j->fd, LOCK_SH);
    if (err)
        return err;
    err = size_of(j->fd, &size);
    struct window *w = err ? NULL : window_new(j->fd, size);
    if (!err)
        err = w ? tail_read(j, w, &tail, &torn) : ERR_NOMEM;
    unlock(j->fd);
    free(w);
    if (!err)
        j->head = tail;
    return err;
}

enum err journal_open(const char *path, const uint8_t key[32], struct journal **ret)
{
    struct journal *j = calloc(1, sizeof *j);
    if (!j)
        return ERR_NOMEM;
    memcpy(j->key, key, sizeof j->key);
    user_name(j->user, sizeof j->user);
    j->fd = -1;
    enum err err = file_open(path, &j->fd);
    if (!err)
        err = head_read(j);
    if (err) {
        journal_close(j);
        return err;
    }
    *ret = j;
    return ERR_OK;
}

struct journal *journal_close(struct journal *j)
{
    if (!j)
        return NULL;
    fd_close(&j->fd);
    wipe(j, sizeof *j);
    free(j);
    return NULL;
}

/* ---- appending ---- */

/* Is this act of a transaction in the lines before w? A smaller sequence ends the search, since they are appended in order. Its
 * content is compared too: a store restored from a backup counts again from where it was. */
static enum err present(struct window *w, const struct journal_act *act, uint64_t outbox, bool *found)
{
    struct buf wanted;
    struct span line;
    uint64_t seen;
    buf_init(&wanted, JOURNAL_LINE_MAX);
    enum err err = journal_line_act(&wanted, act, outbox);
    *found = false;
    while (!err && !(err = window_back(w, &line))) {
        if (!journal_line_outbox(line, &seen))
            continue;
        *found = seen == outbox && memmem(line.data, line.len, wanted.data, wanted.len);
        if (*found || seen < outbox)
            break;
    }
    buf_free(&wanted);
    return err == ERR_NOTFOUND ? ERR_OK : err;
}

static enum err put_lines(struct journal *j, size_t torn, const struct journal_entry *e, struct journal_link *tail, struct buf *out)
{
    char detail[32];
    struct journal_act repaired = {.op = "journal.repaired", .detail = detail};
    struct journal_entry note = {.act = &repaired, .now = e->now, .user = e->user, .uid = e->uid};
    snprintf(detail, sizeof detail, "bytes=%zu", torn);
    enum err err = torn ? journal_line_make(out, j->key, tail, &note) : ERR_OK;
    return err ? err : journal_line_make(out, j->key, tail, e);
}

/* A part of a line that could not be taken back is a torn line for the next append. */
static enum err write_synced(int fd, off_t whole, const struct buf *lines)
{
    enum err err = fd_write_all(fd, lines->data, lines->len);
    if (!err && fsync(fd) < 0)
        err = err_from_errno(errno);
    if (err && ftruncate(fd, whole) < 0)
        return err;
    return err;
}

static enum err append_locked(struct journal *j, struct window *w, const struct journal_entry *e, struct buf *lines)
{
    struct span torn;
    struct journal_link tail;
    bool found = false;
    off_t size = w->end;
    enum err err = tail_read(j, w, &tail, &torn);
    if (err)
        return err;
    size_t torn_len = torn.len;
    off_t whole = size - (off_t)torn_len;
    if (e->outbox) {
        window_back_from(w, whole);
        err = present(w, e->act, *e->outbox, &found);
    }
    if (!err && found) {
        j->head = tail;
        return ERR_OK;
    }
    if (!err)
        err = put_lines(j, torn_len, e, &tail, lines);
    if (!err && torn_len && ftruncate(j->fd, whole) < 0)
        err = err_from_errno(errno);
    if (!err)
        err = write_synced(j->fd, whole, lines);
    if (!err)
        j->head = tail;
    return err;
}

static enum err append(struct journal *j, const struct journal_act *act, int64_t now, const uint64_t *outbox)
{
    struct journal_entry e = {.act = act, .outbox = outbox, .now = now, .user = j->user, .uid = (unsigned long)getuid()};
    struct buf lines;
    off_t size = 0;
    enum err err = lock(j->fd, LOCK_EX);
    if (err)
        return err;
    buf_init(&lines, 2 * JOURNAL_LINE_MAX);
    err = size_of(j->fd, &size);
    struct window *w = err ? NULL : window_new(j->fd, size);
    if (!err)
        err = w ? append_locked(j, w, &e, &lines) : ERR_NOMEM;
    unlock(j->fd);
    buf_free(&lines);
    free(w);
    return err;
}

enum err journal_append(struct journal *j, const struct journal_act *act, int64_t now) { return append(j, act, now, NULL); }

enum err journal_append_once(struct journal *j, const struct journal_act *act, int64_t now, uint64_t outbox_seq)
{
    return append(j, act, now, &outbox_seq);
}

/* ---- reading ---- */

/* Under the lock no line is half written, so what stands there then can be read without it. */
static enum err reading(struct journal *j, struct window **ret)
{
    off_t size = 0;
    enum err err = lock(j->fd, LOCK_SH);
    if (err)
        return err;
    err = size_of(j->fd, &size);
    unlock(j->fd);
    if (err)
        return err;
    *ret = window_new(j->fd, size);
    return *ret ? ERR_OK : ERR_NOMEM;
}

enum err journal_each(struct journal *j, bool (*visit)(void *ctx, const char *line), void *ctx)
{
    struct window *w;
    struct span line;
    enum err err = reading(j, &w);
    if (err)
        return err;
    bool more = true;
    while (more && !(err = window_next(w, &line)))
        more = visit(ctx, (const char *)line.data);
    if (err == ERR_NOTFOUND || w->torn)
        err = ERR_OK;
    free(w);
    return err;
}

/* Verifies from the start; anchor NULL, or the link that must be passed. */
static enum err verify(struct journal *j, uint64_t *lines, const struct journal_link *anchor)
{
    struct window *w;
    struct span line;
    struct journal_link link = {0};
    bool held = !anchor || anchor->seq == 0;
    *lines = 0;
    enum err err = reading(j, &w);
    if (err)
        return err;
    while (!(err = window_next(w, &line)) && !(err = journal_line_follow(j->key, line, &link))) {
        *lines = link.seq;
        if (anchor && link.seq == anchor->seq) {
            held = memcmp(link.mac, anchor->mac, JOURNAL_MAC) == 0;
            break;
        }
    }
    free(w);
    if (err == ERR_NOTFOUND)
        err = ERR_OK;
    return err ? err : held ? ERR_OK : ERR_CORRUPT;
}

enum err journal_verify(struct journal *j, uint64_t *lines) { return verify(j, lines, NULL); }

enum err journal_anchored(struct journal *j, uint64_t seq, const uint8_t mac[32])
{
    struct journal_link anchor = {.seq = seq};
    uint64_t lines;
    memcpy(anchor.mac, mac, JOURNAL_MAC);
    return seq ? verify(j, &lines, &anchor) : ERR_OK;
}

void journal_head(const struct journal *j, uint64_t *seq, uint8_t mac[32])
{
    *seq = j->head.seq;
    memcpy(mac, j->head.mac, JOURNAL_MAC);
}
