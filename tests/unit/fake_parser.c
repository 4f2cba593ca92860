/* Stands in for fluxrsa-parse: the first byte of its "archive" says how it misbehaves. */
#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flux/base/frame.h"
#include "flux/record/message.h"

static void hello(struct frame_writer *w)
{
    frame_write(w, MSG_HELLO, "\0\0\0\1", 4);
    frame_flush(w);
}

static void end(struct frame_writer *w, uint64_t read)
{
    struct buf b;
    buf_init(&b, 4096);
    struct msg_end m = {.read = read, .accepted = read, .transm = (int64_t)read, .transm_ano = 0};
    message_end(&b, &m);
    frame_write(w, MSG_END, b.data, b.len);
    frame_flush(w);
    buf_free(&b);
}

static void header(struct frame_writer *w)
{
    struct buf b;
    buf_init(&b, 4096);
    struct msg_header m = {.encoding = "UTF-8", .schema_id = 1, .header = {(const uint8_t *)"\1", 1}};
    message_header(&b, &m);
    frame_write(w, MSG_HEADER, b.data, b.len);
    buf_free(&b);
}

static void household(struct frame_writer *w, const char *record, size_t len)
{
    struct buf b;
    buf_init(&b, 1 << 16);
    struct msg_household *m = calloc(1, sizeof *m);
    m->ordinal = 1;
    m->record = (struct span){(const uint8_t *)record, len};
    message_household(&b, m);
    frame_write(w, MSG_HOUSEHOLD, b.data, b.len);
    free(m);
    buf_free(&b);
}

/* How many descriptors are open beyond the three it was given. */
static size_t strays(void)
{
    DIR *d = opendir("/proc/self/fd");
    size_t n = 0;
    for (struct dirent *e; d && (e = readdir(d));)
        n += e->d_name[0] != '.';
    if (d)
        closedir(d);
    return n - 4;
}

int main(void)
{
    char how = 0;
    if (read(0, &how, 1) != 1)
        return 1;
    if (how == 'q')
        return 0;
    if (how == 'g')
        return write(1, "\7\377\377\377\377garbage", 12) == 12 ? 0 : 1;
    struct frame_writer *w = frame_writer_new(1);
    if (how == 'v')
        frame_write(w, MSG_HELLO, "\0\0\0\2", 4);
    else
        hello(w);
    if (how == 'k')
        raise(SIGKILL);
    if (how == 'c')
        raise(write(1, "\1\0\0\1\0half of a message", 22) == 22 ? SIGKILL : SIGABRT);
    if (how == 's')
        pause();
    if (how == 'b')
        for (;;)
            ;
    if (how != 'e')
        header(w);
    if (how == 'h') {
        frame_flush(w);
        pause();
    }
    if (how == 'w')
        household(w, "\1\77\77", 3);
    if (how == 'd')
        household(w, "\1", 1);
    if (how == 'p')
        for (size_t n = 0; n < strays(); n++)
            household(w, "\1", 1);
    end(w, how == 'l' ? 5 : how == 'd' ? 1 : 0);
    frame_writer_free(w);
    return 0;
}
