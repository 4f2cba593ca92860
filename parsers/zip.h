/* The structure of a zip archive, judged by us before a member is read: one way to read it or none. Every entry stands once in the
 * directory and once in the file, with the same name, method, sizes and CRC; spans are disjoint and cover the file.
 * Sources: APPNOTE 6.3.9, security HI-2. */
#ifndef PARSERS_ZIP_H
#define PARSERS_ZIP_H

#include "flux/record/message.h"
#include "parsers/parsers.h"

struct zip_entry {
    uint64_t header, data; /* offsets */
    uint64_t packed, size;
    uint32_t crc;
    uint16_t flags, method, name_len;
    bool folder;
    const uint8_t *name; /* inside zip.directory */
};

struct zip {
    uint8_t *directory;
    size_t directory_len;
    uint64_t directory_at;
    struct zip_entry *entries; /* in the order of the directory */
    uint32_t count;
    enum finding_code fault; /* set when zip_open returns ERR_BAD */
};

enum err zip_open(struct zip *z, int fd, uint64_t size, const struct parse_limits *limits);
void zip_close(struct zip *z);

#endif
