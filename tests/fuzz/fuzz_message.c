/* libFuzzer: any bytes as a message of the parser. What is read is written again as the same message. */
#include <stdlib.h>
#include <string.h>

#include "flux/record/message.h"
#include "tests/fuzz/target.h"

union any {
    struct msg_scanned scanned;
    struct msg_header header;
    struct msg_household household;
    struct msg_census census;
    struct msg_end end;
    struct msg_fatal fatal;
};

static enum err read_any(unsigned kind, struct span payload, union any *m)
{
    switch (kind) {
    case MSG_SCANNED:
        return message_read_scanned(payload, &m->scanned);
    case MSG_HEADER:
        return message_read_header(payload, &m->header);
    case MSG_HOUSEHOLD:
    case MSG_REJECT:
        return message_read_household(payload, &m->household);
    case MSG_CENSUS:
        return message_read_census(payload, &m->census);
    case MSG_END:
        return message_read_end(payload, &m->end);
    default:
        return message_read_fatal(payload, &m->fatal);
    }
}

static void write_any(unsigned kind, struct buf *b, const union any *m)
{
    switch (kind) {
    case MSG_SCANNED:
        message_scanned(b, &m->scanned);
        break;
    case MSG_HEADER:
        message_header(b, &m->header);
        break;
    case MSG_HOUSEHOLD:
    case MSG_REJECT:
        message_household(b, &m->household);
        break;
    case MSG_CENSUS:
        message_census(b, &m->census);
        break;
    case MSG_END:
        message_end(b, &m->end);
        break;
    default:
        message_fatal(b, &m->fatal);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static union any m;
    if (len == 0)
        return 0;
    unsigned kind = data[0];
    struct span payload = {data + 1, len - 1};
    if (kind < MSG_SCANNED || kind > MSG_FATAL || read_any(kind, payload, &m))
        return 0;
    struct buf again, twice;
    buf_init(&again, 8 << 20);
    buf_init(&twice, 8 << 20);
    write_any(kind, &again, &m);
    if (again.err || read_any(kind, (struct span){again.data, again.len}, &m))
        abort();
    write_any(kind, &twice, &m);
    if (twice.len != again.len || memcmp(twice.data, again.data, again.len) != 0)
        abort();
    buf_free(&again);
    buf_free(&twice);
    return 0;
}
