/* libFuzzer: any bytes as a line of the journal. A line that verifies says where the chain stands; no other one is taken for it. */
#include <stdlib.h>
#include <string.h>

#include "flux/intake/journal_line.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const uint8_t key[32] = "seeds of the fuzz targets";
    uint8_t prev[JOURNAL_MAC];
    struct journal_link link = {0}, start = {0};
    uint64_t outbox = 0;
    /* A line of the journal's reader ends with a zero. */
    char *line = malloc(len + 1);
    if (!line)
        return 0;
    memcpy(line, data, len);
    line[len] = 0;
    const struct span text = {(const uint8_t *)line, len};
    enum err alone = journal_line_check(key, text, prev, &link), follows = journal_line_follow(key, text, &start);
    if (!follows && (alone || start.seq != link.seq || memcmp(start.mac, link.mac, JOURNAL_MAC) != 0))
        abort();
    (void)journal_line_outbox(text, &outbox);
    free(line);
    return 0;
}
