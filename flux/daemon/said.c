#include "flux/daemon/said.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flux/base/fdio.h"
#include "flux/base/grow.h"

enum { KEY_TEXT = 16 };

void said_free(struct said *s)
{
    free(s->list);
    *s = (struct said){0};
}

static enum err add(struct said *s, const struct said_line *line)
{
    struct said_line *list = grow(s->list, s->count, &s->room, sizeof(*list), 32);
    if (!list)
        return ERR_NOMEM;
    s->list = list;
    s->list[s->count++] = *line;
    return ERR_OK;
}

static int by_key(const void *a, const void *b)
{
    const struct said_line *x = a, *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

/* FNV-1a: two things of one key would make one of them wait a day. */
static void put(uint64_t *key, const void *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        *key = (*key ^ ((const uint8_t *)data)[i]) * UINT64_C(0x100000001B3);
}

static void put_text(uint64_t *key, const char *text) { put(key, text ? text : "", text ? strlen(text) + 1 : 1); }

static void put_number(uint64_t *key, uint64_t number) { put(key, &number, sizeof(number)); }

/* Of a folder or a link only that it is this one: what is put into it is none of ours. */
static void put_seen(uint64_t *key, const struct settle_seen *seen)
{
    bool plain = S_ISREG(seen->mode);
    put_number(key, plain ? seen->mode : seen->mode & S_IFMT);
    put_number(key, seen->inode);
    put_number(key, plain ? seen->links : 0);
    put_number(key, plain ? seen->size : 0);
    put_number(key, plain ? (uint64_t)seen->changed : 0);
}

uint64_t said_key(enum event e, const struct about *a, const struct settle_seen *seen)
{
    uint64_t key = UINT64_C(0xCBF29CE484222325);
    put_number(&key, (uint64_t)e);
    put_text(&key, a->source);
    put_text(&key, a->file);
    put_text(&key, a->detail);
    if (seen)
        put_seen(&key, seen);
    return key;
}

/* A time to come is of a clock that was set back since. */
bool said_judge(struct said *s, uint64_t key, int64_t now)
{
    const struct said_line line = {key, now, true};
    struct said_line *known = s->known ? bsearch(&line, s->list, s->known, sizeof(line), by_key) : NULL;
    if (!known) {
        (void)add(s, &line); /* without memory it is said again */
        return true;
    }
    bool due = known->at > now || now - known->at >= SAID_AGAIN_SECONDS;
    known->met = true;
    known->at = due ? now : known->at;
    return due;
}

/* A number of these digits; *text goes behind it and the character that must end it. */
static bool read_number(const char **text, const char *digits, char end, uint64_t *number)
{
    const uint64_t base = strlen(digits);
    size_t n = strspn(*text, digits);
    *number = 0;
    for (size_t i = 0; i < n && n <= KEY_TEXT; i++)
        *number = base * *number + (uint64_t)(strchr(digits, (*text)[i]) - digits);
    bool whole = n > 0 && n <= KEY_TEXT && (*text)[n] == end;
    *text += n + whole;
    return whole;
}

void said_read(struct said *s, const char *text)
{
    for (const char *end; (end = strchr(text, '\n')); text = end + 1) {
        uint64_t key, at;
        const char *next = text;
        if (!read_number(&next, "0123456789abcdef", ' ', &key) || !read_number(&next, "0123456789", '\n', &at) || at > INT64_MAX)
            continue;
        const struct said_line line = {key, (int64_t)at, false};
        if (add(s, &line))
            break;
    }
    if (s->count)
        qsort(s->list, s->count, sizeof(s->list[0]), by_key);
    s->known = s->count;
}

enum err said_write(const struct said *s, bool all, struct buf *out)
{
    char text[64];
    for (size_t i = 0; i < s->count; i++) {
        if (!all && !s->list[i].met)
            continue;
        int n = snprintf(text, sizeof(text), "%016" PRIx64 " %" PRId64 "\n", s->list[i].key, s->list[i].at);
        buf_put(out, text, (size_t)n);
    }
    return out->err;
}

void said_load(struct said *s, int folder)
{
    uint8_t *text = NULL;
    size_t len = 0;
    if (file_read(folder, SPOOL_SAID, SAID_TEXT_MAX, &text, &len) == ERR_OK)
        said_read(s, (const char *)text);
    free(text);
}

void said_keep(const struct said *s, int folder, bool all)
{
    struct buf text;
    buf_init(&text, SAID_TEXT_MAX);
    if (s->count && said_write(s, all, &text) == ERR_OK && text.len)
        (void)file_put(folder, SPOOL_SAID, 0600, text.data, text.len, false);
    else
        said_forget(folder);
    buf_free(&text);
}

void said_forget(int folder) { (void)unlinkat(folder, SPOOL_SAID, 0); }
